"""Whatever is posted, applied and there: the request that a diff comes to does what was posted and nothing else.

OrderCloud's rules of writing are written down here once more, apart from the code that is tested.
"""

import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from strategies import NOON, PRODUCT, Situation, situations

from models.record import Json
from models.registry import Path, RecordType
from orchestration.diff import NOTHING, Diff, calculate_diff
from orchestration.requests import patch_request, put_request

MANY = settings(max_examples=150, deadline=None)

COMPUTED = {"OwnerID", "IsBundle", "SpecCount", "VariantCount", "DateCreated", "IsOnSale"}
ENUMS = {("xp", "Status"), ("xp", "Accessorials", "*")}
INSTANTS = {("SaleStart",), ("SaleEnd",)}
IGNORED = ("Note", "IntegrationData")


def patched(record: Json, body: Json) -> Json:
    """Apply a PATCH: fields merge, objects of OrderCloud's merge, lists are replaced, xp merges its first level."""
    result = copy.deepcopy(record)
    for name, value in body.items():
        if name == "xp" and isinstance(value, dict):
            result["xp"] = {**(record.get("xp") or {}), **value}
        elif name == "Inventory" and isinstance(value, dict):
            result["Inventory"] = {**(record.get("Inventory") or {}), **value}
        elif name not in COMPUTED:
            result[name] = value
    return copy.deepcopy(result)


def put(record: Json, body: Json) -> Json:
    """Apply a PUT: the body is the record, but for what OrderCloud computes."""
    computed = {name: value for name, value in record.items() if name in COMPUTED}
    result = {**copy.deepcopy(body), **computed}
    if isinstance(result.get("Inventory"), dict) and "LastUpdated" in (record.get("Inventory") or {}):
        result["Inventory"]["LastUpdated"] = record["Inventory"]["LastUpdated"]
    return result


def diff_of(situation: Situation) -> Diff:
    return calculate_diff(
        situation.record_type, situation.posted, situation.applied, situation.current, situation.attempted
    )


def written(situation: Situation) -> Json:
    """Return what OrderCloud has after the request that the diff comes to."""
    diff, record_type, current = diff_of(situation), situation.record_type, situation.current
    if diff.removed:
        return put(current, put_request(record_type, ("P1",), diff, current, NOON).body or {})
    return patched(current, patch_request(record_type, ("P1",), diff, current, NOON).body or {})


def says(record_type: RecordType, path: Path, value: Any, posted: Any) -> bool:
    """Tell whether a value says what was posted; an empty object asks for nothing but that no other thing is there."""
    if posted is None:
        return value is None
    if isinstance(posted, dict):
        there = {} if value is None else value
        return isinstance(there, dict) and all(
            says(record_type, (*path, name), there.get(name), wanted) for name, wanted in posted.items()
        )
    if isinstance(posted, list):
        return isinstance(value, list) and lists_say(record_type, path, value, posted)
    if isinstance(posted, str) and isinstance(value, str):
        return spelling(record_type, path, value) == spelling(record_type, path, posted)
    return type(value) in like(posted) and bool(value == posted)


def lists_say(record_type: RecordType, path: Path, value: list[Any], posted: list[Any]) -> bool:
    if path == ("PriceBreaks",):
        value, posted = (sorted(each, key=lambda element: element["Quantity"]) for each in (value, posted))
    return len(value) == len(posted) and all(
        says(record_type, (*path, "*"), *pair) for pair in zip(value, posted, strict=True)
    )


def spelling(record_type: RecordType, path: Path, text: str) -> object:
    if path in INSTANTS:
        return instant(text)
    return text.lower() if record_type is PRODUCT and path in ENUMS else text


def like(value: object) -> tuple[type, ...]:
    return (int, float) if type(value) in (int, float) else (type(value),)


def instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def at(value: Any, path: Path) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def without_ignored(posted: Json) -> Json:
    """Return a posting without the fields that never cause a write; `xp: null` is no properties."""
    if "xp" not in posted:
        return posted
    return {**posted, "xp": {name: value for name, value in (posted["xp"] or {}).items() if name not in IGNORED}}


@MANY
@given(situations())
def test_each_difference_is_written_as_posted(situation: Situation) -> None:
    result, diff = written(situation), diff_of(situation)
    unwritten = [
        change.path
        for change in diff.changes
        if not says(situation.record_type, change.path, at(result, change.path), at(situation.posted, change.path))
    ]
    assert unwritten == []


@MANY
@given(situations(first=True))
def test_a_first_posting_is_there_as_a_whole_after_the_request(situation: Situation) -> None:
    result = written(situation)
    assert says(situation.record_type, (), result, without_ignored(situation.posted))


@MANY
@given(situations())
def test_what_changed_since_it_was_applied_is_there_after_the_request(situation: Situation) -> None:
    changed = {
        name: value
        for name, value in situation.posted.items()
        if name not in ("xp", "Inventory")
        and not (name in situation.applied and says(situation.record_type, (name,), situation.applied[name], value))
    }
    assert says(situation.record_type, (), written(situation), changed)


@MANY
@given(situations())
def test_a_record_posted_again_changes_nothing_whatever_ordercloud_made_of_it(situation: Situation) -> None:
    again = calculate_diff(situation.record_type, situation.posted, situation.posted, situation.current, {})
    assert not again


@MANY
@given(situations())
def test_what_this_source_never_posted_is_as_before_after_the_request(situation: Situation) -> None:
    mine = [
        {**each, "xp": each["xp"] or {}} if "xp" in each else each
        for each in (situation.posted, situation.applied, situation.attempted)
    ]
    assert_untouched(situation.current, written(situation), mine)


def assert_untouched(before: Json, after: Any, mine: list[Json]) -> None:
    """Check every property that is in none of the postings; one that a posting has as no object is its own below."""
    for name, value in before.items():
        owners = [each[name] for each in mine if name in each]
        if not owners:
            assert isinstance(after, dict)
            assert name in after
            assert after[name] == value
        elif isinstance(value, dict) and all(isinstance(owner, dict) for owner in owners):
            assert_untouched(value, after.get(name, {}), owners)


@MANY
@given(situations())
def test_removed_properties_are_gone_after_the_put_and_only_those(drawn: Situation) -> None:
    situation = replace(drawn, attempted={})
    diff = diff_of(situation)
    expected = copy.deepcopy(situation.current)
    if isinstance(expected.get("xp"), dict) and "xp" in situation.posted:
        applied = without_ignored({"xp": situation.applied.get("xp")})
        expected["xp"] = stripped(expected["xp"], applied["xp"], without_ignored(situation.posted)["xp"])
    result = put(
        situation.current, put_request(situation.record_type, ("P1",), diff, situation.current, NOON).body or {}
    )
    for change in (*diff.changes, *diff.along):
        lay(expected, change.path, at(result, change.path))
    assert result == expected


def stripped(current: Json, before: Json, posted: Json) -> Json:
    """Return an object without what was posted before and is not any more, at every depth; what is others' stays."""
    result: Json = {}
    for name, value in current.items():
        was: Any = before.get(name)
        if name not in before:
            result[name] = value
        elif name in posted:
            all_objects = isinstance(value, dict) and isinstance(was, dict) and isinstance(posted[name], dict)
            result[name] = stripped(value, was, posted[name]) if all_objects else value
        elif isinstance(value, dict) and isinstance(was, dict) and (rest := stripped(value, was, {})):
            result[name] = rest
    return result


def lay(record: Json, path: Path, value: Any) -> None:
    *above, last = path
    for name in above:
        if not isinstance(record.get(name), dict):
            record[name] = {}
        record = record[name]
    record[last] = value


@MANY
@given(situations())
def test_after_the_request_the_same_posting_comes_to_nothing(situation: Situation) -> None:
    applied = {**situation.applied, **situation.posted}
    assert calculate_diff(situation.record_type, situation.posted, applied, written(situation), {}) == NOTHING


@MANY
@given(situations(first=True))
def test_after_a_first_posting_even_one_that_nobody_remembers_comes_to_nothing(situation: Situation) -> None:
    assert calculate_diff(situation.record_type, situation.posted, {}, written(situation), {}) == NOTHING


@MANY
@given(situations())
def test_a_diff_and_its_requests_change_none_of_the_values_they_are_made_from(situation: Situation) -> None:
    before = copy.deepcopy((situation.posted, situation.applied, situation.current, situation.attempted))
    diff = diff_of(situation)
    for request in (patch_request, put_request):
        body = request(situation.record_type, ("P1",), diff, situation.current, NOON).body or {}
        _spoil(body)
    assert (situation.posted, situation.applied, situation.current, situation.attempted) == before


def _spoil(value: Any) -> None:
    """Change everything inside a value, to show that it is nobody else's."""
    for inner in list(value.values() if isinstance(value, dict) else value):
        if isinstance(inner, dict | list):
            _spoil(inner)
    value.clear()
