"""The base of every model: names as OrderCloud writes them, unknown fields refused, `xp` open.

Nothing here sets a value that the source did not post: a field left out and a field set to null stay different.
"""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict

type Json = dict[str, Any]
"""A JSON object."""


type LayOver = Callable[[Json, Json], Json]
"""Returns a newer posting laid over an older one."""


def lay_over(newer: Json, older: Json) -> Json:
    """Return the fields of two postings as one: each of the newer ones replaces the older one, `xp` whole.

    Objects of OrderCloud's own, as Inventory, are laid over field by field, since OrderCloud merges them so.
    """
    merged = {**older, **newer}
    for name in newer.keys() & older.keys() - {"xp"}:
        if isinstance(newer[name], dict) and isinstance(older[name], dict):
            merged[name] = lay_over(newer[name], older[name])
    return merged


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
