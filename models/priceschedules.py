"""Price schedules. Source: OrderCloud's PriceSchedule."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from models.fields import ID, Instant, Name, Natural, Number, Positive, ShortText
from models.record import Part
from models.registry import Family, RecordType, paths
from models.rules import Broken, RuledRecord


class PriceBreak(Part):
    """The price from a quantity on."""

    quantity: Natural
    price: Number
    sale_price: Number | None = None
    subscription_price: Number | None = None
    bundle_price: Number | None = None


class PriceSchedule(RuledRecord):
    """What a product costs, by quantity. A posted list of price breaks is complete."""

    id: ID
    name: Name = ""
    apply_tax: bool = False
    apply_shipping: bool = False
    min_quantity: Positive | None = None
    max_quantity: Positive | None = None
    use_cumulative_quantity: bool = False
    restricted_quantity: bool = False
    currency: ShortText | None = None
    sale_start: Instant | None = None
    sale_end: Instant | None = None
    price_breaks: list[PriceBreak] = Field(default_factory=list)
    xp: dict[str, Any] | None = None

    def broken(self) -> Iterator[Broken]:
        """Yield the rules that the posting breaks."""
        if self.min_quantity is not None and self.max_quantity is not None and self.max_quantity < self.min_quantity:
            yield Broken("OutOfRange", "MaxQuantity", "MaxQuantity is less than MinQuantity.")


PRICE_SCHEDULE = RecordType(
    name="priceschedule",
    model=PriceSchedule,
    role="PriceScheduleAdmin",
    family=Family.PRODUCT,
    collection="/v1/priceschedules",
    object_type="PriceSchedule",
    owner="OwnerID",
    read_only=paths("OwnerID", "IsOnSale"),
    list_keys={("PriceBreaks",): "Quantity"},
)
