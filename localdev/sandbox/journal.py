"""The journal's entries: what each API call was, with no secret in it."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from localdev.sandbox.dates import written
from localdev.sandbox.errors import Answer
from localdev.sandbox.request import Asked

SECRETS = frozenset({"client_secret", "access_token", "refresh_token", "password"})
HIDDEN = "[redacted]"


def entry(
    asked: Asked, answer: Answer | None, *, client_id: str | None, time: datetime, dropped: bool
) -> dict[str, Any]:
    """Return the entry of one call; `answer` is None when it was cut before anything was done."""
    request = asked.loose_content()
    # Through JSON, so that the entry holds what was sent and not what may change later.
    response = json.loads(json.dumps(answer.body)) if answer else None
    record = {
        "time": written(time),
        "client_id": client_id,
        "method": asked.method,
        "path": asked.path,
        "query": _query(asked),
        "status": answer.status if answer else None,
        "request": _redacted(asked.form if isinstance(request, str) else request)
        if asked.for_token
        else _without_password(request),
        "response": _redacted(response) if asked.for_token else response,
    }
    trace = asked.headers.get("traceparent")
    return record | ({"traceparent": trace} if trace else {}) | ({"dropped": True} if dropped else {})


def _without_password(body: Any) -> Any:
    # A user's, beside its other fields; in xp the word is free.
    if not isinstance(body, dict):
        return body
    return {key: HIDDEN if key.lower() == "password" and value is not None else value for key, value in body.items()}


def _query(asked: Asked) -> str:
    if not any(name.lower() in SECRETS for name, _ in asked.parameters):
        return asked.query
    return urlencode([(name, HIDDEN if name.lower() in SECRETS else value) for name, value in asked.parameters])


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: HIDDEN if key.lower() in SECRETS else _redacted(inner) for key, inner in value.items()}
    return [_redacted(inner) for inner in value] if isinstance(value, list) else value
