"""What OrderCloud does beyond plain records: specs, facets, and catalogs with their trees of categories."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox_calls import Sandbox, missing, opened

CATEGORY = "/catalogs/Main/categories/A"
CIRCLE = (400, [("Category.CircularReference", {"Field": "ParentID"})])


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with opened(tmp_path) as sandbox:
        yield sandbox


@pytest.fixture
def tree(sandbox: Sandbox) -> Sandbox:
    """Give a catalog with the categories A, A/B, A/B/C and Z."""
    sandbox.post("/catalogs", {"ID": "Main", "Name": "n"}, {"ID": "Side", "Name": "n"})
    for category, parent in (("A", None), ("B", "A"), ("C", "B"), ("Z", None)):
        sandbox.post("/catalogs/Main/categories", {"ID": category, "Name": category, "ParentID": parent})
    return sandbox


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"Required": True}, [], id="fine"),
        pytest.param({}, [("Spec.MustBeRequired", {"Field": "Required"})], id="not required"),
        pytest.param(
            {"Required": True, "AllowOpenText": True},
            [("Spec.CannotAllowOpenText", {"Field": "AllowOpenText"})],
            id="open text",
        ),
    ],
)
def test_a_spec_that_defines_variants_is_required_and_closed(
    sandbox: Sandbox, fields: dict[str, Any], expected: list[tuple[str, Any]]
) -> None:
    sandbox.post("/specs", {"ID": "Plain", "Name": "n"})
    body = {"DefinesVariant": True, **fields}
    if not expected:
        assert sandbox.call("PATCH", "/specs/Plain", body).status == 200
    else:
        assert sandbox.refusal("PATCH", "/specs/Plain", body) == (400, expected)
        assert sandbox.refusal("POST", "/specs", {"Name": "n", **body}) == (400, expected)


def test_a_spec_shows_its_options_in_their_order(sandbox: Sandbox) -> None:
    sandbox.post("/specs", {"ID": "Size", "Name": "n"})
    for option, order in (("A", 3), ("C", 1), ("B", 1)):
        sandbox.post("/specs/Size/options", {"ID": option, "Value": option, "ListOrder": order})
    spec = sandbox.call("GET", "/specs/Size").body
    assert (spec["OptionCount"], [option["ID"] for option in spec["Options"]]) == (3, ["B", "C", "A"])
    assert spec["Options"][0] == sandbox.call("GET", "/specs/Size/options/B").body


def test_the_default_option_is_one_of_the_specs_own_and_follows_it(sandbox: Sandbox) -> None:
    unknown = missing("SpecOption", "L")
    assert sandbox.refusal("POST", "/specs", {"ID": "Size", "Name": "n", "DefaultOptionID": "L"}) == unknown
    sandbox.post("/specs", {"ID": "Size", "Name": "n"}, {"ID": "Cut", "Name": "n"})
    sandbox.post("/specs/Cut/options", {"ID": "L", "Value": "v"})
    assert sandbox.refusal("PATCH", "/specs/Size", {"DefaultOptionID": "L"}) == unknown
    sandbox.post("/specs/Size/options", {"ID": "L", "Value": "v"})
    renamed = sandbox.call("PUT", "/specs/Size", {"ID": "Width", "Name": "n", "DefaultOptionID": "l"})
    assert renamed.body["DefaultOptionID"] == "L"
    sandbox.call("PATCH", "/specs/Cut", {"DefaultOptionID": "L"})
    sandbox.call("PATCH", "/specs/Width/options/L", {"ID": "XL"})
    sandbox.call("DELETE", "/specs/Cut/options/L")
    defaults = [sandbox.call("GET", f"/specs/{spec}").body["DefaultOptionID"] for spec in ("Width", "Cut")]
    assert defaults == ["XL", None]


@pytest.mark.parametrize(
    ("facet", "taken"),
    [
        pytest.param({"XpPath": "Colour.Main"}, True, id="path in another case"),
        pytest.param({"ID": "other", "XpPath": "SIZE"}, True, id="path that another has by its ID"),
        pytest.param({"ID": "colour"}, False, id="another path"),
    ],
)
def test_facets_have_different_paths(sandbox: Sandbox, facet: dict[str, Any], *, taken: bool) -> None:
    sandbox.post("/productfacets", {"ID": "F", "Name": "n", "XpPath": "colour.main"}, {"ID": "size", "Name": "n"})
    if taken:
        refused = sandbox.refusal("POST", "/productfacets", {"Name": "n", **facet})
        assert refused == (400, [("ProductFacet.XpPathInUse", {"Field": "XpPath"})])
    else:
        sandbox.post("/productfacets", {"Name": "n", **facet})
    assert sandbox.call("PATCH", "/productfacets/F", {"Name": "its own path is no hindrance"}).status == 200


def test_a_category_knows_its_children_and_a_catalog_its_categories(tree: Sandbox) -> None:
    tree.post("/catalogs/Side/categories", {"ID": "A", "Name": "n"}, {"ID": "Y", "Name": "n", "ParentID": "A"})
    counts = {one["ID"]: one["ChildCount"] for one in tree.items("/catalogs/Main/categories?depth=all")}
    assert counts == {"A": 1, "B": 1, "C": 0, "Z": 0}
    assert [one["CategoryCount"] for one in tree.items("/catalogs")] == [4, 2]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", "AZ"), ("?depth=1", "AZ"), ("?depth=2", "ABZ"), ("?depth=9", "ABCZ"), ("?depth=ALL", "ABCZ")],
)
def test_categories_are_listed_to_a_depth(tree: Sandbox, query: str, expected: str) -> None:
    assert [one["ID"] for one in tree.items(f"/catalogs/Main/categories{query}")] == list(expected)


@pytest.mark.parametrize("depth", ["0", "-1", "x", "1.5"])
def test_a_depth_is_a_number_or_all(tree: Sandbox, depth: str) -> None:
    refused = tree.refusal("GET", f"/catalogs/Main/categories?depth={depth}")
    assert refused == (400, [("Category.InvalidDepth", {"Field": "depth"})])


@pytest.mark.parametrize(
    ("category", "change", "expected"),
    [
        pytest.param("A", {"ParentID": "c"}, CIRCLE, id="below its grandchild"),
        pytest.param("A", {"ParentID": "A"}, CIRCLE, id="below itself"),
        pytest.param("A", {"ID": "N", "ParentID": "A"}, CIRCLE, id="below itself, renamed"),
        pytest.param("A", {"ParentID": "Y"}, missing("Category", "Y"), id="in another catalog"),
    ],
)
def test_categories_make_a_tree_within_their_catalog(
    tree: Sandbox, category: str, change: dict[str, Any], expected: object
) -> None:
    tree.post("/catalogs/Side/categories", {"ID": "Y", "Name": "n"})
    assert tree.refusal("PATCH", f"/catalogs/Main/categories/{category}", change) == expected


def test_a_new_category_cannot_lie_below_itself(tree: Sandbox) -> None:
    body = {"ID": "N", "Name": "n", "ParentID": "N"}
    assert tree.refusal("POST", "/catalogs/Main/categories", body) == CIRCLE


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/catalogs/Main/categories"), ("PUT", CATEGORY), ("PATCH", CATEGORY)]
)
def test_orders_are_not_adjusted_and_that_is_said(tree: Sandbox, method: str, path: str) -> None:
    refused = tree.refusal(method, f"{path}?adjustListOrders=true", {"Name": "n"})
    assert refused == (501, [("Sandbox.NotImplemented", None)])


def test_children_follow_their_category_and_are_deleted_with_it(tree: Sandbox) -> None:
    tree.post("/catalogs/Side/categories", {"ID": "B", "Name": "n"}, {"ID": "Y", "Name": "n", "ParentID": "B"})
    tree.call("PATCH", "/catalogs/Main/categories/B", {"ID": "M", "ParentID": "Z"})
    parents = {one["ID"]: one["ParentID"] for one in tree.items("/catalogs/Main/categories?depth=all")}
    assert parents == {"A": None, "C": "M", "M": "Z", "Z": None}
    tree.call("DELETE", "/catalogs/Main/categories/Z")
    assert [one["ID"] for one in tree.items("/catalogs/Main/categories?depth=all")] == ["A"]
    assert [one["ID"] for one in tree.items("/catalogs/Side/categories?depth=all")] == ["B", "Y"]


def test_a_catalog_that_is_a_buyers_default_cannot_be_deleted(tree: Sandbox) -> None:
    tree.post("/buyers", {"ID": "Shop", "Name": "n", "DefaultCatalogID": "Main"})
    refused = tree.refusal("DELETE", "/catalogs/main")
    assert refused == (400, [("Catalog.CannotDelete", {"CatalogID": "Main"})])
    tree.call("PATCH", "/buyers/Shop", {"DefaultCatalogID": "Side"})
    assert tree.call("DELETE", "/catalogs/Main").status == 204
