"""The models and rows beside OrderCloud's own API description: the same fields, limits, roles, paths and parameters."""

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import pytest
from openapi.exceptions import NEWER_FIELDS
from pydantic import BaseModel

from models.record import Json, OpenPart, Part, ordercloud_name
from models.record_types import REGISTRY
from models.registry import RecordType

ROOT = Path(__file__).resolve().parents[3]
DESCRIPTION = json.loads((ROOT / "localdev" / "sandbox" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS = DESCRIPTION["components"]["schemas"]
PLAIN = [row for row in REGISTRY if row.expand is None]
EACH = pytest.mark.parametrize("row", PLAIN, ids=lambda row: row.name)

NOT_OURS = {"CatalogAssignment": {"BuyerGroupID"}, "ProductAssignment": {"SellerID"}}
"""Fields that no source may post: buyer groups are no record type, and by its seller an assignment is another one."""

NEWER = {
    model: {name for name, schema in fields.items() if "readOnly" not in schema}
    for model, fields in NEWER_FIELDS.items()
}
"""Fields that may be written since the description was made."""

OWN_RULES = {"Country": 2}
"""Limits that a stricter rule of ours takes the place of."""


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    return {ordercloud_name(name): info.annotation for name, info in model.model_fields.items()}


def parts_of(annotation: Any) -> list[type[Part]]:
    """Return the objects of OrderCloud's own that an annotation holds; those under xp are ours."""
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, Part) and not issubclass(annotation, OpenPart) else []
    return list(chain.from_iterable(parts_of(argument) for argument in get_args(annotation)))


def shape(path: str) -> str:
    """Return a path without the names of its parameters, which every description chooses for itself."""
    return re.sub(r"{\w+}", "{}", path)


PATHS = {shape(f"/v1{path}"): operations for path, operations in DESCRIPTION["paths"].items()}


@EACH
def test_a_record_has_the_fields_that_ordercloud_lets_write_and_no_others(row: RecordType) -> None:
    described = SCHEMAS[row.object_type]["properties"]
    known = (described.keys() | NEWER.get(row.object_type, set())) - NOT_OURS.get(row.object_type, set())
    fields = fields_of(row.model)
    read_only = {path[0] for path in row.read_only if len(path) == 1}
    in_path = row.unsent - described.keys()
    assert fields.keys() - in_path == known - read_only
    assert {name for name, one in described.items() if one.get("readOnly")} <= read_only | row.unsent


@EACH
def test_a_part_of_a_record_has_the_fields_that_ordercloud_lets_write_and_no_others(row: RecordType) -> None:
    for field, annotation in fields_of(row.model).items():
        read_only = {path[-1] for path in row.read_only if len(path) > 1 and path[0] == field}
        for part in parts_of(annotation):
            described = SCHEMAS[part.__name__]["properties"].keys() | NEWER.get(part.__name__, set())
            assert fields_of(part).keys() == described - read_only, part


@EACH
def test_texts_are_as_long_as_ordercloud_lets_them_be(row: RecordType) -> None:
    ours = row.model.model_json_schema()["properties"]
    for name, described in SCHEMAS[row.object_type]["properties"].items():
        if name in ours and (most := described.get("maxLength")):
            assert limit(ours[name]) == most or OWN_RULES.get(name) == most, name


def limit(schema: Json) -> int | None:
    """Return the greatest length that a schema allows, which may be one of several."""
    return next((each["maxLength"] for each in [schema, *schema.get("anyOf", [])] if "maxLength" in each), None)


@EACH
def test_each_path_of_a_row_is_ordercloud_s_and_its_role_may_write_there(row: RecordType) -> None:
    for method, path in calls(row):
        operation = PATHS[shape(path.partition("?")[0])][method]
        assert row.role in operation["security"][0]["OAuth2"], (method, path)
        asked = set(re.findall(r"(\w+)=", path))
        assert asked <= {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}, path


def calls(row: RecordType) -> list[tuple[str, str]]:
    """Return the method and path of each call that writes or reads records of a type."""
    item = f"{row.collection}/{{ID}}"
    if row.assigned:
        assert row.removal is not None
        return [("post", row.collection), ("delete", row.removal)]
    if row.generation:
        return [*((method, item) for method in ("get", "put", "patch")), ("post", row.generation.generate)]
    return [("post", row.collection), *((method, item) for method in ("get", "put", "patch", "delete"))]


@pytest.mark.parametrize("row", [row for row in PLAIN if row.generation], ids=lambda row: row.name)
def test_what_a_generation_combines_is_listed_and_described(row: RecordType) -> None:
    assert row.generation is not None
    assert "get" in PATHS[shape(row.generation.sources)]
    combined = SCHEMAS[row.object_type]["properties"][row.generation.combination]["items"]["$ref"].rpartition("/")[2]
    assert set(row.generation.members) <= SCHEMAS[combined]["properties"].keys()
    assert {row.generation.joins, row.generation.choices} <= {each.name for each in PLAIN}


@EACH
def test_the_keys_in_a_row_s_paths_are_its_own(row: RecordType) -> None:
    templates = [row.collection, row.removal or ""]
    templates += [row.generation.generate, row.generation.sources] if row.generation else []
    assert set(re.findall(r"{(\w+)}", "".join(templates))) <= set(row.keys)
