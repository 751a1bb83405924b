"""JSON Schemas of what the HTTP API answers, by the names under which the API's description refers to them."""

from models.record import Json
from orchestration.resolving import Outcome
from triggers.error_codes import ERROR_CODES
from triggers.record_schemas import CHANGES, EVENT, EXPLAINED, PLANNED_FIELDS, STANDING
from triggers.schema_parts import (
    ANY_OBJECT,
    COUNTS,
    FLAG,
    INTEGER,
    KEYS,
    NEXT_KEY,
    NUMBER,
    NUMBER_OR_NULL,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    TIME_OR_NULL,
    list_of,
    named,
    object_of,
)

_WAITING = object_of(
    "What waits, counted by its hints.",
    Count=INTEGER,
    Clients={**COUNTS, "description": "By client."},
    ErrorTypes={**COUNTS, "description": "By class of failure, of those that were looked at."},
    Looked={**INTEGER, "description": "How many were looked at for their class."},
    Whole={**FLAG, "description": "Whether all were counted."},
)


ANSWER_SCHEMAS: Json = {
    "Error": object_of(
        "One error, in OrderCloud's shape.",
        ErrorCode={"type": "string", "enum": [code.name for code in ERROR_CODES]},
        Message={**TEXT, "description": "What is wrong, and what to do about it."},
        Data={
            "type": ["object", "null"],
            "additionalProperties": True,
            "properties": {
                "Index": {**INTEGER, "description": "The item's place, where an array was posted."},
                "Field": {**TEXT_OR_NULL, "description": "The field, as in `PriceBreaks[0].Price`."},
            },
        },
    ),
    "Errors": object_of(
        "Why nothing was accepted: all errors of all items at once.",
        optional=("Items",),
        Items=list_of(named("Accepted"), maxItems=0),
        Errors=list_of(named("Error"), minItems=1),
    ),
    "Accepted": object_of(
        "A record that is stored, and will be processed.",
        Index={**INTEGER, "description": "The item's place in what was posted."},
        RecordType=TEXT,
        Keys=KEYS,
        Version={**TEXT, "description": "The version by which the record's state and events name this posting."},
        TraceID=TEXT,
    ),
    "Receipt": object_of(
        "What became of the records of one request, each list in the order posted.",
        Items=list_of(named("Accepted")),
        Errors=list_of(named("Error")),
    ),
    "RecordType": object_of(
        "A record type, as the registry has it.",
        RecordType=TEXT,
        Family=TEXT,
        Role={**TEXT, "description": "The OrderCloud role that may post such records; FullAccess may, too."},
        Keys=list_of(TEXT, description="The fields that identify a record, in the order of the path."),
        BuyerOwned={**FLAG, "description": "Whether records may be posted below their buyer."},
        ReadOnly=list_of(
            TEXT, description="Fields that are accepted and left out, with dots; `*` for every element of a list."
        ),
        Schema={**ANY_OBJECT, "description": "The JSON Schema of what may be posted."},
    ),
    "RecordTypes": object_of("All record types.", Items=list_of(named("RecordType"))),
    "Standing": STANDING,
    "Explanation": object_of(
        "Where a record stands for a client, how it came to that, and what comes next.",
        optional=("WaitingParts", "OtherClients"),
        **STANDING["properties"],
        WaitingParts=list_of(ANY_OBJECT, description="Of a composite: its parts that are not applied."),
        Reason={
            **TEXT,
            "description": "The last decision, or what went wrong, and what holds a composite up, in words.",
        },
        Changes=CHANGES,
        Timeline=list_of(EXPLAINED, maxItems=20, description="The events, oldest first."),
        Next={
            "anyOf": [named("PlanItem"), {"type": "null"}],
            "description": "What the next run would do, of what is queued or waits, else of all that was posted, "
            "posted again; null where that is not kept any more.",
        },
        OtherSources={**FLAG, "description": "Whether other sources have written the record, too."},
        OtherClients=list_of(TEXT, description="Which ones; for operators."),
    ),
    "PlanItem": object_of(
        "What would become of a posting.",
        optional=("Parts",),
        Index={**INTEGER, "description": "The item's place in what was posted."},
        **PLANNED_FIELDS,
        Parts=list_of(
            object_of("What would become of a part.", **PLANNED_FIELDS),
            description="Of a composite: its parts in the order in which they are run; `Calls` has all of theirs.",
        ),
    ),
    "Plan": object_of(
        "What postings would do, in the order posted, and what would be refused.",
        Items=list_of(named("PlanItem")),
        Errors=list_of(named("Error")),
    ),
    "RecordPage": object_of(
        "A page of the records that a client has sent.",
        Items=list_of(
            object_of(
                "A record.",
                RecordType=TEXT,
                Keys=KEYS,
                Version=TEXT_OR_NULL,
                State=STANDING["properties"]["State"],
            )
        ),
        Looked={
            "type": ["integer", "null"],
            "description": "How many blobs, of all clients, were looked at to find them; null where no operator asks.",
        },
        NextKey=NEXT_KEY,
    ),
    "Event": EVENT,
    "EventList": object_of(
        "A page of events.",
        Meta=object_of(
            "Which page it is.",
            Page=INTEGER,
            PageSize=INTEGER,
            TotalCount={
                "type": ["integer", "null"],
                "description": "How many match; null after a page key, and where that takes more than 1,000 looks.",
            },
            TotalPages={"type": ["integer", "null"]},
            ItemRange=list_of(
                INTEGER, minItems=2, maxItems=2, description="The first and the last, from 1 on; or 0, 0."
            ),
            NextPageKey={**TEXT_OR_NULL, "description": "The `pageKey` of the next page; null on the last one."},
        ),
        Items=list_of(named("Event")),
    ),
    "Statistics": object_of(
        "What became of postings, by hour, and what waits now.",
        Items=list_of(
            object_of(
                "What became of a client's postings of a record type within an hour.",
                Hour={**TIME, "description": "The beginning of the hour."},
                Client=TEXT,
                RecordType=TEXT,
                Outcomes={**COUNTS, "description": "How many postings, by action or class of failure."},
                Calls=object_of(
                    "OrderCloud calls.",
                    Made={**INTEGER, "description": "Those that events tell of, by their requests."},
                    Saved={**INTEGER, "description": "Postings that went through without any."},
                    Uncertain={**INTEGER, "description": "Those that runs which died may have made besides."},
                ),
                LeadSeconds=object_of("From acceptance to the event.", P50=NUMBER_OR_NULL, P99=NUMBER_OR_NULL),
            )
        ),
        PartialHours=list_of(TIME, description="Hours of which only the newest events were counted."),
        Queue=object_of("What is queued.", Waiting=INTEGER, OldestSeconds=NUMBER_OR_NULL, Whole=FLAG),
        Parked=_WAITING,
        Dead=_WAITING,
        Paused=list_of(named("Pause")),
    ),
    "DeadLetter": object_of(
        "A posting that needs a person, or bytes that nobody can read.",
        Key={**TEXT, "description": "Where it stands in the list, and its name for a replay or a drop."},
        RecordID=TEXT_OR_NULL,
        RecordType=TEXT_OR_NULL,
        Keys=KEYS,
        Client=TEXT_OR_NULL,
        Resource=TEXT_OR_NULL,
        Operation={**TEXT_OR_NULL, "description": "`upsert`, `delete`, or `replace`: both, one after the other."},
        Version=TEXT_OR_NULL,
        State={"type": "string", "enum": ["dead", "unreadable"]},
        Cause=TEXT,
        ErrorType={**TEXT, "description": "The class of the failure."},
        Errors=list_of(ANY_OBJECT, description="OrderCloud's own errors."),
        Status={"type": ["integer", "null"], "description": "OrderCloud's HTTP status, where it answered."},
        Attempts={**INTEGER, "description": "How many runs have failed with it, since the last replay."},
        Replays=INTEGER,
        AcceptedAt=TIME_OR_NULL,
        DiedAt=TIME_OR_NULL,
        WhatToDo=TEXT,
        TraceID=TEXT_OR_NULL,
    ),
    "DeadLetterCause": object_of(
        "How many dead letters have a cause. One with several errors has several.",
        ErrorType=TEXT,
        ErrorCode={**TEXT_OR_NULL, "description": "OrderCloud's code."},
        Field={**TEXT_OR_NULL, "description": "The field that OrderCloud's error is about."},
        Count=INTEGER,
        WhatToDo=TEXT,
    ),
    "DeadLetters": object_of(
        "A page of dead letters, or of their causes.",
        Items=list_of({"anyOf": [named("DeadLetter"), named("DeadLetterCause")]}),
        Counted={**INTEGER, "description": "How many dead letters the items tell of."},
        Looked={**INTEGER, "description": "How many were looked at to find them."},
        NextKey=NEXT_KEY,
    ),
    "Resolved": object_of(
        "What became of dead letters, or would become of them.",
        Items=list_of(
            object_of(
                "What became of one.",
                Key=TEXT,
                RecordType=TEXT_OR_NULL,
                Keys=KEYS,
                Client=TEXT_OR_NULL,
                Version=TEXT_OR_NULL,
                Outcome={"type": "string", "enum": [outcome.value for outcome in Outcome]},
                Message=TEXT,
            )
        ),
        DryRun=FLAG,
        NextKey=NEXT_KEY,
    ),
    "Pause": object_of(
        "What is paused: of one client, or of all clients that write for a resource.",
        Client=TEXT_OR_NULL,
        Resource=TEXT_OR_NULL,
        RecordType={**TEXT_OR_NULL, "description": "The record type; null for all."},
        By={**TEXT, "description": "The user name of the operator who has paused it."},
        Since=TIME,
        Reason=TEXT_OR_NULL,
        Clients={**INTEGER, "description": "How many clients it holds; 0 where none writes for the resource."},
        Waiting={**INTEGER, "description": "How many postings wait by it, as far as was looked."},
        More={**FLAG, "description": "There are more."},
    ),
    "Pauses": object_of(
        "What is paused, in the order of clients and resources, then of types.", Items=list_of(named("Pause"))
    ),
    "Health": object_of(
        "Whether the app and what it depends on are ready.",
        Ready=FLAG,
        Checks=list_of(
            object_of("What one dependency said.", Name=TEXT, Ready=FLAG, Message=TEXT_OR_NULL, Seconds=NUMBER)
        ),
    ),
}
"""The schemas by name; they refer to each other within the description."""
