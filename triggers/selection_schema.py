"""JSON Schemas of what chooses dead letters, in a body and in a query; a test compares them with what is checked."""

from models.record import Json
from models.registry import Registry
from orchestration.advice import ADVICE
from orchestration.deadletter_listing import LARGEST_PAGE
from triggers.selections import LONGEST_KEY, LONGEST_TEXT, MOST_RECORDS


def filter_fields(registry: Registry) -> dict[str, Json]:
    """Return the fields of a filter, by their names in a body, each with its schema and description."""
    return {
        "Client": _text("Only of this API client."),
        "RecordType": _text("Only of this record type, in any case.", enum=[row.name for row in registry]),
        "ErrorType": _text("Only of this class of failure, in any case.", enum=[*ADVICE]),
        "ErrorCode": _text("Only with an error of OrderCloud's that has this code."),
        "Field": _text("Only with an error of OrderCloud's about this field; with a code, the same error."),
        "Status": {
            "type": "integer",
            "minimum": 100,
            "maximum": 599,
            "description": "Only where OrderCloud answered with this HTTP status.",
        },
    }


def selection_schema(registry: Registry) -> Json:
    """Return the schema of the body of a replay or a drop."""
    keys: Json = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
    record = {name: filter_fields(registry)[name] for name in ("RecordType", "Client")}
    by_record = _closed(RecordType=record["RecordType"], Keys=keys, Client=record["Client"])
    by_key = _closed(Key={"type": "string", "minLength": 1, "maxLength": LONGEST_KEY})
    chosen = {"anyOf": [_all_required(by_key), _all_required(by_record)]}
    return _closed(
        Records={"type": "array", "items": chosen, "minItems": 1, "maxItems": MOST_RECORDS},
        Filter=_closed(**filter_fields(registry)),
        All={"const": True, "description": "All dead letters, page by page."},
        After={"type": "string", "maxLength": LONGEST_KEY, "description": "The key after which to go on: a `NextKey`."},
        PageSize={"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
        DryRun={"type": "boolean", "description": "Only say what would become of each; false by default."},
    ) | {"description": "Which dead letters are meant: by one of `Records`, `Filter` and `All`."}


def _text(description: str, **keywords: object) -> Json:
    return {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, "description": description, **keywords}


def _closed(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _all_required(schema: Json) -> Json:
    return schema | {"required": [*schema["properties"]]}
