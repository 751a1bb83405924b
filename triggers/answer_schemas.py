"""JSON Schemas of what the HTTP API answers, by the names under which the API's description refers to them."""

from models.record import Json
from orchestration.resolving import Outcome
from triggers.error_codes import ERROR_CODES

_TEXT: Json = {"type": "string"}
_TEXT_OR_NULL: Json = {"type": ["string", "null"]}
_TIME: Json = {"type": "string", "format": "date-time"}
_NUMBER: Json = {"type": "number"}
_INTEGER: Json = {"type": "integer"}
_FLAG: Json = {"type": "boolean"}
_ANY_OBJECT: Json = {"type": "object", "additionalProperties": True}
_TIME_OR_NULL: Json = {"type": ["string", "null"], "format": "date-time"}
_OBJECT_OR_NULL: Json = {"type": ["object", "null"], "additionalProperties": True}
_NEXT_KEY: Json = {**_TEXT_OR_NULL, "description": "The key after which to go on; null when there is nothing more."}
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


_COUNTS: Json = {"type": "object", "additionalProperties": _INTEGER}
_NUMBER_OR_NULL: Json = {"type": ["number", "null"]}
_WAITING = _object(
    "What waits, counted by its hints.",
    Count=_INTEGER,
    Clients={**_COUNTS, "description": "By client."},
    ErrorTypes={**_COUNTS, "description": "By class of failure, of those that were looked at."},
    Looked={**_INTEGER, "description": "How many were looked at for their class."},
    Whole={**_FLAG, "description": "Whether all were counted."},
)

_NOT_IN_EVERY_EVENT = ("UncertainCalls", "AcceptedAt", "Operator")  # earlier versions wrote neither of the first two
_EVENT = _object(
    "One line of the event log: what was decided for a record, why, and what came of it.",
    optional=_NOT_IN_EVERY_EVENT,
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
    Calls=_list(
        _object(
            "One call of OrderCloud.",
            optional=("Attempts",),
            Method=_TEXT,
            Path=_TEXT,
            Attempts={
                **_INTEGER,
                "minimum": 2,
                "description": "How many requests it took, where that is more than one: those that were repeated after "
                "a failure, or with a new token.",
            },
        ),
        description="Those for which a request was sent.",
    ),
    UncertainCalls={
        **_INTEGER,
        "description": "How many calls runs that died before may have made beside these, and no event tells of.",
    },
    Attempt=_INTEGER,
    Durations={"type": "object", "additionalProperties": _NUMBER, "description": "Seconds by step."},
    Version=_TEXT,
    AcceptedAt=_TIME_OR_NULL,
    TraceID=_TEXT_OR_NULL,
    JobID=_TEXT_OR_NULL,
    Operator={**_TEXT, "description": "Which operator's client replayed or dropped it; only operators see it."},
)

_CHANGES = _list(_TEXT, description="What of the record was changed, in words.")
_CALL = _object("An OrderCloud request; write-only values are hidden.", Method=_TEXT, Path=_TEXT, Body=_OBJECT_OR_NULL)
_PLANNED_FIELDS: Json = {
    "RecordType": _TEXT,
    "Keys": _KEYS,
    "Action": {**_TEXT_OR_NULL, "description": "Null where the posting would fail, or a run has the record in hand."},
    "Reason": _TEXT,
    "Diff": _OBJECT_OR_NULL,
    "Calls": _list(_CALL),
}
_STANDING = _object(
    "Where a record stands for a client.",
    RecordType=_TEXT,
    Keys=_KEYS,
    Resource=_TEXT,
    State={"type": "string", "enum": ["queued", "applied", "parked", "dead", "dropped", "deleted"]},
    Version=_TEXT_OR_NULL,
    WaitingFor={
        **_TEXT_OR_NULL,
        "description": "The record that has to come first, if that is what it waits for; `paused` while an operator "
        "has paused it.",
    },
    NextAttempt={**_TIME_OR_NULL, "description": "Null while it is paused."},
    LastEvent={"anyOf": [_named("Event"), {"type": "null"}]},
    Events=_list(_named("Event"), maxItems=20, description="The newest ones, newest first."),
)
_EXPLAINED = _object(
    "An event with its changes in words, and the steps that it went through.",
    optional=_NOT_IN_EVERY_EVENT,
    **_EVENT["properties"],
    Changes=_CHANGES,
    Steps=_list(
        _object(
            "One step; what it took or when it was, where that is known.",
            Step={"type": "string", "enum": ["received", "compared", "decided", "called", "cached", "logged"]},
            Time=_TIME_OR_NULL,
            Seconds={"type": ["number", "null"]},
            Says=_TEXT_OR_NULL,
        )
    ),
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
    "Standing": _STANDING,
    "Explanation": _object(
        "Where a record stands for a client, how it came to that, and what comes next.",
        optional=("WaitingParts", "OtherClients"),
        **_STANDING["properties"],
        WaitingParts=_list(_ANY_OBJECT, description="Of a composite: its parts that are not applied."),
        Reason={
            **_TEXT,
            "description": "The last decision, or what went wrong, and what holds a composite up, in words.",
        },
        Changes=_CHANGES,
        Timeline=_list(_EXPLAINED, maxItems=20, description="The events, oldest first."),
        Next={
            "anyOf": [_named("PlanItem"), {"type": "null"}],
            "description": "What the next run would do, of what is queued or waits, else of all that was posted, "
            "posted again; null where that is not kept any more.",
        },
        OtherSources={**_FLAG, "description": "Whether other sources have written the record, too."},
        OtherClients=_list(_TEXT, description="Which ones; for operators."),
    ),
    "PlanItem": _object(
        "What would become of a posting.",
        optional=("Parts",),
        Index={**_INTEGER, "description": "The item's place in what was posted."},
        **_PLANNED_FIELDS,
        Parts=_list(
            _object("What would become of a part.", **_PLANNED_FIELDS),
            description="Of a composite: its parts in the order in which they are run; `Calls` has all of theirs.",
        ),
    ),
    "Plan": _object(
        "What postings would do, in the order posted, and what would be refused.",
        Items=_list(_named("PlanItem")),
        Errors=_list(_named("Error")),
    ),
    "RecordPage": _object(
        "A page of the records that a client has sent.",
        Items=_list(
            _object(
                "A record.",
                RecordType=_TEXT,
                Keys=_KEYS,
                Version=_TEXT_OR_NULL,
                State=_STANDING["properties"]["State"],
            )
        ),
        Looked={
            "type": ["integer", "null"],
            "description": "How many blobs, of all clients, were looked at to find them; null where no operator asks.",
        },
        NextKey=_NEXT_KEY,
    ),
    "Event": _EVENT,
    "EventList": _object(
        "A page of events.",
        Meta=_object(
            "Which page it is.",
            Page=_INTEGER,
            PageSize=_INTEGER,
            TotalCount={
                "type": ["integer", "null"],
                "description": "How many match; null after a page key, and where that takes more than 5,000 looks.",
            },
            TotalPages={"type": ["integer", "null"]},
            ItemRange=_list(
                _INTEGER, minItems=2, maxItems=2, description="The first and the last, from 1 on; or 0, 0."
            ),
            NextPageKey={**_TEXT_OR_NULL, "description": "The `pageKey` of the next page; null on the last one."},
        ),
        Items=_list(_named("Event")),
    ),
    "Statistics": _object(
        "What became of postings, by hour, and what waits now.",
        Items=_list(
            _object(
                "What became of a client's postings of a record type within an hour.",
                Hour={**_TIME, "description": "The beginning of the hour."},
                Client=_TEXT,
                RecordType=_TEXT,
                Outcomes={**_COUNTS, "description": "How many postings, by action or class of failure."},
                Calls=_object(
                    "OrderCloud calls.",
                    Made={**_INTEGER, "description": "Those that events tell of, by their requests."},
                    Saved={**_INTEGER, "description": "Postings that went through without any."},
                    Uncertain={**_INTEGER, "description": "Those that runs which died may have made besides."},
                ),
                LeadSeconds=_object("From acceptance to the event.", P50=_NUMBER_OR_NULL, P99=_NUMBER_OR_NULL),
            )
        ),
        PartialHours=_list(_TIME, description="Hours of which only the newest events were counted."),
        Queue=_object("What is queued.", Waiting=_INTEGER, OldestSeconds=_NUMBER_OR_NULL, Whole=_FLAG),
        Parked=_WAITING,
        Dead=_WAITING,
        Paused=_list(_named("Pause")),
    ),
    "DeadLetter": _object(
        "A posting that needs a person, or bytes that nobody can read.",
        Key={**_TEXT, "description": "Where it stands in the list, and its name for a replay or a drop."},
        RecordID=_TEXT_OR_NULL,
        RecordType=_TEXT_OR_NULL,
        Keys=_KEYS,
        Client=_TEXT_OR_NULL,
        Resource=_TEXT_OR_NULL,
        Operation={**_TEXT_OR_NULL, "description": "`upsert`, `delete`, or `replace`: both, one after the other."},
        Version=_TEXT_OR_NULL,
        State={"type": "string", "enum": ["dead", "unreadable"]},
        Cause=_TEXT,
        ErrorType={**_TEXT, "description": "The class of the failure."},
        Errors=_list(_ANY_OBJECT, description="OrderCloud's own errors."),
        Status={"type": ["integer", "null"], "description": "OrderCloud's HTTP status, where it answered."},
        Attempts={**_INTEGER, "description": "How many runs have failed with it, since the last replay."},
        Replays=_INTEGER,
        AcceptedAt=_TIME_OR_NULL,
        DiedAt=_TIME_OR_NULL,
        WhatToDo=_TEXT,
        TraceID=_TEXT_OR_NULL,
    ),
    "DeadLetterCause": _object(
        "How many dead letters have a cause. One with several errors has several.",
        ErrorType=_TEXT,
        ErrorCode={**_TEXT_OR_NULL, "description": "OrderCloud's code."},
        Field={**_TEXT_OR_NULL, "description": "The field that OrderCloud's error is about."},
        Count=_INTEGER,
        WhatToDo=_TEXT,
    ),
    "DeadLetters": _object(
        "A page of dead letters, or of their causes.",
        Items=_list({"anyOf": [_named("DeadLetter"), _named("DeadLetterCause")]}),
        Counted={**_INTEGER, "description": "How many dead letters the items tell of."},
        Looked={**_INTEGER, "description": "How many were looked at to find them."},
        NextKey=_NEXT_KEY,
    ),
    "Resolved": _object(
        "What became of dead letters, or would become of them.",
        Items=_list(
            _object(
                "What became of one.",
                Key=_TEXT,
                RecordType=_TEXT_OR_NULL,
                Keys=_KEYS,
                Client=_TEXT_OR_NULL,
                Version=_TEXT_OR_NULL,
                Outcome={"type": "string", "enum": [outcome.value for outcome in Outcome]},
                Message=_TEXT,
            )
        ),
        DryRun=_FLAG,
        NextKey=_NEXT_KEY,
    ),
    "Pause": _object(
        "What is paused: of one client, or of all clients that write for a resource.",
        Client=_TEXT_OR_NULL,
        Resource=_TEXT_OR_NULL,
        RecordType={**_TEXT_OR_NULL, "description": "The record type; null for all."},
        By={**_TEXT, "description": "The user name of the operator who has paused it."},
        Since=_TIME,
        Reason=_TEXT_OR_NULL,
        Clients={**_INTEGER, "description": "How many clients it holds; 0 where none writes for the resource."},
        Waiting={**_INTEGER, "description": "How many postings wait by it, as far as was looked."},
        More={**_FLAG, "description": "There are more."},
    ),
    "Pauses": _object(
        "What is paused, in the order of clients and resources, then of types.", Items=_list(_named("Pause"))
    ),
    "Health": _object(
        "Whether the app and what it depends on are ready.",
        Ready=_FLAG,
        Checks=_list(
            _object("What one dependency said.", Name=_TEXT, Ready=_FLAG, Message=_TEXT_OR_NULL, Seconds=_NUMBER)
        ),
    ),
}
"""The schemas by name; they refer to each other within the description."""
