"""List parameters: filters, search, sorting, paging."""

from typing import Any

import pytest

from localdev.sandbox.description import Description
from localdev.sandbox.errors import Refusal
from localdev.sandbox.listing import Listable, page_of

DESCRIPTION = Description.load()
PRODUCTS = Listable(DESCRIPTION.models, DESCRIPTION.models["Product"], ("ID", "Name", "Description"), ("Name", "ID"))
DOCS: list[dict[str, Any]] = [
    {"ID": "a-1", "Name": "Apple pie", "Description": "Sweet", "Active": True, "QuantityMultiplier": 1,
     "DateCreated": "2024-01-01T00:00:00+00:00", "Inventory": {"QuantityAvailable": 5},
     "xp": {"color": "red", "size": {"w": 10}, "tags": ["new", "hot"], "flag": True}},
    {"ID": "A-2", "Name": "banana", "Description": None, "Active": False, "QuantityMultiplier": 10,
     "DateCreated": "2024-01-02T00:00:00+00:00", "Inventory": None,
     "xp": {"color": "Green", "size": {"w": 9}, "tags": [], "flag": None}},
    {"ID": "b-3", "Name": "Cherry", "Description": "sweet apple", "Active": True, "QuantityMultiplier": None,
     "DateCreated": "2024-01-02T00:00:00.5+00:00", "Inventory": {"QuantityAvailable": None}, "xp": None},
]  # fmt: skip


def ids(*query: tuple[str, str], docs: list[dict[str, Any]] = DOCS) -> list[str]:
    return [doc["ID"] for doc in page_of(docs, query, PRODUCTS)["Items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("Name=BANANA", ["A-2"], id="equal, without case"),
        pytest.param("ID=A-1|b-3", ["a-1", "b-3"], id="either value"),
        pytest.param("Name=!banana", ["a-1", "b-3"], id="not"),
        pytest.param("Name=*an*", ["A-2"], id="contains"),
        pytest.param("Name=app*", ["a-1"], id="begins"),
        pytest.param("Name=*Y", ["b-3"], id="ends"),
        pytest.param("Name=!*an*", ["a-1", "b-3"], id="does not contain"),
        pytest.param("ID=>A-1", ["A-2", "b-3"], id="text after"),
        pytest.param("ID=<a-2", ["a-1"], id="text before"),
        pytest.param("QuantityMultiplier=>5", ["A-2"], id="number above, nulls never"),
        pytest.param("QuantityMultiplier=<5", ["a-1"], id="number below"),
        pytest.param("QuantityMultiplier=10.0", ["A-2"], id="number equal by value"),
        pytest.param("Active=TRUE", ["a-1", "b-3"], id="flag"),
        pytest.param("DateCreated=2024-01-02", ["A-2"], id="same instant"),
        pytest.param("DateCreated=>2024-01-02T00:00:00Z", ["b-3"], id="later, by a fraction"),
        pytest.param("DateCreated=>2023-12-31&DateCreated=<2024-01-02", ["a-1"], id="repeated parameters are and"),
        pytest.param("Description=!*", ["A-2"], id="null"),
        pytest.param("Description=*", ["a-1", "b-3"], id="present"),
        pytest.param("Inventory.QuantityAvailable=5", ["a-1"], id="inside a sub-model"),
        pytest.param("Inventory.QuantityAvailable=!*", ["A-2", "b-3"], id="absent inside a sub-model"),
        pytest.param("xp.color=green", ["A-2"], id="xp"),
        pytest.param("xp.size.w=>9.5", ["a-1"], id="xp number, by value"),
        pytest.param("xp.flag=true", ["a-1"], id="xp flag"),
        pytest.param("xp.flag=!*", ["A-2", "b-3"], id="xp absent or null"),
        pytest.param("xp.flag=*", ["a-1"], id="xp present"),
        pytest.param("xp.tags=HOT", ["a-1"], id="any element of an xp array"),
        pytest.param("Name|Description=*apple*", ["a-1", "b-3"], id="either field"),
    ],
)
def test_a_filter_keeps_what_it_means(query: str, expected: list[str]) -> None:
    pairs = [tuple(pair.split("=", 1)) for pair in query.split("&")]
    assert ids(("sortBy", "ID"), *pairs) == expected  # type: ignore[arg-type] # split at one sign: pairs


@pytest.mark.parametrize(
    ("search", "kind", "on", "expected"),
    [
        pytest.param("apple cherry", None, None, ["a-1", "b-3"], id="any term, any field"),
        pytest.param("apple cherry", "AllTermsAnyField", None, ["b-3"], id="all terms over the fields"),
        pytest.param("apple cherry", "AllTermsSameField", None, [], id="all terms in one field"),
        pytest.param("sweet apple", "AllTermsSameField", None, ["b-3"], id="all terms in one field, found"),
        pytest.param("apple pie", "ExactPhrase", None, ["a-1"], id="phrase"),
        pytest.param("pie", "ExactPhrasePrefix", None, [], id="phrase at the beginning"),
        pytest.param("sweet", "exactphraseprefix", None, ["a-1", "b-3"], id="phrase at the beginning, found"),
        pytest.param("apple", None, "Name", ["a-1"], id="one field only"),
        pytest.param("", None, None, ["a-1", "A-2", "b-3"], id="nothing sought"),
    ],
)
def test_search_finds_by_its_type(search: str, kind: str | None, on: str | None, expected: list[str]) -> None:
    options = {"search": search, "searchType": kind, "searchOn": on, "sortBy": "ID"}
    assert ids(*[(name, value) for name, value in options.items() if value is not None]) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param(None, ["a-1", "A-2", "b-3"], id="by the sortable fields in their order"),
        pytest.param("!Name", ["b-3", "A-2", "a-1"], id="descending"),
        pytest.param("!ID", ["b-3", "A-2", "a-1"], id="descending IDs"),
        pytest.param("xp.size.w", ["b-3", "A-2", "a-1"], id="xp, the absent first, numbers by value"),
        pytest.param("!xp.color,ID", ["a-1", "A-2", "b-3"], id="xp descending"),
    ],
)
def test_sorting(order: str | None, expected: list[str]) -> None:
    assert ids(*([("sortBy", order)] if order else [])) == expected


def test_equals_come_in_the_order_of_their_ids_so_that_pages_never_overlap() -> None:
    docs = [{"ID": one, "Name": "same"} for one in ("c", "A", "b")]
    assert ids(("sortBy", "!Name"), docs=docs) == ["A", "b", "c"]


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        (("pageSize", "101"), "List.InvalidPageSize"),
        (("pageSize", "0"), "List.InvalidPageSize"),
        (("pageSize", "x"), "List.InvalidPageSize"),
        (("page", "0"), "ValidationFailure"),
        (("page", "x"), "ValidationFailure"),
        (("page", "6000"), "Search.ResultSetTooLarge"),
        (("sortBy", "Description"), "List.InvalidSortProperty"),
        (("sortBy", "xp"), "List.InvalidSortProperty"),
        (("searchOn", "Active"), "List.InvalidSearchProperty"),
        (("searchType", "Fuzzy"), "ValidationFailure"),
        (("name", "x"), "List.InvalidProperty"),
        (("Nope", "x"), "List.InvalidProperty"),
        (("Name.x", "x"), "List.InvalidProperty"),
        (("Inventory", "x"), "List.InvalidProperty"),
        (("xp", "x"), "List.InvalidProperty"),
        (("QuantityMultiplier", "many"), "List.InvalidType"),
        (("Active", ">maybe"), "List.InvalidType"),
        (("DateCreated", "soon"), "List.InvalidType"),
    ],
    ids=str,
)
def test_a_parameter_that_means_nothing_is_refused(pair: tuple[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        page_of(DOCS, [pair], PRODUCTS)
    assert (refused.value.status, [problem.code for problem in refused.value.problems]) == (400, [code])


MANY = [{"ID": f"P{number:03}", "Name": "n"} for number in range(45)]


@pytest.mark.parametrize(
    ("query", "meta", "first"),
    [
        pytest.param(
            [],
            {"Page": 1, "PageSize": 20, "TotalCount": 45, "TotalPages": 3, "ItemRange": [1, 20], "NextPageKey": "p2"},
            "P000",
            id="defaults",
        ),
        pytest.param(
            [("PAGE", "3")],
            {"Page": 3, "PageSize": 20, "TotalCount": 45, "TotalPages": 3, "ItemRange": [41, 45], "NextPageKey": None},
            "P040",
            id="last page, name in any case",
        ),
        pytest.param(
            [("pageKey", "p2"), ("pageSize", "30")],
            {"Page": 2, "PageSize": 30, "TotalCount": 45, "TotalPages": 2, "ItemRange": [31, 45], "NextPageKey": None},
            "P030",
            id="by key",
        ),
        pytest.param(
            [("ID", ">P042"), ("sortBy", "ID"), ("pageSize", "100")],
            {"Page": 1, "PageSize": 100, "TotalCount": 2, "TotalPages": 1, "ItemRange": [1, 2], "NextPageKey": None},
            "P043",
            id="after the last ID",
        ),
        pytest.param(
            [("ID", ">P044")],
            {"Page": 1, "PageSize": 20, "TotalCount": 0, "TotalPages": 0, "ItemRange": [0, 0], "NextPageKey": None},
            None,
            id="nothing left",
        ),
    ],
)
def test_pages(query: list[tuple[str, str]], meta: dict[str, Any], first: str | None) -> None:
    page = page_of(MANY, query, PRODUCTS)
    assert page["Meta"] == meta
    assert next((item["ID"] for item in page["Items"]), None) == first
