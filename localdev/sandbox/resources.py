"""The resources that the sandbox keeps, one row each; fields, lengths, roles and lists come from the description.

To add one, add a row to RESOURCES: its path, its model, and only what OrderCloud does beyond plain records.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localdev.sandbox.errors import Problem
from localdev.sandbox.filters import fold
from localdev.sandbox.validation import failure

type Doc = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that holds the ID of another record.

    It follows a rename and is cleared by a delete. `trusted_unseen`: any ID will do while no such record is known.
    """

    field: str
    resource: str
    model: str
    trusted_unseen: bool = False


def _no_problems(_doc: Doc) -> list[Problem]:
    return []


def _as_written(doc: Doc, _before: Doc | None, _now: str) -> Doc:
    return doc


def _as_kept(doc: Doc, _now: str) -> Doc:
    return doc


def _never(_doc: Doc, _supplier: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record.

    `template` is the path of one record; records below another are deleted and renamed with it. `owned`: the record
    has an OwnerID, suppliers reach only their own, and those `shared` with them for reading. `rules` checks a whole
    object, `stamped` sets what the server decides on a write, `shown` what it computes on a read.
    """

    template: str
    model: str
    owned: bool = False
    references: tuple[Reference, ...] = ()
    rules: Callable[[Doc], list[Problem]] = _no_problems
    stamped: Callable[[Doc, Doc | None, str], Doc] = _as_written
    shown: Callable[[Doc, str], Doc] = _as_kept
    shared: Callable[[Doc, str], bool] = _never

    @property
    def collection(self) -> str:
        """Return the path of the list."""
        return self.template.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Return OrderCloud's name for it: the path's words, e.g. products or specs/options."""
        return "/".join(part for part in self.template.strip("/").split("/") if part[0] != "{")

    @property
    def parameters(self) -> list[str]:
        """Return the names of the path's IDs, the record's own last."""
        return [part[1:-1] for part in self.template.split("/") if part.startswith("{")]


def _parent_rules(doc: Doc) -> list[Problem]:
    both = doc["IsParent"] and doc["ParentID"]
    return [failure("IsParent", "must be false when ParentID has a value.")] if both else []


def _stock_stamped(doc: Doc, before: Doc | None, now: str) -> Doc:
    inventory, old = doc["Inventory"], before["Inventory"] if before else None
    if inventory is None:
        return doc
    moved = old is None or old["QuantityAvailable"] != inventory["QuantityAvailable"]
    return {**doc, "Inventory": {**inventory, "LastUpdated": now if moved or old is None else old["LastUpdated"]}}


def _sold_by(doc: Doc, supplier: str) -> bool:
    return doc["AllSuppliersCanSell"] or fold(doc["DefaultSupplierID"] or "") == fold(supplier)


def _price_rules(doc: Doc) -> list[Problem]:
    problems = []
    quantities = [price_break["Quantity"] for price_break in doc["PriceBreaks"]]
    if len(set(quantities)) != len(quantities):
        message = "Price breaks must have different quantities."
        problems.append(Problem("PriceSchedule.DuplicatePriceBreaks", message, {"Field": "PriceBreaks"}))
    least, most = doc["MinQuantity"], doc["MaxQuantity"]
    if least is not None and most is not None and most < least:
        problems.append(failure("MaxQuantity", "must be MinQuantity or more."))
    return problems


def _breaks_sorted(doc: Doc, _before: Doc | None, _now: str) -> Doc:
    return {**doc, "PriceBreaks": sorted(doc["PriceBreaks"], key=lambda price_break: price_break["Quantity"])}


def _sale_shown(doc: Doc, now: str) -> Doc:
    reduced = any(price_break["SalePrice"] is not None for price_break in doc["PriceBreaks"])
    begun = doc["SaleStart"] is None or doc["SaleStart"] <= now
    over = doc["SaleEnd"] is not None and doc["SaleEnd"] <= now
    return {**doc, "IsOnSale": reduced and begun and not over}


PRODUCTS = Resource(
    "/products/{productID}",
    "Product",
    owned=True,
    references=(
        Reference("DefaultPriceScheduleID", "priceschedules", "PriceSchedule"),
        Reference("DefaultSupplierID", "suppliers", "Supplier"),
        Reference("ShipFromAddressID", "addresses", "Address", trusted_unseen=True),
        Reference("ParentID", "products", "Product"),
    ),
    rules=_parent_rules,
    stamped=_stock_stamped,
    shared=_sold_by,
)
PRICE_SCHEDULES = Resource(
    "/priceschedules/{priceScheduleID}",
    "PriceSchedule",
    owned=True,
    rules=_price_rules,
    stamped=_breaks_sorted,
    shown=_sale_shown,
)
RESOURCES = (PRODUCTS, PRICE_SCHEDULES)
