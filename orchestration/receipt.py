"""Step 1, record receipt: check what a caller posts, and store each record durably before it is accepted.

One storage write a record where nothing of it waits; what still waits is laid under the newer posting.
"""

import asyncio
import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from models.record import Json
from models.registry import Keys, RecordType, Registry
from models.validation import InvalidRecordError, ValidRecord, validate
from orchestration.authorisation import Caller, authorise_record, authorise_write
from orchestration.enqueuing import BusyError, SupersededError, enqueue
from orchestration.envelope import Envelope, Operation
from orchestration.failures import AccountFault, Failure
from orchestration.paths import QueuePath, RecordPath
from orchestration.ports import Ports, Span, StorageUnavailableError
from orchestration.postings import valid_keys, valid_of_buyer
from orchestration.profile import Profile
from orchestration.rejections import RejectionError
from orchestration.tracing import spanning
from orchestration.versions import Version, VersionError, accepted_version, source_version

_log = logging.getLogger(__name__)

CONCURRENCY = 16


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came with a request besides its records: the trace, the source's version and name, a buyer, a job."""

    traceparent: str
    version: str | None = None
    buyer: str | None = None
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

    def __init__(self, ports: Ports, registry: Registry) -> None:
        self._ports = ports
        self._registry = registry

    async def post(self, caller: Caller, record_type: RecordType, items: list[object], delivery: Delivery) -> Receipt:
        """Check every item and store the good ones.

        Raises:
            RejectionError: the caller may post none of them.
        """
        with self._span(caller, record_type, delivery) as span:
            delivery = replace(delivery, traceparent=span.traceparent)
            return _noted(span, await self._post(caller, record_type, items, delivery))

    async def delete(self, caller: Caller, record_type: RecordType, keys: Keys, delivery: Delivery) -> Receipt:
        """Store a deletion.

        Raises:
            RejectionError: the caller may not delete it, or its profile refuses deletions.
        """
        with self._span(caller, record_type, delivery) as span:
            delivery = replace(delivery, traceparent=span.traceparent)
            return _noted(span, await self._delete(caller, record_type, keys, delivery))

    def _span(self, caller: Caller, record_type: RecordType, delivery: Delivery) -> AbstractContextManager[Span]:
        """Return the span that the runs of what is accepted are below."""
        told = {"record_type": record_type.name, "client": caller.client}
        return spanning(self._ports.telemetry, self._ports.clock, "Intake", delivery.traceparent, told)

    async def _post(self, caller: Caller, record_type: RecordType, items: list[object], delivery: Delivery) -> Receipt:
        profile = await self._profile(caller, record_type)
        if delivery.buyer is not None and not record_type.buyer_owned:
            message = f"A {record_type.name} does not belong to a buyer. Post it to orchestration/{record_type.name}."
            raise RejectionError(404, "NotBuyerOwned", message)
        envelopes: dict[int, Envelope] = {}
        refused: list[RefusedItem] = []
        for index, item in enumerate(items):
            try:
                envelopes[index] = await self._envelope(caller, profile, record_type, item, delivery)
            except InvalidRecordError as invalid:
                refused += [
                    RefusedItem(index, RejectionError(400, error.code, error.message, Field=error.field))
                    for error in invalid.errors
                ]
            except RejectionError as rejection:
                refused.append(RefusedItem(index, rejection))
        newest, superseded = _newest_of_each(envelopes)
        return await self._store_all(newest, refused + superseded)

    async def _delete(self, caller: Caller, record_type: RecordType, keys: Keys, delivery: Delivery) -> Receipt:
        profile = await self._profile(caller, record_type)
        if profile.policies.deletes == "refuse":
            raise RejectionError(403, "DeletesRefused", "The integration profile of this client refuses deletions.")
        for name in record_type.parts:
            authorise_write(caller, profile, self._registry[name])
        if record_type.generation:
            message = f"OrderCloud generates every {record_type.name} and deletes none. Post it with Active false."
            raise RejectionError(400, "NotDeletable", message)
        valid = valid_keys(record_type, keys)
        authorise_record(profile, record_type, valid.posted)
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

    async def _envelope(
        self, caller: Caller, profile: Profile, record_type: RecordType, item: object, delivery: Delivery
    ) -> Envelope:
        """Return the envelope of one posted item.

        Raises:
            InvalidRecordError: with all errors of the item.
            RejectionError: its version is none, it is another owner's, or it holds what the caller may not post.
        """
        given: object = delivery.version
        named = "X-Source-Version"
        if isinstance(item, dict) and "SourceVersion" in item:
            item, named = dict(item), "SourceVersion"
            given = item.pop(named)
        buyer = delivery.buyer
        valid = validate(record_type, item) if buyer is None else valid_of_buyer(record_type, buyer, item)
        authorise_record(profile, record_type, valid.posted)
        if record_type.expand:
            for name in dict.fromkeys(part.record_type for part in record_type.expand(valid.posted)):
                authorise_write(caller, profile, self._registry[name])
        version = self._version(given, named)
        envelope = self._wrap(profile, record_type, valid, Operation.UPSERT, version, delivery)
        return replace(envelope, posted=await self._sealed(record_type, envelope))

    async def _sealed(self, record_type: RecordType, envelope: Envelope) -> Json:
        """Return what was posted with its write-only values sealed.

        Raises:
            RejectionError: 503 when they cannot be sealed; nothing of them is stored.
        """
        secrets = {name: envelope.posted.get(name) for name in record_type.write_only}
        path = RecordPath(envelope.marketplace, envelope.record_type, envelope.keys)
        try:
            sealed = {
                name: await self._ports.seals.seal(text, path, name)
                for name, text in secrets.items()
                if isinstance(text, str)
            }
        except Failure as failure:
            _log.error("a write-only field cannot be sealed: %s", failure.cause)  # it names settings: not for callers
            message = "A write-only field cannot be kept safely now. Post the record again later, or without it."
            raise RejectionError(503, "CannotSeal", message, Field=min(secrets)) from failure
        return {**envelope.posted, **sealed}

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
        try:
            await enqueue(self._ports, self._registry[envelope.record_type], envelope)
        except SupersededError as superseded:
            newest = superseded.newest.text
            raise _superseded(f"Version {newest} of this record waits already.", newest) from superseded
        except StorageUnavailableError as unavailable:
            message = "The record could not be stored. Post it again in a moment."
            raise RejectionError(503, "StorageUnavailable", message) from unavailable
        except BusyError as busy:
            message = "Too many postings of this record at once. Post it again in a moment."
            raise RejectionError(503, "RecordBusy", message) from busy


def _noted(span: Span, receipt: Receipt) -> Receipt:
    """Tell what became of a request's records, and return it."""
    span.note({"accepted": len(receipt.accepted), "refused": len({each.index for each in receipt.refused})})
    return receipt


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
