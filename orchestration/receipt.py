"""Step 1, record receipt: check what a caller posts, and store each record durably before it is accepted.

One storage write a record where nothing of it waits; what still waits is laid under the newer posting.
"""

import asyncio
from dataclasses import dataclass

from models.registry import Keys, RecordType
from models.validation import InvalidRecordError, ValidRecord, validate
from orchestration.authorisation import Caller, authorise_record, authorise_write
from orchestration.endings import keep_unreadable
from orchestration.envelope import Envelope, Operation
from orchestration.failures import AccountFault
from orchestration.paths import QueuePath
from orchestration.ports import LostError, Ports, StorageUnavailableError, UnreadableError
from orchestration.profile import Profile
from orchestration.rejections import RejectionError
from orchestration.versions import Version, VersionError, accepted_version, source_version

ATTEMPTS = 20
CONCURRENCY = 16


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came with a request besides its records: the trace, the source's version and name, a job."""

    traceparent: str
    version: str | None = None
    source_name: str | None = None
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A record that is stored: its place in what was posted, and its envelope."""

    index: int
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """One error of one record: its place in what was posted, and the rejection."""

    index: int
    rejection: RejectionError


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the records of one request, each list in the order posted."""

    accepted: tuple[Accepted, ...]
    refused: tuple[RefusedItem, ...]


class Intake:
    """Receives postings and deletions."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def post(self, caller: Caller, record_type: RecordType, items: list[object], delivery: Delivery) -> Receipt:
        """Check every item and store the good ones.

        Raises:
            RejectionError: the caller may post none of them.
        """
        profile = await self._profile(caller, record_type)
        envelopes: dict[int, Envelope] = {}
        refused: list[RefusedItem] = []
        for index, item in enumerate(items):
            try:
                envelopes[index] = self._envelope(profile, record_type, item, delivery)
            except InvalidRecordError as invalid:
                refused += [
                    RefusedItem(index, RejectionError(400, error.code, error.message, Field=error.field))
                    for error in invalid.errors
                ]
            except RejectionError as rejection:
                refused.append(RefusedItem(index, rejection))
        newest, superseded = _newest_of_each(envelopes)
        return await self._store_all(newest, refused + superseded)

    async def delete(self, caller: Caller, record_type: RecordType, keys: Keys, delivery: Delivery) -> Receipt:
        """Store a deletion.

        Raises:
            RejectionError: the caller may not delete it, or its profile refuses deletions.
        """
        profile = await self._profile(caller, record_type)
        if profile.policies.deletes == "refuse":
            raise RejectionError(403, "DeletesRefused", "The integration profile of this client refuses deletions.")
        valid = valid_keys(record_type, keys)
        authorise_record(profile, valid.posted)
        version = self._version(delivery.version, "X-Source-Version")
        envelope = self._wrap(profile, record_type, valid, Operation.DELETE, version, delivery)
        return await self._store_all({0: envelope}, [])

    async def _profile(self, caller: Caller, record_type: RecordType) -> Profile:
        try:
            profile = await self._ports.profiles.get(caller.client)
        except AccountFault as fault:
            raise RejectionError(403, "NoIntegrationProfile", fault.cause) from fault
        authorise_write(caller, profile, record_type)
        return profile

    def _envelope(self, profile: Profile, record_type: RecordType, item: object, delivery: Delivery) -> Envelope:
        """Return the envelope of one posted item.

        Raises:
            InvalidRecordError: with all errors of the item.
            RejectionError: its version is none, or it is another owner's.
        """
        given: object = delivery.version
        named = "X-Source-Version"
        if isinstance(item, dict) and "SourceVersion" in item:
            item, named = dict(item), "SourceVersion"
            given = item.pop(named)
        valid = validate(record_type, item)
        authorise_record(profile, valid.posted)
        version = self._version(given, named)
        return self._wrap(profile, record_type, valid, Operation.UPSERT, version, delivery)

    def _version(self, given: object, field: str) -> Version:
        if given is None:
            return accepted_version(self._ports.clock.now(), self._ports.chance.name()[:8])
        try:
            return source_version(given)
        except VersionError as error:
            raise RejectionError(400, "InvalidVersion", str(error), Field=field) from error

    def _wrap(
        self,
        profile: Profile,
        record_type: RecordType,
        valid: ValidRecord,
        operation: Operation,
        version: Version,
        delivery: Delivery,
    ) -> Envelope:
        return Envelope(
            record_type=record_type.name,
            operation=operation,
            marketplace=profile.marketplace,
            resource=profile.resource,
            client=profile.client,
            keys=valid.keys,
            posted=valid.posted if operation is Operation.UPSERT else {},
            version=version,
            accepted_at=self._ports.clock.now().isoformat(),
            traceparent=delivery.traceparent,
            left_out=valid.left_out,
            job_id=delivery.job_id,
            source_name=delivery.source_name,
        )

    async def _store_all(self, envelopes: dict[int, Envelope], refused: list[RefusedItem]) -> Receipt:
        """Store envelopes side by side; one that could not be stored is refused, with what to do."""
        places = asyncio.Semaphore(CONCURRENCY)

        async def attempt(index: int, envelope: Envelope) -> Accepted | RefusedItem:
            async with places:
                try:
                    await self._store(envelope)
                except RejectionError as rejection:
                    return RefusedItem(index, rejection)
                return Accepted(index, envelope)

        results = await asyncio.gather(*(attempt(index, envelope) for index, envelope in envelopes.items()))
        accepted = [result for result in results if isinstance(result, Accepted)]
        refused = refused + [result for result in results if isinstance(result, RefusedItem)]
        return Receipt(tuple(accepted), tuple(sorted(refused, key=lambda each: each.index)))

    async def _store(self, envelope: Envelope) -> None:
        """Make one envelope durable, laid over what still waits of the same record and source.

        Raises:
            RejectionError: 409 when a newer version waits, 503 when storage does not take it.
        """
        queue = self._ports.queue
        try:
            for _ in range(ATTEMPTS):
                if await self._added(envelope):
                    return
                try:
                    waiting = await queue.get(envelope.path)
                    if waiting is None:
                        continue
                    if envelope.version.older_than(waiting.envelope.version):
                        newest = waiting.envelope.version.text
                        raise _superseded(f"Version {newest} of this record waits already.", newest)
                    await queue.replace(envelope.laid_over(waiting.envelope), waiting.etag)
                except LostError:
                    continue
                except UnreadableError as unreadable:
                    # What waits is nothing of ours, so the posting takes its place; the bytes are kept for a person.
                    await keep_unreadable(self._ports, str(envelope.path), unreadable)
                    await queue.discard(str(envelope.path), unreadable.etag)
                else:
                    return
        except StorageUnavailableError as unavailable:
            message = "The record could not be stored. Post it again in a moment."
            raise RejectionError(503, "StorageUnavailable", message) from unavailable
        raise RejectionError(503, "RecordBusy", "Too many postings of this record at once. Post it again in a moment.")

    async def _added(self, envelope: Envelope) -> bool:
        """Store an envelope where none waits; return false where one does."""
        try:
            await self._ports.queue.add(envelope)
        except LostError:
            return False
        return True


def _newest_of_each(envelopes: dict[int, Envelope]) -> tuple[dict[int, Envelope], list[RefusedItem]]:
    """Keep one envelope of each record, the last one unless an earlier one has a newer version of the source's."""
    kept: dict[QueuePath, int] = {}
    superseded: list[RefusedItem] = []
    for index, envelope in envelopes.items():
        earlier = kept.get(envelope.path)
        if earlier is None:
            kept[envelope.path] = index
            continue
        loser = index if envelope.version.older_than(envelopes[earlier].version) else earlier
        winner = earlier if loser == index else index
        kept[envelope.path] = winner
        newest = envelopes[winner].version.text
        superseded.append(RefusedItem(loser, _superseded(f"Item {winner} of the same array is newer.", newest)))
    return {index: envelopes[index] for index in sorted(kept.values())}, superseded


def _superseded(message: str, newest: str) -> RejectionError:
    return RejectionError(409, "Superseded", message, Version=newest)


def valid_keys(record_type: RecordType, keys: Keys) -> ValidRecord:
    """Check the keys of a record that is named and not posted, as those of a posted one are checked.

    Raises:
        RejectionError: 400 with the first error.
    """
    try:
        return validate(record_type, {name: key for name, key in record_type.named(keys).items() if key is not None})
    except InvalidRecordError as invalid:
        error = invalid.errors[0]
        raise RejectionError(400, error.code, error.message, Field=error.field) from invalid
