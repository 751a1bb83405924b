"""Everything of the app on one machine: Azurite, the sandbox and the Functions host, as children of one process.

A child that ends by itself is started again, on the same port and state, as a platform would do it.
"""

import json
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localdev.azurite import connection_string, start_azurite
from localdev.clients import LaptopClient, clients_file, laptop_clients, secret_variable, shown
from localdev.data_keys import data_key_settings
from localdev.environment import provision_environment
from localdev.event_logs import EventLogChoice, event_log_of, settings_of, sqlite_log
from localdev.ports import free_ports
from localdev.processes import Child, ChildError, Supervisor
from localdev.provisioning import CONTAINERS, provision
from localdev.sandbox.process import sandbox_command

ROOT = Path(__file__).resolve().parent.parent
WATCH_SECONDS = 0.2
RESTARTS_SECONDS = 60.0

type Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """How the stack is started: where its state lies, the port that is asked for, and how it is to misbehave.

    Attributes:
        state: the directory of everything that is kept.
        port: of the Functions host; 0 for a free one.
        trigger_faults: as in `duplicate=0.2,drop=0.1,delay=2,seed=7`.
        claim_seconds: how long a claim on a record holds.
        sweep_seconds: how often the sweep runs, and how long it leaves a queued record to its trigger.
        storage_port: where the host reaches storage, if not where Azurite listens: the port of a proxy before it.
        ordercloud_port: where the host's profiles reach the sandbox, likewise.
        restarts: how many parts may end by themselves within a minute.
        event_log: which log is used; none for a SQLite file in the state directory.
        log_format: of the host's log; `text` or `json`.
    """

    state: Path
    port: int = 0
    trigger_faults: str | None = None
    claim_seconds: float = 60.0
    sweep_seconds: int = 10
    storage_port: int | None = None
    ordercloud_port: int | None = None
    restarts: int = 10
    event_log: EventLogChoice | None = None
    log_format: str = "text"


class Stack:
    """The running stack of one state directory."""

    def __init__(self, supervisor: Supervisor, options: StackOptions, report: Report) -> None:
        self._supervisor = supervisor
        self._options = options
        self._report = report
        self._state = supervisor.state
        self._event_log = options.event_log or sqlite_log(self._state)
        self._ports = free_ports(self._state, host=options.port)
        self.clients = laptop_clients(self._state)
        self._starts: dict[str, Callable[[], Child]] = {
            "azurite": self._start_azurite,
            "sandbox": self._start_sandbox,
            "host": self._start_host,
        }
        self._children: dict[str, Child] = {}
        self._restarts: deque[float] = deque(maxlen=options.restarts)

    def start(self) -> None:
        """Start all parts in the order in which they need each other."""
        for role, start in self._starts.items():
            self._report(f"starting {role}")
            self._children[role] = start()

    @property
    def ready(self) -> dict[str, Any]:
        """The ready line: where everything is, and who may use it."""
        sandbox, host, azurite = (self._children[role] for role in ("sandbox", "host", "azurite"))
        return {
            "api": f"{host.ready['url']}/api",
            "clients": [shown(client) for client in self.clients],
            "sandbox": {name: sandbox.ready[name] for name in ("api", "auth", "control")},
            "storage": {"connection_string": self._connection_string, "containers": dict(CONTAINERS)},
            "event_log": {"kind": self._event_log.kind, "address": self._event_log.address},
            "logs": {"azurite": str(azurite.log), "host": str(host.log), "sandbox": str(sandbox.log)},
            "pids": {role: child.pid for role, child in self._children.items()},
            "state": str(self._state),
        }

    def watch(self) -> None:
        """Start again what ends by itself, for ever; Ctrl-C or a signal is what ends it.

        Raises:
            ChildError: a part keeps ending.
        """
        while True:
            time.sleep(WATCH_SECONDS)
            self.revive()

    def revive(self) -> None:
        """Start again each part that has ended by itself."""
        for role, child in self._children.items():
            if child.process.poll() is None:
                continue
            now = time.monotonic()
            if len(self._restarts) == self._options.restarts and now - self._restarts[0] < RESTARTS_SECONDS:
                raise ChildError(f"{role} keeps ending; see {child.log}")
            self._restarts.append(now)
            self._report(f"{role} (pid {child.pid}) ended with {child.process.returncode}; starting it again")
            self._supervisor.forget(child)
            self._children[role] = self._starts[role]()

    def client(self, name: str) -> LaptopClient:
        """Return one of the clients by its name."""
        return next(client for client in self.clients if client.name == name)

    def child(self, role: str) -> Child:
        """Return a part as it is now."""
        return self._children[role]

    def _start_azurite(self) -> Child:
        azurite = start_azurite(self._state, blob_port=self._ports["blob"], queue_port=self._ports["queue"])
        self._connection_string = azurite.connection_string
        return self._supervisor.adopt(azurite.child)

    def _start_sandbox(self) -> Child:
        clients, port = clients_file(self._state), self._ports["sandbox"]
        command = sandbox_command(self._state / "sandbox", clients=clients, port=port)
        return self._supervisor.start("sandbox", command, cwd=ROOT)

    def _start_host(self) -> Child:
        sandbox = self._children["sandbox"].ready
        api, auth = (self._for_the_host(sandbox[name]) for name in ("api", "auth"))
        provision(self._connection_string, self.clients, api=api, auth=auth)
        environment = self._host_environment(sandbox)
        if self._event_log.kind == "cosmos":
            provision_environment(settings_of(environment))
        command = [sys.executable, "-m", "localdev.host", "--app", str(ROOT), "--port", str(self._ports["host"])]
        command += ["--state", str(self._state / "host.sqlite")]
        if self._options.trigger_faults:
            command += ["--trigger-faults", self._options.trigger_faults]
        return self._supervisor.start("host", command, cwd=ROOT, env=environment)

    def _for_the_host(self, sandbox_url: str) -> str:
        port = self._options.ordercloud_port
        return sandbox_url.replace(f":{self._ports['sandbox']}", f":{port}") if port else sandbox_url

    def _host_environment(self, sandbox: Any) -> dict[str, str]:
        seconds = self._options.sweep_seconds
        storage = connection_string(self._options.storage_port or self._ports["blob"], self._ports["queue"])
        return {
            **_app_environment(self._state, storage, sandbox["api"], self._event_log),
            "LOG_FORMAT": self._options.log_format,
            "BLOB_TRIGGER_SOURCE": "LogsAndContainerScan",
            "SWEEP_SCHEDULE": f"*/{seconds} * * * * *",
            "SWEEP_AGE_SECONDS": str(seconds),
            "CLAIM_SECONDS": f"{self._options.claim_seconds:g}",
        }


@contextmanager
def running_stack(options: StackOptions, report: Report = lambda _: None) -> Iterator[Stack]:
    """Run the whole stack for the length of a `with` block.

    Raises:
        ChildError: a part did not start, or another run uses the state directory.
    """
    with Supervisor(options.state.resolve()) as supervisor:
        stack = Stack(supervisor, options, report)
        stack.start()
        yield stack


def laptop_environment(state: Path) -> dict[str, str]:
    """Return the environment of the app on a state directory whose stack was started, for others than its host.

    Raises:
        OSError, ValueError, KeyError: none was started there.
    """
    ports = json.loads((state / "ports.json").read_text())
    storage = connection_string(ports["blob"], ports["queue"])
    event_log = event_log_of(os.environ) or sqlite_log(state.resolve())
    return _app_environment(state.resolve(), storage, f"http://127.0.0.1:{ports['sandbox']}", event_log)


def _app_environment(state: Path, storage: str, ordercloud: str, event_log: EventLogChoice) -> dict[str, str]:
    """Return the settings that say where everything is, and the secrets that are referred to."""
    clients = json.loads(clients_file(state).read_text())
    return {
        "AzureWebJobsStorage": storage,
        "ENVIRONMENT": "development",
        "ORDERCLOUD_API_URL": ordercloud,
        "LOG_FORMAT": "text",
        **{f"{role.upper()}_CONTAINER": name for role, name in CONTAINERS.items()},
        **data_key_settings(state),
        **event_log.settings,
        **{secret_variable(client["name"]): client["client_secret"] for client in clients},
    }


def ready_line(stack: Stack) -> str:
    """Return the one line that says that all is ready."""
    return json.dumps(stack.ready)
