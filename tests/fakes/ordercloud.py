"""OrderCloud in memory: its rules for writes, a record of what was asked of it, and misbehaviour on demand."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, unquote

from openapi.journals import expect_valid_request

from fakes.clock import FakeClock
from fakes.ordercloud_shapes import Shape, shape_of
from fakes.storage import Hook, do_nothing, let_others_run
from models.record import Json
from orchestration.failures import Failure, IdExists, NotFound, RefusedByOrderCloud, Unavailable
from orchestration.ports import Answer, Clock, OrderCloud
from orchestration.profile import Profile
from orchestration.requests import Request

type Normalise = Callable[[str, Json], Json]
"""Is given the path and the whole of a record that is written, and returns what is kept."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that arrived."""

    client: str
    method: str
    path: str
    body: Json | None
    traceparent: str | None


@dataclass(slots=True)
class Fault:
    """What becomes of requests: a failure in place of them or, with `committed`, of their answer only."""

    failure: Failure
    method: str | None
    path: str
    times: int | None
    committed: bool

    def meets(self, request: Request) -> bool:
        """Tell whether a request is one of those meant."""
        right_method = self.method in (None, request.method)
        return self.times != 0 and right_method and re.search(self.path, request.path) is not None


class FakeOrderCloud:
    """The port Marketplaces, and all of the one marketplace behind it.

    Attributes:
        calls: every request, in the order of arrival.
        committed: those of them that changed something.
        down: whether nothing is answered, and nothing carried out.
        described: whether a request that OrderCloud's API description does not allow ends the test.
        normalise: changes what is written, as OrderCloud may.
        before: runs before a request has any effect.
        after: runs when it has had it.
    """

    def __init__(self, clock: Clock | None = None, *, described: bool = False) -> None:
        self.described = described
        self._clock = clock or FakeClock()
        self._records: dict[str, tuple[str, bytes]] = {}
        self._faults: list[Fault] = []
        self.calls: list[Call] = []
        self.committed: list[Call] = []
        self.down = False
        self.normalise: Normalise = lambda _path, record: record
        self.before: Hook = let_others_run
        self.after: Hook = do_nothing

    def connect(self, profile: Profile) -> OrderCloud:
        """Return OrderCloud for the profile's credentials."""
        return _Connection(self, profile)

    @property
    def records(self) -> dict[str, Json]:
        """Everything that is there, by path."""
        return {path: json.loads(content) for path, content in self._records.values()}

    def digest(self) -> object:
        """Return all that what it answers from now on depends on."""
        return sorted(self._records.items()), [fault.times for fault in self._faults]

    def mend(self) -> None:
        """Misbehave no more."""
        self._faults.clear()
        self.down = False

    def get(self, path: str) -> Json | None:
        """Return a record, or none; this is no call."""
        found = self._records.get(unquote(path).casefold())
        return None if found is None else json.loads(found[1])

    def keep(self, collection: str, record: Json) -> str:
        """Have a record, as if somebody else had written it, and return its path."""
        path = f"{collection}/{quote(record['ID'], safe='')}"
        self._store(path, shape_of(collection).completed(record))
        return path

    def drop(self, path: str) -> None:
        """Have a record no more, as if somebody else had deleted it."""
        del self._records[unquote(path).casefold()]

    def fail(
        self,
        failure: Failure,
        *,
        method: str | None = None,
        path: str = "",
        times: int | None = 1,
        committed: bool = False,
    ) -> None:
        """Raise a failure in place of the next requests (`times`: none for all), or of their answers only."""
        self._faults.append(Fault(failure, method, path, times, committed))

    def refuse(self, *, method: str | None = None, path: str = "", times: int | None = 1) -> None:
        """Refuse the next requests."""
        errors = ({"ErrorCode": "ValidationFailure", "Message": "Refused.", "Data": None},)
        self.fail(RefusedByOrderCloud("refused", errors=errors, status=400), method=method, path=path, times=times)

    def fail_before(self, *, method: str | None = None, path: str = "", times: int | None = 1) -> None:
        """Throttle the next requests; none of them is carried out."""
        self.fail(Unavailable("throttled", retry_after=1.0, status=429), method=method, path=path, times=times)

    def lose_answer(self, *, method: str | None = None, path: str = "", times: int | None = 1) -> None:
        """Carry out the next requests and lose their answers."""
        lost = Unavailable("the answer was lost", outcome_unknown=True)
        self.fail(lost, method=method, path=path, times=times, committed=True)

    async def send(self, profile: Profile, request: Request, budget: float, traceparent: str | None) -> Answer:
        """Carry out one request."""
        if budget <= 0:
            raise Unavailable("no time is left")
        if self.described:
            expect_valid_request(request.method, request.path, request.query, request.body)
        began = self._clock.elapsed()
        await self.before(request.method, request.path)
        if self._clock.elapsed() - began >= budget:
            raise Unavailable("there was no answer in time", outcome_unknown=request.method != "GET", requests=1)
        call = Call(profile.client, request.method, request.path, request.body, traceparent)
        self.calls.append(call)
        try:
            with self._misbehaving(request):
                answer = self._carry_out(profile, request)
                if request.method != "GET":
                    self.committed.append(call)
        except Failure as failure:
            failure.requests = 1
            raise
        await self.after(request.method, request.path)
        return answer

    @contextmanager
    def _misbehaving(self, request: Request) -> Iterator[None]:
        if self.down:
            raise Unavailable("OrderCloud is down", status=503)
        fault = next((fault for fault in self._faults if fault.meets(request)), None)
        if fault and fault.times is not None:
            fault.times -= 1
        if fault and not fault.committed:
            raise fault.failure
        yield
        if fault:
            raise fault.failure

    def _carry_out(self, profile: Profile, request: Request) -> Answer:
        collection, _, last = request.path.rpartition("/")
        if request.method == "POST":
            return self._create(profile, request.path, request.body or {})
        shape = shape_of(collection)
        found = self._visible(profile, request.path)
        match request.method:
            case "PUT" if found is None:
                return Answer(
                    200, self._create(profile, collection, {"ID": unquote(last), **(request.body or {})}).body
                )
            case _ if found is None:
                raise _not_found(shape, unquote(last))
            case "GET":
                return Answer(200, found)
            case "PUT":
                kept = {name: found[name] for name in ("ID", *shape.read_only) if name in found}
                return Answer(200, self._write(request.path, shape, {**_writable(shape, request.body), **kept}))
            case "PATCH":
                merged = shape.merged(found, _writable(shape, request.body))
                return Answer(200, self._write(request.path, shape, merged, before=found))
            case "DELETE":
                self.drop(request.path)
                return Answer(204, None)
            case method:
                raise AssertionError(f"OrderCloud has no {method}")

    def _create(self, profile: Profile, collection: str, body: Json) -> Answer:
        shape = shape_of(collection)
        record = _writable(shape, body)
        path = f"{collection}/{quote(record['ID'], safe='')}"
        if self.get(path) is not None:
            raise IdExists(
                "the ID is taken", errors=(_error(shape, record["ID"], "IdExists", "already exists"),), status=409
            )
        owner = profile.supplier or profile.marketplace
        made = {"OwnerID": owner} | (
            {"DateCreated": self._clock.now().isoformat()} if "DateCreated" in shape.defaults else {}
        )
        return Answer(201, self._write(path, shape, {**record, **made}))

    def _write(self, path: str, shape: Shape, record: Json, before: Json | None = None) -> Json:
        """Check a whole record and keep it; what it refers to is looked for where that has changed."""
        missing = [name for name in shape.required if not record.get(name)]
        if missing:
            errors = tuple(
                {"ErrorCode": "ValidationFailure", "Message": f"{name}: is required.", "Data": {"Field": name}}
                for name in missing
            )
            raise RefusedByOrderCloud("a required field is missing", errors=errors, status=400)
        for name, collection in shape.references.items():
            target = record.get(name)
            changed = before is None or before.get(name) != target
            if target and changed and self.get(f"{collection}/{quote(target, safe='')}") is None:
                raise _not_found(shape_of(collection), target)
        return self._store(path, shape.completed(record))

    def _store(self, path: str, record: Json) -> Json:
        content = json.dumps(self.normalise(path, record)).encode()
        self._records[unquote(path).casefold()] = (path, content)
        kept: Json = json.loads(content)
        return kept

    def _visible(self, profile: Profile, path: str) -> Json | None:
        """Return a record unless it is another owner's than a supplier's."""
        found = self.get(path)
        if found is not None and profile.supplier is not None and found.get("OwnerID") != profile.supplier:
            return None
        return found


class _Connection:
    """The port OrderCloud for one profile."""

    def __init__(self, ordercloud: FakeOrderCloud, profile: Profile) -> None:
        self._ordercloud = ordercloud
        self._profile = profile

    async def send(self, request: Request, *, budget: float, traceparent: str | None = None) -> Answer:
        """Carry out one request."""
        return await self._ordercloud.send(self._profile, request, budget, traceparent)


def _writable(shape: Shape, body: Json | None) -> Json:
    written: Json = json.loads(json.dumps(body or {}))
    return {name: value for name, value in written.items() if name not in shape.read_only}


def _error(shape: Shape, record_id: str, code: str, what: str) -> Json:
    data = {"ObjectType": shape.object_type, "ObjectID": record_id}
    return {"ErrorCode": code, "Message": f"Object {what}.", "Data": data}


def _not_found(shape: Shape, record_id: str) -> NotFound:
    errors = (_error(shape, record_id, "NotFound", "not found"),)
    return NotFound("not found", object_type=shape.object_type, object_id=record_id, errors=errors, status=404)
