"""JSON Schemas of what the HTTP API answers, by the names under which the API's description refers to them."""

from models.record import Json
from triggers.error_codes import ERROR_CODES

_TEXT: Json = {"type": "string"}
_TEXT_OR_NULL: Json = {"type": ["string", "null"]}
_TIME: Json = {"type": "string", "format": "date-time"}
_NUMBER: Json = {"type": "number"}
_INTEGER: Json = {"type": "integer"}
_FLAG: Json = {"type": "boolean"}
_ANY_OBJECT: Json = {"type": "object", "additionalProperties": True}
_OBJECT_OR_NULL: Json = {"type": ["object", "null"], "additionalProperties": True}
_KEYS: Json = {
    "type": "object",
    "additionalProperties": _TEXT_OR_NULL,
    "description": "The record's keys by their field names; null for an optional one that is absent.",
}


def _object(description: str, optional: tuple[str, ...] = (), **properties: Json) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _list(items: Json, **keywords: object) -> Json:
    return {"type": "array", "items": items, **keywords}


def _named(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}


_EVENT = _object(
    "One line of the event log: what was decided for a record, why, and what came of it.",
    Id=_TEXT,
    Time=_TIME,
    Level={"type": "string", "enum": ["Progress", "Success", "Warn", "Error"]},
    RecordType=_TEXT,
    Resource=_TEXT,
    Client=_TEXT,
    RecordID=_TEXT,
    Keys=_KEYS,
    Action=_TEXT_OR_NULL,
    Reason=_TEXT,
    ErrorType=_TEXT_OR_NULL,
    Message=_TEXT_OR_NULL,
    Errors=_list(_ANY_OBJECT, description="OrderCloud's own errors."),
    Posted=_OBJECT_OR_NULL,
    Before=_OBJECT_OR_NULL,
    Diff=_OBJECT_OR_NULL,
    Result=_OBJECT_OR_NULL,
    Calls=_list(_object("One call of OrderCloud.", Method=_TEXT, Path=_TEXT)),
    Attempt=_INTEGER,
    Durations={"type": "object", "additionalProperties": _NUMBER, "description": "Seconds by step."},
    Version=_TEXT,
    TraceID=_TEXT_OR_NULL,
    JobID=_TEXT_OR_NULL,
)

ANSWER_SCHEMAS: Json = {
    "Error": _object(
        "One error, in OrderCloud's shape.",
        ErrorCode={"type": "string", "enum": [code.name for code in ERROR_CODES]},
        Message={**_TEXT, "description": "What is wrong, and what to do about it."},
        Data={
            "type": ["object", "null"],
            "additionalProperties": True,
            "properties": {
                "Index": {**_INTEGER, "description": "The item's place, where an array was posted."},
                "Field": {**_TEXT_OR_NULL, "description": "The field, as in `PriceBreaks[0].Price`."},
            },
        },
    ),
    "Errors": _object(
        "Why nothing was accepted: all errors of all items at once.",
        optional=("Items",),
        Items=_list(_named("Accepted"), maxItems=0),
        Errors=_list(_named("Error"), minItems=1),
    ),
    "Accepted": _object(
        "A record that is stored, and will be processed.",
        Index={**_INTEGER, "description": "The item's place in what was posted."},
        RecordType=_TEXT,
        Keys=_KEYS,
        Version={**_TEXT, "description": "The version by which the record's state and events name this posting."},
        TraceID=_TEXT,
    ),
    "Receipt": _object(
        "What became of the records of one request, each list in the order posted.",
        Items=_list(_named("Accepted")),
        Errors=_list(_named("Error")),
    ),
    "RecordType": _object(
        "A record type, as the registry has it.",
        RecordType=_TEXT,
        Family=_TEXT,
        Role={**_TEXT, "description": "The OrderCloud role that may post such records; FullAccess may, too."},
        Keys=_list(_TEXT, description="The fields that identify a record, in the order of the path."),
        BuyerOwned={**_FLAG, "description": "Whether records may be posted below their buyer."},
        ReadOnly=_list(
            _TEXT, description="Fields that are accepted and left out, with dots; `*` for every element of a list."
        ),
        Schema={**_ANY_OBJECT, "description": "The JSON Schema of what may be posted."},
    ),
    "RecordTypes": _object("All record types.", Items=_list(_named("RecordType"))),
    "Standing": _object(
        "Where a record stands for a client.",
        RecordType=_TEXT,
        Keys=_KEYS,
        Resource=_TEXT,
        State={"type": "string", "enum": ["queued", "applied", "parked", "dead", "deleted"]},
        Version=_TEXT_OR_NULL,
        WaitingFor={**_TEXT_OR_NULL, "description": "The record that has to come first, if that is what it waits for."},
        NextAttempt={"type": ["string", "null"], "format": "date-time"},
        LastEvent={"anyOf": [_named("Event"), {"type": "null"}]},
        Events=_list(_named("Event"), maxItems=20, description="The newest ones, newest first."),
    ),
    "Event": _EVENT,
    "Health": _object(
        "Whether the app and what it depends on are ready.",
        Ready=_FLAG,
        Checks=_list(
            _object("What one dependency said.", Name=_TEXT, Ready=_FLAG, Message=_TEXT_OR_NULL, Seconds=_NUMBER)
        ),
    ),
}
"""The schemas by name; they refer to each other within the description."""
