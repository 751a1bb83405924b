"""OrderCloud as a client sees it, and what is kept of clients: profiles, pauses, secrets, and who calls."""

from dataclasses import dataclass
from typing import Any, Protocol

from models.record import Json
from orchestration.authorisation import Caller
from orchestration.paths import RecordPath
from orchestration.pauses import Pause
from orchestration.profile import Profile
from orchestration.requests import Request
from orchestration.sealing import Sealed


@dataclass(frozen=True, slots=True)
class Answer:
    """What OrderCloud answered to a request that it carried out; no body for 204.

    `requests` is how many were sent until then, those for tokens aside.
    """

    status: int
    body: Any
    requests: int = 1


class OrderCloud(Protocol):
    """OrderCloud, reached with one profile's credentials."""

    async def send(self, request: Request, *, budget: float, traceparent: str | None = None) -> Answer:
        """Carry out one request within `budget` seconds, everything it may do included: token, retries, waiting.

        A delete that finds nothing raises NotFound. Failures say whether a write may have happened. Answers and
        failures say how many requests were sent: several where some were repeated, none where there was no token.

        Raises:
            Unavailable, AccountFault, RefusedByOrderCloud, NotFound, IdExists: by what happened.
        """
        ...


class Marketplaces(Protocol):
    """The way to OrderCloud for a profile."""

    def connect(self, profile: Profile) -> OrderCloud:
        """Return OrderCloud for the profile's credentials; no request is made yet, tokens are shared."""
        ...


class Profiles(Protocol):
    """The integration profiles, by client id."""

    async def get(self, client: str) -> Profile:
        """Return a client's profile; remembered for a minute.

        Raises:
            AccountFault: there is none, or it is wrong; the message names the field and the rule.
        """
        ...

    async def clients(self) -> list[str]:
        """Return the ids of all clients that have a profile, good or not, in lower case and in their order."""
        ...

    async def keep(self, content: Json, *, replace: bool = False) -> Profile:
        """Keep a profile, as its JSON, and return it; one that the client has already is replaced only when asked.

        What was remembered of the client before counts for a minute still.

        Raises:
            AccountFault: it is wrong, and is not kept; the message names the field and the rule, and no value.
            LostError: the client has a profile already.
        """
        ...


@dataclass(frozen=True, slots=True)
class PausesRead:
    """What is paused in a marketplace, with the ETag of where it is kept; none when nothing is kept yet."""

    pauses: tuple[Pause, ...]
    etag: str | None


class Pauses(Protocol):
    """What operators have paused, by marketplace.

    Both ways of reading raise AccountFault when what is kept cannot be read: it never reads as nothing.
    """

    async def get(self, marketplace: str) -> tuple[Pause, ...]:
        """Return what is paused, for runs: remembered for ten seconds."""
        ...

    async def read(self, marketplace: str) -> PausesRead:
        """Return what is paused now; one request."""
        ...

    async def put(self, marketplace: str, pauses: tuple[Pause, ...], etag: str | None) -> None:
        """Store what is paused from now on, in the state that an ETag names; `get` has it at once on this instance.

        Repeating it after a lost answer is success, told by the bytes that lie there.

        Raises:
            LostError: it was changed by another since.
        """
        ...


class Secrets(Protocol):
    """Secrets by reference."""

    async def resolve(self, reference: str) -> str:
        """Return the secret that a reference names; no message ever holds it.

        Raises:
            AccountFault: the reference is wrong, or names nothing that may be read.
            Unavailable: where it is kept does not answer.
        """
        ...


class Seals(Protocol):
    """Sealed values: encrypted for one field of one record, so that they open nowhere else."""

    async def seal(self, text: str, record: RecordPath, field: str) -> Json:
        """Return a value as it may rest in a posting; see `orchestration.sealing`. Two seals of one value differ.

        Raises:
            AccountFault: there is no data key to seal with; the message names the setting.
            Unavailable: where the key is kept does not answer.
        """
        ...

    async def open(self, sealed: Sealed, record: RecordPath, field: str) -> str:
        """Return the value that was sealed for this field of this record.

        Raises:
            AccountFault: its key is not among the data keys any more, or the value is not what was sealed here.
            Unavailable: where the key is kept does not answer.
        """
        ...


class Callers(Protocol):
    """Who calls: tokens verified by signature against the configured OrderCloud, and users who are active."""

    async def verify(self, token: str) -> Caller:
        """Return whose token this is.

        Raises:
            RejectionError: 401 when it is not valid or its user not active, 503 when OrderCloud cannot be asked.
        """
        ...
