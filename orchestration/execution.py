"""Steps 7 and 8: read OrderCloud again, and carry out a decision with the smallest calls that do it.

One executor serves all record types. What OrderCloud answers may change the decision: a record that is there already
is adopted, one that is gone is created again, at most once a run.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from models.record import Json, lay_over
from models.registry import Generation, Keys, Reference
from orchestration.cached_record import CachedRecord
from orchestration.calling import Calls
from orchestration.decision import Action, Case, Decision, determine_action, is_foreign
from orchestration.failures import IdExists, MissingReference, NotFound, NotOwner, RefusedByOrderCloud
from orchestration.generation import Generator, Lists
from orchestration.requests import (
    create_request,
    delete_request,
    get_request,
    patch_request,
    put_request,
)


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of a decision.

    Attributes:
        decision: as it was carried out in the end.
        record: as OrderCloud left it.
        left: references that could not be set yet, since what they name needs this record first.
    """

    decision: Decision
    record: CachedRecord
    left: tuple[Reference, ...] = ()


class Executor:
    """Carries out the decisions of one run on one record.

    Args:
        case: what the decisions are made for.
        keys: the record's, as OrderCloud spells them.
        calls: the way to OrderCloud.
        now: the time of day.
        lists: what OrderCloud has listed already, of records that it generates.
    """

    def __init__(self, case: Case, keys: Keys, calls: Calls, now: Callable[[], datetime], lists: Lists) -> None:
        self._case = case
        self._type = case.record_type
        self._keys = keys
        self._now = now
        self._lists = lists
        self._surprised: set[type[Exception]] = set()
        self.calls = calls

    async def read(self, record: CachedRecord) -> CachedRecord:
        """Return the record with what OrderCloud says now, which is certain.

        An assignment cannot be read: it is left as we know it, and posted again whether it is there or not.
        """
        if self._type.assigned:
            return replace(record, certain=True)
        try:
            answer = await self.calls.send(get_request(self._type, self._keys))
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
            case Action.PATCH if self._type.assigned:
                return await self._create(decision, record)
            case Action.PATCH:
                return await self._patch(decision, record)
            case Action.DELETE:
                await self._delete()
                return Carried(decision, record.seen(None, self._now()).anew())

    async def _create(self, decision: Decision, record: CachedRecord) -> Carried:
        managed = self._case.managed(record)
        if decision.replaces:
            await self._delete()
            record = replace(record.anew(), current=None)
        if self._type.assigned:
            return await self._assign(decision, record, managed)
        if self._type.generation:
            return await self._generate(self._type.generation, decision, record, managed)
        left = tuple(each for each in self._type.references if each.deferred and each.keys(managed)[-1] is not None)
        sent = {name: value for name, value in managed.items() if name not in {each.fields[-1] for each in left}}
        try:
            answer = await self.calls.send(create_request(self._type, self._keys, sent, self._now()))
        except IdExists as conflict:
            self._once(conflict)
            self._say(managed)
            return await self._adopt(record.anew())
        except NotFound as missing:
            raise _missing_reference(missing) from missing
        if left:
            names = ", ".join(each.fields[-1] for each in left)
            decision = replace(decision, reason=f"{decision.reason}; {names} is set when what it names is there")
        return Carried(decision, record.anew().seen(answer.body, self._now()), left)

    async def _assign(self, decision: Decision, record: CachedRecord, managed: Json) -> Carried:
        """Post an assignment whole, since that overwrites it: with what other sources have said of it."""
        whole = lay_over(managed, record.current or {})
        try:
            await self.calls.send(create_request(self._type, self._keys, whole, self._now()))
        except NotFound as missing:
            raise _missing_reference(missing) from missing
        return Carried(decision, record.seen(whole, self._now()))

    async def _generate(
        self, generation: Generation, decision: Decision, record: CachedRecord, managed: Json
    ) -> Carried:
        """Find the record among those that OrderCloud generates, and write to it what it does not say yet."""
        generator = Generator(self._type, generation, self._keys, self.calls.send, self._lists)
        try:
            found, new = await generator.find(managed)
            there = replace(record.anew().seen(found, self._now()), certain=True)
            self._say(managed)
            diff = determine_action(self._case, there, self._now()).diff
            request = patch_request(self._type, (*self._keys[:-1], found["ID"]), diff, found, self._now())
            if found["ID"] != self._keys[-1]:
                request = replace(request, body={**(request.body or {}), "ID": self._keys[-1]})
            if request.body:
                answer = await self.calls.send(request)
                generator.replaced(found, answer.body)
                there = there.seen(answer.body, self._now())
        except NotFound as missing:
            raise _missing_reference(missing) from missing
        except IdExists as taken:
            raise RefusedByOrderCloud(taken.cause, errors=taken.errors, status=taken.status) from taken
        if new:
            return Carried(replace(decision, reason=f"{decision.reason}; OrderCloud generated it"), there)
        action = Action.PATCH if request.body else Action.GET
        reason = "it was generated before; it is made what was posted" if request.body else "it is as generated"
        return Carried(Decision(action, reason, diff), there)

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

    def _say(self, managed: Json) -> None:
        """Go on as if all that the source manages had just been posted: what is there was not made by its postings."""
        self._case = replace(self._case, posting=replace(self._case.posting, posted=managed))

    async def _update(self, record: CachedRecord) -> Carried:
        """Read, take out what was removed, lay the rest over it, and write the whole back."""
        found = await self.read(record)
        decision = determine_action(self._case, found, self._now(), looked=record)
        if decision.action is not Action.UPDATE or found.current is None:
            return await self.carry_out(decision, found)
        try:
            answer = await self.calls.send(
                put_request(self._type, self._keys, decision.diff, found.current, self._now())
            )
        except NotFound as missing:
            raise _missing_reference(missing) from missing
        return Carried(decision, found.seen(answer.body, self._now()))

    async def _patch(self, decision: Decision, record: CachedRecord) -> Carried:
        try:
            request = patch_request(self._type, self._keys, decision.diff, record.current or {}, self._now())
            answer = await self.calls.send(request)
        except NotFound as missing:
            if not await self._is_gone(missing):
                raise _missing_reference(missing) from missing
            self._once(missing)
            gone = record.seen(None, self._now())
            return await self._create(determine_action(self._case, gone, self._now(), looked=record), gone)
        return Carried(decision, record.seen(answer.body, self._now()))

    async def _delete(self) -> None:
        """Delete the record; one that is gone already counts as deleted, one that is generated goes with its parent."""
        if self._type.generation:
            return
        try:
            await self.calls.send(delete_request(self._type, self._keys))
        except NotFound:
            return

    async def _is_gone(self, missing: NotFound) -> bool:
        """Tell a record that is gone from one that it refers to: by the error's object, else by a look."""
        if missing.object_type and missing.object_id:
            own = (self._type.object_type.casefold(), str(self._keys[-1]).casefold())
            return (missing.object_type.casefold(), missing.object_id.casefold()) == own
        try:
            await self.calls.send(get_request(self._type, self._keys))
        except NotFound:
            return True
        return False

    def _once(self, surprise: NotFound | IdExists) -> None:
        """Let each kind of surprise change the decision once; the second time OrderCloud contradicts itself."""
        if type(surprise) in self._surprised:
            cause = f"OrderCloud contradicts itself: {surprise.cause}"
            raise RefusedByOrderCloud(cause, errors=surprise.errors, status=surprise.status)
        self._surprised.add(type(surprise))


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
