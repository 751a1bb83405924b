"""Makes events fit the log: what is too large or no JSON is left out, and the whole event lies in a blob.

A document of Cosmos DB holds 2 MB, the event of a composite may have more. Where a payload is left out stands
`{"Truncated": {"Reason", "Bytes", "Blob"}}`; `Blob` is the name of the whole event in the container of events.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from models.record import Json
from orchestration.event import Event
from orchestration.log_query import LogPage, LogQuery
from orchestration.paths import QueuePath
from orchestration.ports import Blobs, EventLog, EventRefusedError

LARGEST = 1_000_000
"""The bytes of an event's JSON that a log gets: escaped in a document they may be twice as many, and are below 2 MB."""

_LEAST = 0
"""Leaves out all that can be."""

_TRUNCATED = "Truncated"
_TOO_LARGE = "the event is too large"
_NO_JSON = "it holds what JSON has not, as NaN"
_PAYLOADS = ("posted", "before", "diff", "result")
_TEXT = 2_000
_LISTED = 50


@dataclass(frozen=True, slots=True)
class Fitted:
    """An event that fits; `whole` is what the blob of the whole event holds, none when nothing was left out."""

    event: Event
    whole: bytes | None = None


class FittingEventLog:
    """The port EventLog on another one, to which no event is too large."""

    def __init__(self, log: EventLog, blobs: Blobs, largest: int = LARGEST) -> None:
        self._inner = log
        self._blobs = blobs
        self._largest = largest

    async def write(self, event: Event) -> None:
        """Store an event."""
        await self._fitting(event, self._inner.write)

    async def write_all(self, events: Sequence[Event]) -> None:
        """Store events; one that the log refuses is stored by itself, without its payloads."""
        try:
            await self._inner.write_all([await self._kept(fitted(event, self._largest)) for event in events])
        except EventRefusedError:
            for event in events:
                await self.write(event)

    async def catch_up(self, event: Event) -> None:
        """Store an event that was kept elsewhere."""
        await self._fitting(event, self._inner.catch_up)

    async def events(self, path: QueuePath, *, limit: int) -> list[Json]:
        """Return the newest events of one record and source."""
        return await self._inner.events(path, limit=limit)

    async def query(self, query: LogQuery) -> LogPage:
        """Ask the log."""
        return await self._inner.query(query)

    async def _fitting(self, event: Event, store: Callable[[Event], Awaitable[None]]) -> None:
        try:
            await store(await self._kept(fitted(event, self._largest)))
        except EventRefusedError as refused:
            await store(await self._kept(fitted(event, _LEAST, str(refused))))

    async def _kept(self, fit: Fitted) -> Event:
        """Keep the whole event, before any event that refers to it is written."""
        if fit.whole is not None:
            await self._blobs.overwrite(blob_name(fit.event), fit.whole)
        return fit.event


def blob_name(event: Event) -> str:
    """Return the name of the whole event's blob; a rerun overwrites it as it does the event."""
    return f"{hashlib.sha256(event.id.encode(errors='surrogatepass')).hexdigest()}.json"


def is_left_out(payload: Json | None) -> bool:
    """Tell whether a marker stands where an event had a payload: no payload has a field of its name."""
    return payload is not None and payload.keys() == {_TRUNCATED}


def why_left_out(marker: Json) -> str:
    """Return why the payload in whose place a marker stands was left out."""
    return str(marker[_TRUNCATED]["Reason"])


def fitted(event: Event, largest: int, reason: str = _TOO_LARGE) -> Fitted:
    """Return an event that has at most so many bytes as JSON: its largest payloads are left out, then its lists cut."""
    told = event.to_json()
    size = _size(told)
    if size is not None and size <= largest:
        return Fitted(event)
    left_out: dict[str, Json] = {}
    sizes = {name: _size(value) for name in _PAYLOADS if (value := getattr(event, name)) is not None}
    for name in [name for name, bytes_of in sizes.items() if bytes_of is None]:
        left_out[name] = _marker(event, _NO_JSON, None)
    for name, bytes_of in sorted(_known(sizes).items(), key=lambda each: each[1], reverse=True):
        now = _size(replace(event, **left_out).to_json())  # type: ignore[arg-type]  # names of payloads, each of JSON
        if now is not None and now <= largest:
            break
        left_out[name] = _marker(event, reason, bytes_of)
    cut = replace(event, **left_out)  # type: ignore[arg-type]  # as above
    now = _size(cut.to_json())
    if now is None or now > largest:
        cut = _shortened(cut)
    return Fitted(cut, json.dumps(told, default=str).encode())


def _shortened(event: Event) -> Event:
    errors = tuple({name: str(error.get(name))[:_TEXT] for name in ("ErrorCode", "Message")} for error in event.errors)
    return replace(
        event,
        reason=event.reason[:_TEXT],
        message=event.message and event.message[:_TEXT],
        errors=errors[:_LISTED],
        calls=event.calls[:_LISTED],
    )


def _marker(event: Event, reason: str, size: int | None) -> Json:
    return {_TRUNCATED: {"Reason": reason, "Bytes": size, "Blob": blob_name(event)}}


def _known(sizes: Mapping[str, int | None]) -> dict[str, int]:
    return {name: size for name, size in sizes.items() if size is not None}


def _size(value: Json) -> int | None:
    """Return the bytes of a value as JSON; none where it is no JSON."""
    try:
        return len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode(errors="surrogatepass"))
    except (ValueError, TypeError, RecursionError):
        return None
