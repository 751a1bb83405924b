"""Product facets: by which xp values products are narrowed down. Source: OrderCloud's ProductFacet."""

from typing import Annotated

from pydantic import StringConstraints

from models.fields import ID, Integer, Name, Natural
from models.record import OpenPart, Record
from models.registry import Family, RecordType


class ProductFacetXp(OpenPart):
    """The parts of a facet's xp that are known; any other key passes."""

    options: list[str] | None = None
    parent_id: str | None = None


class ProductFacet(Record):
    """A facet. Without an `XpPath` its values are those of `xp.{ID}` of the products."""

    id: ID
    name: Name = ""
    xp_path: Annotated[str, StringConstraints(max_length=200)] | None = None
    list_order: Integer = 0
    min_count: Natural = 1
    xp: ProductFacetXp | None = None


PRODUCT_FACET = RecordType(
    name="productfacet",
    model=ProductFacet,
    role="ProductFacetAdmin",
    family=Family.PRODUCT,
    collection="/v1/productfacets",
    object_type="ProductFacet",
)
