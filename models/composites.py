"""Composites: a product with all that belongs to it in one body, and the plain records that it stands for.

A part that is absent or null is not managed; a posted list is complete. Parts follow the rules of their own types; what
a part is called by the whole (a product's ID, an option's spec) may be left out of it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from models.assets import ASSET_LISTS, Asset, lay_assets
from models.composite_rules import broken_between
from models.fields import ID
from models.priceschedules import PRICE_SCHEDULE, PriceSchedule
from models.products import PRODUCT, Product
from models.record import Json, Record, lay_over
from models.registry import Family, Path, PlainRecord, RecordType, paths
from models.specs import SPEC, SPEC_OPTION, SPEC_PRODUCT_ASSIGNMENT, Spec, SpecOption
from models.variants import VARIANT, Variant, combined

MAX_SPECS = 100
MAX_OPTIONS = 100
"""Of one spec."""
MAX_VARIANTS = 1_000
"""OrderCloud makes 1,500 of one product; no array of a body has more than 1,000 elements."""
MAX_ASSETS = 100


class ProductPart(Product):
    """The product itself; its ID is that of the whole."""

    id: ID = ""


class PriceSchedulePart(PriceSchedule):
    """The product's price schedule; its ID is that of the whole unless it says another."""

    id: ID = ""


class OptionPart(SpecOption):
    """An option of the spec that it stands in."""

    spec_id: ID = ""


class SpecPart(Spec):
    """A spec of the product, with its options."""

    options: Annotated[list[OptionPart], Field(max_length=MAX_OPTIONS)] | None = None


class VariantPart(Variant):
    """A variant of the product."""

    product_id: ID = ""


class HydratedProduct(Record):
    """A product, its price schedule, specs with their options, variants and files.

    Where specs define variants and none are posted, all combinations of their options are wanted, by the IDs that
    OrderCloud gives them. Combinations that a posted list does not name stay as OrderCloud generates them.
    The product's default price schedule is the one posted with it, unless it says another or null. `Images` and
    `Attachments` go to the product's xp under these names, in place of what the posted xp has there. Where no xp is
    posted they are all of the xp that the source manages: properties that it posted before are taken away.
    """

    id: ID
    product: ProductPart | None = None
    price_schedule: PriceSchedulePart | None = None
    specs: Annotated[list[SpecPart], Field(max_length=MAX_SPECS)] | None = None
    variants: Annotated[list[VariantPart], Field(max_length=MAX_VARIANTS)] | None = None
    images: Annotated[list[Asset], Field(max_length=MAX_ASSETS)] | None = None
    attachments: Annotated[list[Asset], Field(max_length=MAX_ASSETS)] | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _all_rules(cls, body: Json, read: ModelWrapValidatorHandler[Self]) -> Self:
        """Tell what is wrong between the parts beside what is wrong within them."""
        between = [_error(rule.code, rule.message, rule.field) for rule in broken_between(body)]
        try:
            composite = read(body)
        except ValidationError as error:
            within = [_again(each) for each in error.errors(include_url=False, include_input=False)]
            raise ValidationError.from_exception_data(cls.__name__, [*within, *between]) from None
        if between:
            raise ValidationError.from_exception_data(cls.__name__, between)
        return composite


def _error(code: str, message: str, *location: int | str) -> InitErrorDetails:
    told = PydanticCustomError(code, "{message}", {"message": message})
    return InitErrorDetails(type=told, loc=location, input=None)


def _again(error: ErrorDetails) -> InitErrorDetails:
    return _error(error["type"], error["msg"], *error["loc"])


def expand_hydrated(posted: Json) -> Iterator[PlainRecord]:
    """Yield the records that a composite stands for, each after those that it refers to.

    Only a spec may come before what it names, its default option.
    """
    product_id, specs = posted["ID"], posted.get("Specs") or []
    schedule, product = posted.get("PriceSchedule"), _product(posted)
    if schedule is not None:
        yield PlainRecord("PriceSchedule", PRICE_SCHEDULE.name, {"ID": product_id, **schedule})
    if product is not None:
        yield PlainRecord("Product", PRODUCT.name, product)
    for spec in specs:
        yield from _spec(spec)
    for spec in specs:
        assignment = {"SpecID": spec["ID"], "ProductID": product_id}
        yield PlainRecord("Specs", SPEC_PRODUCT_ASSIGNMENT.name, assignment)
    for variant in posted.get("Variants") or []:
        yield PlainRecord("Variants", VARIANT.name, {**variant, "ProductID": product_id})
    for variant in combined(product_id, specs) if posted.get("Variants") is None else ():
        yield PlainRecord("Specs", VARIANT.name, {**variant, "ProductID": product_id}, implied=True)


def _product(posted: Json) -> Json | None:
    """Return the product, with what other parts say of it: the default price schedule and the files.

    Files alone make a product of which nothing else is managed; a price schedule alone is posted by itself.
    """
    product, schedule = posted.get("Product"), posted.get("PriceSchedule")
    linked = {} if schedule is None else {"DefaultPriceScheduleID": schedule.get("ID", posted["ID"])}
    stated = {} if product is None else {**linked, **product}
    xp = lay_assets(stated.get("xp"), posted)
    if xp is not None:
        stated["xp"] = xp
    return None if product is None and not stated else {**stated, "ID": posted["ID"]}


def _spec(spec: Json) -> Iterator[PlainRecord]:
    """Yield a spec, then its options."""
    yield PlainRecord("Specs", SPEC.name, {name: value for name, value in spec.items() if name != "Options"})
    for option in spec.get("Options") or []:
        yield PlainRecord(f"Specs/{spec['ID']}/Options", SPEC_OPTION.name, {**option, "SpecID": spec["ID"]})


def lay_hydrated(newer: Json, older: Json) -> Json:
    """Return a composite laid over one that still waits, part over part, as if one had been applied after the other.

    A posted list is complete, so parts that it does not name are gone; of those that it names, fields that it leaves
    out stay. Files are laid over whole.
    """
    older = _without_what_is_implied(newer, older)
    laid = _told_over(newer, older)
    for name, lay in _LAID.items():
        if newer.get(name) is not None and older.get(name) is not None:
            laid[name] = lay(newer[name], older[name])
    return laid


def _without_what_is_implied(newer: Json, older: Json) -> Json:
    """Return the older posting without what the newer one says otherwise though it does not name it.

    Files say all of the product's xp, a price schedule posted beside the product is its default one, and one with
    another ID is another record.
    """
    product = dict(older.get("Product") or {})
    left: Json = {name: value for name, value in older.items() if name != "Product"}
    if "xp" in (newer.get("Product") or {}) or any(newer.get(name) is not None for name in ASSET_LISTS):
        product.pop("xp", None)
        left = {name: value for name, value in left.items() if name not in ASSET_LISTS}
    if newer.get("PriceSchedule") is not None:
        if newer.get("Product") is not None:
            product.pop("DefaultPriceScheduleID", None)
        prices = left.pop("PriceSchedule", None)
        if prices is not None and _price_schedule_id(newer) == _price_schedule_id(older):
            left["PriceSchedule"] = {name: value for name, value in prices.items() if name != "ID"}
    return left if older.get("Product") is None else {**left, "Product": product}


def _price_schedule_id(posted: Json) -> str:
    return str((posted.get("PriceSchedule") or {}).get("ID", posted["ID"])).casefold()


def _told_over(newer: Json, older: Json) -> Json:
    """Return the fields of both; one that is null tells nothing."""
    return {**older, **{name: value for name, value in newer.items() if value is not None}}


def _laid_specs(newer: list[Json], older: list[Json]) -> list[Json]:
    return [_laid_spec(*pair) for pair in _paired(newer, older)]


def _laid_spec(newer: Json, older: Json) -> Json:
    laid, options = lay_over(newer, older), _told_over(newer, older).get("Options")
    if newer.get("Options") is not None and older.get("Options") is not None:
        options = _laid_elements(newer["Options"], older["Options"])
    return laid if options is None else {**laid, "Options": options}


def _laid_elements(newer: list[Json], older: list[Json]) -> list[Json]:
    return [lay_over(*pair) for pair in _paired(newer, older)]


def _paired(newer: list[Json], older: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield each element with the older one of its ID, or with nothing."""
    known = {each["ID"].casefold(): each for each in older}
    return ((each, known.get(each["ID"].casefold(), {})) for each in newer)


_LAID: Mapping[str, Callable[[Any, Any], Any]] = {
    "Product": lay_over,
    "PriceSchedule": lay_over,
    "Specs": _laid_specs,
    "Variants": _laid_elements,
}


def _inside(above: str, row: RecordType) -> frozenset[Path]:
    """Return the read-only fields of a type where its records stand in a composite."""
    return frozenset((*above.split("."), *path) for path in row.read_only)


HYDRATED_PRODUCT = RecordType(
    name="hydratedproduct",
    model=HydratedProduct,
    role="ProductAdmin",
    family=Family.PRODUCT,
    expand=expand_hydrated,
    parts=tuple(row.name for row in (PRICE_SCHEDULE, PRODUCT, SPEC, SPEC_OPTION, SPEC_PRODUCT_ASSIGNMENT, VARIANT)),
    lay_over=lay_hydrated,
    read_only=_inside("Product", PRODUCT)
    | _inside("PriceSchedule", PRICE_SCHEDULE)
    | (_inside("Specs.*", SPEC) - paths("Specs.*.Options"))
    | _inside("Specs.*.Options.*", SPEC_OPTION)
    | _inside("Variants.*", VARIANT)
    | paths(*(f"{name}.*.History" for name in ASSET_LISTS)),
    list_keys={("PriceSchedule", *path): key for path, key in PRICE_SCHEDULE.list_keys.items()},
)
