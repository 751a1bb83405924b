"""The one list of what OrderCloud takes and answers beyond its API description, version 1.0.239, each with its reason.

Data only. Nothing here is read from the sandbox or from our models: they are what is checked by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

type Json = dict[str, Any]

TEXT: Json = {"type": "string"}
FLAG: Json = {"type": "boolean"}
WHOLE: Json = {"type": "integer", "format": "int32"}
DECIMAL: Json = {"type": "number", "format": "float"}
DATE: Json = {"type": "string", "format": "date-time"}
SHOWN: Json = {"readOnly": True}

NEWER_FIELDS: Mapping[str, Mapping[str, Json]] = {
    "Buyer": {"GroupID": TEXT},
    "CatalogAssignment": {"BuyerGroupID": TEXT},
    "InventoryRecord": {"AllowAllBuyers": FLAG, "NotificationPoint": WHOLE},
    "InventoryRecordAssignment": {"InventoryRecordID": TEXT, "BuyerID": TEXT, "UserGroupID": TEXT},
    "MeUser": {"CompanyID": TEXT | SHOWN, "LastActive": DATE | SHOWN},
    "PriceBreak": {"SubscriptionPrice": DECIMAL, "BundlePrice": DECIMAL},
    "Product": {"ParentID": TEXT, "IsParent": FLAG, "IsBundle": FLAG | SHOWN, "DateCreated": DATE | SHOWN},
    "User": {"CompanyID": TEXT | SHOWN, "FailedLoginAttempts": WHOLE | SHOWN, "LastActive": DATE | SHOWN},
    "VariantInventory": {"NotificationPoint": WHOLE},
    "VariantOverrides": {"Active": FLAG},
}
"""Fields, and two whole models, that OrderCloud has got since: its SDKs name them, up to version 1.0.470."""

NULL_TYPES = frozenset({"string", "object"})
"""The description never says what may be null. Texts, models and xp are null unless they are given, as every sample
answer of the documentation shows, and are cleared with null; not those that are required, enums or dates."""

NULLABLE: Mapping[str, str] = {
    "Address": "DateCreated",
    "Category": "ListOrder",
    "CategoryAssignment": "Visible ViewAllProducts",
    "CategoryProductAssignment": "ListOrder",
    "Inventory": "NotificationPoint QuantityAvailable LastUpdated",
    "InventoryRecord": "NotificationPoint AddressID",  # the address may be deleted: that it leaves null is assumed
    "MeUser": "TermsAccepted DateCreated LastActive PasswordLastSetDate",
    "PriceBreak": "SalePrice SubscriptionPrice BundlePrice",
    "PriceSchedule": "MinQuantity MaxQuantity SaleStart SaleEnd",
    "Product": "QuantityMultiplier ShipWeight ShipHeight ShipWidth ShipLength DateCreated",
    "SpecOption": "PriceMarkupType PriceMarkup",
    "User": "TermsAccepted DateCreated LastActive PasswordLastSetDate",
    "Variant": "ShipWeight ShipHeight ShipWidth ShipLength",
    "VariantInventory": "QuantityAvailable NotificationPoint",
    "VariantSpec": "PriceMarkupType PriceMarkup",
}
"""Flags, numbers, enums and dates that may be null, which the description does not say: OrderCloud's .NET SDK does."""

NOT_REQUIRED: Mapping[str, str] = {
    "Address": "State Zip",  # required for some countries only, as the .NET SDK says
    "CatalogAssignment": "BuyerID",  # a BuyerGroupID will do since 1.0.470
    "ProductFacet": "MinCount",  # it is 1 when it is not given, as the description itself says
}
"""Fields that the description requires and OrderCloud does not, or no longer."""

REFUSED_RULE = "required"
"""The one rule that a POST of ours may break, if OrderCloud then does not carry it out: a source may post a record in
part, and only OrderCloud knows whether the record is there. If it is (409), the part is patched; if it is not,
OrderCloud says what is missing (400)."""

NOT_ALWAYS_SHOWN: Mapping[str, str] = {"MetaWithFacets": "Facets"}
"""What an answer may leave out: facets are listed where some are configured."""

NEWER_PARAMETERS: Mapping[str, Mapping[str, Json]] = {
    "POST /v1/catalogs/{catalogID}/categories": {"adjustListOrders": FLAG},
    "PUT /v1/catalogs/{catalogID}/categories/{categoryID}": {"adjustListOrders": FLAG},
    "PATCH /v1/catalogs/{catalogID}/categories/{categoryID}": {"adjustListOrders": FLAG},
    "GET /v1/products/{productID}/inventoryrecords": {"includeAddress": FLAG},
    "GET /v1/products/{productID}/variants/{variantID}/inventoryrecords": {"includeAddress": FLAG},
    "GET /v1/catalogs/assignments": {"buyerGroupID": TEXT},
    "DELETE /v1/catalogs/{catalogID}/assignments": {"buyerGroupID": TEXT},
}
"""Query parameters that OrderCloud has got since, as its SDKs name them."""

PAGE_KEY: Json = {"pageKey": TEXT}
"""A parameter of every list: the description has its answer, `NextPageKey`, and the .NET SDK sends it."""

NEWER_BODIES: Mapping[str, str] = {"POST /v1/products/{productID}/variants/generate": "VariantOverrides"}
"""Bodies that an operation takes since, and may do without."""


@dataclass(frozen=True, slots=True)
class Undescribed:
    """An operation that the description has not: what it takes, requires and answers."""

    status: int
    body: str | None = None
    required: str = ""
    answer: str | None = None
    query: str = ""


_RECORDS = "/v1/products/{productID}/inventoryrecords"
_VARIANT_RECORDS = "/v1/products/{productID}/variants/{variantID}/inventoryrecords"
_ASSIGN = Undescribed(204, body="InventoryRecordAssignment", required="InventoryRecordID BuyerID")
_ASSIGNED = Undescribed(
    200,
    answer="Meta[InventoryRecordAssignment]",
    query="buyerID inventoryRecordID level userGroupID page pageSize pageKey",
)
_UNASSIGN = Undescribed(204, query="buyerID userGroupID userID")

NEWER_OPERATIONS: Mapping[str, Undescribed] = {
    "GET /v1/buyerusers": Undescribed(200, answer="Meta[User]", query="page pageSize pageKey search searchOn sortBy"),
    "DELETE /v1/buyers/{buyerID}/users/{userID}/tokens": Undescribed(204),
    "POST /v1/buyers/{buyerID}/users/{userID}/unlock": Undescribed(204),
    "DELETE /v1/suppliers/{supplierID}/users/{userID}/tokens": Undescribed(204),
    "POST /v1/suppliers/{supplierID}/users/{userID}/unlock": Undescribed(204),
    f"POST {_RECORDS}/assignments": _ASSIGN,
    f"GET {_RECORDS}/assignments": _ASSIGNED,
    f"DELETE {_RECORDS}/{{inventoryRecordID}}/assignments": _UNASSIGN,
    f"POST {_VARIANT_RECORDS}/assignments": _ASSIGN,
    f"GET {_VARIANT_RECORDS}/assignments": _ASSIGNED,
    f"DELETE {_VARIANT_RECORDS}/{{inventoryRecordID}}/assignments": _UNASSIGN,
}
"""Operations that OrderCloud has got since; SDKs have no status codes: 204 where nothing is answered is inferred."""

TOKEN = "/oauth/token"
OTHER_OPERATIONS: Mapping[str, Undescribed] = {f"POST {TOKEN}": Undescribed(200, answer="AccessToken")}
"""What lies outside the API proper: the description names the token endpoint in its security scheme only."""

REFUSALS: Mapping[int, str] = {
    400: "a request that is not valid, as OrderCloud's conventions say",
    401: "no token, or one that is no longer good; wrong credentials at the token endpoint",
    403: "none of the roles that the operation needs",
    404: "no such record, or one that is not the caller's; no such path",
    405: "no such verb on this path: inferred from HTTP, since the conventions do not name it",
    409: "the ID is taken (`IdExists`), or another value that must be unique",
    413: "a body that is too large: inferred from HTTP",
    500: "a fault of OrderCloud's",
}
"""Errors, with OrderCloud's list in their body. The description declares no error of any operation."""

GATEWAY: Mapping[int, str] = {
    429: "too many requests: no page says so, but OrderCloud's own libraries are prepared for it",
    500: "as above, when nothing wrote a body",
    502: "a gateway's own fault",
    503: "OrderCloud is down",
    504: "a gateway has waited too long",
}
"""Errors that may be without a body or with an empty list, since what answers may stand in front of OrderCloud. So does
whatever answers with a text that is no JSON, at any status."""

SANDBOX_ONLY: Mapping[int, str] = {501: "what OrderCloud has and the sandbox has not"}
"""The sandbox's own refusals, which OrderCloud never answers."""
