"""Flat rows: a product with its price on one line, as files and spreadsheets hold it.

A column says what the field of its name says. One that is left out is not managed; the properties in xp are an
exception, since a row is all that its source says of a product's xp: what it leaves out there, it takes away.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from models.assets import Tags
from models.fields import ID, Integer, Name, Number, OneOf, Positive, ShortText, Text
from models.priceschedules import PRICE_SCHEDULE
from models.products import PRODUCT, Currency, ObjectStatus, ProductKind, SizeTier
from models.record import Json, Record
from models.registry import Family, PlainRecord, RecordType


def _as_text(value: object) -> object:
    """Return the text that a spreadsheet took for a number, as it does with codes; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


Code = Annotated[str, StringConstraints(min_length=1, max_length=100), BeforeValidator(_as_text)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
TaxDescription = Annotated[str, StringConstraints(max_length=200)]
ImageType = Annotated[str, OneOf("Image")]


class TemplateProductFlat(Record):
    """A product, its price schedule of one price, and its image if there is a `Url`."""

    id: ID
    active: bool = False
    status: ObjectStatus | None = None
    product_type: ProductKind | None = None
    name: Name
    description: Text | None = None
    quantity_multiplier: Positive | None = None
    auto_forward: bool = False
    default_supplier_id: ID | None = None
    ship_from_address_id: ID | None = None
    ship_weight: Number | None = None
    ship_height: Number | None = None
    ship_width: Number | None = None
    ship_length: Number | None = None
    tax_category: Code
    tax_code: Code
    tax_description: TaxDescription | None = None
    unit_of_measure_quantity: Integer | None = None
    unit_of_measure: ShortText | None = None
    is_resale: bool = False
    apply_tax: bool = False
    apply_shipping: bool = False
    min_quantity: Positive | None = None
    max_quantity: Positive | None = None
    use_cumulative_quantity: bool = False
    restricted_quantity: bool = False
    price: Number
    currency: Currency | None = None
    size_tier: SizeTier | None = None
    image_title: ShortText | None = None
    url: Url | None = None
    type: ImageType | None = None
    tags: Tags | None = None
    file_name: ShortText | None = None


_PRICE_SCHEDULE = (
    "ID",
    "Name",
    "ApplyTax",
    "ApplyShipping",
    "MinQuantity",
    "MaxQuantity",
    "UseCumulativeQuantity",
    "RestrictedQuantity",
)
_PRODUCT = (
    "ID",
    "Name",
    "Description",
    "Active",
    "AutoForward",
    "QuantityMultiplier",
    "DefaultSupplierID",
    "ShipFromAddressID",
    "ShipWeight",
    "ShipHeight",
    "ShipWidth",
    "ShipLength",
)
_XP = ("Status", "ProductType", "IsResale", "Currency", "SizeTier")
_TAX = {"TaxCategory": "Category", "TaxCode": "Code", "TaxDescription": "Description"}
_UNIT_OF_MEASURE = {"UnitOfMeasureQuantity": "Qty", "UnitOfMeasure": "Unit"}
_IMAGE = {"Url": "Url", "ImageTitle": "Title", "Tags": "Tags", "FileName": "FileName"}


def expand_flat(row: Json) -> Iterator[PlainRecord]:
    """Yield the price schedule, which has the product's ID, and the product that it is the default of.

    The one price counts from as many pieces on as the product is sold by.
    """
    price_break = {"Quantity": row.get("QuantityMultiplier") or 1, "Price": row["Price"]}
    schedule = {**_same(row, _PRICE_SCHEDULE), "PriceBreaks": [price_break]}
    yield PlainRecord("", PRICE_SCHEDULE.name, schedule)
    product = {**_same(row, _PRODUCT), "DefaultPriceScheduleID": row["ID"], "xp": _xp(row)}
    yield PlainRecord("", PRODUCT.name, product)


def _xp(row: Json) -> Json:
    xp = {**_same(row, _XP), "Tax": _renamed(row, _TAX)}
    if unit := _renamed(row, _UNIT_OF_MEASURE):
        xp["UnitOfMeasure"] = unit
    if row.get("Url"):
        xp["Images"] = [{**_renamed(row, _IMAGE), "Type": "Image"}]
    return xp


def _same(row: Json, columns: tuple[str, ...]) -> Json:
    """Return those of the columns that the row has."""
    return {name: row[name] for name in columns if name in row}


def _renamed(row: Json, columns: Mapping[str, str]) -> Json:
    """Return those of the columns that the row has, by the names that they have elsewhere."""
    return {name: row[column] for column, name in columns.items() if column in row}


TEMPLATE_PRODUCT_FLAT = RecordType(
    name="templateproductflat",
    model=TemplateProductFlat,
    role="ProductAdmin",
    family=Family.PRODUCT,
    expand=expand_flat,
    parts=(PRICE_SCHEDULE.name, PRODUCT.name),
)
