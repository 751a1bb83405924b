"""The actions whose every request is crashed around: how each is prepared, and the posting that sets it off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from faults.stage import Stage

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    Attributes:
        name: as the table shows it.
        record_type: of the posting.
        posting: the posting for a key; none for a deletion.
        before: what the source has posted before for that key, if anything.
        behind: what OrderCloud is given behind our back for that key, if anything.
    """

    name: str
    record_type: str
    posting: Callable[[str], Json] | None
    before: Callable[[str], Json] | None = None
    behind: Json | None = None

    def prepare(self, stage: Stage, key: str) -> None:
        """Bring about what the action begins with, but for what follows the posting of it."""
        if self.behind is not None:
            stage.sandbox.change("products", key, self.behind)
        if self.before is not None:
            stage.accepted(lambda: stage.post(self.record_type, self.before and self.before(key)))

    def ask(self, stage: Stage, key: str) -> httpx.Response | None:
        """Ask for the action once, as its source does."""
        if self.posting is None:
            return stage.delete(self.record_type, key)
        return stage.post(self.record_type, self.posting(key))


def _product(key: str) -> Json:
    return {"ID": key, "Name": "Tent", "ShipWeight": 2, "xp": {"Season": "autumn", "Care": {"Wash": 30, "Dry": True}}}


def _renamed(key: str) -> Json:
    return {**_product(key), "Name": "Tent, red", "xp": {"Season": "winter", "Care": {"Wash": 30, "Dry": True}}}


def _without_season(key: str) -> Json:
    return {**_product(key), "xp": {"Care": {"Wash": 30}}}


def _six_parts(key: str) -> Json:
    """A product, its prices, a spec with two options, and the spec's assignment."""
    options = [{"ID": f"o{n}", "Value": f"Value {n}", "ListOrder": n} for n in range(2)]
    return {
        "ID": key,
        "Product": {"Name": "Poster", "Active": True},
        "PriceSchedule": {"Name": "Retail", "PriceBreaks": [{"Quantity": 1, "Price": 9.5}]},
        "Specs": [{"ID": f"{key}-s", "Name": "Size", "Options": options}],
    }


ACTIONS = (
    Action("create", "product", _product),
    Action("patch", "product", _renamed, before=_product),
    Action("put", "product", _without_season, before=_product),
    Action("delete", "product", None, before=_product),
    Action("adopt", "product", _product, behind={"Name": "Somebody's", "xp": {"Theirs": 1}}),
    Action("composite", "hydratedproduct", _six_parts),
)
