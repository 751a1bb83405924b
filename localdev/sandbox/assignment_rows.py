"""The assignments that the sandbox keeps, one row each, and how they follow the records that they name.

An assignment has no ID of its own: the IDs of its parties, without case, are what it is known by.
"""

from dataclasses import dataclass, replace

from localdev.sandbox.assignment_rules import Rule, address_rules, nothing, product_rules, spec_rules
from localdev.sandbox.filters import fold
from localdev.sandbox.store import Doc, Store

# What stands in a key for an optional party that is not given; no ID has this character.
ABSENT = "~"


@dataclass(frozen=True, slots=True)
class Party:
    """A field that names a record. `below`: the field with the ID above that record, if the path does not have it.

    Those that are `key` make up the assignment's identity. When the record is deleted, so is the assignment, or the
    field alone is emptied (`emptied`).
    """

    field: str
    resource: str
    model: str
    below: str | None = None
    key: bool = True
    optional: bool = False
    emptied: bool = False

    @property
    def parameter(self) -> str:
        """Return the name that paths and queries have for the field."""
        return self.field[0].lower() + self.field[1:]

    def parent(self, within: str, doc: Doc) -> str:
        """Return the ID above the record; `within` is the one above the assignment itself."""
        if "/" not in self.resource:
            return ""
        return str(doc[self.below] or "") if self.below else within


@dataclass(frozen=True, slots=True)
class Assignment:
    """One kind of assignment: where it is posted, where one is deleted, and whom it brings together.

    The first party is the record that the path is about: who may reach those may reach these.
    """

    collection: str
    deletion: str
    model: str
    parties: tuple[Party, ...]
    rules: Rule = nothing

    @property
    def name(self) -> str:
        """Return OrderCloud's name for it: the path's words, e.g. products/assignments."""
        return "/".join(part for part in self.collection.strip("/").split("/") if part[0] != "{")


def _group(below: str | None) -> Party:
    return Party("UserGroupID", "buyers/usergroups", "UserGroup", below=below, optional=True)


PRODUCT = Party("ProductID", "products", "Product")
SPEC = Party("SpecID", "specs", "Spec")
CATALOG = Party("CatalogID", "catalogs", "Catalog")
CATEGORY = Party("CategoryID", "catalogs/categories", "Category")
BUYER = Party("BuyerID", "buyers", "Buyer")
USER = Party("UserID", "buyers/users", "User")
PRICE = Party("PriceScheduleID", "priceschedules", "PriceSchedule", key=False, optional=True)
OPTION = Party("DefaultOptionID", "specs/options", "SpecOption", below="SpecID", key=False, optional=True, emptied=True)

CATALOG_ASSIGNMENTS = Assignment(
    "/catalogs/assignments",
    "/catalogs/{catalogID}/assignments",
    "CatalogAssignment",
    (CATALOG, BUYER, Party("BuyerGroupID", "buyergroups", "BuyerGroup", optional=True)),
)
SPEC_ASSIGNMENTS = Assignment(
    "/specs/productassignments",
    "/specs/{specID}/productassignments/{productID}",
    "SpecProductAssignment",
    (SPEC, PRODUCT, OPTION),
    spec_rules,
)
ASSIGNMENTS = (
    Assignment(
        "/products/assignments",
        "/products/{productID}/assignments/{buyerID}",
        "ProductAssignment",
        (PRODUCT, BUYER, _group("BuyerID"), Party("SellerID", "suppliers", "Supplier", optional=True), PRICE),
        product_rules,
    ),
    SPEC_ASSIGNMENTS,
    CATALOG_ASSIGNMENTS,
    Assignment(
        "/catalogs/productassignments",
        "/catalogs/{catalogID}/productassignments/{productID}",
        "ProductCatalogAssignment",
        (CATALOG, PRODUCT),
    ),
    Assignment(
        "/catalogs/{catalogID}/categories/assignments",
        "/catalogs/{catalogID}/categories/{categoryID}/assignments",
        "CategoryAssignment",
        (CATEGORY, BUYER, _group("BuyerID")),
    ),
    Assignment(
        "/catalogs/{catalogID}/categories/productassignments",
        "/catalogs/{catalogID}/categories/{categoryID}/productassignments/{productID}",
        "CategoryProductAssignment",
        (CATEGORY, PRODUCT),
    ),
    Assignment(
        "/buyers/{buyerID}/usergroups/assignments",
        "/buyers/{buyerID}/usergroups/{userGroupID}/assignments/{userID}",
        "UserGroupAssignment",
        (replace(_group(None), optional=False), USER),
    ),
    Assignment(
        "/buyers/{buyerID}/addresses/assignments",
        "/buyers/{buyerID}/addresses/{addressID}/assignments",
        "AddressAssignment",
        (Party("AddressID", "buyers/addresses", "Address"), replace(USER, optional=True), _group(None)),
        address_rules,
    ),
    Assignment(
        "/buyers/{buyerID}/costcenters/assignments",
        "/buyers/{buyerID}/costcenters/{costCenterID}/assignments",
        "CostCenterAssignment",
        (Party("CostCenterID", "buyers/costcenters", "CostCenter"), _group(None)),
    ),
)


def keyed(kind: Assignment, doc: Doc) -> Doc:
    """Return an assignment with its key as ID, under which it is kept."""
    ids = [doc[party.field] or ABSENT for party in kind.parties if party.key]
    while ids[-1] == ABSENT:
        ids.pop()
    return {**doc, "ID": "/".join(ids)}


def parties_of(kind: Assignment, key: str) -> Doc:
    """Return the IDs that a key is made of, by their fields."""
    fields = [party.field for party in kind.parties if party.key]
    return {field: one for field, one in zip(fields, key.split("/"), strict=False) if one != ABSENT}


def follow(store: Store, resource: str, parent: str, old_id: str, new_id: str | None) -> None:
    """Let all assignments that name a record follow it to its new ID, or go with it when it is deleted (None)."""
    for kind in ASSIGNMENTS:
        for party in kind.parties:
            if party.resource == resource:
                for within, doc in list(store.referring(kind.name, party.field, old_id)):
                    if fold(party.parent(within, doc)) == fold(parent):
                        _follow(store, kind, party, within, doc, new_id)


def _follow(store: Store, kind: Assignment, party: Party, within: str, doc: Doc, new_id: str | None) -> None:
    store.delete(kind.name, within, doc["ID"])
    if new_id is not None or party.emptied:
        store.put(kind.name, within, keyed(kind, {**doc, party.field: new_id}))
