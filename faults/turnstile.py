"""A proxy before a service of the stack: it counts the requests that name a record, and holds one that is meant.

Everything goes through byte for byte. Two of them, before storage and before OrderCloud, share one `Watch`. They run on
a thread of their own; what scenarios call may be called from any thread.
"""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from faults.wire import Message, WireError, read_answer, read_request
from localdev.ports import listening
from localdev.provisioning import OWN_TIMEOUT

_OWN = f"timeout={OWN_TIMEOUT}"
_ACCOUNT = re.compile(r"^/devstoreaccount1/")
_TIME = re.compile(r"\d{8}T[\d.]+Z")
_CLIENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Side(StrEnum):
    """On which side of a request something happens."""

    BEFORE = "before"
    """It has not been forwarded."""
    AFTER = "after"
    """It has been answered, and the answer has not been relayed."""


@dataclass(frozen=True, slots=True)
class Point:
    """One side of one request: the request's label, and how many of that label there have been by then, from 1 on."""

    label: str
    occurrence: int
    side: Side

    def __str__(self) -> str:
        which = f" ({self.occurrence})" if self.occurrence > 1 else ""
        return f"{self.side} {self.label}{which}"


class Watch:
    """The records that are looked out for: which requests named each of them, and where each is to be held."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, list[str]] = {}
        self._points: dict[str, Point] = {}
        self._held: set[str] = set()

    def look_out(self, points: Mapping[str, Point | None]) -> None:
        """Begin anew with these records, each by a text that only its requests contain, and its point if it has one."""
        with self._lock:
            self._seen = {record: [] for record in points}
            self._points = {record: point for record, point in points.items() if point}
            self._held = set()

    def seen(self, record: str) -> list[str]:
        """Return the labels of the requests that named a record, in their order."""
        with self._lock:
            return list(self._seen[record])

    @property
    def held(self) -> set[str]:
        """The records that are held at their points."""
        with self._lock:
            return set(self._held)

    def note(self, request: Message) -> Side | None:
        """Count a request, and say on which side it is to be held."""
        method, target = request.words[0], request.words[1]
        if _OWN in target:
            return None
        text = f"{unquote(target)} {request.body.decode('utf-8', 'replace')}".lower()
        with self._lock:
            for record, labels in self._seen.items():
                if record.lower() in text:
                    labels.append(label := label_of(method, target, record))
                    point = self._points.get(record)
                    if point and (label, Counter(labels)[label]) == (point.label, point.occurrence):
                        del self._points[record]
                        self._held.add(record)
                        return point.side
        return None


def label_of(method: str, target: str, record: str) -> str:
    """Name a request so that the same one for another record has the same name: method and path."""
    path, _, query = unquote(target).partition("?")
    path = _CLIENT.sub("client", _TIME.sub("time", re.sub(re.escape(record), "#", path, flags=re.IGNORECASE)))
    listing = " (list)" if "comp=list" in query else ""
    return f"{method} {_ACCOUNT.sub('', path)}{listing}"


class Turnstile:
    """One port, and the service behind it."""

    def __init__(self, port: int, behind: int, watch: Watch) -> None:
        self._port = port
        self._behind = behind
        self._watch = watch
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._serve, sock=listening(self._port), limit=1 << 20)

    async def close(self) -> None:
        """Cut all connections and refuse new ones."""
        if self._server:
            self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """Cut all connections, those with a request that is held too: it goes no further."""
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task  # noqa: S101 - asyncio makes one for each connection
        self._connections.add(task)
        try:
            await self._relay(reader, writer)
        except (WireError, OSError, asyncio.CancelledError):
            pass  # the connection ends, which both sides see
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, upward = await asyncio.open_connection("127.0.0.1", self._behind, limit=1 << 20)
        under_way: asyncio.Queue[tuple[str, Side | None]] = asyncio.Queue()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._requests(reader, upward, under_way))
                tasks.create_task(self._answers(upstream, writer, under_way))
        except* (WireError, OSError):
            pass  # as when one side has gone
        finally:
            upward.transport.abort()

    async def _requests(
        self,
        reader: asyncio.StreamReader,
        upward: asyncio.StreamWriter,
        under_way: asyncio.Queue[tuple[str, Side | None]],
    ) -> None:
        while (request := await read_request(reader)) is not None:
            side = self._watch.note(request)
            if side is Side.BEFORE:
                await asyncio.Event().wait()  # until the connection is cut
            under_way.put_nowait((request.words[0], side))
            upward.write(request.raw)
            await upward.drain()
        raise WireError("the caller has gone")

    async def _answers(
        self,
        upstream: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        under_way: asyncio.Queue[tuple[str, Side | None]],
    ) -> None:
        side: Side | None = None

        def method() -> str:
            nonlocal side
            name, side = under_way.get_nowait()
            return name

        while (answer := await read_answer(upstream, method)) is not None:
            if side is Side.AFTER:
                await asyncio.Event().wait()  # until the connection is cut
            writer.write(answer.raw)
            await writer.drain()
        raise WireError("the service has gone")


class Turnstiles:
    """The proxies of a stack, on a thread of their own for the length of a `with` block.

    `doors` gives each its name, its port and that of the service behind it.
    """

    def __init__(self, doors: Mapping[str, tuple[int, int]]) -> None:
        self.watch = Watch()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="turnstiles", daemon=True)
        self._doors = {name: Turnstile(port, behind, self.watch) for name, (port, behind) in doors.items()}

    def __enter__(self) -> Self:
        self._thread.start()
        for name in self._doors:
            self.open(name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self._doors:
            self.close(name)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def open(self, name: str) -> None:
        """Let a service be reached."""
        self._do(self._doors[name].open())

    def close(self, name: str) -> None:
        """Cut a service off: connections are cut, and refused."""
        self._do(self._doors[name].close())

    def cut(self) -> None:
        """Cut all connections: what is held goes no further."""
        for door in self._doors.values():
            self._do(door.cut())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)
