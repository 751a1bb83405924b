"""Assignments: kept by their parties, following them, and held to OrderCloud's rules."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox_calls import ACME, DESCRIPTION, GLOBEX, SHOPPER, Sandbox, missing, opened

from localdev.sandbox.assignment_rows import ASSIGNMENTS, Assignment
from localdev.sandbox.errors import Answer
from localdev.sandbox.inspection import overwrite, state_of

ADDRESS = {"Street1": "s", "City": "c", "State": "NY", "Zip": "1", "Country": "US"}
USER = {"Username": "u", "FirstName": "f", "LastName": "l", "Email": "e@x.test", "Active": True}
PARENTS = {"catalogID": "C", "buyerID": "B"}
# One assignment of each kind that the records below allow, with every party given that may be.
BODIES: dict[str, dict[str, Any]] = {
    "products/assignments": {"ProductID": "P", "BuyerID": "B", "UserGroupID": "G", "PriceScheduleID": "S"},
    "specs/productassignments": {"SpecID": "Size", "ProductID": "P", "DefaultOptionID": "L"},
    "catalogs/assignments": {"CatalogID": "C", "BuyerID": "B", "ViewAllProducts": True},
    "catalogs/productassignments": {"CatalogID": "C", "ProductID": "P"},
    "catalogs/categories/assignments": {"CategoryID": "K", "BuyerID": "B", "UserGroupID": "G", "Visible": True},
    "catalogs/categories/productassignments": {"CategoryID": "K", "ProductID": "P", "ListOrder": 3},
    "buyers/usergroups/assignments": {"UserGroupID": "G", "UserID": "U"},
    "buyers/addresses/assignments": {"AddressID": "A", "UserGroupID": "G", "IsShipping": True},
    "buyers/costcenters/assignments": {"CostCenterID": "Z", "UserGroupID": "G"},
}
KEYS = {
    "products/assignments": "P/B/G",
    "specs/productassignments": "Size/P",
    "catalogs/assignments": "C/B",
    "catalogs/productassignments": "C/P",
    "catalogs/categories/assignments": "c/K/B/G",
    "catalogs/categories/productassignments": "c/K/P",
    "buyers/usergroups/assignments": "b/G/U",
    "buyers/addresses/assignments": "b/A/~/G",
    "buyers/costcenters/assignments": "b/Z/G",
}
by_name = pytest.mark.parametrize("kind", ASSIGNMENTS, ids=lambda kind: kind.name)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with opened(tmp_path) as sandbox:
        for supplier in ("Acme", "Globex"):
            sandbox.post("/suppliers", {"ID": supplier, "Name": supplier})
        sandbox.post("/buyers", {"ID": "B", "Name": "n"})
        sandbox.call("DELETE", "/catalogs/B/assignments?buyerID=B")  # the catalog that came with the buyer
        sandbox.post("/buyers/B/usergroups", {"ID": "G", "Name": "n"})
        sandbox.post("/buyers/B/users", {"ID": "U", **USER})
        sandbox.post("/buyers/B/addresses", {"ID": "A", **ADDRESS})
        sandbox.post("/buyers/B/costcenters", {"ID": "Z", "Name": "n"})
        sandbox.post("/catalogs", {"ID": "C", "Name": "n"})
        sandbox.post("/catalogs/C/categories", {"ID": "K", "Name": "n"})
        sandbox.post("/priceschedules", {"ID": "S", "Name": "n", "PriceBreaks": [{"Quantity": 1, "Price": 2}]})
        sandbox.post("/products", {"ID": "P", "Name": "n"})
        sandbox.post("/specs", {"ID": "Size", "Name": "n"})
        sandbox.post("/specs/Size/options", {"ID": "L", "Value": "Large"})
        yield sandbox


def collection(kind: Assignment) -> str:
    return kind.collection.format(**PARENTS)


def kept(sandbox: Sandbox, kind: Assignment) -> dict[str, Any]:
    return state_of(sandbox.engine)[kind.name]


@by_name
def test_every_row_names_paths_models_and_fields_that_the_description_knows(kind: Assignment) -> None:
    assert {"GET", "POST"} <= set(DESCRIPTION.operations[kind.collection])
    assert "DELETE" in DESCRIPTION.operations[kind.deletion]
    model = DESCRIPTION.models[kind.model]
    assert {party.field for party in kind.parties} <= set(model)
    assert [party.field for party in kind.parties if not party.optional] == [
        name for name, field in model.items() if field.required
    ]


@by_name
def test_an_assignment_is_kept_by_its_parties_and_a_second_post_replaces_it(sandbox: Sandbox, kind: Assignment) -> None:
    body = BODIES[kind.name]
    assert sandbox.call("POST", collection(kind), body) == Answer(204)
    [listed] = sandbox.items(collection(kind))
    assert listed.items() >= body.items()
    assert kept(sandbox, kind) == {KEYS[kind.name]: listed}
    same = {name: value.lower() if isinstance(value, str) else value for name, value in body.items()}
    assert sandbox.call("POST", collection(kind), same) == Answer(204)
    assert kept(sandbox, kind) == {KEYS[kind.name]: listed}


@by_name
def test_a_second_post_between_the_same_parties_brings_its_own_values(sandbox: Sandbox, kind: Assignment) -> None:
    loose = {party.field for party in kind.parties if party.key}
    sandbox.post(collection(kind), BODIES[kind.name])
    changed = {name: value for name, value in BODIES[kind.name].items() if name in loose}
    if kind.name == "products/assignments":
        sandbox.call("PATCH", "/products/P", {"DefaultPriceScheduleID": "S"})
    if kind.name == "buyers/addresses/assignments":
        changed["IsBilling"] = True
    sandbox.post(collection(kind), changed)
    [listed] = sandbox.items(collection(kind))
    given = {name: value for name, value in listed.items() if value not in {None, False}}
    assert given == changed


@by_name
def test_a_deleted_assignment_is_gone_and_missing_afterwards(sandbox: Sandbox, kind: Assignment) -> None:
    body = BODIES[kind.name]
    sandbox.post(collection(kind), body)
    ids = {party.parameter: body.get(party.field) for party in kind.parties if party.key}
    path = kind.deletion.format(**{**PARENTS, **ids})
    rest = {name: value for name, value in ids.items() if value and f"{{{name}}}" not in kind.deletion}
    path += "?" + "&".join(f"{name}={value.lower()}" for name, value in rest.items())
    assert sandbox.call("DELETE", path) == Answer(204)
    assert sandbox.items(collection(kind)) == []
    status, [(code, data)] = sandbox.refusal("DELETE", path)
    assert (status, code, data["ObjectType"]) == (404, "NotFound", kind.model)


@by_name
def test_every_party_must_be_there(sandbox: Sandbox, kind: Assignment) -> None:
    for party in kind.parties:
        body = {**BODIES[kind.name], party.field: "Nothing"}
        assert sandbox.refusal("POST", collection(kind), body) == missing(party.model, "Nothing")
    assert kept(sandbox, kind) == {}


@by_name
def test_an_assignment_made_behind_our_back_is_one_like_any_other(sandbox: Sandbox, kind: Assignment) -> None:
    overwrite(sandbox.engine, kind.name, KEYS[kind.name], {})
    keys = {party.field: BODIES[kind.name].get(party.field) for party in kind.parties if party.key}
    [listed] = sandbox.items(collection(kind))
    assert listed.items() >= keys.items()
    assert kept(sandbox, kind) == {KEYS[kind.name]: listed}


def test_the_first_missing_party_is_named(sandbox: Sandbox) -> None:
    body = {"ProductID": "P", "BuyerID": "X", "UserGroupID": "Y", "PriceScheduleID": "Z"}
    assert sandbox.refusal("POST", "/products/assignments", body) == missing("Buyer", "X")


@by_name
def test_required_parties_are_required(sandbox: Sandbox, kind: Assignment) -> None:
    required = [party.field for party in kind.parties if not party.optional]
    problems = [("ValidationFailure", {"Field": field}) for field in required]
    assert sandbox.refusal("POST", collection(kind), {}) == (400, problems)


RECORDS = [
    ("/products/P", "ProductID"),
    ("/specs/Size", "SpecID"),
    ("/specs/Size/options/L", "DefaultOptionID"),
    ("/priceschedules/S", "PriceScheduleID"),
    ("/catalogs/C", "CatalogID"),
    ("/catalogs/C/categories/K", "CategoryID"),
    ("/buyers/B", "BuyerID"),
    ("/buyers/B/usergroups/G", "UserGroupID"),
    ("/buyers/B/users/U", "UserID"),
    ("/buyers/B/addresses/A", "AddressID"),
    ("/buyers/B/costcenters/Z", "CostCenterID"),
]


def fill(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    for kind in reversed(ASSIGNMENTS):  # a product is in a catalog before it is assigned
        sandbox.post(collection(kind), BODIES[kind.name])
    state = state_of(sandbox.engine)
    return {kind.name: state[kind.name] for kind in ASSIGNMENTS}


def party_ids(state: dict[str, dict[str, Any]], field: str) -> list[Any]:
    return [doc[field] for docs in state.values() for doc in docs.values() if doc.get(field)]


@pytest.mark.parametrize(("path", "field"), RECORDS, ids=[field for _, field in RECORDS])
def test_assignments_follow_a_renamed_record(sandbox: Sandbox, path: str, field: str) -> None:
    before = party_ids(fill(sandbox), field)
    assert before
    sandbox.call("PATCH", path, {"ID": "Renamed"})
    state = state_of(sandbox.engine)
    assert party_ids({kind.name: state[kind.name] for kind in ASSIGNMENTS}, field) == ["Renamed"] * len(before)
    assert sum(len(state[kind.name]) for kind in ASSIGNMENTS) == len(ASSIGNMENTS)
    assert all("renamed" not in key or "Renamed" in key or key[0] in "bcr" for key in state["products/assignments"])


@pytest.mark.parametrize(
    ("path", "field"),
    [(path, field) for path, field in RECORDS if field != "DefaultOptionID"],
    ids=[field for _, field in RECORDS if field != "DefaultOptionID"],
)
def test_assignments_go_with_a_deleted_record(sandbox: Sandbox, path: str, field: str) -> None:
    fill(sandbox)
    sandbox.call("DELETE", path)
    state = state_of(sandbox.engine)
    left = {kind.name: state[kind.name] for kind in ASSIGNMENTS}
    assert party_ids(left, field) == []
    assert {name for name, docs in left.items() if not docs} == {
        kind.name
        for kind in ASSIGNMENTS
        if BODIES[kind.name].get(field) or f"{{{field[0].lower()}{field[1:]}}}" in kind.collection
    }


def test_a_spec_assignment_outlives_its_default_option(sandbox: Sandbox) -> None:
    sandbox.post("/specs/productassignments", BODIES["specs/productassignments"])
    sandbox.call("DELETE", "/specs/Size/options/L")
    expected = {"SpecID": "Size", "ProductID": "P", "DefaultValue": None, "DefaultOptionID": None}
    assert sandbox.items("/specs/productassignments") == [expected]


def test_a_group_of_another_buyer_with_the_same_id_is_another_group(sandbox: Sandbox) -> None:
    sandbox.post("/buyers", {"ID": "B2", "Name": "n", "DefaultCatalogID": "C"})
    sandbox.post("/buyers/B2/usergroups", {"ID": "G", "Name": "n"})
    for buyer in ("B", "B2"):
        sandbox.post("/catalogs/C/categories/assignments", {"CategoryID": "K", "BuyerID": buyer, "UserGroupID": "G"})
    sandbox.call("DELETE", "/buyers/B2/usergroups/G")
    assert [one["BuyerID"] for one in sandbox.items("/catalogs/C/categories/assignments")] == ["B"]


def test_an_option_of_another_spec_is_no_default(sandbox: Sandbox) -> None:
    sandbox.post("/specs", {"ID": "Ink", "Name": "n", "DefaultValue": "black"})
    body = {"SpecID": "Ink", "ProductID": "P", "DefaultOptionID": "L"}
    assert sandbox.refusal("POST", "/specs/productassignments", body) == missing("SpecOption", "L")


@pytest.mark.parametrize(
    ("spec", "options", "assignable"),
    [
        pytest.param({}, 0, False, id="nothing to answer with"),
        pytest.param({}, 1, True, id="an option"),
        pytest.param({"AllowOpenText": True}, 0, True, id="open text"),
        pytest.param({"DefaultValue": "black"}, 0, True, id="a default"),
    ],
)
def test_a_spec_must_have_an_answer(sandbox: Sandbox, spec: dict[str, Any], options: int, *, assignable: bool) -> None:
    sandbox.post("/specs", {"ID": "Ink", "Name": "n", **spec})
    sandbox.post("/specs/Ink/options", *({"Value": "v"} for _ in range(options)))
    body = {"SpecID": "Ink", "ProductID": "P"}
    if assignable:
        assert sandbox.call("POST", "/specs/productassignments", body) == Answer(204)
    else:
        expected = (400, [("Spec.InvalidSpecConfiguration", {"SpecID": "Ink"})])
        assert sandbox.refusal("POST", "/specs/productassignments", body) == expected


@pytest.mark.parametrize(
    ("product", "body", "code"),
    [
        pytest.param({}, {"PriceScheduleID": "S"}, None, id="an explicit price"),
        pytest.param({"DefaultPriceScheduleID": "S"}, {}, None, id="the product's own price"),
        pytest.param({}, {}, "Product.RequiresPriceScheduleOrBuyer", id="no price"),
        pytest.param({}, {"PriceScheduleID": "Empty"}, "PriceSchedule.NoPriceBreaks", id="a price without breaks"),
        pytest.param(
            {"DefaultPriceScheduleID": "S"},
            {"SellerID": "Acme"},
            "ProductAssigment.MustSpecifyPriceScheduleID",
            id="a seller without a price",
        ),
        pytest.param(
            {},
            {"SellerID": "Acme", "PriceScheduleID": "S"},
            "PriceSchedule.SellerIDMustMatchOwnerID",
            id="a price of somebody else",
        ),
        pytest.param({}, {"SellerID": "acme", "PriceScheduleID": "Theirs"}, None, id="a price of the seller"),
        pytest.param({"DefaultPriceScheduleID": "S"}, {"SellerID": "sandbox"}, None, id="the seller itself"),
    ],
)
def test_a_product_is_assigned_at_a_price(
    sandbox: Sandbox, product: dict[str, Any], body: dict[str, Any], code: str | None
) -> None:
    theirs = {"OwnerID": "Acme", "PriceBreaks": [{"Quantity": 1, "Price": 2}]}
    sandbox.post("/priceschedules", {"ID": "Empty", "Name": "n"}, {"ID": "Theirs", "Name": "n", **theirs})
    sandbox.call("PATCH", "/products/P", {"AllSuppliersCanSell": True, **product})
    body = {"ProductID": "P", "BuyerID": "B", **body}
    if code is None:
        assert sandbox.call("POST", "/products/assignments", body) == Answer(204)
    else:
        status, problems = sandbox.refusal("POST", "/products/assignments", body)
        assert (status, [found for found, _ in problems]) == (400, [code])


def test_a_product_outside_the_buyers_catalogs_cannot_be_assigned(sandbox: Sandbox) -> None:
    assigned = {"ProductID": "P", "BuyerID": "B", "PriceScheduleID": "S"}
    sandbox.post("/catalogs/assignments", {"CatalogID": "C", "BuyerID": "B"})
    refused = (400, [("Product.CannotAssignNotInBuyerCatalog", None)])
    assert sandbox.refusal("POST", "/products/assignments", assigned) == refused
    sandbox.post("/catalogs/productassignments", {"CatalogID": "C", "ProductID": "P"})
    assert sandbox.call("POST", "/products/assignments", assigned) == Answer(204)


def test_an_address_is_assigned_for_a_purpose_to_one_kind_of_party(sandbox: Sandbox) -> None:
    body = {"AddressID": "A", "UserID": "U", "UserGroupID": "G"}
    codes = ["AddressAssignment.MustBeBillingOrShipping", "PartyAssignment.CannotSpecifyGroupAndUser"]
    refused = (400, [(code, None) for code in codes])
    assert sandbox.refusal("POST", "/buyers/B/addresses/assignments", body) == refused


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["", "G", "U"]),
        ("addressID=a", ["", "G", "U"]),
        ("addressID=other", []),
        ("userGroupID=g", ["G"]),
        ("userID=U&addressID=A", ["U"]),
        ("isBilling=true", ["U"]),
        ("isShipping=true&isBilling=false", ["", "G"]),
        ("level=User", ["U"]),
        ("level=group", ["G"]),
        ("level=Company", [""]),
        ("pageSize=1&page=2", ["U"]),
    ],
)
def test_assignments_are_listed_by_ids_flags_and_level(sandbox: Sandbox, query: str, expected: list[str]) -> None:
    sandbox.post(
        "/buyers/B/addresses/assignments",
        {"AddressID": "A", "IsShipping": True},
        {"AddressID": "A", "UserGroupID": "G", "IsShipping": True},
        {"AddressID": "A", "UserID": "U", "IsShipping": True, "IsBilling": True},
    )
    found = sandbox.items(f"/buyers/B/addresses/assignments?{query}")
    assert sorted(one["UserGroupID"] or one["UserID"] or "" for one in found) == expected


@pytest.mark.parametrize(
    ("query", "code", "data"),
    [
        ("search=A", "List.InvalidProperty", {"Property": "search"}),
        ("sortBy=BuyerID", "List.InvalidProperty", {"Property": "sortBy"}),
        ("ProductID=P", "List.InvalidProperty", {"Property": "ProductID"}),
        ("level=Tribe", "ValidationFailure", {"Field": "level"}),
        ("pageSize=101", "List.InvalidPageSize", {"Property": "pageSize"}),
    ],
)
def test_assignment_lists_take_ids_level_and_paging_only(
    sandbox: Sandbox, query: str, code: str, data: dict[str, str]
) -> None:
    assert sandbox.refusal("GET", f"/products/assignments?{query}") == (400, [(code, data)])


def test_users_cannot_be_assigned_products_and_none_are_found(sandbox: Sandbox) -> None:
    sandbox.post("/products/assignments", {"ProductID": "P", "BuyerID": "B", "PriceScheduleID": "S"})
    assert sandbox.items("/products/assignments?userID=U") == []
    gone = missing("ProductAssignment", "P/B")
    assert sandbox.refusal("DELETE", "/products/P/assignments/B?userID=U") == gone
    assert len(sandbox.items("/products/assignments?productID=p&priceScheduleID=s")) == 1


def test_spec_assignments_are_listed_as_other_records_are(sandbox: Sandbox) -> None:
    sandbox.post("/products", {"ID": "Q", "Name": "n"})
    sandbox.post("/specs/productassignments", *({"SpecID": "Size", "ProductID": one} for one in "PQ"))
    paths = ("?search=q", "?ProductID=p", "?sortBy=!ProductID", "?SpecID=Ink")
    found = [[one["ProductID"] for one in sandbox.items(f"/specs/productassignments{path}")] for path in paths]
    assert found == [["Q"], ["P"], ["Q", "P"], []]


def test_a_deletion_must_name_who_cannot_be_left_out(sandbox: Sandbox) -> None:
    refused = (400, [("ValidationFailure", {"Field": "buyerID"})])
    assert sandbox.refusal("DELETE", "/catalogs/C/assignments") == refused


def test_suppliers_assign_and_see_only_what_is_theirs(sandbox: Sandbox) -> None:
    breaks = {"PriceBreaks": [{"Quantity": 1, "Price": 2}]}
    sandbox.call("PATCH", "/products/P", {"AllSuppliersCanSell": True})  # for reading
    for path, body in (("/products", {}), ("/priceschedules", breaks), ("/specs", {"DefaultValue": "v"})):
        sandbox.call("POST", path, {"ID": "Own", "Name": "n", **body}, ACME)
    own = {"ProductID": "Own", "BuyerID": "B", "PriceScheduleID": "Own"}
    assert sandbox.call("POST", "/products/assignments", {**own, "SellerID": "Globex"}, ACME) == Answer(204)
    sandbox.call("POST", "/specs/productassignments", {"SpecID": "Own", "ProductID": "Own"}, ACME)
    foreign = {**own, "ProductID": "P"}
    assert sandbox.refusal("POST", "/products/assignments", foreign, ACME) == missing("Product", "P")
    foreign = {"SpecID": "Size", "ProductID": "Own"}
    assert sandbox.refusal("POST", "/specs/productassignments", foreign, ACME) == missing("Spec", "Size")
    assert [one["SellerID"] for one in sandbox.items("/products/assignments", ACME)] == [None]
    assert [sandbox.items(path, GLOBEX) for path in ("/products/assignments", "/specs/productassignments")] == [[], []]
    gone = missing("ProductAssignment", "Own/B")
    assert sandbox.refusal("DELETE", "/products/Own/assignments/B", by=GLOBEX) == gone
    assert sandbox.call("DELETE", "/products/Own/assignments/B", by=ACME) == Answer(204)


def test_a_buyers_users_reach_the_assignments_of_their_own_buyer_only(sandbox: Sandbox) -> None:
    sandbox.post("/buyers", {"ID": "Shop", "Name": "n", "DefaultCatalogID": "C"})
    sandbox.post("/buyers/Shop/costcenters", {"ID": "Z", "Name": "n"})
    assert sandbox.call("POST", "/buyers/Shop/costcenters/assignments", {"CostCenterID": "Z"}, SHOPPER) == Answer(204)
    assert len(sandbox.items("/buyers/Shop/costcenters/assignments", SHOPPER)) == 1
    assert sandbox.refusal("GET", "/buyers/B/costcenters/assignments", by=SHOPPER) == missing("Buyer", "B")
    status, [(code, _)] = sandbox.refusal("GET", "/products/assignments", by=SHOPPER)
    assert (status, code) == (403, "Auth.UserNotAuthorizedToAdmin")


def test_a_new_buyer_sees_all_of_the_catalog_that_comes_with_it(sandbox: Sandbox) -> None:
    sandbox.post("/buyers", {"ID": "New", "Name": "n"})
    expected = {"CatalogID": "New", "BuyerID": "New", "BuyerGroupID": None}
    assert sandbox.items("/catalogs/assignments?buyerID=New") == [
        {**expected, "ViewAllCategories": True, "ViewAllProducts": True}
    ]
