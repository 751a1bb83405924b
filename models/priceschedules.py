"""Price schedules. Source: OrderCloud's PriceSchedule."""

from typing import Any

from pydantic import Field

from models.fields import ID, Instant, Name, Natural, Number, Positive, ShortText
from models.record import Part, Record


class PriceBreak(Part):
    """The price from a quantity on."""

    quantity: Natural
    price: Number
    sale_price: Number | None = None
    subscription_price: Number | None = None
    bundle_price: Number | None = None


class PriceSchedule(Record):
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
