"""The base of every model: names as OrderCloud writes them, unknown fields refused, `xp` open.

Nothing here sets a value that the source did not post: a field left out and a field set to null stay different.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

type Json = dict[str, Any]
"""A JSON object."""


def ordercloud_name(python_name: str) -> str:
    """Return OrderCloud's spelling of a Python name: `default_price_schedule_id` is `DefaultPriceScheduleID`."""
    if python_name == "xp":
        return "xp"
    return "".join("ID" if word == "id" else word.capitalize() for word in python_name.split("_"))


class Part(BaseModel):
    """An object of OrderCloud's: its fields are known, any other is refused."""

    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=ordercloud_name, validate_by_name=False)


class OpenPart(Part):
    """An object of our own under `xp`: its known fields are checked, any other passes."""

    model_config = ConfigDict(extra="allow")


class Record(Part):
    """A record as a source posts it: what is present is managed by the source, what is absent is not."""
