"""Variants: generated from the options of a product's specs, then written like other records."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox_calls import ACME, DESCRIPTION, NOW, Sandbox, missing, opened

from localdev.sandbox.dates import written
from localdev.sandbox.inspection import state_of

DEFINING = {"Name": "n", "Required": True, "DefinesVariant": True}
OPTIONS = {"Size": ("S", "L"), "Colour": ("Red", "Blue")}
RED = {"PriceMarkupType": "AmountTotal", "PriceMarkup": 1.5}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with opened(tmp_path) as sandbox:
        sandbox.post("/products", {"ID": "P", "Name": "n"})
        for number, (spec, options) in enumerate(OPTIONS.items()):
            sandbox.post("/specs", {"ID": spec, "ListOrder": number, **DEFINING, "Name": spec.upper()})
            for place, option in enumerate(options):
                markup = RED if option == "Red" else {}
                body = {"ID": option, "Value": f"{option}!", "ListOrder": place, **markup}
                sandbox.post(f"/specs/{spec}/options", body)
            sandbox.post("/specs/productassignments", {"SpecID": spec, "ProductID": "P"})
        yield sandbox


def generate(sandbox: Sandbox, query: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = sandbox.call("POST", f"/products/P/variants/generate?{query}", body)
    assert answer.status == 201
    product: dict[str, Any] = answer.body
    return product


def ids(sandbox: Sandbox) -> list[str]:
    return [one["ID"] for one in sandbox.items("/products/P/variants?pageSize=100")]


def test_a_variant_is_generated_for_each_combination_of_options(sandbox: Sandbox) -> None:
    product = generate(sandbox)
    assert product == sandbox.call("GET", "/products/P").body
    assert (product["ID"], product["SpecCount"], product["VariantCount"]) == ("P", 2, 4)
    assert ids(sandbox) == ["P-L-Blue", "P-L-Red", "P-S-Blue", "P-S-Red"]
    size = {"SpecID": "Size", "Name": "SIZE", "OptionID": "S", "Value": "S!"}
    colour = {"SpecID": "Colour", "Name": "COLOUR", "OptionID": "Red", "Value": "Red!"}
    assert sandbox.call("GET", "/products/p/variants/p-s-red").body == {
        "ID": "P-S-Red",
        "Name": None,
        "Description": None,
        "Active": True,
        "ShipWeight": None,
        "ShipHeight": None,
        "ShipWidth": None,
        "ShipLength": None,
        "Inventory": None,
        "Specs": [{**size, "PriceMarkupType": None, "PriceMarkup": None}, {**colour, **RED}],
        "xp": None,
    }
    assert set(state_of(sandbox.engine)["products/variants"]) == {f"p/{one}" for one in ids(sandbox)}


def test_generated_variants_are_active_or_not_as_asked(sandbox: Sandbox) -> None:
    generate(sandbox, body={"Active": False})
    assert {one["Active"] for one in sandbox.items("/products/P/variants")} == {False}
    refused = (400, [("ValidationFailure", {"Field": "Active"})])
    assert sandbox.refusal("POST", "/products/P/variants/generate", {"Active": "yes"}) == refused


def test_generating_again_adds_what_is_missing_and_leaves_the_rest(sandbox: Sandbox) -> None:
    generate(sandbox)
    sandbox.call("PATCH", "/products/P/variants/P-S-Red", {"ID": "SKU", "Active": False, "xp": {"a": 1}})
    before = sandbox.call("GET", "/products/P/variants/SKU").body
    sandbox.post("/specs/Size/options", {"ID": "XL", "Value": "XL!", "ListOrder": 2})
    assert generate(sandbox)["VariantCount"] == 6
    assert ids(sandbox) == ["P-L-Blue", "P-L-Red", "P-S-Blue", "P-XL-Blue", "P-XL-Red", "SKU"]
    assert sandbox.call("GET", "/products/P/variants/SKU").body == before


def test_overwriting_makes_all_variants_anew(sandbox: Sandbox) -> None:
    generate(sandbox)
    sandbox.call("PATCH", "/products/P/variants/P-S-Red", {"ID": "SKU", "Active": False})
    sandbox.call("DELETE", "/specs/Colour/productassignments/P")
    assert generate(sandbox, "overwriteExisting=TRUE")["VariantCount"] == 2
    assert ids(sandbox) == ["P-L", "P-S"]


def test_variants_outlive_their_spec_and_their_options(sandbox: Sandbox) -> None:
    generate(sandbox)
    before = sandbox.items("/products/P/variants")
    sandbox.call("DELETE", "/specs/Size/options/L")
    sandbox.call("DELETE", "/specs/Colour/productassignments/P")
    sandbox.call("DELETE", "/specs/Colour")
    assert sandbox.items("/products/P/variants") == before
    assert generate(sandbox)["VariantCount"] == 5
    assert ids(sandbox) == ["P-L-Blue", "P-L-Red", "P-S", "P-S-Blue", "P-S-Red"]


def test_variants_show_their_options_as_they_are_now(sandbox: Sandbox) -> None:
    generate(sandbox)
    sandbox.call("PATCH", "/specs/Size/options/S", {"ID": "Small", "Value": "small", "PriceMarkup": 2})
    sandbox.call("PATCH", "/specs/Size", {"ID": "Fit", "Name": "Fit"})
    variant = sandbox.call("GET", "/products/P/variants/P-S-Red").body
    markup = {"PriceMarkupType": None, "PriceMarkup": 2.0}
    expected = {"SpecID": "Fit", "Name": "Fit", "OptionID": "Small", "Value": "small", **markup}
    assert variant["Specs"][0] == expected
    assert generate(sandbox)["VariantCount"] == 4


def test_a_renamed_option_of_one_spec_is_not_that_of_another(sandbox: Sandbox) -> None:
    sandbox.post("/specs/Colour/options", {"ID": "S", "Value": "silver"})
    generate(sandbox)
    sandbox.call("PATCH", "/specs/Size/options/S", {"ID": "Small"})
    specs = sandbox.call("GET", "/products/P/variants/P-S-S").body["Specs"]
    assert [(one["SpecID"], one["OptionID"]) for one in specs] == [("Size", "Small"), ("Colour", "S")]


def test_only_specs_that_define_variants_make_any(sandbox: Sandbox) -> None:
    sandbox.call("PATCH", "/specs/Colour", {"DefinesVariant": False})
    assert generate(sandbox)["VariantCount"] == 2
    sandbox.post("/products", {"ID": "Plain", "Name": "n"})
    assert sandbox.call("POST", "/products/Plain/variants/generate").body["VariantCount"] == 0


def test_specs_and_options_are_combined_in_their_list_order(sandbox: Sandbox) -> None:
    sandbox.call("PATCH", "/specs/Size", {"ListOrder": 5})
    generate(sandbox)
    assert ids(sandbox) == ["P-Blue-L", "P-Blue-S", "P-Red-L", "P-Red-S"]


def test_a_taken_or_overlong_id_gives_way_to_a_new_one(sandbox: Sandbox) -> None:
    generate(sandbox)
    sandbox.call("PATCH", "/products/P/variants/P-S-Red", {"ID": "P-XL-Red"})
    sandbox.post("/specs/Size/options", {"ID": "XL", "Value": "v"})
    generate(sandbox)
    assert ids(sandbox) == ["new-1", "P-L-Blue", "P-L-Red", "P-S-Blue", "P-XL-Blue", "P-XL-Red"]
    sandbox.call("PATCH", "/products/P", {"ID": "P" * 96})
    sandbox.call("POST", f"/products/{'P' * 96}/variants/generate?overwriteExisting=true")
    made = sandbox.items(f"/products/{'P' * 96}/variants?pageSize=100")
    assert [one["ID"] for one in made] == [f"new-{number}" for number in range(2, 8)]


@pytest.mark.parametrize(("options", "allowed"), [(748, True), (749, False)], ids=["the most", "one size too many"])
def test_a_product_has_1500_variants_at_most(sandbox: Sandbox, options: int, *, allowed: bool) -> None:
    sandbox.post("/specs/Size/options", *({"ID": str(number), "Value": "v"} for number in range(options)))
    if allowed:
        assert generate(sandbox)["VariantCount"] == 1500
    else:
        refused = (400, [("Variant.ExceededLimit", {"Limit": 1500})])
        assert sandbox.refusal("POST", "/products/P/variants/generate") == refused
        assert ids(sandbox) == []


def test_variants_that_stay_count_towards_the_limit(sandbox: Sandbox) -> None:
    generate(sandbox)
    sandbox.call("DELETE", "/specs/Colour/productassignments/P")
    sandbox.post("/specs/Size/options", *({"ID": str(number), "Value": "v"} for number in range(1495)))
    assert sandbox.refusal("POST", "/products/P/variants/generate")[0] == 400
    sandbox.call("DELETE", "/specs/Size/options/0")
    assert generate(sandbox)["VariantCount"] == 1500


def test_overwrite_is_true_or_false(sandbox: Sandbox) -> None:
    refused = (400, [("ValidationFailure", {"Field": "overwriteExisting"})])
    assert sandbox.refusal("POST", "/products/P/variants/generate?overwriteExisting=maybe") == refused


def test_there_are_no_variants_of_what_is_not_there(sandbox: Sandbox) -> None:
    for method, path in (("POST", "/variants/generate"), ("GET", "/variants"), ("GET", "/specs")):
        assert sandbox.refusal(method, f"/products/X{path}") == missing("Product", "X")


def test_a_variant_is_replaced_whole_but_for_its_specs(sandbox: Sandbox) -> None:
    generate(sandbox)
    specs = sandbox.call("GET", "/products/P/variants/P-S-Red").body["Specs"]
    sandbox.call("PATCH", "/products/P/variants/P-S-Red", {"Description": "d", "xp": {"a": 1}, "Specs": []})
    body = {"ID": "SKU", "Name": "Small", "ShipWeight": 2, "Inventory": {"QuantityAvailable": 7}, "Specs": []}
    put = sandbox.call("PUT", "/products/P/variants/p-s-red", body)
    stock = {"QuantityAvailable": 7, "NotificationPoint": None, "LastUpdated": written(NOW)}
    assert put.status == 200
    assert put.body == {
        "ID": "SKU",
        "Name": "Small",
        "Description": None,
        "Active": False,
        "ShipWeight": 2.0,
        "ShipHeight": None,
        "ShipWidth": None,
        "ShipLength": None,
        "Inventory": stock,
        "Specs": specs,
        "xp": None,
    }
    assert ids(sandbox) == ["P-L-Blue", "P-L-Red", "P-S-Blue", "SKU"]


def test_a_put_makes_no_variant(sandbox: Sandbox) -> None:
    assert sandbox.refusal("PUT", "/products/P/variants/X", {"Name": "n"}) == missing("Variant", "X")


def test_the_id_of_another_variant_is_taken(sandbox: Sandbox) -> None:
    generate(sandbox)
    conflict = (409, [("IdExists", {"ObjectType": "Variant", "ObjectID": "p-l-red"})])
    assert sandbox.refusal("PATCH", "/products/P/variants/P-S-Red", {"ID": "p-l-red"}) == conflict


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/products/{productID}/variants", {"GET"}),
        ("/products/{productID}/variants/{variantID}", {"GET", "PUT", "PATCH"}),
    ],
)
def test_variants_are_neither_posted_nor_deleted(path: str, methods: set[str]) -> None:
    assert set(DESCRIPTION.operations[path]) == methods


def test_variants_move_and_go_with_their_product(sandbox: Sandbox) -> None:
    generate(sandbox)
    sandbox.call("PATCH", "/products/P", {"ID": "Q"})
    assert len(sandbox.items("/products/Q/variants")) == 4
    sandbox.call("DELETE", "/products/Q")
    assert state_of(sandbox.engine)["products/variants"] == {}


def test_the_specs_of_a_product_are_listed_with_their_options(sandbox: Sandbox) -> None:
    sandbox.call("DELETE", "/specs/Colour/productassignments/P")
    [spec] = sandbox.items("/products/P/specs")
    assert spec == sandbox.call("GET", "/specs/Size").body
    assert (spec["OptionCount"], [option["ID"] for option in spec["Options"]]) == (2, ["S", "L"])


def test_the_specs_of_a_product_are_searched_and_sorted_as_other_lists(sandbox: Sandbox) -> None:
    found = [
        [one["ID"] for one in sandbox.items(f"/products/P/specs{query}")] for query in ("", "?sortBy=ID", "?search=siz")
    ]
    assert found == [["Size", "Colour"], ["Colour", "Size"], ["Size"]]


def test_suppliers_have_variants_of_their_own_products_only(sandbox: Sandbox) -> None:
    assert sandbox.refusal("POST", "/products/P/variants/generate", by=ACME) == missing("Product", "P")
    assert sandbox.refusal("GET", "/products/P/variants", by=ACME) == missing("Product", "P")


def test_suppliers_only_read_the_variants_of_products_that_they_sell(sandbox: Sandbox) -> None:
    generate(sandbox)
    sandbox.call("PATCH", "/products/P", {"AllSuppliersCanSell": True})
    assert len(sandbox.items("/products/P/variants", ACME)) == 4
    assert len(sandbox.items("/products/P/specs", ACME)) == 2
    for method, path in (("PATCH", "/variants/P-S-Red"), ("PUT", "/variants/P-S-Red"), ("POST", "/variants/generate")):
        assert sandbox.refusal(method, f"/products/P{path}", {}, by=ACME) == missing("Product", "P")
