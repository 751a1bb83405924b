"""The ASGI side: reads a request, lets the faults have it, carries it out in one transaction with its journal entry.

Everything between reading and answering runs without a pause, so requests never see each other half done.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from localdev.sandbox.api import Api
from localdev.sandbox.connections import Connections
from localdev.sandbox.errors import JSON_TYPE, Answer, Problem, Refusal
from localdev.sandbox.faults import Faults
from localdev.sandbox.journal import entry
from localdev.sandbox.request import Asked
from localdev.sandbox.store import Store

logger = logging.getLogger(__name__)
MAX_BODY = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ApiServer:
    """The ASGI application of everything but the control API."""

    api: Api
    store: Store
    faults: Faults
    connections: Connections
    clock: Callable[[], datetime]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or cut its connection."""
        request, arrived = Request(scope, receive), self.clock()
        try:
            asked = await _read(request)
        except ClientDisconnect:
            return
        except Refusal as refusal:
            await _response(refusal.answer())(scope, receive, send)
            return
        effects = self.faults.take(asked.method, asked.path)
        await asyncio.sleep(effects.latency)
        if effects.revoke_tokens:
            self.store.revoke_tokens()
        answer = effects.instead
        if answer is None and not effects.drop_before:
            answer = self._carry_out(asked, arrived, dropped=effects.drop_after)
        else:
            with self.store.transaction():
                self._record(asked, answer, arrived, dropped=effects.drop_before)
        if answer is None or effects.drop_after:
            self.connections.cut(scope)
            await receive()  # until uvicorn has seen the end, or it would answer with a 500 of its own
        else:
            await _response(answer)(scope, receive, send)

    def _carry_out(self, asked: Asked, arrived: datetime, *, dropped: bool) -> Answer:
        try:
            with self.store.transaction():
                answer = self.api.answer(asked)
                self._record(asked, answer, arrived, dropped=dropped)
                return answer
        except Refusal as refusal:
            answer = refusal.answer()
        except Exception:  # the last line before the wire: a fault of the sandbox is a 500, and loud
            logger.exception("%s %s failed", asked.method, asked.path)
            answer = Refusal(500, Problem("ServerError", "The sandbox itself failed; see its log.")).answer()
        with self.store.transaction():
            self._record(asked, answer, arrived, dropped=dropped)
        return answer

    def _record(self, asked: Asked, answer: Answer | None, arrived: datetime, *, dropped: bool) -> None:
        client_id = self.api.client_of(asked)
        self.store.add_call(entry(asked, answer, client_id=client_id, time=arrived, dropped=dropped))


async def _read(request: Request) -> Asked:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BODY:
            message = f"Request body must be {MAX_BODY} bytes or fewer."
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            raise Refusal(status, Problem("Request.BodyTooLarge", message), headers={"Connection": "close"})
    return Asked(
        method=request.method,
        target=request.scope["raw_path"].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        headers=request.headers,
        content=bytes(content),
    )


def _response(answer: Answer) -> Response:
    response = Response(answer.content(), answer.status, dict(answer.headers))
    if answer.body is not None and "content-type" not in response.headers:
        response.headers["Content-Type"] = "text/html; charset=utf-8" if isinstance(answer.body, str) else JSON_TYPE
    return response
