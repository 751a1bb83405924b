"""The query parameters of events and statistics, as the description of the HTTP API tells them."""

from collections.abc import Mapping

from models.record import Json
from orchestration.log_query import MAX_SEARCH, MAX_SIZE, MIN_SEARCH, Field
from orchestration.statistics import MAX_HOURS
from triggers.log_questions import FILTERS, KEYS, ORDERS, PAGE
from triggers.stats_questions import HOURS

_TOLD: Mapping[str, str] = {
    Field.CLIENT: "The API client that posted.",
    Field.RECORD_TYPE: "The record type.",
    Field.RECORD_ID: "The record's path: marketplace, record type and keys.",
    Field.RESOURCE: "The resource on whose behalf the client writes.",
    Field.LEVEL: "How much a person should care: `Progress`, `Success`, `Warn` or `Error`.",
    Field.ACTION: "What was done: `Ignore`, `Get`, `Create`, `Update`, `Patch` or `Delete`.",
    Field.ERROR_TYPE: "The class of the failure.",
    Field.ERROR_CODE: "A code of OrderCloud's errors; without `>` and `<`.",
    Field.TIME: "When, as in `>2026-01-31T08:00:00Z`; without `*`.",
    Field.JOB_ID: "The job that the posting was part of.",
    Field.TRACE_ID: "The trace of the posting.",
    Field.VERSION: "The version that the posting was given.",
    KEYS: "The record's keys as in its path; beside one `RecordType`.",
}


def list_parameters() -> Json:
    """Return the parameters by their names in the description's components."""
    pages: Json = {"type": "integer", "minimum": 1}
    size = f"The most items of a page; {PAGE} by default."
    search = "A text in an event's reason, message or record path, without case."
    moment = "as in 2026-01-31T08:00:00Z; the hour counts in which it lies"
    first = f"From when on, {moment}; {HOURS} hours up to `to` by default, {MAX_HOURS} at most."
    return {
        "page": parameter("page", "query", "The number of the page, from 1 to the last one.", **pages),
        "listSize": parameter("pageSize", "query", size, **pages, maximum=MAX_SIZE),
        "pageKey": parameter("pageKey", "query", "Where the page begins: a `NextPageKey`; in place of `page`."),
        "search": parameter("search", "query", search, minLength=MIN_SEARCH, maxLength=MAX_SEARCH),
        "sortBy": parameter("sortBy", "query", "The order; `!Time` is the newest first.", enum=list(ORDERS)),
        **{f"log{name}": parameter(name, "query", _TOLD[name], minLength=1) for name in FILTERS},
        "statsFrom": parameter("from", "query", first, format="date-time"),
        "statsTo": parameter("to", "query", f"To when, {moment}; now by default.", format="date-time"),
    }


def parameter(name: str, place: str, description: str, **schema: object) -> Json:
    """Return one parameter; those of a path are required."""
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": {"type": "string"} | schema,
    }
