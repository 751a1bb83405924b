"""The registry: keys, paths, references and how texts compare, of each record type and of all together."""

from datetime import UTC, datetime

import pytest
from strategies import PRICE_SCHEDULE, PRODUCT

from models.fields import parse_instant
from models.record import ordercloud_name
from models.record_types import REGISTRY
from models.registry import Family, Keys, RecordType, Registry, paths


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


def test_record_types_are_found_in_any_case_and_know_ordercloud_s_name() -> None:
    assert REGISTRY.find("PriceSchedule") is PRICE_SCHEDULE
    assert REGISTRY.find("order") is None
    assert PRICE_SCHEDULE.is_called("PRICEschedule")
    assert not PRICE_SCHEDULE.is_called("Product")
    assert [row.name for row in REGISTRY if row.is_called("Address")] == ["address", "adminaddress", "supplieraddress"]


def test_keys_have_names_and_make_paths() -> None:
    assert PRODUCT.keys_of({"ID": "P1", "Name": "Mug"}) == ("P1",)
    assert PRODUCT.named(("P1",)) == {"ID": "P1"}
    assert PRODUCT.collection_path(("P1",)) == "/v1/products"
    assert PRICE_SCHEDULE.item_path(("a/b c",)) == "/v1/priceschedules/a%2Fb%20c"
    assert REGISTRY.named("product", ("P1",)) == {"ID": "P1"}
    assert REGISTRY.named("order", ("a", None)) == {"0": "a", "1": None}


@pytest.mark.parametrize(
    ("name", "keys", "path"),
    [
        pytest.param("product", ("P1",), "/v1/products/P1", id="the record's own path"),
        pytest.param("specoption", ("S 1", "O/1"), "/v1/specs/S%201/options/O%2F1", id="below another record"),
        pytest.param(
            "specproductassignment", ("S1", "P1"), "/v1/specs/S1/productassignments/P1", id="a path of its own"
        ),
        pytest.param(
            "productassignment", ("P1", "B1", None), "/v1/products/P1/assignments/B1", id="an optional key is absent"
        ),
        pytest.param(
            "productassignment",
            ("P1", "B1", "G&1"),
            "/v1/products/P1/assignments/B1?userGroupID=G%261",
            id="an optional key",
        ),
        pytest.param(
            "addressassignment",
            ("B1", "A1", None, "G1"),
            "/v1/buyers/B1/addresses/A1/assignments?userGroupID=G1",
            id="one of two optional keys",
        ),
        pytest.param(
            "addressassignment",
            ("B1", "A1", None, None),
            "/v1/buyers/B1/addresses/A1/assignments",
            id="neither of two optional keys",
        ),
    ],
)
def test_a_delete_goes_to_its_path_without_the_keys_that_are_absent(name: str, keys: Keys, path: str) -> None:
    assert REGISTRY[name].removal_path(keys) == path


def test_an_optional_key_that_is_null_or_left_out_is_absent() -> None:
    posted = {"ProductID": "P1", "BuyerID": "B1"}
    keys = [REGISTRY["productassignment"].keys_of(each) for each in (posted, {**posted, "UserGroupID": None})]
    assert keys == [("P1", "B1", None)] * 2


def test_fields_that_only_name_the_record_are_not_sent() -> None:
    assert REGISTRY["specoption"].unsent == {"SpecID"}
    assert REGISTRY["specproductassignment"].unsent == frozenset()
    assert REGISTRY["categoryproductassignment"].unsent == {"CatalogID"}
    assert REGISTRY["variant"].unsent == {"ProductID", "Specs"}


def test_records_below_a_buyer_are_known_by_their_first_key() -> None:
    owned = ["user", "usergroup", "usergroupassignment", "address", "addressassignment", "costcenter"]
    assert [row.name for row in REGISTRY if row.buyer_owned] == owned


FAMILIES = {
    Family.PRODUCT: "product productfacet priceschedule productassignment spec specoption specproductassignment "
    "catalog catalogproductassignment category categoryproductassignment inventoryrecord variant",
    Family.BUYER: "buyer user usergroup usergroupassignment address addressassignment costcenter",
    Family.SUPPLIER: "supplier supplieraddress supplieruser",
    Family.SELLER: "catalogassignment adminaddress",
}


@pytest.mark.parametrize("family", Family)
def test_a_family_holds_the_types_that_its_party_may_post(family: Family) -> None:
    found = [row.name for row in REGISTRY if row.family is family and row.expand is None]
    assert found == FAMILIES[family].split()


def test_what_ordercloud_moves_hides_or_wants_later_is_marked() -> None:
    assert {row.name: row.volatile for row in REGISTRY if row.volatile} == {
        "product": paths("Inventory.QuantityAvailable"),
        "inventoryrecord": paths("QuantityAvailable"),
        "variant": paths("Inventory.QuantityAvailable"),
    }
    assert {row.name: row.write_only for row in REGISTRY if row.write_only} == {
        "user": {"Password"},
        "supplieruser": {"Password"},
    }
    assert [(row.name, each.fields) for row in REGISTRY for each in row.references if each.deferred] == [
        ("spec", ("ID", "DefaultOptionID"))
    ]


OWNERS = {
    "product": "OwnerID",
    "priceschedule": "OwnerID",
    "productassignment": "product",
    "spec": "OwnerID",
    "specoption": "spec",
    "specproductassignment": "spec",
    "catalog": "OwnerID",
    "catalogproductassignment": "catalog",
    "category": "catalog",
    "categoryproductassignment": "catalog",
    "inventoryrecord": "OwnerID",
    "variant": "product",
}


def test_whose_a_record_is_ordercloud_says_of_it_or_of_another_one() -> None:
    said = {row.name: row.owner or (row.owned_by and row.owned_by.record_type) for row in REGISTRY}
    assert {name: by for name, by in said.items() if by and REGISTRY[name].expand is None} == OWNERS


def test_a_party_is_named_where_a_buyer_or_a_supplier_may_post() -> None:
    for row in REGISTRY:
        assert (row.party is not None) == (row.family in (Family.BUYER, Family.SUPPLIER)), row.name


def test_types_that_others_refer_to_are_told() -> None:
    assert REGISTRY.referred("priceschedule")
    assert REGISTRY.referred("product")
    assert not REGISTRY.referred("costcenter")
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
    assert REGISTRY["user"].kinds == {("TermsAccepted",): "moment"}
    assert REGISTRY["specoption"].kinds == {("PriceMarkupType",): "enum"}


@pytest.mark.parametrize("record_type", list(REGISTRY), ids=lambda row: row.name)
def test_what_a_row_names_exists(record_type: RecordType) -> None:
    fields = {ordercloud_name(name) for name in record_type.model.model_fields}
    assert set(record_type.keys) <= fields
    assert {record_type.party} <= {None, *record_type.keys}
    assert record_type.owned_by in {None, *record_type.references}
    for reference in record_type.references:
        assert set(reference.fields) <= fields
        assert len(reference.fields) == len(REGISTRY[reference.record_type].keys)
        assert not (reference.deferred and reference.fields[-1] in record_type.keys)
    assert {path[0] for path in record_type.list_keys} <= fields
    assert {path[0] for path in record_type.ignored | record_type.volatile} <= fields
    assert record_type.write_only | record_type.unsent <= fields
    assert not record_type.assigned or ("xp" not in fields and ("ID",) in record_type.read_only)
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
