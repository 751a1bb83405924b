"""The HTTP function that says whether the app and what it depends on are ready."""

import azure.functions as func

from triggers.answers import answer
from triggers.current import current_app

blueprint = func.Blueprint()


@blueprint.function_name("health_get")
@blueprint.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_health(req: func.HttpRequest) -> func.HttpResponse:
    """Answer 200 when every dependency is ready, else 503; each with what it says."""
    checks = await current_app().check()
    ready = all(check["Ready"] for check in checks)
    return answer(200 if ready else 503, {"Ready": ready, "Checks": checks})
