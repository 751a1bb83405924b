"""Steps 2, 5 and 6 for one posting: its profile, the diff, the action; and whose the record is."""

from models.registry import Registry
from orchestration.cached_record import CachedRecord
from orchestration.decision import Case, Decision, determine_action, is_foreign
from orchestration.failures import AccountFault, NotOwner, Paused
from orchestration.paths import RecordPath
from orchestration.pauses import paused_by
from orchestration.ports import Ports
from orchestration.workitem import WorkItem


class Cases:
    """Makes the case of a posting, and decides it."""

    def __init__(self, ports: Ports, registry: Registry) -> None:
        self._ports = ports
        self._registry = registry

    async def of(self, item: WorkItem) -> Case:
        """Step 2, get integration profile.

        Raises:
            AccountFault: there is no good profile, the type is not known, or what is paused cannot be read.
            Paused: an operator has paused what the posting is of.
            NotOwner: what is there belongs to somebody else, as the record's parent says.
        """
        record_type = self._registry.find(item.posting.record_type)
        if record_type is None:
            raise AccountFault(f"this version does not know the record type {item.posting.record_type!r}")
        case = Case(record_type, item.posting, await self._ports.profiles.get(item.path.client))
        if pause := paused_by(await self._ports.pauses.get(case.profile.marketplace), case.profile, record_type.name):
            raise Paused(f"an operator has paused {pause.scope}")
        await self._check_owner(item, case)
        return case

    def decide(self, item: WorkItem, case: Case, record: CachedRecord, looked: CachedRecord | None = None) -> Decision:
        """Steps 5 and 6, calculate diff and determine action.

        Raises:
            NotOwner: what is there belongs to somebody else.
        """
        with item.watch.lap("DetermineAction"):
            if is_foreign(case.record_type, case.profile, record.current):
                raise NotOwner("the record belongs to another owner")
            return determine_action(case, record, self._ports.clock.now(), looked)

    async def _check_owner(self, item: WorkItem, case: Case) -> None:
        """Look whose a record is that does not say it, where a supplier's client meets it for the first time.

        Its parent says it, where it has one. What no record says is somebody else's as soon as it is known here.
        """
        row, known = case.record_type, item.record.current is not None
        says_itself = row.owner is not None or row.party is not None or row.expand is not None
        if case.profile.supplier is None or item.path.client in item.record.applied or says_itself:
            return
        foreign = known
        if row.owned_by is not None:
            keys = row.owned_by.keys(row.named(item.posting.keys))
            above = RecordPath(item.posting.marketplace, row.owned_by.record_type, keys)
            parent = (await self._ports.cache.get(above)).record.current
            above_type = self._registry[row.owned_by.record_type]
            foreign = known if parent is None else is_foreign(above_type, case.profile, parent)
        if foreign:
            raise NotOwner("the record belongs to another owner")
