"""The list of exceptions: each is needed, since the description lacks it, and the sandbox has no others."""

from collections.abc import Iterator, Mapping

import pytest
from openapi.exceptions import (
    GATEWAY,
    NEWER_BODIES,
    NEWER_FIELDS,
    NEWER_OPERATIONS,
    NEWER_PARAMETERS,
    NOT_ALWAYS_SHOWN,
    NOT_REQUIRED,
    NULL_TYPES,
    NULLABLE,
    OTHER_OPERATIONS,
    PAGE_KEY,
    REFUSALS,
    SANDBOX_ONLY,
)
from openapi.operations import RESPONSES, described, find
from openapi.schemas import DESCRIPTION, SCHEMAS, Json, Use, answer_schema, body_schema, fields_of, value_schema

from localdev.sandbox.description import Description

SANDBOX = Description.load()
DESCRIBED: Mapping[str, Json] = {
    f"{method.upper()} /v1{path}": operation
    for path, methods in DESCRIPTION["paths"].items()
    for method, operation in methods.items()
}


def each(table: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(model, field) for model, fields in table.items() for field in fields.split()]


def query_of(operation: Json) -> set[str]:
    return {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}


def required_somewhere(model: str) -> set[str]:
    bodies = [
        one["requestBody"]["content"]["application/json"]["schema"]
        for one in DESCRIBED.values()
        if "requestBody" in one
    ]
    return {field for body in bodies if model in str(body["allOf"]) for field in body.get("required", ())}


def test_newer_fields_are_not_described_and_the_sandbox_has_no_others() -> None:
    def newer() -> Iterator[tuple[str, str]]:
        for model, fields in SANDBOX.models.items():
            yield from ((model, field) for field in fields if field not in SCHEMAS.get(model, {}).get("properties", ()))

    bodies = {*NEWER_BODIES.values()}  # which the sandbox reads without a model
    listed = {(model, field) for model, fields in NEWER_FIELDS.items() for field in fields if model not in bodies}
    assert listed == set(newer())
    assert not bodies & SCHEMAS.keys()


@pytest.mark.parametrize(("model", "field"), each(NULLABLE))
def test_a_value_that_may_be_null_would_not_be_so_otherwise_and_is_in_the_sandbox(model: str, field: str) -> None:
    value = value_schema(fields_of(model)[field])
    plain = value["type"] in NULL_TYPES and not value.keys() & {"enum", "pattern"}
    assert not plain or field in required_somewhere(model)
    assert SANDBOX.models[model][field].nullable


@pytest.mark.parametrize(("model", "field"), each(NOT_REQUIRED))
def test_what_is_not_required_is_described_so(model: str, field: str) -> None:
    assert field in required_somewhere(model)


@pytest.mark.parametrize(("model", "field"), each(NOT_ALWAYS_SHOWN))
def test_what_may_be_left_out_is_described(model: str, field: str) -> None:
    assert field in SCHEMAS[model]["properties"]


def test_newer_parameters_are_not_described_and_the_sandbox_has_no_others() -> None:
    newer = {name: set(fields) - query_of(DESCRIBED[name]) for name, fields in NEWER_PARAMETERS.items()}
    assert newer == {name: set(fields) for name, fields in NEWER_PARAMETERS.items()}
    known = {
        f"{method} /v1{template}": operation.query - query_of(DESCRIBED[f"{method} /v1{template}"])
        for template, methods in SANDBOX.operations.items()
        for method, operation in methods.items()
        if f"{method} /v1{template}" in DESCRIBED
    }
    assert all(extra <= newer.get(name, set()) for name, extra in known.items())


def test_no_list_is_described_with_a_page_key() -> None:
    assert not any(PAGE_KEY.keys() & query_of(operation) for operation in DESCRIBED.values())


@pytest.mark.parametrize("name", NEWER_BODIES)
def test_a_newer_body_is_not_described(name: str) -> None:
    assert "requestBody" not in DESCRIBED[name]


def test_newer_operations_are_not_described_and_the_sandbox_has_no_others() -> None:
    known = {f"{method} /v1{path}" for path, methods in SANDBOX.operations.items() for method in methods}
    assert NEWER_OPERATIONS.keys() == known - DESCRIBED.keys()
    assert not OTHER_OPERATIONS.keys() & DESCRIBED.keys()


@pytest.mark.parametrize("status", sorted({*REFUSALS, *GATEWAY, *SANDBOX_ONLY}))
def test_no_operation_is_described_with_an_error(status: int) -> None:
    assert not any(str(status) in operation["responses"] for operation in DESCRIBED.values())


def test_every_operation_can_be_checked() -> None:
    operations = [*described()]
    assert {one.answer for one in operations} - {None} == {*RESPONSES.values()}
    for one in operations:
        assert find(one.method, one.template) == (one, {name: f"{{{name}}}" for name in one.places})
        schemas = [answer_schema(one.answer)] if one.answer else []
        if one.body:
            schemas += [body_schema(one.body, use, one.required) for use in (Use.WHOLE, Use.PARTIAL)]
        assert all(schema["properties"] for schema in schemas)
