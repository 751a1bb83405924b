"""What a request to pause or to resume says: whose records, of which type, and why; checked all at once."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

from models.record import ordercloud_name
from models.registry import Registry
from orchestration.pauses import Scope
from orchestration.rejections import RejectionError, RejectionsError
from triggers.checking import TypeName, checked

MAX_REASON = 500
WHOSE = r"^(?:(?:supplier|buyer):[A-Za-z0-9_-]{1,100}|[A-Za-z0-9_-]{1,100})$"
"""A client id, or a resource as integration profiles name it: `seller` is always the resource."""

NO_CONTROLS = r"^[^\x00-\x1F\x7F-\x9F]*$"
"""A text that moves no terminal."""


class _Scope(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    client: Annotated[str, StringConstraints(pattern=WHOSE)]
    record_type: TypeName | None = None


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=ordercloud_name)

    reason: Annotated[str, StringConstraints(min_length=1, max_length=MAX_REASON, pattern=NO_CONTROLS)] | None = None


class _Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def check_no_parameters(params: Mapping[str, str], registry: Registry) -> None:
    """Check that a query has no parameters.

    Raises:
        RejectionsError: 400 with all that it has.
    """
    checked(_Nothing, dict(params), registry)


def scope_of(client: str, params: Mapping[str, str], registry: Registry) -> Scope:
    """Return the scope that a path and a query name.

    Raises:
        RejectionsError: 400 with everything that is wrong.
    """
    if "client" in params:
        message = "The request has no such parameter: the path says whose records are meant."
        raise RejectionsError(400, [RejectionError(400, "UnknownParameter", message, Field="client")])
    found = checked(_Scope, {**params, "client": client}, registry)
    if found.client.casefold() == "seller" or ":" in found.client:
        kind, *named = found.client.split(":")
        return Scope(resource=":".join([kind.lower(), *named]), record_type=found.record_type)
    return Scope(client=found.client.lower(), record_type=found.record_type)


def pause_of(client: str, params: Mapping[str, str], body: Any, registry: Registry) -> tuple[Scope, str | None]:
    """Return the scope, and why it is to be paused where the body says that.

    Raises:
        RejectionsError: 400 with everything that is wrong, in the path, the query and the body.
    """
    errors: list[RejectionError] = []
    scope = body_read = None
    try:
        scope = scope_of(client, params, registry)
    except RejectionsError as refused:
        errors += refused.errors
    try:
        body_read = checked(_Body, body, registry)
    except RejectionsError as refused:
        errors += refused.errors
    if scope is None or body_read is None:
        raise RejectionsError(400, errors)
    return scope, body_read.reason
