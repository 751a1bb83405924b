"""Points in time as OrderCloud writes them: ISO-8601 in UTC, `+00:00`, no trailing zeros in the fraction.

Two dates in this form compare as texts as they do in time.
"""

from datetime import UTC, datetime


def written(moment: datetime) -> str:
    """Return a moment in OrderCloud's form, e.g. 2021-02-23T20:39:03.173+00:00."""
    stamp = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return stamp.removesuffix("+00:00").rstrip("0").rstrip(".") + "+00:00"


def normalised(text: str) -> str:
    """Return a date in OrderCloud's form; one without an offset is UTC. Raise ValueError when it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return written(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error
