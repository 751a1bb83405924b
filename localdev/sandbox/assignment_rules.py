"""What OrderCloud asks of an assignment beyond that everything it names is there. Reads the store, writes nothing."""

from collections.abc import Callable, Mapping

from localdev.sandbox.errors import Problem
from localdev.sandbox.filters import fold
from localdev.sandbox.store import Doc, Store

# An assignment as posted, and the records that its fields name: what is wrong with it.
type Rule = Callable[[Store, Doc, Mapping[str, Doc]], list[Problem]]


def nothing(_store: Store, _doc: Doc, _named: Mapping[str, Doc]) -> list[Problem]:
    """Ask for nothing more."""
    return []


def product_rules(store: Store, doc: Doc, named: Mapping[str, Doc]) -> list[Problem]:
    """Ask for a price to sell at, and for a catalog through which the buyer sees the product."""
    return [*_price_problems(doc, named), *_catalog_problems(store, doc)]


def spec_rules(store: Store, _doc: Doc, named: Mapping[str, Doc]) -> list[Problem]:
    """Ask for something that a shopper can choose, write or leave as it is."""
    spec = named["SpecID"]
    answerable = spec.get("AllowOpenText") or spec.get("DefaultValue") or store.count("specs/options", spec["ID"])
    message = "The spec has no options, no default value and no open text."
    return [] if answerable else [Problem("Spec.InvalidSpecConfiguration", message, {"SpecID": spec["ID"]})]


def address_rules(_store: Store, doc: Doc, _named: Mapping[str, Doc]) -> list[Problem]:
    """Ask for a purpose of the address, and for one kind of party."""
    problems = []
    if not (doc["IsShipping"] or doc["IsBilling"]):
        message = "An assigned address must be a billing or a shipping address."
        problems.append(Problem("AddressAssignment.MustBeBillingOrShipping", message))
    if doc["UserID"] and doc["UserGroupID"]:
        message = "Only one of UserID and UserGroupID can be given."
        problems.append(Problem("PartyAssignment.CannotSpecifyGroupAndUser", message))
    return problems


def _price_problems(doc: Doc, named: Mapping[str, Doc]) -> list[Problem]:
    schedule = named.get("PriceScheduleID")
    if schedule is None:
        if doc["SellerID"]:
            message = "An assignment that names a seller needs a price schedule."
            return [Problem("ProductAssigment.MustSpecifyPriceScheduleID", message)]  # OrderCloud spells it so
        if named["ProductID"].get("DefaultPriceScheduleID"):
            return []
        message = "The product has no default price schedule, so the assignment needs one."
        return [Problem("Product.RequiresPriceScheduleOrBuyer", message)]
    problems = []
    if not schedule.get("PriceBreaks"):
        message = "A price schedule needs a price break before it can be assigned."
        problems.append(Problem("PriceSchedule.NoPriceBreaks", message, {"PriceScheduleID": schedule["ID"]}))
    if doc["SellerID"] and fold(schedule.get("OwnerID") or "") != fold(doc["SellerID"]):
        message = "The price schedule must belong to the seller."
        problems.append(Problem("PriceSchedule.SellerIDMustMatchOwnerID", message))
    return problems


def _catalog_problems(store: Store, doc: Doc) -> list[Problem]:
    # A buyer made through the API always has a catalog; one without any was put there by a clients file or a test.
    theirs = _catalogs(store, "catalogs/assignments", "BuyerID", doc["BuyerID"])
    if not theirs or theirs & _catalogs(store, "catalogs/productassignments", "ProductID", doc["ProductID"]):
        return []
    message = "The product is in no catalog that is assigned to the buyer."
    return [Problem("Product.CannotAssignNotInBuyerCatalog", message)]


def _catalogs(store: Store, resource: str, field: str, record_id: str) -> set[str]:
    return {fold(found["CatalogID"]) for _, found in store.referring(resource, field, record_id)}
