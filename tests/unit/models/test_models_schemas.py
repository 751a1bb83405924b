"""What JSON Schema says of a record type, its fields as rows of a table, and its example; checked with validation."""

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from json_schema import breaches
from pydantic import Field

from models.examples import example_of
from models.field_rows import FieldRow, field_rows
from models.fields import ID, Instant, Integer, Moment, Natural, OneOf, Text
from models.record import Json, OpenPart, Part, Record
from models.record_types import REGISTRY
from models.registry import Family, RecordType, Reference, paths
from models.schemas import schema_at, schema_of
from models.validation import InvalidRecordError, validate


class Size(Part):
    """How large
    it is.
    """

    unit: Annotated[str, OneOf("cm", "in")]
    depth: Integer | None = None


class GadgetXp(OpenPart):
    """What is known of a gadget's xp."""

    labels: dict[str, list[str]] | None = None
    colours: list[Annotated[str, OneOf("Red", "Blue")]] | None = None


class Gadget(Record):
    """A gadget."""

    name: Text | None = None
    maker_id: ID | None = None
    secret: Text = ""
    count: Natural = 0
    weight: float | None = None
    rare: bool = False
    since: Instant | None = None
    until: Moment | None = None
    size: Size | None = None
    sizes: list[Size] = Field(default_factory=list)
    id: ID
    anything: Any = None
    xp: GadgetXp | None = None


GADGET = RecordType(
    name="gadget",
    model=Gadget,
    role="GadgetAdmin",
    family=Family.PRODUCT,
    collection="/v1/gadgets",
    object_type="Gadget",
    references=(Reference("maker", ("MakerID",)),),
    read_only=paths("OwnerID", "Size.Area", "Sizes.*.Area", "Gone.Away"),
    write_only=frozenset({"Secret"}),
    list_keys={("Sizes",): "Unit"},
)
COMPUTED = {"description": "Computed by OrderCloud; accepted and left out when it is posted.", "readOnly": True}
IDENTIFIER = {"minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9_-]+$"}
INSTANT = "A date alone is accepted too; without an offset it is taken as UTC."
UNIT = {"type": "string", "enum": ["cm", "in"], "description": "Any case is accepted."}
DEPTH = {"type": ["integer", "null"], "minimum": -(2**31), "maximum": 2**31 - 1}
SIZE = {
    "additionalProperties": False,
    "description": "How large\nit is.",
    "properties": {"Unit": UNIT, "Depth": DEPTH, "Area": COMPUTED},
    "required": ["Unit"],
}


def test_a_schema_says_what_the_model_and_the_row_say():
    assert schema_of(GADGET) == {
        "type": "object",
        "description": "A gadget.",
        "additionalProperties": False,
        "required": ["ID"],
        "properties": {
            "ID": {"type": "string", **IDENTIFIER},
            "Name": {"type": ["string", "null"], "maxLength": 2000},
            "MakerID": {"type": ["string", "null"], **IDENTIFIER},
            "Secret": {"type": "string", "maxLength": 2000, "writeOnly": True},
            "Count": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
            "Weight": {"type": ["number", "null"]},
            "Rare": {"type": "boolean"},
            "Since": {"type": ["string", "null"], "maxLength": 40, "format": "date-time", "description": INSTANT},
            "Until": {
                "type": ["string", "null"],
                "maxLength": 40,
                "format": "date-time",
                "description": f"{INSTANT} The year 1 means the time of the write.",
            },
            "Size": {"type": ["object", "null"], **SIZE},
            "Sizes": {
                "type": "array",
                "items": {"type": "object", **SIZE},
                "description": "No two elements have the same Unit.",
            },
            "Anything": {},
            "xp": {
                "type": ["object", "null"],
                "description": "What is known of a gadget's xp. At most 8000 characters as JSON.",
                "additionalProperties": True,
                "properties": {
                    "Labels": {
                        "type": ["object", "null"],
                        "additionalProperties": {"type": "array", "items": {"type": "string"}},
                    },
                    "Colours": {
                        "type": ["array", "null"],
                        "items": {"type": "string", "enum": ["Red", "Blue"], "description": "Any case is accepted."},
                    },
                },
            },
            "OwnerID": COMPUTED,
        },
    }


def test_the_keys_of_a_schema_come_first():
    assert next(iter(schema_of(GADGET)["properties"])) == "ID"


def test_an_enum_that_may_be_null_names_null_too():
    class Painted(Record):
        id: ID
        colour: Annotated[str, OneOf("Red", "Blue")] | None = None

    painted = RecordType(name="painted", model=Painted, role="Admin", family=Family.SELLER)
    assert schema_of(painted)["properties"]["Colour"] == {
        "type": ["string", "null"],
        "enum": ["Red", "Blue", None],
        "description": "Any case is accepted.",
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"ID": "g"}, id="the key alone"),
        pytest.param({"ID": "g", "Name": None, "Weight": 1.5, "Count": 0, "Rare": True}, id="plain fields"),
        pytest.param({"ID": "g", "OwnerID": 5, "Size": {"Unit": "cm", "Area": "x"}}, id="read-only fields"),
        pytest.param({"ID": "g", "Sizes": [{"Unit": "in", "Depth": -1, "Area": 2}]}, id="a list"),
        pytest.param({"ID": "g", "Since": "2026-01-31T08:00:00Z", "Until": None}, id="times"),
        pytest.param({"ID": "g", "xp": {"mine": [1], "Labels": {"a": ["b"]}, "Colours": ["Red"]}}, id="xp"),
        pytest.param({"ID": "g", "Anything": {"a": [None]}}, id="anything"),
        pytest.param({}, id="no key"),
        pytest.param({"ID": ""}, id="an empty key"),
        pytest.param({"ID": "a b"}, id="a key with a space"),
        pytest.param({"ID": "x" * 101}, id="a long key"),
        pytest.param({"ID": "g", "Colour": "Red"}, id="an unknown field"),
        pytest.param({"ID": "g", "Gone": {"Away": 1}}, id="a read-only field of no known object"),
        pytest.param({"ID": "g", "Rare": None}, id="null for a flag"),
        pytest.param({"ID": "g", "Count": -1}, id="less than nothing"),
        pytest.param({"ID": "g", "Count": 1.5}, id="half of one"),
        pytest.param({"ID": "g", "Size": {"Depth": 1}}, id="half a part"),
        pytest.param({"ID": "g", "Size": {"Unit": "m"}}, id="an unknown name"),
        pytest.param({"ID": "g", "Sizes": [{"Unit": "cm", "Colour": 1}]}, id="an unknown field of an element"),
        pytest.param({"ID": "g", "Sizes": None}, id="null for a list"),
        pytest.param({"ID": "g", "xp": {"Labels": {"a": "b"}}}, id="a text for a list in a map"),
        pytest.param({"ID": "g", "xp": []}, id="a list for xp"),
        pytest.param([], id="no object"),
    ],
)
def test_a_schema_and_validation_agree(body):
    assert bool(breaches(schema_of(GADGET), body)) == refused(GADGET, body)


def refused(record_type: RecordType, body: object) -> bool:
    try:
        validate(record_type, body)
    except InvalidRecordError:
        return True
    return False


def nodes(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from nodes(each)


@pytest.mark.parametrize("row", list(REGISTRY), ids=lambda row: row.name)
def test_a_schema_stands_by_itself_and_says_what_the_row_says(row):
    schema = schema_of(row)
    assert [node for node in nodes(schema) if node.keys() & {"$ref", "$defs", "title", "default"}] == []
    assert list(schema["properties"])[: len(row.keys)] == list(row.keys)
    assert {name for name, field in schema["properties"].items() if field.get("writeOnly")} == row.write_only
    shown = {path for path in row.read_only if schema_at(schema, path[:-1]) is not None}
    assert all((schema_at(schema, path) or {}).get("readOnly") for path in shown)


@pytest.mark.parametrize("row", list(REGISTRY), ids=lambda row: row.name)
def test_an_example_is_valid(row):
    example = example_of(row)
    assert breaches(schema_of(row), example) == []
    valid = validate(row, example)
    assert (valid.posted.keys(), valid.left_out) == (example.keys(), ())
    assert set(schema_of(row)["required"]) <= set(example)


def test_an_example_has_what_is_required_and_a_little_more():
    assert example_of(GADGET) == {
        "ID": "gadget-1",
        "Name": "Example name",
        "Count": 1,
        "Weight": 1,
        "Sizes": [{"Unit": "cm"}],
        "xp": {"SourceSystem": "erp"},
    }


def row(path: str, kind: str, limit: str = "", about: str = "", **marks: bool) -> FieldRow:
    given = {"required": False, "read_only": False, "write_only": False, **marks}
    return FieldRow(path=path, type=kind, limit=limit, about=about, **given)


ID_LIMIT = "1 to 100 characters; letters, digits, - and _"
ANY_CASE = "Any case is accepted."


def test_fields_are_told_by_their_paths_with_type_and_limits():
    assert list(field_rows(schema_of(GADGET))) == [
        row("ID", "string", ID_LIMIT, required=True),
        row("Name", "string or null", "up to 2000 characters"),
        row("MakerID", "string or null", ID_LIMIT),
        row("Secret", "string", "up to 2000 characters", write_only=True),
        row("Count", "integer", "0 or more"),
        row("Weight", "number or null"),
        row("Rare", "boolean"),
        row("Since", "string or null", "up to 40 characters; date and time", INSTANT),
        row(
            "Until",
            "string or null",
            "up to 40 characters; date and time",
            f"{INSTANT} The year 1 means the time of the write.",
        ),
        row("Size", "object or null", about="How large it is."),
        row("Size.Unit", "string", "cm, in", ANY_CASE, required=True),
        row("Size.Depth", "integer or null", "32 bits"),
        row("Size.Area", "any", about=COMPUTED["description"], read_only=True),
        row("Sizes", "array of object", about="No two elements have the same Unit."),
        row("Sizes[].Unit", "string", "cm, in", ANY_CASE, required=True),
        row("Sizes[].Depth", "integer or null", "32 bits"),
        row("Sizes[].Area", "any", about=COMPUTED["description"], read_only=True),
        row("Anything", "any"),
        row("xp", "object or null", about="What is known of a gadget's xp. At most 8000 characters as JSON."),
        row("xp.Labels", "map of array of string or null"),
        row("xp.Colours", "array of string or null", "Red, Blue", ANY_CASE),
        row("OwnerID", "any", about=COMPUTED["description"], read_only=True),
    ]


@pytest.mark.parametrize(
    ("field", "kind", "limit"),
    [
        pytest.param({"type": "integer", "minimum": 2, "maximum": 9}, "integer", "2 to 9", id="range"),
        pytest.param({"type": "number", "maximum": 9}, "number", "up to 9", id="upper bound"),
        pytest.param({"type": "string", "pattern": "^a$"}, "string", "matches ^a$", id="pattern"),
        pytest.param({"type": "array", "maxItems": 3, "items": {}}, "array of any", "up to 3 elements", id="list"),
        pytest.param({"type": "object", "additionalProperties": {}}, "map of any", "", id="map"),
        pytest.param({"anyOf": [{"$ref": "#/a/Event"}, {"type": "null"}]}, "Event or null", "", id="reference"),
        pytest.param({"type": ["integer", "string"]}, "integer or string", "", id="several types"),
    ],
)
def test_types_and_limits_are_told_in_words(field, kind, limit):
    assert list(field_rows({"properties": {"F": field}})) == [row("F", kind, limit)]
