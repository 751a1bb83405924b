"""Puts the host together from an app's functions, runs it until it is told to stop, and lets runs come to their end."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import uvicorn
from starlette.applications import Starlette

from localdev.host import LoadError
from localdev.host.admin import Admin
from localdev.host.deliveries import BlobTrigger, Deliveries
from localdev.host.faults import FaultDice, TriggerFaults
from localdev.host.patterns import BlobPattern
from localdev.host.polling import ContainerPoll
from localdev.host.routing import RouteTable, parse_route
from localdev.host.schedules import parse_schedule
from localdev.host.settings import body_limit, connection_string, look_up, read_host_options
from localdev.host.state import HostState
from localdev.host.storage import Storage
from localdev.host.timers import Timer, TimerTrigger
from localdev.host.web import FunctionRoutes
from localdev.host.worker import Function, Worker, load_functions, stop_threads
from localdev.ports import listening

_GRACE_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the command line asks for."""

    app: Path
    state: Path
    port: int
    poll_seconds: float
    faults: TriggerFaults


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the host, which ends more than the server."""
        yield


async def run_host(arguments: Arguments, ready: TextIO) -> None:
    """Run an app until SIGTERM or SIGINT; writes the ready line, one JSON object, when it serves. Raises LoadError."""
    options = read_host_options(arguments.app)
    functions = {function.name: function for function in load_functions(arguments.app)}
    routes = _routes(functions, options.route_prefix)
    timer_triggers = _timer_triggers(functions)
    storages: dict[str, Storage] = {}
    blobs = _blob_triggers(functions, storages)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    with HostState(arguments.state) as state:
        worker = Worker(options.function_timeout)
        deliveries = Deliveries(blobs, state, worker, options.poison_threshold)
        timers = {name: Timer(trigger, state, worker) for name, trigger in timer_triggers.items()}
        admin = Admin(functions, blobs, timers, deliveries, state)
        served = FunctionRoutes(functions, routes, worker, body_limit(os.environ))
        app = Starlette(routes=admin.routes())
        app.router.default = served  # and no route of its own, which would not take every path
        server = _server(app)
        listener = listening(arguments.port)
        parts = [
            server.serve([listener]),
            *(poll.run(stopping) for poll in _polls(arguments, blobs, state, deliveries)),
            *(deliveries.work() for _ in range(options.blob_parallelism if blobs else 0)),
            *(timer.run(stopping) for timer in timers.values()),
        ]
        tasks = [asyncio.create_task(part) for part in parts]
        # The port listens already: a request that comes before the server runs waits for it.
        print(_ready_line(listener.getsockname()[1], functions), file=ready, flush=True)
        try:
            await _until_stopped(stopping, tasks)
        finally:
            _end_at_the_latest()
            stopping.set()
            deliveries.stop()
            server.should_exit = True
            await _end(tasks, admin.finish())
            for storage in storages.values():
                await storage.close()
            stop_threads()


def _server(app: Starlette) -> _Server:
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=int(_GRACE_SECONDS)
    )
    return _Server(config)


def _ready_line(port: int, functions: Mapping[str, Function]) -> str:
    told = [{"name": function.name, "type": function.kind} for function in functions.values()]
    return json.dumps({"url": f"http://127.0.0.1:{port}", "pid": os.getpid(), "functions": told})


async def _until_stopped(stopping: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
    stopped = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for task in done:
        task.result()  # a part that failed ends the host


def _end_at_the_latest() -> None:
    """Bound the end: a plain function stuck in its thread cannot be cancelled, and would be waited for for ever."""
    watchdog = threading.Timer(2 * _GRACE_SECONDS, os._exit, (1,))
    watchdog.daemon = True
    watchdog.start()


async def _end(tasks: list[asyncio.Task[None]], last: Coroutine[Any, Any, None]) -> None:
    """Wait for what runs to come to its end, then cancel what is left."""
    tasks.append(asyncio.create_task(last))
    _, running = await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
    for task in running:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _routes(functions: Mapping[str, Function], prefix: str) -> RouteTable:
    routes = (
        parse_route(function.name, function.trigger.get("route") or function.name, function.trigger.get("methods", ()))
        for function in functions.values()
        if function.kind == "httpTrigger"
    )
    return RouteTable(routes, prefix)


def _blob_triggers(functions: Mapping[str, Function], storages: dict[str, Storage]) -> dict[str, BlobTrigger]:
    found = {}
    for function in functions.values():
        if function.kind != "blobTrigger":
            continue
        try:
            pattern = BlobPattern.parse(look_up(function.trigger["path"], os.environ))
            connection = connection_string(function.trigger.get("connection") or "AzureWebJobsStorage", os.environ)
            if connection not in storages:
                storages[connection] = Storage(connection)
        except ValueError as error:
            raise LoadError(f"{function.name}: {error}") from error
        is_event_grid = function.trigger.get("source") == "EventGrid"
        found[function.name] = BlobTrigger(function, storages[connection], pattern, is_event_grid)
    return found


def _timer_triggers(functions: Mapping[str, Function]) -> dict[str, TimerTrigger]:
    found = {}
    for function in functions.values():
        if function.kind != "timerTrigger":
            continue
        text = look_up(function.trigger["schedule"], os.environ)
        try:
            found[function.name] = TimerTrigger(function, text, parse_schedule(text))
        except ValueError as error:
            raise LoadError(f"{function.name}: {error}") from error
    return found


def _polls(
    arguments: Arguments, blobs: Mapping[str, BlobTrigger], state: HostState, deliveries: Deliveries
) -> list[ContainerPoll]:
    dice = FaultDice(arguments.faults)
    watched: dict[tuple[Storage, str], list[BlobTrigger]] = {}
    for trigger in blobs.values():
        watched.setdefault((trigger.storage, trigger.pattern.container), []).append(trigger)
    return [
        ContainerPoll(
            storage,
            container,
            triggers,
            state=state,
            deliveries=deliveries,
            dice=dice,
            poll_seconds=arguments.poll_seconds,
        )
        for (storage, container), triggers in watched.items()
    ]
