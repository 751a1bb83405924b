"""Every record type refuses what OrderCloud would, with exact errors, and takes what is left as it was posted."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refused_bodies import ACCEPTED, MINIMAL, REFUSED, TEXT, Error
from strategies import JSON_OBJECTS

from models.record import Json, ordercloud_name
from models.record_types import REGISTRY
from models.registry import Path, RecordType, dotted
from models.validation import InvalidRecordError, ValidRecord, validate

PLAIN = [row for row in REGISTRY if row.expand is None]
EACH = pytest.mark.parametrize("row", PLAIN, ids=lambda row: row.name)
COMBINATION = {"Specs": {"SpecID": "S1", "OptionID": "O1"}}
IDS = st.from_regex(r"[A-Za-z0-9_-]{1,100}", fullmatch=True)


def errors_of(row: RecordType, body: Json) -> list[Error]:
    with pytest.raises(InvalidRecordError) as refused:
        validate(row, body)
    return [(error.code, error.field, error.message) for error in refused.value.errors]


def identifiers(row: RecordType) -> list[str]:
    """Return the fields that hold identifiers: the record's keys and those of other records."""
    return list(dict.fromkeys([*row.keys, *(field for each in row.references for field in each.fields)]))


def cases() -> Iterator[Any]:
    for name, table in REFUSED.items():
        for case, (posted, errors) in table.items():
            yield pytest.param(REGISTRY[name], {**MINIMAL[name], **posted}, errors, id=f"{name}: {case}")


def test_every_record_type_has_its_table_of_refused_bodies() -> None:
    assert list(REFUSED) == list(MINIMAL)
    assert sorted(REFUSED) == sorted(row.name for row in PLAIN)
    assert all(REFUSED.values())


@pytest.mark.parametrize(("row", "body", "errors"), list(cases()))
def test_what_breaks_a_rule_is_refused_with_the_field_and_the_rule(
    row: RecordType, body: Json, errors: list[Error]
) -> None:
    assert errors_of(row, body) == errors


@pytest.mark.parametrize(
    ("row", "posted"),
    [pytest.param(REGISTRY[name], posted, id=f"{name}: {case}") for name, case, posted in ACCEPTED],
)
def test_what_breaks_no_rule_is_kept_as_it_was_posted(row: RecordType, posted: Json) -> None:
    body = {**MINIMAL[row.name], **posted}
    assert validate(row, body).posted == body


def test_an_address_is_assigned_for_a_purpose() -> None:
    assert errors_of(REGISTRY["addressassignment"], {"BuyerID": "B1", "AddressID": "A1"}) == [
        ("Required", "IsShipping", "IsShipping or IsBilling must be true.")
    ]


@pytest.mark.parametrize(
    ("name", "posted", "kept"),
    [
        pytest.param("specoption", {"PriceMarkupType": 3}, {"PriceMarkupType": "Percentage"}, id="a field"),
        pytest.param("specoption", {"PriceMarkupType": "nomarkup"}, {"PriceMarkupType": "NoMarkup"}, id="any case"),
        pytest.param(
            "address",
            {"xp": {"Accessorials": [15, 3, "limitedaccessdelivery"]}},
            {"xp": {"Accessorials": ["ResidentialDelivery", "DestinationInsideDelivery", "LimitedAccessDelivery"]}},
            id="numbers of its own",
        ),
    ],
)
def test_an_enum_is_kept_by_its_canonical_name(name: str, posted: Json, kept: Json) -> None:
    assert validate(REGISTRY[name], {**MINIMAL[name], **posted}).posted == {**MINIMAL[name], **kept}


@EACH
def test_a_reference_may_be_null_where_the_record_can_do_without(row: RecordType) -> None:
    least = MINIMAL[row.name]
    for field in set(identifiers(row)) - least.keys():
        body = {**least, field: None}
        if (row.name, field) == ("inventoryrecord", "AddressID"):
            assert errors_of(row, body) == [("InvalidType", field, TEXT)]
        else:
            assert validate(row, body).posted == body


@EACH
def test_each_key_that_is_not_optional_is_required(row: RecordType) -> None:
    least = MINIMAL[row.name]
    for key in set(row.keys) & least.keys():
        body = {name: value for name, value in least.items() if name != key}
        assert errors_of(row, body) == [("Required", key, f"{key} is required.")]
        assert errors_of(row, {**least, key: None}) == [("InvalidType", key, TEXT)]


@EACH
def test_an_identifier_has_ordercloud_s_characters_and_length(row: RecordType) -> None:
    least = MINIMAL[row.name]
    for field in identifiers(row):
        told = "An ID has letters, digits, hyphens and underscores only."
        assert errors_of(row, {**least, field: "a/b"}) == [("InvalidID", field, told)]
        told = "String should have at most 100 characters."
        assert errors_of(row, {**least, field: "a" * 101}) == [("TooLong", field, told)]
        assert errors_of(row, {**least, field: ""}) == [("TooShort", field, "String should have at least 1 character.")]


@EACH
def test_an_unknown_field_is_refused_with_what_to_do_about_it(row: RecordType) -> None:
    hint = "" if row.assigned else " Put properties of your own under xp."
    told = f"'Colour' is not a field of this type.{hint}"
    assert errors_of(row, {**MINIMAL[row.name], "Colour": "red"}) == [("UnknownField", "Colour", told)]


@EACH
def test_a_read_only_field_is_left_out_and_named(row: RecordType) -> None:
    for path in row.read_only:
        echoed = {**MINIMAL[row.name], **laid(path, {path[-1]: "anything"})}
        kept = {**MINIMAL[row.name], **laid(path, {})}
        assert validate(row, echoed) == ValidRecord(kept, row.keys_of(kept), (".".join(path),)), dotted(path)


def test_a_read_only_field_of_many_elements_is_named_once() -> None:
    specs = [{"SpecID": f"S{number}", "OptionID": "O1", "Name": "Size"} for number in range(2)]
    valid = validate(REGISTRY["variant"], {**MINIMAL["variant"], "Specs": specs})
    kept = [{"SpecID": "S0", "OptionID": "O1"}, {"SpecID": "S1", "OptionID": "O1"}]
    assert (valid.posted["Specs"], valid.left_out) == (kept, ("Specs.*.Name",))


def laid(path: Path, leaf: Json) -> Json:
    """Return an object that has a leaf where the path's last field belongs."""
    name, *rest = path
    if not rest:
        return leaf
    if rest[0] == "*":
        return {name: [{**COMBINATION[name], **laid(tuple(rest[1:]), leaf)}]}
    return {name: laid(tuple(rest), leaf)}


def any_body(row: RecordType) -> st.SearchStrategy[Json]:
    """Draw a record with its keys and, of what else may be there, identifiers of other records and xp."""
    least, fields = MINIMAL[row.name], {ordercloud_name(name) for name in row.model.model_fields}
    optional = {name: IDS for name in identifiers(row) if name not in least}
    return st.fixed_dictionaries(
        {name: IDS if isinstance(value, str) else st.just(value) for name, value in least.items()},
        optional=optional | ({"xp": st.none() | JSON_OBJECTS} if "xp" in fields else {}),
    ).filter(lambda body: breaks_no_rule(row, body))


def breaks_no_rule(row: RecordType, body: Json) -> bool:
    """Tell whether identifiers that are valid each by itself go together."""
    own_parent = str(body.get("ParentID")).casefold() == str(body.get("ID")).casefold()
    return not own_parent and (row.name != "addressassignment" or not {"UserID", "UserGroupID"} <= body.keys())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLAIN).flatmap(lambda row: st.tuples(st.just(row), any_body(row))))
def test_the_least_that_a_record_says_is_valid_and_stays_as_it_was_posted(drawn: tuple[RecordType, Json]) -> None:
    row, body = drawn
    valid = validate(row, body)
    assert valid == ValidRecord(body, tuple(body.get(key) for key in row.keys), ())
    assert validate(row, valid.posted) == valid
