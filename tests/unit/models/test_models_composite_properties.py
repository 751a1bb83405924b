"""What holds for any valid composite, and for one that is laid over another."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.composites import HYDRATED_PRODUCT, expand_hydrated
from models.record import Json, lay_over
from models.record_types import REGISTRY
from models.validation import validate

IDS = st.sampled_from(["a", "A", "b", "P1", "x-1"])
XP = st.none() | st.fixed_dictionaries({}, optional={"own": st.sampled_from([None, {}, [1]]), "Images": st.just(1)})
NAMES = st.sampled_from(["Mug", "Cup"])


def objects(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(required, optional=optional)


def elements(each: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json] | None]:
    return st.none() | st.lists(each, unique_by=lambda element: element["ID"].casefold(), max_size=3)


ASSETS = st.none() | st.lists(
    objects({}, ID=IDS, Type=st.sampled_from(["image", 6, None]), Tags=st.sampled_from(["", "a,b", ["c"], None])),
    max_size=2,
)
OPTIONS = objects({"ID": IDS}, Value=NAMES, PriceMarkup=st.none() | st.integers(0, 9), xp=XP)
SPECS = objects(
    {"ID": IDS},
    Name=NAMES,
    DefaultOptionID=st.none() | IDS,
    DefinesVariant=st.booleans(),
    ListOrder=st.integers(0, 2),
    OptionCount=st.just(1),
    Options=elements(OPTIONS),
)
COMBINATIONS = st.lists(
    objects({"SpecID": IDS, "OptionID": IDS}, Value=NAMES),
    unique_by=lambda element: element["SpecID"].casefold(),
    min_size=1,
    max_size=2,
)
VARIANTS = objects({"ID": IDS}, Name=NAMES, xp=XP, Specs=COMBINATIONS)


def possible(body: Json) -> Json:
    """Return a body whose variants are named by their IDs alone where they can be no combination of their own."""
    if not body.get("Variants"):
        return body
    offers = {spec["ID"].casefold(): spec.get("Options") for spec in body.get("Specs") or ()}
    seen: list[set[tuple[str, str]]] = [set()]
    variants = []
    for variant in body["Variants"]:
        wanted = {(each["SpecID"].casefold(), each["OptionID"].casefold()) for each in variant.get("Specs", ())}
        offered = body.get("Specs") is None or all(
            spec in offers and (offers[spec] is None or option in {each["ID"].casefold() for each in offers[spec]})
            for spec, option in wanted
        )
        able = offered and wanted not in seen
        seen.append(wanted)
        variants.append(variant if able else {name: each for name, each in variant.items() if name != "Specs"})
    return {**body, "Variants": variants}


BODIES = objects(
    {"ID": IDS},
    Product=st.none() | objects({}, Name=NAMES, DefaultPriceScheduleID=st.none() | IDS, xp=XP, OwnerID=st.just("x")),
    PriceSchedule=st.none() | objects({}, ID=IDS, Name=NAMES, xp=XP),
    Specs=elements(SPECS),
    Variants=elements(VARIANTS),
    Images=ASSETS,
    Attachments=ASSETS,
).map(possible)


def keys_of(record_type: str, keys: tuple[str | None, ...]) -> tuple[str | None, ...]:
    return (record_type, *(key.casefold() if key else None for key in keys))


@settings(max_examples=150, deadline=None)
@given(BODIES)
def test_the_parts_of_any_valid_composite_may_be_posted_by_themselves_in_their_order(body: Json) -> None:
    posted = validate(HYDRATED_PRODUCT, body).posted
    parts = list(expand_hydrated(posted))
    assert parts == list(expand_hydrated(posted))
    assert {part.field.partition("/")[0] for part in parts} <= {*posted, "Product"}
    valid = [validate(REGISTRY[part.record_type], part.posted) for part in parts]
    assert [each.posted for each in valid] == [part.posted for part in parts]
    names = [keys_of(part.record_type, each.keys) for part, each in zip(parts, valid, strict=True)]
    assert len(set(names)) == len(names)
    for place, part in enumerate(parts):
        for reference in REGISTRY[part.record_type].references:
            named = keys_of(reference.record_type, reference.keys(part.posted))
            assert reference.deferred or named not in names[place:]


@settings(max_examples=100, deadline=None)
@given(BODIES)
def test_a_valid_composite_says_what_was_posted_and_so_again(body: Json) -> None:
    valid = validate(HYDRATED_PRODUCT, body)
    assert valid.posted.keys() == body.keys()
    again = validate(HYDRATED_PRODUCT, valid.posted)
    assert (again.posted, again.left_out) == (valid.posted, ())


LINK = "DefaultPriceScheduleID"

type Named = dict[tuple[str | None, ...], Json]


def named_parts(posted: Json) -> Named:
    """Return the parts that somebody posted, by what two spellings of one have in common, each without its keys."""
    found: Named = {}
    for part in expand_hydrated(posted):
        row = REGISTRY[part.record_type]
        if not part.implied:
            rest = {name: value for name, value in part.posted.items() if name not in row.keys}
            found[keys_of(row.name, row.keys_of(part.posted))] = rest
    return found


@settings(max_examples=400, deadline=None)
@given(BODIES, BODIES)
def test_one_laid_over_another_says_of_a_part_that_both_name_what_the_two_say_one_after_the_other(
    older: Json, newer: Json
) -> None:
    first = validate(HYDRATED_PRODUCT, older).posted
    second = validate(HYDRATED_PRODUCT, {**newer, "ID": older["ID"]}).posted
    before, after = named_parts(first), named_parts(second)
    laid = named_parts(HYDRATED_PRODUCT.lay_over(second, first))
    one_by_one = {key: lay_over(after[key], before[key]) for key in after if key in before}
    for key, said in one_by_one.items():
        assert {**laid[key], LINK: None} == {**said, LINK: None}
        if LINK in after[key]:  # product and prices that came apart are linked where they come together
            assert (laid[key][LINK] or "").casefold() == (said[LINK] or "").casefold()
    assert after.keys() <= laid.keys() <= after.keys() | before.keys()


@pytest.mark.parametrize(
    ("newer", "older", "laid"),
    [
        pytest.param(
            {"Specs": [{"ID": "s", "Name": "Size"}]},
            {"Specs": [{"ID": "S", "ListOrder": 1, "Options": [{"ID": "L"}]}, {"ID": "T"}], "Variants": [{"ID": "V"}]},
            {
                "Specs": [{"ID": "s", "Name": "Size", "ListOrder": 1, "Options": [{"ID": "L"}]}],
                "Variants": [{"ID": "V"}],
            },
            id="of a list what is named stays, with what is not told of it",
        ),
        pytest.param(
            {"Specs": [{"ID": "S", "Options": [{"ID": "l", "Value": "Large"}]}]},
            {"Specs": [{"ID": "S", "Options": [{"ID": "L", "ListOrder": 1}, {"ID": "M"}]}]},
            {"Specs": [{"ID": "S", "Options": [{"ID": "l", "Value": "Large", "ListOrder": 1}]}]},
            id="options likewise",
        ),
        pytest.param(
            {"Specs": [], "Variants": [{"ID": "V", "Active": True}]},
            {"Specs": [{"ID": "S"}], "Variants": [{"ID": "V", "Name": "One", "Active": False}, {"ID": "W"}]},
            {"Specs": [], "Variants": [{"ID": "V", "Name": "One", "Active": True}]},
            id="variants likewise, and an empty list has none",
        ),
        pytest.param(
            {"PriceSchedule": {"ID": "new", "Name": "New"}},
            {"PriceSchedule": {"ID": "old", "MinQuantity": 2}},
            {"PriceSchedule": {"ID": "new", "Name": "New"}},
            id="another price schedule is another record",
        ),
        pytest.param(
            {"PriceSchedule": {"Name": "New"}},
            {"PriceSchedule": {"MinQuantity": 2}, "Product": {"Name": "Mug"}},
            {"PriceSchedule": {"Name": "New", "MinQuantity": 2}, "Product": {"Name": "Mug"}},
            id="the same one is laid over field by field",
        ),
        pytest.param(
            {"Product": None, "PriceSchedule": {}, "Specs": [{"ID": "S", "Options": None}], "Variants": None},
            {"Product": {"Name": "Mug"}, "PriceSchedule": {"Name": "Old"}, "Specs": [{"ID": "S", "Options": []}]},
            {"Product": {"Name": "Mug"}, "PriceSchedule": {"Name": "Old"}, "Specs": [{"ID": "S", "Options": []}]},
            id="null tells nothing, and nothing but an object nothing of its fields",
        ),
    ],
)
def test_a_composite_is_laid_over_one_that_waits_part_over_part(newer: Json, older: Json, laid: Json) -> None:
    assert HYDRATED_PRODUCT.lay_over({"ID": "P1", **newer}, {"ID": "P1", **older}) == {"ID": "P1", **laid}
