"""Models as the API description and its corrections give them."""

from dataclasses import replace

import pytest

from localdev.sandbox.corrections import NEWER_OPERATIONS, NEWER_PARAMETERS
from localdev.sandbox.description import Description
from localdev.sandbox.fields import Field, Kind, corrected
from localdev.sandbox.resources import RESOURCES, Resource


@pytest.fixture(scope="module")
def description() -> Description:
    return Description.load()


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        pytest.param("Product", Field("Name", Kind.TEXT, required=True, nullable=True, max_length=100), id="required"),
        pytest.param("Product", Field("Active", Kind.FLAG, default=False), id="flag, false by default"),
        pytest.param("Product", Field("SpecCount", Kind.WHOLE, read_only=True, default=0), id="read-only"),
        pytest.param(
            "Product",
            Field("QuantityMultiplier", Kind.WHOLE, nullable=True, minimum=1, default=1),
            id="corrected to nullable, its minimum kept",
        ),
        pytest.param("Product", Field("ShipWeight", Kind.DECIMAL, nullable=True), id="corrected: no default"),
        pytest.param("Product", Field("ParentID", Kind.TEXT, nullable=True), id="newer than the description"),
        pytest.param("Product", Field("xp", Kind.FREE, nullable=True), id="xp"),
        pytest.param("Product", Field("Inventory", Kind.MODEL, model="Inventory", nullable=True), id="sub-model"),
        pytest.param(
            "PriceSchedule", Field("PriceBreaks", Kind.MODEL, many=True, model="PriceBreak", nullable=True), id="list"
        ),
        pytest.param("PriceBreak", Field("Price", Kind.DECIMAL, required=True, default=0.0), id="required number"),
        pytest.param("MeUser", Field("Password", Kind.TEXT, nullable=True, write_only=True), id="write-only"),
        pytest.param(
            "SpecOption",
            Field(
                "PriceMarkupType",
                Kind.TEXT,
                nullable=True,
                choices=("NoMarkup", "AmountPerQuantity", "AmountTotal", "Percentage"),
            ),
            id="enum",
        ),
    ],
)
def test_a_field_is_what_the_description_and_the_corrections_say(
    description: Description, model: str, expected: Field
) -> None:
    assert description.models[model][expected.name] == expected


def test_a_correction_states_every_property_of_the_notation() -> None:
    result = corrected("M", {}, "A*:str(≤9,WO) B:int?(=7,RO) C:Part[] D:bool(=true)")
    assert result == {
        "A": Field("A", Kind.TEXT, required=True, nullable=True, max_length=9, write_only=True),
        "B": Field("B", Kind.WHOLE, nullable=True, default=7, read_only=True),
        "C": Field("C", Kind.MODEL, many=True, model="Part", nullable=True),
        "D": Field("D", Kind.FLAG, default=True),
    }


def test_a_correction_keeps_what_it_does_not_mention() -> None:
    described = Field("A", Kind.WHOLE, minimum=1, default=0)
    assert corrected("M", {"A": described}, "A:int?") == {"A": replace(described, nullable=True, default=None)}


def test_a_correction_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="M: 'A-int' is not a field"):
        corrected("M", {}, "A-int")


@pytest.mark.parametrize(
    ("path", "template", "parameters"),
    [
        ("products", "/products", {}),
        ("Products/A", "/products/{productID}", {"productID": "A"}),
        ("products/assignments", "/products/assignments", {}),
        ("priceschedules/P/pricebreaks", "/priceschedules/{priceScheduleID}/PriceBreaks", {"priceScheduleID": "P"}),
        ("catalogs/C/categories/assignments", "/catalogs/{catalogID}/categories/assignments", {"catalogID": "C"}),
    ],
)
def test_a_path_is_matched_in_any_case_and_words_before_parameters(
    description: Description, path: str, template: str, parameters: dict[str, str]
) -> None:
    assert description.match(path.split("/")) == (template, parameters)


def test_an_unknown_path_matches_nothing(description: Description) -> None:
    assert description.match(["nope"]) is None


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_row_names_paths_models_and_fields_that_the_description_knows(
    description: Description, resource: Resource
) -> None:
    made, unmade = ({"POST"}, {"DELETE"}) if resource.creatable else (set(), set())
    assert set(description.operations[resource.collection]) == {"GET"} | made
    assert set(description.operations[resource.template]) == {"GET", "PUT", "PATCH"} | unmade
    assert {reference.field for reference in resource.references} <= set(description.models[resource.model])
    assert {name for reference in resource.references for name in reference.to} <= {one.name for one in RESOURCES}
    assert resource.narrowings.keys() <= description.operations[resource.collection]["GET"].query


@pytest.mark.parametrize("operation", [*NEWER_OPERATIONS, *NEWER_PARAMETERS])
def test_what_is_newer_than_the_description_is_known(description: Description, operation: str) -> None:
    method, template = operation.split()
    found = description.operations[template][method]
    query = NEWER_PARAMETERS.get(operation) or NEWER_OPERATIONS[operation][1]
    assert (found.method, found.template, set(query.split()) <= found.query) == (method, template, True)


def test_reading_and_writing_products_take_the_roles_of_the_description(description: Description) -> None:
    roles = {method: sorted(one.roles) for method, one in description.operations["/products"].items()}
    assert roles == {"GET": ["FullAccess", "ProductAdmin", "ProductReader"], "POST": ["FullAccess", "ProductAdmin"]}
