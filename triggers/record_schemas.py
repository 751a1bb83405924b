"""JSON Schemas of what is told of one record: its events, where it stands, why, and what is planned for it."""

from models.record import Json
from triggers.schema_parts import (
    ANY_OBJECT,
    INTEGER,
    KEYS,
    NUMBER,
    OBJECT_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    TIME_OR_NULL,
    list_of,
    named,
    object_of,
)

_NOT_IN_EVERY_EVENT = ("UncertainCalls", "AcceptedAt", "Operator")  # earlier versions wrote neither of the first two
EVENT = object_of(
    "One line of the event log: what was decided for a record, why, and what came of it.",
    optional=_NOT_IN_EVERY_EVENT,
    Id=TEXT,
    Time=TIME,
    Level={"type": "string", "enum": ["Progress", "Success", "Warn", "Error"]},
    RecordType=TEXT,
    Resource=TEXT,
    Client=TEXT,
    RecordID=TEXT,
    Keys=KEYS,
    Action=TEXT_OR_NULL,
    Reason=TEXT,
    ErrorType=TEXT_OR_NULL,
    Message=TEXT_OR_NULL,
    Errors=list_of(ANY_OBJECT, description="OrderCloud's own errors."),
    Posted=OBJECT_OR_NULL,
    Before=OBJECT_OR_NULL,
    Diff=OBJECT_OR_NULL,
    Result=OBJECT_OR_NULL,
    Calls=list_of(
        object_of(
            "One call of OrderCloud.",
            optional=("Attempts",),
            Method=TEXT,
            Path=TEXT,
            Attempts={
                **INTEGER,
                "minimum": 2,
                "description": "How many requests it took, where that is more than one: those that were repeated after "
                "a failure, or with a new token.",
            },
        ),
        description="Those for which a request was sent.",
    ),
    UncertainCalls={
        **INTEGER,
        "description": "How many calls runs that died before may have made beside these, and no event tells of.",
    },
    Attempt=INTEGER,
    Durations={"type": "object", "additionalProperties": NUMBER, "description": "Seconds by step."},
    Version=TEXT,
    AcceptedAt=TIME_OR_NULL,
    TraceID=TEXT_OR_NULL,
    JobID=TEXT_OR_NULL,
    Operator={**TEXT, "description": "Which operator's client replayed or dropped it; only operators see it."},
)

CHANGES = list_of(TEXT, description="What of the record was changed, in words.")
CALL = object_of("An OrderCloud request; write-only values are hidden.", Method=TEXT, Path=TEXT, Body=OBJECT_OR_NULL)
PLANNED_FIELDS: Json = {
    "RecordType": TEXT,
    "Keys": KEYS,
    "Action": {**TEXT_OR_NULL, "description": "Null where the posting would fail, or a run has the record in hand."},
    "Reason": TEXT,
    "Diff": OBJECT_OR_NULL,
    "Calls": list_of(CALL),
}
STANDING = object_of(
    "Where a record stands for a client.",
    RecordType=TEXT,
    Keys=KEYS,
    Resource=TEXT,
    State={"type": "string", "enum": ["queued", "applied", "parked", "dead", "dropped", "deleted"]},
    Version=TEXT_OR_NULL,
    WaitingFor={
        **TEXT_OR_NULL,
        "description": "The record that has to come first, if that is what it waits for; `paused` while an operator "
        "has paused it.",
    },
    NextAttempt={**TIME_OR_NULL, "description": "Null while it is paused."},
    LastEvent={"anyOf": [named("Event"), {"type": "null"}]},
    Events=list_of(named("Event"), maxItems=20, description="The newest ones, newest first."),
)
EXPLAINED = object_of(
    "An event with its changes in words, and the steps that it went through.",
    optional=_NOT_IN_EVERY_EVENT,
    **EVENT["properties"],
    Changes=CHANGES,
    Steps=list_of(
        object_of(
            "One step; what it took or when it was, where that is known.",
            Step={"type": "string", "enum": ["received", "compared", "decided", "called", "cached", "logged"]},
            Time=TIME_OR_NULL,
            Seconds={"type": ["number", "null"]},
            Says=TEXT_OR_NULL,
        )
    ),
)
