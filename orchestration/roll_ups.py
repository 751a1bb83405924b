"""What became of an hour's postings, counted from its events alone. Pure: the same events always come to the same.

So a roll-up is never added to. It is computed anew and replaced, and neither a crash nor a rerun can skew it.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from models.record import Json
from orchestration.event import is_of_posting, requests_of
from orchestration.versions import Version

FORMAT = 1
HOUR = timedelta(hours=1)

type Group = tuple[str, str, str]
"""Marketplace, client and record type."""


class RollUpFormatError(ValueError):
    """The bytes are no roll-up of ours, or one of a format that this version does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of one client's postings of one record type within an hour.

    Attributes:
        marketplace: encoded, as record paths begin with it.
        outcomes: how many postings ended the hour with an action, or with a class of failure.
        made: how many requests OrderCloud got for the calls that their events tell of.
        saved: how many postings went through without any call.
        uncertain: how many calls more runs that died may have made.
        lead: seconds from acceptance to the event, of what went through: the median, and what 99 of 100 do not exceed.
    """

    marketplace: str
    client: str
    record_type: str
    outcomes: dict[str, int]
    made: int
    saved: int
    uncertain: int
    lead: tuple[float, float] | None

    def to_json(self) -> Json:
        """Return the row by the names of the HTTP API."""
        p50, p99 = self.lead or (None, None)
        return {
            "Client": self.client,
            "RecordType": self.record_type,
            "Outcomes": self.outcomes,
            "Calls": {"Made": self.made, "Saved": self.saved, "Uncertain": self.uncertain},
            "LeadSeconds": {"P50": p50, "P99": p99},
        }

    @staticmethod
    def from_json(stored: Json, marketplace: str) -> "Row":
        """Return the row that was stored for a marketplace."""
        calls, lead = stored["Calls"], stored["LeadSeconds"]
        return Row(
            marketplace=marketplace,
            client=stored["Client"],
            record_type=stored["RecordType"],
            outcomes={str(name): int(count) for name, count in stored["Outcomes"].items()},
            made=int(calls["Made"]),
            saved=int(calls["Saved"]),
            uncertain=int(calls["Uncertain"]),
            lead=None if lead["P50"] is None else (float(lead["P50"]), float(lead["P99"])),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUp:
    """What became of the postings of one hour.

    Attributes:
        hour: its beginning, in UTC.
        counted_at: when counting began: an event that was written later may be missing.
        events: of how many events it was made.
        whole: whether those were all; counting is bounded.
        rows: by marketplace, client and record type.
    """

    hour: datetime
    counted_at: datetime
    events: int
    whole: bool
    rows: tuple[Row, ...]

    def to_json(self) -> Json:
        """Return the roll-up as it is stored."""
        return {
            "Format": FORMAT,
            "Hour": self.hour.isoformat(),
            "CountedAt": self.counted_at.isoformat(),
            "Events": self.events,
            "Whole": self.whole,
            "Rows": [{"Marketplace": row.marketplace, **row.to_json()} for row in self.rows],
        }

    @staticmethod
    def from_json(stored: Any) -> "RollUp":
        """Return the roll-up that was stored.

        Raises:
            RollUpFormatError: it is none.
        """
        try:
            if stored["Format"] != FORMAT:
                raise RollUpFormatError(f"format {stored['Format']!r} is not known")
            return RollUp(
                hour=datetime.fromisoformat(stored["Hour"]),
                counted_at=datetime.fromisoformat(stored["CountedAt"]),
                events=int(stored["Events"]),
                whole=bool(stored["Whole"]),
                rows=tuple(Row.from_json(row, row["Marketplace"]) for row in stored["Rows"]),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise RollUpFormatError(f"not a roll-up: {error}") from error


@dataclass(slots=True)
class _Tally:
    """One row under way."""

    outcomes: Counter[str] = field(default_factory=Counter)
    made: int = 0
    saved: int = 0
    uncertain: int = 0
    seconds: list[float] = field(default_factory=list)


class Tally:
    """Counts the events of an hour, which have to come newest first.

    A posting counts once, with the last outcome that it had within the hour; the calls of all its attempts count. What
    operators have read counts neither as a posting nor by its calls.

    Args:
        composites: the record types whose records stand for others: those others make the calls, and save them.
    """

    def __init__(self, composites: Collection[str]) -> None:
        self._composites = composites
        self._groups: dict[Group, _Tally] = {}
        self._seen: set[int] = set()
        self.events = 0

    def add(self, events: Iterable[Json]) -> None:
        """Count some events more, all older than those before."""
        for event in events:
            self.events += 1
            if not is_of_posting(event["Client"]):
                continue
            marketplace = event["RecordID"].partition("/")[0]
            group = self._groups.setdefault((marketplace, event["Client"], event["RecordType"]), _Tally())
            group.made += requests_of(event["Calls"])
            group.uncertain += event.get("UncertainCalls", 0)
            outcome = event["ErrorType"] or event["Action"]
            # A source may give a version again; one of ours is put through again where a correction needs it.
            again = event.get("AcceptedAt") if Version(event["Version"]).from_source else None
            posting = hash((event["RecordID"], event["Client"], event["Version"], again))
            if outcome is not None and posting not in self._seen:
                self._seen.add(posting)
                self._end(group, event, outcome)

    def rows(self) -> tuple[Row, ...]:
        """Return what was counted, in the order of marketplace, client and record type."""
        return tuple(_row(group, tally) for group, tally in sorted(self._groups.items(), key=lambda pair: pair[0]))

    def _end(self, group: _Tally, event: Json, outcome: str) -> None:
        """Count how a posting ended."""
        group.outcomes[outcome] += 1
        if event["ErrorType"] is not None:
            return
        group.saved += not event["Calls"] and event["RecordType"] not in self._composites
        if accepted := event.get("AcceptedAt"):
            took = datetime.fromisoformat(event["Time"]) - datetime.fromisoformat(accepted)
            group.seconds.append(max(took.total_seconds(), 0.0))


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour in which a moment lies, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the smallest of some ordered numbers, one at least, that so many percent of them do not exceed."""
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def _row(group: Group, tally: _Tally) -> Row:
    marketplace, client, record_type = group
    ordered = sorted(tally.seconds)
    return Row(
        marketplace=marketplace,
        client=client,
        record_type=record_type,
        outcomes=dict(sorted(tally.outcomes.items())),
        made=tally.made,
        saved=tally.saved,
        uncertain=tally.uncertain,
        lead=(round(percentile(ordered, 50), 3), round(percentile(ordered, 99), 3)) if ordered else None,
    )
