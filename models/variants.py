"""Variants: the combinations of options in which a product comes. Source: OrderCloud's Variant.

OrderCloud makes them; a source says what is known of one, and names it by its combination.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field

from models.fields import ID, Integer, Name, Number, Text
from models.record import Json, OpenPart, Part, Record
from models.registry import Family, Generation, RecordType, Reference, paths

LONGEST_ID = 100


class VariantSpec(Part):
    """One part of a combination: the option of a spec."""

    spec_id: ID
    option_id: ID


class VariantInventory(Part):
    """The stock of a variant, where the product tracks it by variant."""

    quantity_available: Integer | None = None
    notification_point: Integer | None = None


class SpecValue(OpenPart):
    """An option of the combination as people read it; its markup is a text or a number, as the source has it."""

    spec_name: str | None = None
    spec_option_value: str | None = None
    price_markup: Any = None


class VariantXp(OpenPart):
    """The parts of a variant's xp that are known; any other key passes."""

    spec_combo: str | None = None
    spec_values: list[SpecValue] | None = None
    new_id: str | None = None


class Variant(Record):
    """What is known of one combination. `Specs` says which one; `ID` is the source's own name of it."""

    product_id: ID
    id: ID
    specs: Annotated[list[VariantSpec], Field(min_length=1, max_length=20)] = Field(default_factory=list)
    name: Name | None = None
    description: Text | None = None
    active: bool = False
    ship_weight: Number | None = None
    ship_height: Number | None = None
    ship_width: Number | None = None
    ship_length: Number | None = None
    inventory: VariantInventory | None = None
    xp: VariantXp | None = None


def combined(product_id: str, specs: Iterable[Json]) -> Iterator[Json]:
    """Yield a variant for each combination of the options of posted specs that define variants.

    Its ID is the one that OrderCloud's own generation gives: the product's and the options', in the order of the specs.
    None are yielded where a spec's options are not posted.
    """
    defining = [spec for spec in specs if spec.get("DefinesVariant")]
    defining.sort(key=lambda spec: (spec.get("ListOrder", 0), spec["ID"].casefold()))
    choices = [[(spec["ID"], option["ID"]) for option in spec.get("Options") or []] for spec in defining]
    for combination in itertools.product(*choices) if choices else ():
        name = "-".join((product_id, *(option_id for _, option_id in combination)))
        parts = [{"SpecID": spec_id, "OptionID": option_id} for spec_id, option_id in combination]
        yield {"ID": shortened(name), "Specs": parts}


def shortened(name: str) -> str:
    """Return a name that is no longer than an ID may be: where it is, its end is replaced by a digest of it."""
    if len(name) <= LONGEST_ID:
        return name
    return f"{name[: LONGEST_ID - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


VARIANT = RecordType(
    name="variant",
    model=Variant,
    role="ProductAdmin",
    family=Family.PRODUCT,
    keys=("ProductID", "ID"),
    collection="/v1/products/{ProductID}/variants",
    object_type="Variant",
    owned_by=Reference("product", ("ProductID",)),
    references=(Reference("product", ("ProductID",)),),
    generation=Generation(
        generate="/v1/products/{ProductID}/variants/generate",
        combination="Specs",
        members=("SpecID", "OptionID"),
        sources="/v1/products/{ProductID}/specs",
        joins="specproductassignment",
        choices="specoption",
        counts="DefinesVariant",
        offers="Options",
    ),
    read_only=paths(
        "Specs.*.Name", "Specs.*.Value", "Specs.*.PriceMarkupType", "Specs.*.PriceMarkup", "Inventory.LastUpdated"
    ),
    volatile=paths("Inventory.QuantityAvailable"),
    list_keys={("Specs",): "SpecID"},
)
