"""A running stack as faults need it: what sources do to it, what is done to its parts, and what is there to see.

Nothing here asks the host where a record stands, since that would add requests that name it: storage, the event log and
the sandbox are looked at past the host, and past the turnstiles.
"""

import json
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

from faults.pace import look_again
from faults.turnstile import Turnstiles, Watch
from localdev.api_client import ApiClient, SandboxControl
from localdev.ports import free_port, free_ports
from localdev.provisioning import OWN_TIMEOUT
from localdev.stack import Stack, StackOptions, running_stack

type Json = dict[str, Any]

ACCEPTED = 202
UNAUTHORIZED = 401
_LOOK_SECONDS = 0.05
_REVIVE_SECONDS = 0.1


class StageError(RuntimeError):
    """What has to happen for a scenario to mean anything did not happen."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One event: how often it was written, and the event itself."""

    writes: int
    event: Json


@dataclass(frozen=True, slots=True)
class Seen:
    """What lies in storage of some records: names of queued blobs, cached records by name, names of hints."""

    queued: list[str]
    cached: dict[str, Json] = field(default_factory=dict)

    @property
    def unsettled(self) -> list[str]:
        """In words, what is under way or waits."""
        found = [f"queued: {name}" for name in self.queued]
        for name, record in self.cached.items():
            found += [f"claimed: {name}"] if record["Claim"] else []
            found += [f"{each['State']}: {name}" for each in record["Waiting"].values()]
        return found


class Stage:
    """One stack for the scenarios of a `with` block, with turnstiles between the host and all that it calls."""

    def __init__(self, state: Path, **options: Any) -> None:
        self._state = state
        self._options = options
        self._exit = ExitStack()
        self._api: ApiClient | None = None
        self._signing_in = threading.Lock()

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            self._state.mkdir(parents=True, exist_ok=True)
            ports = free_ports(self._state)
            storage = free_port(but=ports.values())
            ordercloud = free_port(but=(*ports.values(), storage))
            doors = {"storage": (storage, ports["blob"]), "ordercloud": (ordercloud, ports["sandbox"])}
            self.turnstiles = entered.enter_context(Turnstiles(doors))
            settings = {"claim_seconds": 3, "sweep_seconds": 2, "restarts": 100, **self._options}
            options = StackOptions(state=self._state, storage_port=storage, ordercloud_port=ordercloud, **settings)
            self.stack: Stack = entered.enter_context(running_stack(options))
            self.ready: Mapping[str, Any] = self.stack.ready
            self.sandbox = entered.enter_context(SandboxControl(self.ready["sandbox"]["control"]))
            connection = self.ready["storage"]["connection_string"]
            self._blobs = entered.enter_context(
                BlobServiceClient.from_connection_string(connection, api_version="2025-11-05", retry_total=1)
            )
            self._exit = entered.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._api:
            self._api.__exit__(None, None, None)
        self._exit.__exit__(kind, error, trace)

    @property
    def watch(self) -> Watch:
        """What the turnstiles look out for."""
        return self.turnstiles.watch

    # What sources do

    def post(self, record_type: str, body: Any) -> httpx.Response | None:
        """Post once; none when there was no answer."""
        return self._asked(lambda api: api.post(record_type, body))

    def delete(self, record_type: str, *keys: str) -> httpx.Response | None:
        """Delete once; none when there was no answer."""
        return self._asked(lambda api: api.delete(record_type, *keys))

    def accepted(
        self, ask: Callable[[], httpx.Response | None], *, first: httpx.Response | None = None, seconds: float = 60.0
    ) -> str:
        """Ask until one record is accepted, as sources do, and return its version; `first` is a first answer.

        Raises:
            StageError: it was not accepted in time.
        """
        deadline = time.monotonic() + seconds
        answer = ask() if first is None else first
        while answer is None or answer.status_code != ACCEPTED:
            self.expect(time.monotonic() < deadline, f"a 202 ({answer.text if answer is not None else 'no answer'})")
            look_again(_LOOK_SECONDS)
            answer = ask()
        version: str = answer.json()["Items"][0]["Version"]
        return version

    @staticmethod
    def expect(happened: bool, what: str) -> None:  # noqa: FBT001 - the one thing that it asks
        """Go on only if something happened. Raises StageError."""
        if not happened:
            raise StageError(f"{what} did not happen in time")

    def _asked(self, call: Callable[[ApiClient], httpx.Response]) -> httpx.Response | None:
        try:
            api = self._signed_in()
            answer = call(api)
        except httpx.TransportError:
            return None
        except httpx.HTTPStatusError:  # the token was refused
            return None
        if answer.status_code == UNAUTHORIZED:
            with self._signing_in:
                if self._api is api:
                    self._api = None
        return answer

    def _signed_in(self) -> ApiClient:
        with self._signing_in:
            if self._api is None:
                self._api = ApiClient(self.ready, "seller")
            return self._api

    # What is done to the parts

    def pid(self, role: str) -> int:
        """Return the process id of a part, as it is now."""
        return int(self.stack.ready["pids"][role])

    def end(self, role: str, number: int) -> None:
        """Send a signal that ends a part, and wait until it has ended."""
        child = self.stack.child(role)
        os.kill(child.pid, number)
        child.process.wait(30)

    def revive(self) -> None:
        """Start again what has ended."""
        self.stack.revive()

    @contextmanager
    def revived(self) -> Iterator[None]:
        """Start again what ends, for the length of a block."""
        stop, failures = threading.Event(), list[Exception]()

        def revive() -> None:
            while not stop.wait(_REVIVE_SECONDS):
                try:
                    self.stack.revive()
                except Exception as failure:  # noqa: BLE001 - raised again where the block ends
                    failures.append(failure)
                    return

        reviver = threading.Thread(target=revive, name="reviver")
        reviver.start()
        try:
            yield
        finally:
            stop.set()
            reviver.join()
        if failures:
            raise failures[0]

    # What there is to see

    def storage(self, *fragments: str) -> Seen:
        """Return what lies in storage of the records whose names contain one of these texts."""
        texts = [fragment.lower() for fragment in fragments]

        def names(role: str) -> list[str]:
            container = self._blobs.get_container_client(self.ready["storage"]["containers"][role])
            found = container.list_blob_names(timeout=OWN_TIMEOUT)
            return [name for name in found if any(text in name.lower() for text in texts)]

        queued = names("queue")
        if queued:  # what is cached need not be asked for yet
            return Seen(queued)
        return Seen(queued, {name: record for name in names("cache") if (record := self._cached(name)) is not None})

    def _cached(self, name: str) -> Json | None:
        blob = self._blobs.get_blob_client(self.ready["storage"]["containers"]["cache"], name)
        try:
            record: Json = json.loads(blob.download_blob(timeout=OWN_TIMEOUT).readall())
        except ResourceNotFoundError:
            return None
        return record

    def settled(self, *fragments: str, seconds: float) -> Seen:
        """Wait until nothing of some records is queued, claimed or waiting, or the time is up; return what there is."""
        seen = Seen(["storage was not asked"])
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                seen = self.storage(*fragments)
            except AzureError:
                seen = Seen(["storage does not answer"])
            if not seen.unsettled:
                return seen
            look_again(0.25)
        return seen

    def events(self, fragment: str = "") -> list[Logged]:
        """Return the events of the records whose paths contain a text, oldest first."""
        file = Path(self.ready["event_log"]["address"])
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as log:
            if log.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone() is None:
                return []
            query = "SELECT writes, event FROM events WHERE instr(record, ?) ORDER BY time"
            return [Logged(writes, json.loads(event)) for writes, event in log.execute(query, (fragment.lower(),))]


def wait_for(look: Callable[[], object], seconds: float, what: str) -> None:
    """Look again and again until it is so.

    Raises:
        StageError: it was not so in time.
    """
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise StageError(f"{what} did not happen within {seconds:g} s")
        look_again(_LOOK_SECONDS)


def new_key(name: str) -> str:
    """Return an ID that is used nowhere else, as sources' are: its case is mixed."""
    return f"{name}-{uuid.uuid4().hex[:10]}-X"
