"""HTTP answers: JSON bodies, and errors in OrderCloud's shape."""

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import wraps

import azure.functions as func

from models.record import Json
from models.registry import Registry
from orchestration.ports import StorageUnavailableError
from orchestration.receipt import Receipt, RefusedItem
from orchestration.rejections import RejectionError, RejectionsError

MAX_ERRORS = 1_000

_log = logging.getLogger(__name__)

type Handler = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]


def answer(status: int, body: object, **headers: str) -> func.HttpResponse:
    """Return a JSON answer."""
    return _json(status, json.dumps(body, ensure_ascii=False), headers)


def listing(meta: Json, items: Iterable[str]) -> func.HttpResponse:
    """Return a list in OrderCloud's shape, of items that are JSON already and are passed on as they are."""
    return _json(200, f'{{"Meta": {json.dumps(meta, ensure_ascii=False)}, "Items": [{",".join(items)}]}}', {})


def rejected(rejection: RejectionError) -> func.HttpResponse:
    """Return the answer to a request that is refused as a whole."""
    headers = {"WWW-Authenticate": "Bearer"} if rejection.status == 401 else {}  # noqa: PLR2004 - HTTP's own number
    return answer(rejection.status, {"Errors": [rejection.to_json()]}, **headers)


def received(receipt: Receipt, registry: Registry, *, array: bool) -> func.HttpResponse:
    """Return the answer to postings: 202, 207 where some were refused, or the refusal's status."""
    items: list[Json] = [
        {
            "Index": each.index,
            "RecordType": each.envelope.record_type,
            "Keys": registry.named(each.envelope.record_type, each.envelope.keys),
            "Version": each.envelope.version.text,
            "TraceID": each.envelope.trace_id,
        }
        for each in receipt.accepted
    ]
    return answer(_status(receipt), {"Items": items, "Errors": refusals(receipt.refused, array=array)})


def refusals(refused: Iterable[RefusedItem], *, array: bool) -> list[Json]:
    """Return the errors of items that are refused; each of an array's says which item it is about."""
    return [_error(each, array=array) for each in _told(refused)]


def guarded(handler: Handler) -> Handler:
    """Answer what a handler refuses, storage that does not answer, and a bug, as errors of the API."""

    @wraps(handler)
    async def guard(req: func.HttpRequest) -> func.HttpResponse:
        try:
            return await handler(req)
        except RejectionError as rejection:
            return rejected(rejection)
        except RejectionsError as refused:
            return answer(refused.status, {"Errors": [error.to_json() for error in refused.errors]})
        except StorageUnavailableError:
            message = "Storage cannot be reached. Try again in a moment."
            return rejected(RejectionError(503, "StorageUnavailable", message))
        except Exception:  # noqa: BLE001 - a bug, whichever: the caller gets the API's shape and nothing of it, the log all of it
            _log.exception("%s failed", handler.__qualname__)
            return rejected(RejectionError(500, "InternalError", "Something is wrong here. An operator has the log."))

    return guard


def _json(status: int, text: str, headers: Mapping[str, str]) -> func.HttpResponse:
    """Return an answer of a JSON text; half of a surrogate pair, which UTF-8 has not, is written as JSON's escape."""
    content = text.encode(errors="backslashreplace")
    return func.HttpResponse(content, status_code=status, headers=headers, mimetype="application/json")


def _told(refused: Iterable[RefusedItem]) -> Iterator[RefusedItem]:
    """Yield the refusals that are told: all, and beyond the first thousand only the first of each item."""
    told: set[int] = set()
    for count, each in enumerate(refused):
        if count < MAX_ERRORS or each.index not in told:
            yield each
        told.add(each.index)


def _error(refused: RefusedItem, *, array: bool) -> Json:
    error = refused.rejection.to_json()
    if array:
        error["Data"] = {"Index": refused.index, "Field": None, **(error["Data"] or {})}
    return error


def _status(receipt: Receipt) -> int:
    statuses: Iterable[int] = {each.rejection.status for each in receipt.refused}
    match sorted(statuses):
        case []:
            return 202
        case _ if receipt.accepted:
            return 207
        case [status]:
            return status
        case [*_, 503]:
            return 503
        case _:
            return 400
