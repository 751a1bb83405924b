"""One row for each record type: what is posted of it, and exactly what OrderCloud is asked for that.

The rows are written from OrderCloud's own paths, not from the registry: the two check each other. In them `#` stands
for the record's own ID and `$` for the beginning of the IDs of what it needs.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

type Json = dict[str, Any]
type Calls = tuple[str, ...]

STAGES = ("adopt", "create", "unchanged", "patch", "removal", "gone", "delete")
"""What becomes of a record of each type, in this order; the one that is adopted is another than the others'."""

ONLY_KEYS = "it has no other field than its keys"
NO_XP = "it has no xp"
NO_GET = "OrderCloud answers no 409 for it: it is overwritten, or generated"
PARTS = "it is not a record of OrderCloud's: its parts are adopted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A record type as these tests post it.

    Attributes:
        name: the type.
        keys: its keys; none for an optional one that is absent.
        before: what is posted first, in this order, by type.
        body: a posting with all that matters, beside the keys.
        change: the fields that a changed posting has in place of those.
        removed: the path in the posting of the property that is taken out.
        lost: the path at which the sandbox had that property.
        held: where the sandbox keeps it: the resource, and the IDs.
        shows: the part of a posting that is to be found there.
        expected: by stage, the action and the calls.
        skipped: by stage, why there is none.
        referred: whether other types refer to it, so that a create looks for what waits for it.
    """

    name: str
    keys: Mapping[str, str | None]
    before: tuple[tuple[str, Json], ...] = ()
    body: Json
    change: Json = field(default_factory=dict)
    removed: str = "xp.Season"
    lost: str = "xp.Season"
    held: tuple[str, str]
    shows: Callable[[Json], Json] = lambda posted: posted
    expected: Mapping[str, tuple[str, Calls]]
    skipped: Mapping[str, str] = field(default_factory=dict)
    referred: bool = False

    @property
    def buyer_owned(self) -> bool:
        """Tell whether it may be posted below its buyer's path."""
        return next(iter(self.keys)) == "BuyerID"


def named[T](template: T, own: str, tag: str) -> T:
    """Return a part of a row with real IDs in it."""
    filled: T = json.loads(json.dumps(template).replace("#", own).replace("$", tag))
    return filled


def plain(collection: str) -> Mapping[str, tuple[str, Calls]]:
    """Return what is expected of a record that OrderCloud keeps by its ID in a collection."""
    post, record = f"POST {collection}", f"{collection}/#"
    return {
        "adopt": ("Patch", (post, f"GET {record}", f"PATCH {record}")),
        "create": ("Create", (post,)),
        "unchanged": ("Ignore", ()),
        "patch": ("Patch", (f"PATCH {record}",)),
        "removal": ("Update", (f"GET {record}", f"PUT {record}")),
        "gone": ("Create", (f"PATCH {record}", post)),
        "delete": ("Delete", (f"DELETE {record}",)),
    }


def assigned(collection: str, removal: str) -> Mapping[str, tuple[str, Calls]]:
    """Return what is expected of an assignment: every write but a deletion is the same POST."""
    post = (f"POST {collection}",)
    changes = {"create": ("Create", post), "patch": ("Patch", post), "gone": ("Patch", post)}
    return {**changes, "unchanged": ("Ignore", ()), "delete": ("Delete", (f"DELETE {removal}",))}


ASSIGNMENT = {"adopt": NO_GET, "removal": NO_XP}
BARE_ASSIGNMENT = {**ASSIGNMENT, "patch": ONLY_KEYS, "gone": ONLY_KEYS}
XP = {"Kept": {"a": [1, 2]}, "Season": "autumn"}
ADDRESS = {"Street1": "1 Main St", "City": "Duluth", "State": "MN", "Zip": "55802", "Country": "US", "xp": XP}
PERSON = {"Username": "#-name", "FirstName": "Ann", "LastName": "Lee", "Email": "ann@laptop.example", "Active": True}
PRODUCT = ("product", {"ID": "$-p", "Name": "Tent", "Active": True})
CATALOG = ("catalog", {"ID": "$-c", "Name": "Camping", "Active": True})
BUYER = ("buyer", {"ID": "$-b", "Name": "Fabrikam", "Active": True})
SUPPLIER = ("supplier", {"ID": "$-v", "Name": "Vendor", "Active": True})
USER = ("user", {"BuyerID": "$-b", "ID": "$-u", **PERSON, "Username": "$-user"})
GROUP = ("usergroup", {"BuyerID": "$-b", "ID": "$-g", "Name": "Buyers"})
CATEGORY = ("category", {"CatalogID": "$-c", "ID": "$-k", "Name": "Shelter"})
OPTION = {"SpecID": "$-s", "ID": "$-o", "Value": "Red"}


def schedule(own: str) -> tuple[str, Json]:
    """Return a price schedule that may be assigned."""
    return "priceschedule", {"ID": own, "Name": "Retail", "PriceBreaks": [{"Quantity": 1, "Price": 10}]}


PLAIN_ROWS = (
    Row(
        name="product",
        keys={"ID": "#"},
        before=(schedule("$-r"),),
        body={"Name": "Tent", "DefaultPriceScheduleID": "$-r", "ShipWeight": 2.5, "xp": XP},
        change={"Name": "Big tent"},
        held=("products", "#"),
        expected=plain("/v1/products"),
        referred=True,
    ),
    Row(
        name="productfacet",
        keys={"ID": "#"},
        body={"Name": "Color", "XpPath": "Facets.#", "ListOrder": 1, "xp": {"Options": ["red"], "Season": "autumn"}},
        change={"ListOrder": 2},
        held=("productfacets", "#"),
        expected=plain("/v1/productfacets"),
    ),
    Row(
        name="priceschedule",
        keys={"ID": "#"},
        body={"Name": "Retail", "PriceBreaks": [{"Quantity": 1, "Price": 10, "SalePrice": None}], "xp": XP},
        change={"PriceBreaks": [{"Quantity": 1, "Price": 9.5}, {"Quantity": 10, "Price": 8}]},
        held=("priceschedules", "#"),
        expected=plain("/v1/priceschedules"),
        referred=True,
    ),
    Row(
        name="spec",
        keys={"ID": "#"},
        body={"Name": "Size", "ListOrder": 1, "xp": XP},
        change={"ListOrder": 2, "AllowOpenText": True},
        held=("specs", "#"),
        expected=plain("/v1/specs"),
        referred=True,
    ),
    Row(
        name="specoption",
        keys={"SpecID": "$-s", "ID": "#"},
        before=(("spec", {"ID": "$-s", "Name": "Color"}),),
        body={"Value": "Red", "ListOrder": 1, "xp": {**XP, "Description": "warm"}},
        change={"PriceMarkupType": "AmountPerQuantity", "PriceMarkup": 2.5},
        held=("specs/options", "$-s/#"),
        expected=plain("/v1/specs/$-s/options"),
        referred=True,
    ),
    Row(
        name="catalog",
        keys={"ID": "#"},
        body={"Name": "Camping", "Active": True, "xp": XP},
        change={"Description": "Everything for outside"},
        held=("catalogs", "#"),
        expected=plain("/v1/catalogs"),
        referred=True,
    ),
    Row(
        name="category",
        keys={"CatalogID": "$-c", "ID": "#"},
        before=(CATALOG,),
        body={"Name": "Tents", "Active": True, "xp": XP},
        change={"ListOrder": 3},
        held=("catalogs/categories", "$-c/#"),
        expected=plain("/v1/catalogs/$-c/categories"),
        referred=True,
    ),
    Row(
        name="inventoryrecord",
        keys={"ProductID": "$-p", "ID": "#"},
        before=(
            ("adminaddress", {"ID": "$-a", **ADDRESS}),
            ("product", {"ID": "$-p", "Name": "Tent", "Inventory": {"Enabled": True}}),
        ),
        body={"AddressID": "$-a", "QuantityAvailable": 5, "xp": XP},
        change={"QuantityAvailable": 7},
        held=("products/inventoryrecords", "$-p/#"),
        expected=plain("/v1/products/$-p/inventoryrecords"),
    ),
    Row(
        name="buyer",
        keys={"ID": "#"},
        before=(CATALOG,),
        body={"Name": "Fabrikam", "DefaultCatalogID": "$-c", "Active": True, "xp": {**XP, "MarkupPercent": 5}},
        change={"Name": "Fabrikam Inc."},
        held=("buyers", "#"),
        expected=plain("/v1/buyers"),
        referred=True,
    ),
    Row(
        name="user",
        keys={"BuyerID": "$-b", "ID": "#"},
        before=(BUYER,),
        body={**PERSON, "xp": {**XP, "Country": "US"}},
        change={"LastName": "Lee-Ray", "TermsAccepted": "2026-01-31T08:00:00+00:00"},
        held=("buyers/users", "$-b/#"),
        expected=plain("/v1/buyers/$-b/users"),
        referred=True,
    ),
    Row(
        name="usergroup",
        keys={"BuyerID": "$-b", "ID": "#"},
        before=(BUYER,),
        body={"Name": "Buyers", "xp": {**XP, "Type": "UserPermissions"}},
        change={"Description": "Those who order"},
        held=("buyers/usergroups", "$-b/#"),
        expected=plain("/v1/buyers/$-b/usergroups"),
        referred=True,
    ),
    Row(
        name="address",
        keys={"BuyerID": "$-b", "ID": "#"},
        before=(BUYER,),
        body=ADDRESS,
        change={"Street2": "Suite 4"},
        held=("buyers/addresses", "$-b/#"),
        expected=plain("/v1/buyers/$-b/addresses"),
        referred=True,
    ),
    Row(
        name="costcenter",
        keys={"BuyerID": "$-b", "ID": "#"},
        before=(BUYER,),
        body={"Name": "Marketing", "xp": XP},
        change={"Description": "Fairs"},
        held=("buyers/costcenters", "$-b/#"),
        expected=plain("/v1/buyers/$-b/costcenters"),
    ),
    Row(
        name="adminaddress",
        keys={"ID": "#"},
        body=ADDRESS,
        change={"Phone": "+1 218 555 0100"},
        held=("addresses", "#"),
        expected=plain("/v1/addresses"),
        referred=True,
    ),
    Row(
        name="supplier",
        keys={"ID": "#"},
        body={"Name": "Vendor", "Active": True, "xp": XP},
        change={"AllBuyersCanOrder": True},
        held=("suppliers", "#"),
        expected=plain("/v1/suppliers"),
        referred=True,
    ),
    Row(
        name="supplieraddress",
        keys={"SupplierID": "$-v", "ID": "#"},
        before=(SUPPLIER,),
        body=ADDRESS,
        change={"City": "Proctor"},
        held=("suppliers/addresses", "$-v/#"),
        expected=plain("/v1/suppliers/$-v/addresses"),
    ),
    Row(
        name="supplieruser",
        keys={"SupplierID": "$-v", "ID": "#"},
        before=(SUPPLIER,),
        body={**PERSON, "xp": XP},
        change={"Phone": "+1 218 555 0101"},
        held=("suppliers/users", "$-v/#"),
        expected=plain("/v1/suppliers/$-v/users"),
    ),
)
"""Records of their own."""

ASSIGNMENT_ROWS = (
    Row(
        name="productassignment",
        keys={"ProductID": "$-p", "BuyerID": "$-b", "UserGroupID": None},
        before=(
            *(PRODUCT, BUYER, schedule("$-r"), schedule("$-q")),
            ("catalogproductassignment", {"CatalogID": "$-b", "ProductID": "$-p"}),  # the buyer's default catalog
        ),
        body={"PriceScheduleID": "$-r"},
        change={"PriceScheduleID": "$-q"},
        held=("products/assignments", "$-p/$-b"),
        expected=assigned("/v1/products/assignments", "/v1/products/$-p/assignments/$-b"),
        skipped=ASSIGNMENT,
    ),
    Row(
        name="specproductassignment",
        keys={"SpecID": "$-s", "ProductID": "$-p"},
        before=(PRODUCT, ("spec", {"ID": "$-s", "Name": "Initials", "AllowOpenText": True})),
        body={"DefaultValue": "none"},
        change={"DefaultValue": "A.L."},
        held=("specs/productassignments", "$-s/$-p"),
        expected=assigned("/v1/specs/productassignments", "/v1/specs/$-s/productassignments/$-p"),
        skipped=ASSIGNMENT,
        referred=True,
    ),
    Row(
        name="catalogproductassignment",
        keys={"CatalogID": "$-c", "ProductID": "$-p"},
        before=(CATALOG, PRODUCT),
        body={},
        held=("catalogs/productassignments", "$-c/$-p"),
        expected=assigned("/v1/catalogs/productassignments", "/v1/catalogs/$-c/productassignments/$-p"),
        skipped=BARE_ASSIGNMENT,
    ),
    Row(
        name="categoryproductassignment",
        keys={"CatalogID": "$-c", "CategoryID": "$-k", "ProductID": "$-p"},
        before=(CATALOG, CATEGORY, PRODUCT),
        body={"ListOrder": 1},
        change={"ListOrder": 2},
        held=("catalogs/categories/productassignments", "$-c/$-k/$-p"),
        expected=assigned(
            "/v1/catalogs/$-c/categories/productassignments",
            "/v1/catalogs/$-c/categories/$-k/productassignments/$-p",
        ),
        skipped=ASSIGNMENT,
    ),
    Row(
        name="usergroupassignment",
        keys={"BuyerID": "$-b", "UserGroupID": "$-g", "UserID": "$-u"},
        before=(BUYER, USER, GROUP),
        body={},
        held=("buyers/usergroups/assignments", "$-b/$-g/$-u"),
        expected=assigned("/v1/buyers/$-b/usergroups/assignments", "/v1/buyers/$-b/usergroups/$-g/assignments/$-u"),
        skipped=BARE_ASSIGNMENT,
    ),
    Row(
        name="addressassignment",
        keys={"BuyerID": "$-b", "AddressID": "$-a", "UserID": None, "UserGroupID": "$-g"},
        before=(BUYER, GROUP, ("address", {"BuyerID": "$-b", "ID": "$-a", **ADDRESS})),
        body={"IsShipping": True, "IsBilling": False},
        change={"IsBilling": True},
        held=("buyers/addresses/assignments", "$-b/$-a/~/$-g"),
        expected=assigned(
            "/v1/buyers/$-b/addresses/assignments", "/v1/buyers/$-b/addresses/$-a/assignments?userGroupID=$-g"
        ),
        skipped=ASSIGNMENT,
    ),
    Row(
        name="catalogassignment",
        keys={"CatalogID": "$-c", "BuyerID": "$-b"},
        before=(CATALOG, BUYER),
        body={"ViewAllProducts": True, "ViewAllCategories": False},
        change={"ViewAllCategories": True},
        held=("catalogs/assignments", "$-c/$-b"),
        expected=assigned("/v1/catalogs/assignments", "/v1/catalogs/$-c/assignments?buyerID=$-b"),
        skipped=ASSIGNMENT,
    ),
)
"""Which records go together."""

_VARIANTS = "/v1/products/$-p/variants"
_LISTED = "page=1&pageSize=100&sortBy=ID"
_GENERATED = (
    f"GET {_VARIANTS}?{_LISTED}",
    f"GET /v1/products/$-p/specs?{_LISTED}",
    f"POST {_VARIANTS}/generate",
    f"GET {_VARIANTS}?{_LISTED}",
    f"PATCH {_VARIANTS}/$-p-$-o",
)
VARIANT_ROW = Row(
    name="variant",
    keys={"ProductID": "$-p", "ID": "#"},
    before=(
        PRODUCT,
        ("spec", {"ID": "$-s", "Name": "Color", "DefinesVariant": True, "Required": True}),
        ("specoption", OPTION),
        ("specproductassignment", {"SpecID": "$-s", "ProductID": "$-p"}),
    ),
    body={"Specs": [{"SpecID": "$-s", "OptionID": "$-o"}], "Name": "Red tent", "Active": True, "xp": XP},
    change={"ShipWeight": 2.5},
    held=("products/variants", "$-p/#"),
    expected={
        **plain(_VARIANTS),
        "create": ("Create", _GENERATED),
        "gone": ("Create", (f"PATCH {_VARIANTS}/#", *_GENERATED)),
    },
    skipped={"adopt": NO_GET, "delete": "OrderCloud deletes no variant"},
)
"""Generated by OrderCloud, under an ID that becomes the source's with the first PATCH."""

COMPOSITE_ROWS = (
    Row(
        name="hydratedproduct",
        keys={"ID": "#"},
        body={
            "Product": {"Name": "Tent", "xp": XP},
            "PriceSchedule": {"Name": "Retail", "PriceBreaks": [{"Quantity": 1, "Price": 10}]},
            "Specs": [{"ID": "#-s", "Name": "Size", "Options": [{"ID": "m", "Value": "Medium", "PriceMarkup": 1}]}],
        },
        change={
            "Specs": [{"ID": "#-s", "Name": "Size", "Options": [{"ID": "m", "Value": "Medium", "PriceMarkup": 2}]}]
        },
        removed="Product.xp.Season",
        held=("products", "#"),
        shows=lambda posted: dict(posted["Product"]),
        expected={
            "create": (
                "Create",
                (
                    *("POST /v1/priceschedules", "POST /v1/products", "POST /v1/specs"),
                    *("POST /v1/specs/#-s/options", "POST /v1/specs/productassignments"),
                ),
            ),
            "unchanged": ("Ignore", ()),
            "patch": ("Patch", ("PATCH /v1/specs/#-s/options/m",)),
            "removal": ("Update", ("GET /v1/products/#", "PUT /v1/products/#")),
            "gone": (
                "Patch",
                (
                    *("PATCH /v1/products/#", "POST /v1/products", "PATCH /v1/specs/#-s/options/m"),
                    "POST /v1/specs/productassignments",  # OrderCloud deletes a product with its assignments
                ),
            ),
            "delete": (
                "Delete",
                (
                    *("DELETE /v1/specs/#-s/options/m", "DELETE /v1/specs/#-s/productassignments/#"),
                    *("DELETE /v1/specs/#-s", "DELETE /v1/products/#", "DELETE /v1/priceschedules/#"),
                ),
            ),
        },
        skipped={"adopt": PARTS},
    ),
    Row(
        name="templateproductflat",
        keys={"ID": "#"},
        body={"Name": "Tent", "TaxCategory": "P0", "TaxCode": 18, "TaxDescription": "goods", "Price": 10},
        change={"Price": 12.5},
        removed="TaxDescription",
        lost="xp.Tax.Description",
        held=("products", "#"),
        shows=lambda posted: {"Name": posted["Name"], "xp": {"Tax": {"Category": "P0", "Code": "18"}}},
        expected={
            "create": ("Create", ("POST /v1/priceschedules", "POST /v1/products")),
            "unchanged": ("Ignore", ()),
            "patch": ("Patch", ("PATCH /v1/priceschedules/#",)),
            "removal": ("Update", ("GET /v1/products/#", "PUT /v1/products/#")),
            "gone": ("Patch", ("PATCH /v1/priceschedules/#", "PATCH /v1/products/#", "POST /v1/products")),
            "delete": ("Delete", ("DELETE /v1/products/#", "DELETE /v1/priceschedules/#")),
        },
        skipped={"adopt": PARTS},
    ),
)
"""One posting for many records."""

ROWS = (*PLAIN_ROWS, *ASSIGNMENT_ROWS, VARIANT_ROW, *COMPOSITE_ROWS)
