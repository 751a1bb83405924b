"""The registry: keys, paths, references and how texts compare, of each record type and of all together."""

from datetime import UTC, datetime

import pytest
from strategies import PRICE_SCHEDULE, PRODUCT

from models.fields import parse_instant
from models.record import ordercloud_name
from models.registry import REGISTRY, RecordType, Registry, paths


@pytest.mark.parametrize(
    ("python_name", "name"),
    [
        ("id", "ID"),
        ("name", "Name"),
        ("default_price_schedule_id", "DefaultPriceScheduleID"),
        ("is_parent", "IsParent"),
        ("xp", "xp"),
    ],
)
def test_a_python_name_has_ordercloud_s_spelling(python_name: str, name: str) -> None:
    assert ordercloud_name(python_name) == name


def test_record_types_are_found_in_any_case_and_by_ordercloud_s_name() -> None:
    assert {"product", "priceschedule"} <= {row.name for row in REGISTRY}
    assert REGISTRY.find("PriceSchedule") is PRICE_SCHEDULE
    assert REGISTRY.find("order") is None
    assert REGISTRY.of_object_type("PRICEschedule") is PRICE_SCHEDULE
    assert REGISTRY.of_object_type("Warehouse") is None


def test_keys_have_names_and_make_paths() -> None:
    assert PRODUCT.keys_of({"ID": "P1", "Name": "Mug"}) == ("P1",)
    assert PRODUCT.named(("P1",)) == {"ID": "P1"}
    assert PRODUCT.collection_path(("P1",)) == "/v1/products"
    assert PRICE_SCHEDULE.item_path(("a/b c",)) == "/v1/priceschedules/a%2Fb%20c"
    assert REGISTRY.named("product", ("P1",)) == {"ID": "P1"}
    assert REGISTRY.named("order", ("a", None)) == {"0": "a", "1": None}


def test_types_that_others_refer_to_are_told() -> None:
    assert REGISTRY.referred("priceschedule")
    assert REGISTRY.referred("product")
    assert not Registry([PRICE_SCHEDULE]).referred("priceschedule")


def test_how_texts_compare_is_read_from_the_models() -> None:
    assert PRODUCT.kinds == {
        ("xp", "Status"): "enum",
        ("xp", "ProductType"): "enum",
        ("xp", "SizeTier"): "enum",
        ("xp", "Accessorials", "*"): "enum",
        ("xp", "Currency"): "enum",
    }
    assert PRICE_SCHEDULE.kinds == {("SaleStart",): "instant", ("SaleEnd",): "instant"}


@pytest.mark.parametrize("record_type", list(REGISTRY), ids=lambda row: row.name)
def test_what_a_row_names_exists(record_type: RecordType) -> None:
    fields = {ordercloud_name(name) for name in record_type.model.model_fields}
    assert set(record_type.keys) <= fields
    assert {reference.field for reference in record_type.references} <= fields
    assert all(REGISTRY.find(reference.record_type) for reference in record_type.references)
    assert {path[0] for path in record_type.list_keys} <= fields
    assert {path[0] for path in record_type.ignored | record_type.volatile} <= fields
    assert not {path[0] for path in record_type.read_only if len(path) == 1} & fields


def test_paths_are_written_with_dots() -> None:
    assert paths("ID", "xp.Note") == frozenset({("ID",), ("xp", "Note")})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T08:00:00Z", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("2026-01-31T09:30:00+01:30", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("2026-01-31T08:00:00", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("2026-01-31T08:00:00.173+00:00", datetime(2026, 1, 31, 8, 0, 0, 173_000, tzinfo=UTC)),
    ],
)
def test_an_instant_is_the_same_whatever_its_spelling(text: str, moment: datetime) -> None:
    assert parse_instant(text) == moment


@pytest.mark.parametrize(
    "text", ["", "soon", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-31T25:00:00Z"]
)
def test_a_text_that_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_instant(text)
