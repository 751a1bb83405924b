"""What operators do about pauses: pause, resume, and see how much waits.

Resuming releases nothing by itself: the next sweep finds what waits, and takes it up in bounded numbers.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from models.record import Json
from orchestration.failures import AccountFault
from orchestration.parking import PAUSED
from orchestration.paths import encode
from orchestration.pauses import Pause, Scope
from orchestration.ports import LostError, Ports
from orchestration.profile import Profile
from orchestration.rejections import RejectionError

MOST = 1_000
"""The most pauses of a marketplace."""

LOOKS = 10_000
"""The most hints that one answer looks at, shared out evenly between the clients that something waits for."""

CLIENTS = 1_000
"""The most integration profiles that one answer looks at."""

CONCURRENCY = 16
TRIES = 10

_log = logging.getLogger(__name__)

type Change = Callable[[tuple[Pause, ...]], tuple[tuple[Pause, ...], Pause]]
"""Returns the pauses as they are to be, and the one that it is about."""


@dataclass(frozen=True, slots=True)
class Held:
    """A pause, how many clients it holds, and how many postings wait by it; where `more`, there may be more of both."""

    pause: Pause
    clients: int
    waiting: int
    more: bool

    def to_json(self) -> Json:
        """Return it by the names of the HTTP API."""
        return {**self.pause.to_json(), "Clients": self.clients, "Waiting": self.waiting, "More": self.more}


@dataclass(frozen=True, slots=True)
class _Client:
    """How much waits of one client, by type; `more`: not all was looked at."""

    profile: Profile
    waiting: Mapping[str, int]
    more: bool


class Pausing:
    """Pauses and resumes for the operators of one marketplace."""

    def __init__(
        self, ports: Ports, marketplace: str, *, most: int = MOST, looks: int = LOOKS, clients: int = CLIENTS
    ) -> None:
        self._ports = ports
        self._marketplace = marketplace
        self._most = most
        self._looks = looks
        self._clients = clients

    async def all(self, client: str | None = None, record_type: str | None = None) -> list[Held]:
        """Return all pauses, in the order of clients and resources, then of types.

        Where a client or a record type is given, only those that may hold something of it.

        Raises:
            RejectionError: 503 when what is kept cannot be read.
        """
        pauses, _ = await self._read()
        profile = None if client is None else await self._profile(client)
        meant = [pause for pause in pauses if pause.scope.touches(client, profile, record_type)]
        return await self._held(sorted(meant, key=lambda pause: pause.scope.identity))

    async def pause(self, scope: Scope, by: str, reason: str | None) -> Held:
        """Pause what is in a scope; what is paused already stays so, since when it was and by whom.

        Raises:
            RejectionError: 404 when the client is none of the marketplace, 409 when there are as many pauses as may
                be, 503 when what is kept cannot be read or is changed by others all the time.
        """
        if scope.client is not None:
            await self._check_client(scope.client)
        new = Pause(scope=scope, by=by, since=self._ports.clock.now(), reason=reason)

        def with_new(pauses: tuple[Pause, ...]) -> tuple[tuple[Pause, ...], Pause]:
            was = _find(pauses, scope)
            if was is None and len(pauses) >= self._most:
                message = f"There are {self._most} pauses. Resume some, or pause all types of a client or resource."
                raise RejectionError(409, "TooManyPauses", message, Limit=self._most)
            pause = new if was is None else replace(was, reason=was.reason if reason is None else reason)
            changed = tuple(pause if each is was else each for each in pauses)
            return (changed if was else (*pauses, pause)), pause

        return await self._change(with_new, "paused", by)

    async def resume(self, scope: Scope, by: str) -> Held:
        """End a pause and return it as it was.

        Raises:
            RejectionError: 404 when there is none of exactly this scope, 503 as of `pause`.
        """

        def without(pauses: tuple[Pause, ...]) -> tuple[tuple[Pause, ...], Pause]:
            was = _find(pauses, scope)
            if was is None:
                raise RejectionError(404, "NotFound", f"There is no pause of {scope}.")
            return tuple(each for each in pauses if each is not was), was

        return await self._change(without, "resumed", by)

    async def _change(self, change: Change, done: str, by: str) -> Held:
        for _ in range(TRIES):
            pauses, etag = await self._read()
            changed, pause = change(pauses)
            try:
                if changed != pauses:
                    await self._ports.pauses.put(self._marketplace, changed, etag)
            except LostError:
                continue
            _log.info("%s: %s by %s", pause.scope, done, by)
            [held] = await self._held([pause])
            return held
        raise RejectionError(503, "PausesBusy", "Others change what is paused at this moment. Try again.")

    async def _read(self) -> tuple[tuple[Pause, ...], str | None]:
        try:
            found = await self._ports.pauses.read(self._marketplace)
        except AccountFault as fault:
            message = "What is paused cannot be read; what is not known to be free waits. Mend or remove the blob."
            raise RejectionError(503, "PausesUnreadable", message) from fault
        return found.pauses, found.etag

    async def _check_client(self, client: str) -> None:
        profile = await self._profile(client)
        if profile is None:
            raise RejectionError(404, "NotFound", "There is no such client in your marketplace.", Field="client")

    async def _profile(self, client: str) -> Profile | None:
        """Return the profile of a client of the marketplace; none where it is another's, or has none that is good."""
        try:
            profile = await self._ports.profiles.get(client)
        except AccountFault:
            return None
        return profile if profile.marketplace.casefold() == self._marketplace.casefold() else None

    async def _held(self, pauses: Iterable[Pause]) -> list[Held]:
        """Return pauses with how many clients each holds, and how much waits by it."""
        pauses = list(pauses)
        clients, whole = await self._held_clients(pauses)
        held: list[Held] = []
        for pause in pauses:
            mine = [client for client in clients if pause.scope.holds(client.profile, pause.scope.record_type)]
            kind = pause.scope.record_type
            waiting = sum(
                client.waiting.get(encode(kind), 0) if kind else sum(client.waiting.values()) for client in mine
            )
            more = any(client.more for client in mine) or not (whole or pause.scope.client)
            held.append(Held(pause, len(mine), waiting, more))
        return held

    async def _held_clients(self, pauses: list[Pause]) -> tuple[list[_Client], bool]:
        """Return each client that a pause holds with how much waits of it, and whether all clients were looked at.

        It is bounded, and side by side. What waits comes first.
        """
        if not pauses:
            return [], True
        waiting = [unquote(name) for name in await self._ports.parked.folders(PAUSED)]
        named = [pause.scope.client for pause in pauses if pause.scope.client is not None]
        names = list(dict.fromkeys(named))
        if len(named) < len(pauses):
            names = list(dict.fromkeys([*named, *waiting, *await self._ports.profiles.clients()]))
        places = asyncio.Semaphore(CONCURRENCY)

        async def known(name: str) -> Profile | None:
            async with places:
                return await self._profile(name)

        looked = names[: max(self._clients, len(named))]
        profiles = [each for each in await asyncio.gather(*map(known, looked)) if each is not None]
        meant = [each for each in profiles if any(pause.scope.holds(each, pause.scope.record_type) for pause in pauses)]
        counted = {each.client for each in meant} & set(waiting)
        looks = max(self._looks // max(len(counted), 1), 1)

        async def count(profile: Profile) -> _Client:
            if profile.client not in counted:
                return _Client(profile, {}, more=False)
            async with places:
                return await self._count(profile, looks)

        return list(await asyncio.gather(*map(count, meant))), len(looked) == len(names)

    async def _count(self, profile: Profile, looks: int) -> _Client:
        prefix, types, looked = f"{PAUSED}{encode(profile.client)}/", Counter[str](), 0
        async for hint in self._ports.parked.list(prefix, limit=looks + 1):
            looked += 1
            if looked > looks:
                return _Client(profile, types, more=True)
            types[hint.name.removeprefix(prefix).partition("/")[0]] += 1
        return _Client(profile, types, more=False)


def _find(pauses: Iterable[Pause], scope: Scope) -> Pause | None:
    return next((pause for pause in pauses if pause.scope.identity == scope.identity), None)
