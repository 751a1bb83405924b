"""Runs the sandbox: `python -m localdev.sandbox --state DIR`. One line of JSON says when and where it is ready."""

import argparse
import base64
import json
import logging
import os
import signal
import socket
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Router

from localdev.ports import listening
from localdev.processes import end_with_parent
from localdev.sandbox.api import Api
from localdev.sandbox.clients import load_clients, seed_clients
from localdev.sandbox.connections import Connections
from localdev.sandbox.control import Control
from localdev.sandbox.description import Description
from localdev.sandbox.engine import Engine
from localdev.sandbox.faults import Faults
from localdev.sandbox.resources import RESOURCES
from localdev.sandbox.server import ApiServer
from localdev.sandbox.store import Store
from localdev.sandbox.tokens import Tokens

MARKETPLACE = "SANDBOX"
GRACE_SECONDS = 2
KEEP_ALIVE_SECONDS = 75


class SandboxServer(uvicorn.Server):
    """Uvicorn that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the ready line."""
        await super().startup(sockets)
        print(self._ready, flush=True)


def main() -> int:
    """Serve until SIGTERM or Ctrl-C, then exit with 0."""
    options = _options()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)  # uvicorn raises the signal again once it has ended in good order
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    end_with_parent()
    listener = listening(options.port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    store = Store(options.state)
    if options.clients:
        seed_clients(store, load_clients(options.clients))
    connections = Connections()
    config = uvicorn.Config(
        _application(options, store, url, connections),
        http=connections.protocol(),
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    ready = {"api": url, "auth": url, "control": f"{url}/control", "pid": os.getpid()}
    if not options.json:
        print(f"OrderCloud sandbox on {url}, state in {options.state}; Ctrl-C ends it.", file=sys.stderr)
    SandboxServer(config, json.dumps(ready)).run(sockets=[listener])
    store.close()
    return 0


def _application(options: argparse.Namespace, store: Store, url: str, connections: Connections) -> Starlette:
    tokens = Tokens(store, url=url, seconds=options.token_seconds)
    engine = Engine(
        store,
        Description.load(),
        RESOURCES,
        marketplace=MARKETPLACE,
        deep_xp=options.xp_merge == "deep",
        clock=_now,
        new_id=_new_id,
    )
    faults = Faults()
    api = ApiServer(Api(engine, tokens), store, faults, connections, _now)
    control = Router(Control(engine, tokens, faults).routes(), redirect_slashes=False)
    return Starlette(routes=[Mount("/control", app=control), Mount("/", app=api)])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localdev.sandbox", description="An OrderCloud stand-in.")
    parser.add_argument("--state", type=Path, required=True, help="directory that keeps everything")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--clients", type=Path, help="JSON file of API clients (default: those of the last start)")
    parser.add_argument("--token-seconds", type=int, default=36000, help="lifetime of access tokens")
    parser.add_argument("--xp-merge", choices=("shallow", "deep"), default="shallow", help="how PATCH merges xp")
    parser.add_argument("--json", action="store_true", help="say nothing but the ready line")
    return parser.parse_args()


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


if __name__ == "__main__":
    sys.exit(main())
