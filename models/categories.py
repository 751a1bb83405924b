"""Categories and the products in them. Source: OrderCloud's Category, CategoryProductAssignment."""

from collections.abc import Iterator
from typing import Any

from models.fields import ID, Integer, Name, Natural, Text
from models.record import Record
from models.registry import Family, RecordType, Reference, paths
from models.rules import Broken, RuledRecord


class Category(RuledRecord):
    """A branch of a catalog; its parent is one of the same catalog."""

    catalog_id: ID
    id: ID
    name: Name = ""
    description: Text | None = None
    list_order: Natural | None = None
    active: bool = False
    parent_id: ID | None = None
    xp: dict[str, Any] | None = None

    def broken(self) -> Iterator[Broken]:
        """Yield the rules that the posting breaks."""
        if self.parent_id is not None and self.parent_id.casefold() == self.id.casefold():
            yield Broken("InvalidValue", "ParentID", "A category is not its own parent.")


class CategoryProductAssignment(Record):
    """That a product is in a category, and at which place."""

    catalog_id: ID
    category_id: ID
    product_id: ID
    list_order: Integer | None = None


CATEGORY = RecordType(
    name="category",
    model=Category,
    role="CategoryAdmin",
    family=Family.PRODUCT,
    keys=("CatalogID", "ID"),
    collection="/v1/catalogs/{CatalogID}/categories",
    listed_with={"depth": "all"},
    object_type="Category",
    owned_by=Reference("catalog", ("CatalogID",)),
    references=(Reference("catalog", ("CatalogID",)), Reference("category", ("CatalogID", "ParentID"))),
    read_only=paths("ChildCount"),
)

CATEGORY_PRODUCT_ASSIGNMENT = RecordType(
    name="categoryproductassignment",
    model=CategoryProductAssignment,
    role="CategoryAdmin",
    family=Family.PRODUCT,
    keys=("CatalogID", "CategoryID", "ProductID"),
    collection="/v1/catalogs/{CatalogID}/categories/productassignments",
    object_type="CategoryProductAssignment",
    owned_by=Reference("catalog", ("CatalogID",)),
    references=(
        Reference("catalog", ("CatalogID",)),
        Reference("category", ("CatalogID", "CategoryID")),
        Reference("product", ("ProductID",)),
    ),
    assigned=True,
    removal="/v1/catalogs/{CatalogID}/categories/{CategoryID}/productassignments/{ProductID}",
    read_only=paths("ID"),
)
