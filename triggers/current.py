"""The app of this process, built when a function first needs it: clients belong to the running loop."""

from functools import cache

from orchestration.bootstrap import App, bootstrap
from orchestration.settings import Settings


@cache
def current_app() -> App:
    """Return the app; its settings are read from the environment now, not at import."""
    return bootstrap(Settings())
