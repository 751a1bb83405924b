"""The calls of one run on one record: each within the claim, noted, with sealed values opened on the way out."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from models.record import Json
from orchestration.circuits import Circuits
from orchestration.decision import Case
from orchestration.event import call_json, requests_of
from orchestration.failures import Failure, MissingReference, RefusedByOrderCloud, Unavailable
from orchestration.paths import RecordPath
from orchestration.ports import Answer, OrderCloud, Seals
from orchestration.requests import Request
from orchestration.sealing import HIDDEN, sealed_in


class Calls:
    """Calls OrderCloud for a case.

    Attributes:
        made: the calls for which anything was sent, in order, as events show them.
        wrote: whether a write was carried out, so that OrderCloud is not what it was when the run began.
        unsent: write-only fields whose values are not kept any more, so that they were left out of a write.
        note: under a claim, is told before each call how many requests that makes, so that the claim says so before;
            what the call repeats by itself is known only after it.
    """

    def __init__(
        self, case: Case, ordercloud: OrderCloud, circuits: Circuits, seals: Seals, remaining: Callable[[], float]
    ) -> None:
        self._case = case
        self._ordercloud = ordercloud
        self._circuits = circuits
        self._seals = seals
        self._remaining = remaining
        self._opened: set[str] = set()
        self.made: list[Json] = []
        self.wrote = False
        self.unsent: set[str] = set()
        self.note: Callable[[int], Awaitable[None]] | None = None

    async def send(self, request: Request) -> Answer:
        """Send one request within what is left of the claim; nothing is begun that could outlive it.

        Raises:
            Failure: by what happened; MissingReference where OrderCloud refuses only what comes too early, Postponed
                where it is known not to serve the client, so that no call was made.
            LostError: the claim is another's by now, so that no call was made.
        """
        body = await self._with_opened(request.body) if request.body else request.body
        if self.note is not None:
            await self.note(requests_of(self.made) + 1)
        budget = self._remaining()
        if budget <= 0:
            raise Unavailable("no time was left under the claim to call OrderCloud")
        sent, posting = replace(request, body=body), self._case.posting
        requests = 1  # a bug says of none that it was not sent
        try:
            with self._circuits.call(posting.client, posting.record_type, posting.path.record):
                answer = await self._ordercloud.send(sent, budget=budget, traceparent=posting.traceparent)
            requests = answer.requests
        except Failure as failure:
            requests = failure.requests
            codes = {error["ErrorCode"] for error in failure.errors}
            failure.hide(self._opened, HIDDEN)
            if not isinstance(failure, RefusedByOrderCloud) or self._case.record_type.premature.isdisjoint(codes):
                raise
            raise MissingReference(
                failure.cause, errors=failure.errors, status=failure.status, outcome_unknown=failure.outcome_unknown
            ) from failure
        finally:
            if requests:
                self.made.append(call_json(request, requests))
        self.wrote = self.wrote or request.method != "GET"
        return answer

    async def _with_opened(self, body: Json) -> Json:
        """Return a body with its sealed values opened; one whose value is not kept any more is left out."""
        posting, opened = self._case.posting, dict[str, object]()
        path = RecordPath(posting.marketplace, posting.record_type, posting.keys)
        for name, value in body.items():
            sealed = sealed_in(value) if name in self._case.record_type.write_only else None
            if sealed is None:
                opened[name] = value
            elif sealed.content:
                opened[name] = text = await self._seals.open(sealed, path, name)
                self._opened.add(text)
            else:
                self.unsent.add(name)
        return opened
