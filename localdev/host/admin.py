"""The host's own calls: its status, running a function on demand, and the webhook that Event Grid delivers to."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localdev.host.deliveries import BlobTrigger, Deliveries
from localdev.host.state import Event, HostState
from localdev.host.timers import Timer
from localdev.host.worker import Function

_VERSION = "4.0.0-local"
_BLOB_CREATED = "Microsoft.Storage.BlobCreated"


class Admin:
    """What `/admin` and `/runtime` answer; without keys, as under `func start`."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        blobs: Mapping[str, BlobTrigger],
        timers: Mapping[str, Timer],
        deliveries: Deliveries,
        state: HostState,
    ) -> None:
        self._functions = functions
        self._blobs = blobs
        self._timers = timers
        self._deliveries = deliveries
        self._state = state
        self._runs: set[asyncio.Task[Any]] = set()

    def routes(self) -> list[Route]:
        """Give the routes to serve."""
        return [
            Route("/admin/host/status", self.status),
            Route("/admin/functions/{name}", self.run, methods=["POST"]),
            Route("/runtime/webhooks/blobs", self.event_grid, methods=["POST"]),
        ]

    async def finish(self) -> None:
        """Wait for runs on demand that are under way."""
        await asyncio.gather(*self._runs, return_exceptions=True)

    async def status(self, _request: Request) -> Response:
        """Say that the host runs, and which functions it has."""
        functions = [{"name": function.name, "type": function.kind} for function in self._functions.values()]
        return JSONResponse({"state": "Running", "version": _VERSION, "functions": functions})

    async def run(self, request: Request) -> Response:
        """Run a timer function, or a blob function on the blob that `{"input": "container/name"}` names: 202."""
        name = request.path_params["name"]
        if timer := self._timers.get(name):
            self._start(timer.fire())
            return Response(status_code=202)
        if not (trigger := self._blobs.get(name)):
            return Response(status_code=400 if name in self._functions else 404)
        container, _, blob_name = str(_json_object(await request.body()).get("input", "")).partition("/")
        blob = await trigger.storage.read(container, blob_name) if blob_name else None
        if blob is None:
            return Response("the input names no blob", 400)
        self._start(self._deliveries.invoke(trigger, blob, "This function was programmatically called."))
        return Response(status_code=202)

    async def event_grid(self, request: Request) -> Response:
        """Take a delivery of Event Grid: its handshake, or events of which each becomes a message."""
        name = request.query_params.get("functionName", "").removeprefix("Host.Functions.")
        if not (trigger := self._blobs.get(name)):
            return Response(status_code=404)
        try:
            events = json.loads(await request.body())
            kind = request.headers.get("aeg-event-type")
            if kind == "SubscriptionValidation":
                return JSONResponse({"validationResponse": events[0]["data"]["validationCode"]})
            if kind != "Notification":
                return Response(status_code=400)
            created = [_created(trigger, name, event) for event in events if event["eventType"] == _BLOB_CREATED]
        except (ValueError, LookupError, TypeError) as error:
            return Response(f"no event of Event Grid: {error!r}", 400)
        for event in created:
            self._deliveries.put(self._state.enqueue(event))
        return Response(status_code=202)

    def _start(self, run: Any) -> None:
        task = asyncio.create_task(run)
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)


def _created(trigger: BlobTrigger, function: str, event: Mapping[str, Any]) -> Event:
    if not (blob := trigger.storage.parse_url(event["data"]["url"])):
        raise ValueError(f"{event['data']['url']} is no blob of the function's account")
    return Event(function, *blob, event["data"]["eTag"].strip('"'))


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
