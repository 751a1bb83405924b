"""Products. Source: OrderCloud's Product, and the xp parts that the first version typed."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import StringConstraints

from models.fields import ID, Integer, Name, Number, OneOf, Positive, Text
from models.record import OpenPart, Part
from models.registry import Family, RecordType, Reference, paths
from models.rules import Broken, RuledRecord

ObjectStatus = Annotated[str, OneOf("Draft", "Published")]
ProductKind = Annotated[str, OneOf("Standard", "Quote", "PurchaseOrder", "Kit")]
SizeTier = Annotated[str, OneOf("G", "A", "B", "C", "D", "E", "F")]
ProductAccessorial = Annotated[
    str,
    OneOf("Freezable", "Hazmat", "KeepFromFreezing", original={6: "Freezable", 7: "Hazmat", 8: "KeepFromFreezing"}),
]
_CURRENCIES = (
    "CAD HKD ISK PHP DKK HUF CZK GBP RON SEK IDR INR BRL RUB HRK JPY THB "
    "CHF EUR MYR BGN TRY CNY NOK NZD ZAR USD MXN SGD AUD ILS KRW PLN"
)
Currency = Annotated[str, OneOf(*_CURRENCIES.split())]


class Inventory(Part):
    """Stock as the product itself keeps it; inventory records, where there are any, take its place."""

    enabled: bool = False
    notification_point: Integer | None = None
    variant_level_tracking: bool = False
    order_can_exceed: bool = False
    quantity_available: Integer | None = None


class Tax(OpenPart):
    """How the product is taxed."""

    category: str
    code: str
    description: Annotated[str, StringConstraints(max_length=200)] | None = None


class UnitOfMeasure(OpenPart):
    """What one unit of the product is."""

    qty: Integer | None = None
    unit: str | None = None


class ProductXp(OpenPart):
    """The parts of a product's xp that are known; any other key passes.

    `IntegrationData` and `Note` go along with a write but never cause one.
    """

    status: ObjectStatus | None = None
    product_type: ProductKind | None = None
    facets: dict[str, list[str]] | None = None
    has_variants: bool | None = None
    tax: Tax | None = None
    unit_of_measure: UnitOfMeasure | None = None
    size_tier: SizeTier | None = None
    accessorials: list[ProductAccessorial] | None = None
    currency: Currency | None = None
    is_resale: bool | None = None
    artwork_required: bool | None = None
    promotion_eligible: bool | None = None
    free_shipping: bool | None = None
    free_shipping_message: str | None = None
    note: Annotated[str, StringConstraints(max_length=500)] | None = None
    integration_data: Any = None


class Product(RuledRecord):
    """A product. It refers to its default price schedule, which has to be there first."""

    id: ID
    name: Name = ""
    description: Text | None = None
    active: bool = False
    default_price_schedule_id: ID | None = None
    default_supplier_id: ID | None = None
    ship_from_address_id: ID | None = None
    parent_id: ID | None = None
    is_parent: bool = False
    auto_forward: bool = False
    all_suppliers_can_sell: bool = False
    returnable: bool = False
    quantity_multiplier: Positive | None = None
    ship_weight: Number | None = None
    ship_height: Number | None = None
    ship_width: Number | None = None
    ship_length: Number | None = None
    inventory: Inventory | None = None
    xp: ProductXp | None = None

    def broken(self) -> Iterator[Broken]:
        """Yield the rules that the posting breaks."""
        if self.parent_id is not None and self.is_parent:
            yield Broken("ExclusiveFields", "ParentID", "A product with IsParent has no parent of its own.")
        if self.parent_id is not None and self.parent_id.casefold() == self.id.casefold():
            yield Broken("InvalidValue", "ParentID", "A product is not its own parent.")


PRODUCT = RecordType(
    name="product",
    model=Product,
    role="ProductAdmin",
    family=Family.PRODUCT,
    collection="/v1/products",
    object_type="Product",
    owner="OwnerID",
    references=(
        Reference("priceschedule", ("DefaultPriceScheduleID",)),
        Reference("product", ("ParentID",)),
        Reference("supplier", ("DefaultSupplierID",)),
        Reference("adminaddress", ("ShipFromAddressID",)),
    ),
    read_only=paths("OwnerID", "IsBundle", "SpecCount", "VariantCount", "DateCreated", "Inventory.LastUpdated"),
    volatile=paths("Inventory.QuantityAvailable"),
    ignored=paths("xp.IntegrationData", "xp.Note"),
)
