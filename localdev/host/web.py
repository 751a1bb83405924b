"""The host's HTTP face for the app's own functions: requests in, as Azure hands them to a function, answers out."""

import logging
from collections.abc import Iterable, Mapping
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl

from azure.functions.meta import Datum
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from localdev.host.routing import RouteTable, decode_path, encode_path
from localdev.host.worker import Function, Worker

logger = logging.getLogger("host.http")


class FunctionRoutes:
    """An ASGI app that runs the HTTP function of each request; 404 where there is none."""

    def __init__(self, functions: Mapping[str, Function], routes: RouteTable, worker: Worker, body_limit: int) -> None:
        self._functions = functions
        self._routes = routes
        self._worker = worker
        self._body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI asks for it."""
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        path = decode_path(request.scope["raw_path"].decode("latin-1"))
        if not (match := self._routes.find(request.method, path)):
            return Response(status_code=404)
        length = int(request.headers.get("content-length") or 0)
        if length > self._body_limit:
            return Response(status_code=413)
        if not length and "transfer-encoding" in request.headers:
            logger.warning(
                "%s %s has no Content-Length: Azure hands its body on as empty", request.method, encode_path(path)
            )
        name, parameters = match
        outcome = await self._worker.invoke(
            self._functions[name],
            _request_datum(request, path, parameters, await request.body() if length else b""),
            reason="This function was programmatically called via the host APIs.",
            trace_parent=request.headers.get("traceparent", ""),
        )
        return _response(outcome.returned) if outcome.ok else Response(status_code=500)


def _request_datum(request: Request, path: str, parameters: Mapping[str, str], body: bytes) -> Datum:
    query = request.scope["query_string"].decode("latin-1")
    url = f"http://{request.headers.get('host', '')}{encode_path(path)}{'?' if query else ''}{query}"
    headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    value = {
        "method": Datum(request.method, "string"),
        "url": Datum(url, "string"),
        "headers": _joined(headers),
        "query": _joined(parse_qsl(query)),
        "params": {name: Datum(value, "string") for name, value in parameters.items()},
        "body": Datum(body, "bytes"),
    }
    return Datum(value, "http")


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, Datum]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: Datum(",".join(given), "string") for name, given in values.items()}


def _response(returned: Datum | None) -> Response:
    if returned is None or returned.type != "http":
        return PlainTextResponse(returned.value if returned else b"")
    answer = returned.value
    response = Response(
        answer["body"].value,
        int(answer["status_code"].value),
        {name: value.value for name, value in answer["headers"].items()},
    )
    cookies: list[SimpleCookie] = answer["cookies"] or []
    for cookie in cookies:
        for morsel in cookie.values():
            response.headers.append("set-cookie", morsel.OutputString())
    return response
