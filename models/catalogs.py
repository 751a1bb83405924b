"""Catalogs, the products in them, and who sees them.

Source: OrderCloud's Catalog, ProductCatalogAssignment, CatalogAssignment.
"""

from typing import Any

from models.fields import ID, Name, Text
from models.record import Record
from models.registry import Family, RecordType, Reference, paths


class Catalog(Record):
    """A catalog: which products a buyer can see at all."""

    id: ID
    name: Name = ""
    description: Text | None = None
    active: bool = False
    xp: dict[str, Any] | None = None


class CatalogProductAssignment(Record):
    """That a product is in a catalog."""

    catalog_id: ID
    product_id: ID


class CatalogAssignment(Record):
    """That a buyer sees a catalog, and how much of it without assignments of categories and products."""

    catalog_id: ID
    buyer_id: ID
    view_all_categories: bool = False
    view_all_products: bool = False


CATALOG = RecordType(
    name="catalog",
    model=Catalog,
    role="CatalogAdmin",
    family=Family.PRODUCT,
    collection="/v1/catalogs",
    object_type="Catalog",
    owner="OwnerID",
    read_only=paths("OwnerID", "CategoryCount"),
)

CATALOG_PRODUCT_ASSIGNMENT = RecordType(
    name="catalogproductassignment",
    model=CatalogProductAssignment,
    role="CatalogAdmin",
    family=Family.PRODUCT,
    keys=("CatalogID", "ProductID"),
    collection="/v1/catalogs/productassignments",
    object_type="ProductCatalogAssignment",
    owned_by=Reference("catalog", ("CatalogID",)),
    references=(Reference("catalog", ("CatalogID",)), Reference("product", ("ProductID",))),
    assigned=True,
    removal="/v1/catalogs/{CatalogID}/productassignments/{ProductID}",
    read_only=paths("ID"),
)

CATALOG_ASSIGNMENT = RecordType(
    name="catalogassignment",
    model=CatalogAssignment,
    role="CatalogAdmin",
    family=Family.SELLER,
    keys=("CatalogID", "BuyerID"),
    collection="/v1/catalogs/assignments",
    object_type="CatalogAssignment",
    references=(Reference("catalog", ("CatalogID",)), Reference("buyer", ("BuyerID",))),
    assigned=True,
    removal="/v1/catalogs/{CatalogID}/assignments?buyerID={BuyerID}",
    read_only=paths("ID"),
)
