"""Steps 7 and 8: read OrderCloud again, and carry out a decision with the smallest calls that do it.

One executor serves all record types. What OrderCloud answers may change the decision: a record that is there already
is adopted, one that is gone is created again, at most once a run.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from models.record import Json
from models.registry import Keys
from orchestration.cached_record import CachedRecord
from orchestration.decision import Action, Case, Decision, determine_action, is_foreign
from orchestration.event import call_json
from orchestration.failures import IdExists, MissingReference, NotFound, NotOwner, RefusedByOrderCloud, Unavailable
from orchestration.ports import Answer, OrderCloud
from orchestration.requests import (
    Request,
    create_request,
    delete_request,
    get_request,
    patch_request,
    put_request,
)


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of a decision: the decision as it was carried out in the end, and the record as OrderCloud left it."""

    decision: Decision
    record: CachedRecord


class Executor:
    """Carries out the decisions of one run on one record.

    Attributes:
        calls: the OrderCloud calls that were begun, in order.
        wrote: whether a write was carried out, so that OrderCloud is not what it was when the run began.
    """

    def __init__(
        self,
        case: Case,
        keys: Keys,
        ordercloud: OrderCloud,
        remaining: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._case = case
        self._type = case.record_type
        self._keys = keys
        self._ordercloud = ordercloud
        self._remaining = remaining
        self._now = now
        self._surprised: set[type[Exception]] = set()
        self.calls: list[Json] = []
        self.wrote = False

    async def read(self, record: CachedRecord) -> CachedRecord:
        """Return the record with what OrderCloud says now, which is certain."""
        try:
            answer = await self._send(get_request(self._type, self._keys))
        except NotFound:
            return replace(record.seen(None, self._now()), certain=True)
        return replace(record.seen(answer.body, self._now()), certain=True)

    async def carry_out(self, decision: Decision, record: CachedRecord) -> Carried:
        """Do what a decision says.

        Raises:
            Failure: OrderCloud did not let it.
        """
        match decision.action:
            case Action.IGNORE | Action.GET:
                return Carried(decision, record)
            case Action.CREATE:
                return await self._create(decision, record)
            case Action.UPDATE:
                return await self._update(record)
            case Action.PATCH:
                return await self._patch(decision, record)
            case Action.DELETE:
                await self._delete()
                return Carried(decision, record.seen(None, self._now()).anew())

    async def _create(self, decision: Decision, record: CachedRecord) -> Carried:
        managed = self._case.managed(record)
        if decision.replaces:
            await self._delete()
        try:
            answer = await self._send(create_request(self._type, self._keys, managed))
        except IdExists as conflict:
            self._once(conflict)
            return await self._adopt(record.anew())
        except NotFound as missing:
            raise _missing_reference(missing) from missing
        return Carried(decision, record.anew().seen(answer.body, self._now()))

    async def _adopt(self, record: CachedRecord) -> Carried:
        """Take over a record that was in OrderCloud already: nothing was applied to it before by any source."""
        found = await self.read(record)
        if found.current is None or is_foreign(self._type, self._case.profile, found.current):
            raise NotOwner("the ID belongs to a record of another owner")
        decision = determine_action(self._case, found, self._now())
        carried = await self.carry_out(decision, found)
        if not carried.decision.writes:
            return replace(carried, decision=Decision(Action.GET, "it was there already, and as posted"))
        adopted = replace(carried.decision, reason=f"it was there already; {carried.decision.reason}")
        return replace(carried, decision=adopted)

    async def _update(self, record: CachedRecord) -> Carried:
        """Read, take out what was removed, lay the rest over it, and write the whole back."""
        found = await self.read(record)
        decision = determine_action(self._case, found, self._now(), looked=record)
        if decision.action is not Action.UPDATE or found.current is None:
            return await self.carry_out(decision, found)
        try:
            answer = await self._send(put_request(self._type, self._keys, decision.diff, found.current))
        except NotFound as missing:
            raise _missing_reference(missing) from missing
        return Carried(decision, found.seen(answer.body, self._now()))

    async def _patch(self, decision: Decision, record: CachedRecord) -> Carried:
        try:
            request = patch_request(self._type, self._keys, decision.diff, record.current or {})
            answer = await self._send(request)
        except NotFound as missing:
            if not await self._is_gone(missing):
                raise _missing_reference(missing) from missing
            self._once(missing)
            gone = record.seen(None, self._now())
            return await self._create(determine_action(self._case, gone, self._now(), looked=record), gone)
        return Carried(decision, record.seen(answer.body, self._now()))

    async def _delete(self) -> None:
        """Delete the record; one that is gone already counts as deleted."""
        try:
            await self._send(delete_request(self._type, self._keys))
        except NotFound:
            return

    async def _is_gone(self, missing: NotFound) -> bool:
        """Tell a record that is gone from one that it refers to: by the error's object, else by a look."""
        if missing.object_type and missing.object_id:
            own = (self._type.object_type.casefold(), str(self._keys[-1]).casefold())
            return (missing.object_type.casefold(), missing.object_id.casefold()) == own
        try:
            await self._send(get_request(self._type, self._keys))
        except NotFound:
            return True
        return False

    def _once(self, surprise: NotFound | IdExists) -> None:
        """Let each kind of surprise change the decision once; the second time OrderCloud contradicts itself."""
        if type(surprise) in self._surprised:
            cause = f"OrderCloud contradicts itself: {surprise.cause}"
            raise RefusedByOrderCloud(cause, errors=surprise.errors, status=surprise.status)
        self._surprised.add(type(surprise))

    async def _send(self, request: Request) -> Answer:
        """Send one request within what is left of the claim; nothing is begun that could outlive it."""
        budget = self._remaining()
        if budget <= 0:
            raise Unavailable("no time was left under the claim to call OrderCloud")
        self.calls.append(call_json(request))
        answer = await self._ordercloud.send(request, budget=budget, traceparent=self._case.posting.traceparent)
        self.wrote = self.wrote or request.method != "GET"
        return answer


def _missing_reference(missing: NotFound) -> MissingReference:
    named = " ".join(part for part in (missing.object_type or "a record", missing.object_id) if part)
    return MissingReference(
        f"{named} that it refers to is not there",
        object_type=missing.object_type,
        object_id=missing.object_id,
        errors=missing.errors,
        status=missing.status,
        outcome_unknown=missing.outcome_unknown,
    )
