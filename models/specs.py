"""Specs, their options, and which products have them. Source: OrderCloud's Spec, SpecOption, SpecProductAssignment."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import StringConstraints

from models.fields import ID, Integer, Number, PriceMarkupType, Text
from models.record import OpenPart, Record
from models.registry import Family, RecordType, Reference, paths
from models.rules import Broken, RuledRecord

SpecName = Annotated[str, StringConstraints(min_length=1)]
OptionValue = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Spec(RuledRecord):
    """What a buyer may choose of a product. Its default option can be there only after the spec itself."""

    id: ID
    name: SpecName = ""
    list_order: Integer = 0
    default_value: Text | None = None
    required: bool = False
    allow_open_text: bool = False
    default_option_id: ID | None = None
    defines_variant: bool = False
    xp: dict[str, Any] | None = None

    def broken(self) -> Iterator[Broken]:
        """Yield the rules that the posting breaks."""
        if self.defines_variant and "required" in self.model_fields_set and not self.required:
            yield Broken("InvalidValue", "Required", "A spec that defines variants is required.")
        if self.defines_variant and self.allow_open_text:
            yield Broken("ExclusiveFields", "AllowOpenText", "A spec that defines variants allows no open text.")


class SpecOptionXp(OpenPart):
    """The parts of an option's xp that are known; any other key passes."""

    description: str | None = None
    spec_id: str | None = None


class SpecOption(Record):
    """One of the values of a spec, and what it adds to the price."""

    spec_id: ID
    id: ID
    value: OptionValue = ""
    list_order: Integer = 0
    is_open_text: bool = False
    price_markup_type: PriceMarkupType | None = None
    price_markup: Number | None = None
    xp: SpecOptionXp | None = None


class SpecProductAssignment(Record):
    """That a product has a spec, and which default counts for this product."""

    spec_id: ID
    product_id: ID
    default_value: Text | None = None
    default_option_id: ID | None = None


SPEC = RecordType(
    name="spec",
    model=Spec,
    role="ProductAdmin",
    family=Family.PRODUCT,
    collection="/v1/specs",
    object_type="Spec",
    owner="OwnerID",
    references=(Reference("specoption", ("ID", "DefaultOptionID"), deferred=True),),
    read_only=paths("OwnerID", "OptionCount", "Options"),
)

SPEC_OPTION = RecordType(
    name="specoption",
    model=SpecOption,
    role="ProductAdmin",
    family=Family.PRODUCT,
    keys=("SpecID", "ID"),
    collection="/v1/specs/{SpecID}/options",
    object_type="SpecOption",
    owned_by=Reference("spec", ("SpecID",)),
    references=(Reference("spec", ("SpecID",)),),
)

SPEC_PRODUCT_ASSIGNMENT = RecordType(
    name="specproductassignment",
    model=SpecProductAssignment,
    role="ProductAdmin",
    family=Family.PRODUCT,
    keys=("SpecID", "ProductID"),
    collection="/v1/specs/productassignments",
    object_type="SpecProductAssignment",
    owned_by=Reference("spec", ("SpecID",)),
    references=(
        Reference("spec", ("SpecID",)),
        Reference("product", ("ProductID",)),
        Reference("specoption", ("SpecID", "DefaultOptionID")),
    ),
    premature=frozenset({"Spec.InvalidSpecConfiguration"}),
    assigned=True,
    removal="/v1/specs/{SpecID}/productassignments/{ProductID}",
    read_only=paths("ID"),
)
