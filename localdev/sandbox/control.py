"""The control API: read the journal and the state, order faults, change what OrderCloud's API would not let one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localdev.sandbox.body import read_json, read_object
from localdev.sandbox.clients import ClientChange
from localdev.sandbox.engine import Engine
from localdev.sandbox.errors import JSON_TYPE, Answer, Problem, Refusal, bad_request, not_found
from localdev.sandbox.faults import Faults
from localdev.sandbox.inspection import located, overwrite, remove, state_of
from localdev.sandbox.tokens import Tokens

type Action = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Control:
    """The control calls, over the same parts as the API. They leave no trace in the journal."""

    engine: Engine
    tokens: Tokens
    faults: Faults

    def routes(self) -> list[Route]:
        """Return the routes below /control."""
        table: list[tuple[str, str, Action]] = [
            ("GET", "/journal", self._journal),
            ("DELETE", "/journal", self._clear_journal),
            ("GET", "/faults", self._faults),
            ("POST", "/faults", self._add_faults),
            ("DELETE", "/faults", self._clear_faults),
            ("GET", "/state", self._state),
            ("PUT", "/state/{path:path}", self._put_record),
            ("DELETE", "/state/{path:path}", self._delete_record),
            ("PATCH", "/clients/{client_id}", self._change_client),
            ("POST", "/keys/rotate", self._rotate),
        ]
        return [Route(path, _answering(action), methods=[method]) for method, path, action in table]

    async def _journal(self, request: Request) -> dict[str, Any]:
        after = request.query_params.get("after", "0")
        if not (after.isascii() and after.isdigit()):
            raise bad_request("ValidationFailure", "after must be a number of the journal.", {"Field": "after"})
        return {"Items": self.engine.store.calls(int(after))}

    async def _clear_journal(self, _request: Request) -> None:
        self.engine.store.clear_calls()

    async def _faults(self, _request: Request) -> dict[str, Any]:
        return {"Items": [fault.model_dump(exclude_none=True) for fault in self.faults.listed()]}

    async def _add_faults(self, request: Request) -> dict[str, Any]:
        self.faults.add(read_json(await request.body()))
        return await self._faults(request)

    async def _clear_faults(self, _request: Request) -> None:
        self.faults.clear()

    async def _state(self, _request: Request) -> dict[str, Any]:
        return state_of(self.engine)

    async def _put_record(self, request: Request) -> dict[str, Any]:
        body = read_object(await request.body())
        with self.engine.store.transaction():
            return overwrite(self.engine, *located(self.engine, request.path_params["path"]), body)

    async def _delete_record(self, request: Request) -> None:
        with self.engine.store.transaction():
            remove(self.engine, *located(self.engine, request.path_params["path"]))

    async def _change_client(self, request: Request) -> dict[str, Any]:
        change = ClientChange.model_validate(read_object(await request.body()))
        client = self.engine.store.client(request.path_params["client_id"])
        if client is None:
            raise not_found("ApiClient", request.path_params["client_id"])
        changed = change.applied(client)
        self.engine.store.put_client(changed)
        return {name: value for name, value in changed.items() if name != "secret"}

    async def _rotate(self, _request: Request) -> dict[str, Any]:
        return {"kid": self.tokens.rotate()}


def _answering(action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            body = await action(request)
            answer = Answer(204 if body is None else 200, body)
        except Refusal as refusal:
            answer = refusal.answer()
        except ValidationError as error:
            found = [(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors()]
            problems = [Problem("ValidationFailure", f"{name}: {text}", {"Field": name}) for name, text in found]
            answer = Refusal(400, *problems).answer()
        return Response(answer.content(), answer.status, answer.headers, media_type=JSON_TYPE if answer.body else None)

    return endpoint
