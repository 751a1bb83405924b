"""The organisations that buy and supply, with what a buyer has beside its users: groups and cost centers."""

from localdev.sandbox.assignment_rows import CATALOG_ASSIGNMENTS, keyed
from localdev.sandbox.errors import Problem
from localdev.sandbox.filters import fold
from localdev.sandbox.resources.row import BUYING, Doc, Place, Reference, Resource


def _buyer_rules(doc: Doc, before: Doc | None, place: Place) -> list[Problem]:
    if before is not None or doc["DefaultCatalogID"] or place.store.get("catalogs", "", doc["ID"]) is None:
        return []
    message = "A catalog with the buyer's ID is there already; name it as DefaultCatalogID, or delete it."
    return [Problem("Buyer.DefaultCatalogAlreadyExists", message, {"CatalogID": doc["ID"]})]


def _buyer_stamped(doc: Doc, before: Doc | None, _place: Place) -> Doc:
    return {**doc, "DefaultCatalogID": doc["DefaultCatalogID"] or doc["ID"]} if before is None else doc


def _buyer_saved(doc: Doc, before: Doc | None, place: Place) -> None:
    """Make the default catalog of a new buyer, and assign to the buyer whatever is its default catalog now."""
    _renamed("BuyerID", doc, before, place)
    catalog_id = doc["DefaultCatalogID"]
    if not catalog_id or (before is not None and before["DefaultCatalogID"] == catalog_id):
        return
    if place.store.get("catalogs", "", catalog_id) is None:
        described = {"Name": doc["Name"], "Description": f"Default catalog for {doc['Name']}", "Active": True}
        place.store.put("catalogs", "", {"ID": catalog_id, "OwnerID": place.marketplace, **described})
    parties = {"CatalogID": catalog_id, "BuyerID": doc["ID"], "BuyerGroupID": None}
    assignment = keyed(CATALOG_ASSIGNMENTS, {**parties, "ViewAllCategories": True, "ViewAllProducts": True})
    if place.store.get(CATALOG_ASSIGNMENTS.name, "", assignment["ID"]) is None:
        place.store.put(CATALOG_ASSIGNMENTS.name, "", assignment)


def _supplier_saved(doc: Doc, before: Doc | None, place: Place) -> None:
    _renamed("SupplierID", doc, before, place)


def _renamed(field: str, doc: Doc, before: Doc | None, place: Place) -> None:
    """Let the users of API clients stay with their organisation under its new ID."""
    if before is None or before["ID"] == doc["ID"]:
        return
    for client in place.store.clients():
        if fold(client["user"][field] or "") == fold(before["ID"]):
            place.store.put_client({**client, "user": {**client["user"], field: doc["ID"]}})


BUYERS = Resource(
    "/buyers/{buyerID}",
    "Buyer",
    users=BUYING,
    company=True,
    references=(Reference("DefaultCatalogID", "Catalog", ("catalogs",)),),
    rules=_buyer_rules,
    stamped=_buyer_stamped,
    saved=_buyer_saved,
)
USER_GROUPS = Resource("/buyers/{buyerID}/usergroups/{userGroupID}", "UserGroup", users=BUYING)
COST_CENTERS = Resource("/buyers/{buyerID}/costcenters/{costCenterID}", "CostCenter", users=BUYING)
SUPPLIERS = Resource("/suppliers/{supplierID}", "Supplier", company=True, saved=_supplier_saved)
