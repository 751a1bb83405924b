"""What the HTTP API can do, one row for each route: the rows that the API's description is made of.

A test compares them with the functions that the app registers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from triggers.log_questions import FILTERS as LOG_FILTERS

_PARAMETER = re.compile(r"{\*?(\w+)[^}]*}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route.

    Attributes:
        function: the name of the function that answers.
        method: its HTTP method.
        route: its route as the app registers it.
        tag: the heading that it stands under.
        summary: what it does, in a few words.
        about: what else a caller has to know.
        parameters: the names of its parameters in the description's components.
        body: the name of its request body there, if it takes one.
        answers: what it answers when it does not refuse: a schema's name, or a media type, by status.
        errors: the statuses by which it refuses.
        public: it takes no token.
    """

    function: str
    method: str
    route: str
    tag: str
    summary: str
    about: str = ""
    parameters: tuple[str, ...] = ()
    body: str | None = None
    answers: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    errors: tuple[int, ...] = ()
    public: bool = False

    @property
    def path(self) -> str:
        """Return the route as OpenAPI writes one, where a parameter cannot take the rest of a path."""
        return f"/{_PARAMETER.sub('{\\1}', self.route)}"


_DELIVERY = ("sourceVersion", "sourceName", "traceparent")
_POST_ERRORS = (400, 401, 403, 404, 409, 413, 415, 500, 503)
_ACCEPTED = ("All items are stored.", "Receipt")
_PARTLY = ("Some items are stored; `Items` and `Errors` say which.", "Receipt")
_POST_ABOUT = (
    "What is present is managed by the source: null is kept clear, a list is complete. What is absent is left alone. "
    "An array that holds a record twice accepts the last one."
)
_PLANNED = ("What would become of each record, and what would be refused.", "Plan")
_PLAN_ABOUT = (
    "It needs what posting needs; operators may plan for another client. What the intake would refuse stands in "
    "`Errors`. What only OrderCloud checks, as required fields and references, is not foretold."
)
_FILTERS = ("ofClient", "ofType", "ofKeys", "errorType", "errorCode", "errorField", "errorStatus")
_RESOLVE_ERRORS = (400, 401, 403, 413, 415, 500, 503)
_RESOLVED = ("What became of each, or would become of it.", "Resolved")
_RESOLVE_ABOUT = (
    "`Records` names them one by one; `Filter` or `All` takes a page of what the list would show, and `NextKey` is the "
    "`After` of the next request. `DryRun` says what would become of each, and does nothing. What is queued, or held "
    "by a run, is left alone. It may be asked for again."
)

OPERATIONS = (
    Operation(
        function="record_types_get",
        method="GET",
        route="orchestration",
        tag="Records",
        summary="List the record types",
        answers={200: ("The record types.", "RecordTypes")},
        errors=(401, 403, 500, 503),
    ),
    Operation(
        function="records_post",
        method="POST",
        route="orchestration/{recordType}",
        tag="Records",
        summary="Post one record, or an array of records of one type",
        about=_POST_ABOUT,
        parameters=("recordType", *_DELIVERY),
        body="records",
        answers={202: _ACCEPTED, 207: _PARTLY},
        errors=_POST_ERRORS,
    ),
    Operation(
        function="records_post_for_buyer",
        method="POST",
        route="orchestration/{buyerID}/{recordType}",
        tag="Records",
        summary="Post records of one buyer",
        about=f"As without the buyer, for types whose first key is `BuyerID`: the path says it. {_POST_ABOUT}",
        parameters=("buyerID", "buyerOwnedType", *_DELIVERY),
        body="recordsOfBuyer",
        answers={202: _ACCEPTED, 207: _PARTLY},
        errors=_POST_ERRORS,
    ),
    Operation(
        function="records_delete",
        method="DELETE",
        route="orchestration/{recordType}/{*keys}",
        tag="Records",
        summary="Delete a record",
        parameters=("recordType", "keys", *_DELIVERY),
        answers={202: ("The deletion is stored.", "Receipt")},
        errors=(400, 401, 403, 404, 409, 500, 503),
    ),
    Operation(
        function="records_get",
        method="GET",
        route="orchestration/{recordType}/{*keys:minlength(1)}",
        tag="Records",
        summary="Ask where a record stands",
        parameters=("recordType", "keys", "client"),
        answers={200: ("Where the record stands, and its last events.", "Standing")},
        errors=(400, 401, 403, 404, 500, 503),
    ),
    Operation(
        function="records_list",
        method="GET",
        route="orchestration/{recordType}",
        tag="Records",
        summary="List what a client has sent of a record type",
        about="First what is queued and was never through, then the rest, each in the order of the keys. Blobs are "
        "listed and read for it, at most 1000 for one answer, so a page may be short; it is the last one when "
        "`NextKey` is null. For people, not for every record.",
        parameters=("recordType", "client", "afterRecord", "pageSize"),
        answers={200: ("A page of the client's records.", "RecordPage")},
        errors=(400, 401, 403, 404, 500, 503),
    ),
    Operation(
        function="explain_get",
        method="GET",
        route="explain/{recordType}/{*keys}",
        tag="Plans",
        summary="Explain a record",
        about="Where it stands and why: each decision step by step, and what its next run would do. OrderCloud may be "
        "read for that; nothing is written.",
        parameters=("recordType", "keys", "client"),
        answers={200: ("The explanation.", "Explanation")},
        errors=(400, 401, 403, 404, 500, 503),
    ),
    Operation(
        function="plan_post",
        method="POST",
        route="plan/{recordType}",
        tag="Plans",
        summary="Say what a posting would do",
        about="A dry run: what would be done for each record, why, and by which OrderCloud requests. Nothing is stored "
        "and nothing is written to OrderCloud, which is read only where a run would have to read it, or to see "
        f"whether a record is there already. {_PLAN_ABOUT}",
        parameters=("recordType", "client", *_DELIVERY),
        body="records",
        answers={200: _PLANNED},
        errors=(400, 401, 403, 404, 413, 415, 500, 503),
    ),
    Operation(
        function="plan_delete",
        method="DELETE",
        route="plan/{recordType}/{*keys}",
        tag="Plans",
        summary="Say what a deletion would do",
        about=f"A dry run of a deletion. {_PLAN_ABOUT}",
        parameters=("recordType", "keys", "client", *_DELIVERY),
        answers={200: _PLANNED},
        errors=(400, 401, 403, 404, 500, 503),
    ),
    Operation(
        function="logs_get",
        method="GET",
        route="logs",
        tag="Events",
        summary="List events",
        about="In OrderCloud's way. A source sees the events of its own records, an operator all of the marketplace of "
        "the own client. Filters say `x` equal, `!x` not, `x|y` any of them, `>x` and `<x`, `x*` and `*x` a beginning "
        "and an end, `*` present, `!*` absent, all without case; one that is repeated has to hold each time. "
        "`NextPageKey` is the `pageKey` of the next page, and null on the last one; a `page` beyond it is refused.",
        parameters=("page", "listSize", "pageKey", "search", "sortBy", *(f"log{name}" for name in LOG_FILTERS)),
        answers={200: ("Events, the newest first where `sortBy` does not say otherwise.", "EventList")},
        errors=(400, 401, 403, 500, 503),
    ),
    Operation(
        function="stats_get",
        method="GET",
        route="stats",
        tag="Events",
        summary="Count what became of postings, and what waits",
        about="For operators, of the marketplace of their own client. A posting counts in each hour in which it had an "
        "event, with its last outcome there.",
        parameters=("statsFrom", "statsTo", "ofClient", "ofType"),
        answers={200: ("Counts by hour, client and record type; and what waits now.", "Statistics")},
        errors=(400, 401, 403, 500, 503),
    ),
    Operation(
        function="deadletters_get",
        method="GET",
        route="deadletters",
        tag="Dead letters",
        summary="List what needs a person, or count its causes",
        about="For operators, of the marketplace of their own client. Each item says what to do about it. At most 1000 "
        "are looked at for one answer, so a page may be short; it is the last one when `NextKey` is null.",
        parameters=(*_FILTERS, "after", "pageSize", "group"),
        answers={200: ("Dead letters in the order of their keys, or causes, the most frequent first.", "DeadLetters")},
        errors=(400, 401, 403, 500, 503),
    ),
    Operation(
        function="deadletters_replay",
        method="POST",
        route="deadletters/replay",
        tag="Dead letters",
        summary="Queue dead letters again",
        about=f"For operators. Each goes through the pipeline as when it was posted. {_RESOLVE_ABOUT}",
        body="selection",
        answers={200: _RESOLVED},
        errors=_RESOLVE_ERRORS,
    ),
    Operation(
        function="deadletters_drop",
        method="POST",
        route="deadletters/drop",
        tag="Dead letters",
        summary="Remove dead letters for good",
        about=f"For operators. An event keeps what was dropped, and by whom. {_RESOLVE_ABOUT}",
        body="selection",
        answers={200: _RESOLVED},
        errors=_RESOLVE_ERRORS,
    ),
    Operation(
        function="pauses_get",
        method="GET",
        route="pauses",
        tag="Pauses",
        summary="List what is paused",
        about="For operators, of the marketplace of their own client. At most 10,000 of what waits are looked at for "
        "one answer, shared out evenly between the clients.",
        answers={200: ("Each pause, and how much waits by it.", "Pauses")},
        errors=(400, 401, 403, 500, 503),
    ),
    Operation(
        function="pauses_put",
        method="PUT",
        route="pauses/{client}",
        tag="Pauses",
        summary="Pause a client or a resource",
        about="For operators. What it posts is accepted and waits; nothing of it reaches OrderCloud. Within ten "
        "seconds every instance knows; a run that is under way goes on to its end. What is paused stays paused since "
        "when it was; a new `Reason` takes the place of the old one.",
        parameters=("pausedClient", "pausedType"),
        body="pause",
        answers={200: ("The pause.", "Pause")},
        errors=(400, 401, 403, 404, 409, 413, 415, 500, 503),
    ),
    Operation(
        function="pauses_delete",
        method="DELETE",
        route="pauses/{client}",
        tag="Pauses",
        summary="Resume a client or a resource",
        about="For operators. It ends the pause of exactly this scope; another one may still hold. What waits is taken "
        "up by the next sweeps.",
        parameters=("pausedClient", "pausedType"),
        answers={200: ("The pause as it was, and how much waits to be taken up.", "Pause")},
        errors=(400, 401, 403, 404, 500, 503),
    ),
    Operation(
        function="health_get",
        method="GET",
        route="health",
        tag="Service",
        summary="Ask whether the service is ready",
        answers={200: ("Every dependency is ready.", "Health"), 503: ("Some dependency is not ready.", "Health")},
        public=True,
    ),
    Operation(
        function="openapi_get",
        method="GET",
        route="openapi.json",
        tag="Service",
        summary="Read this description",
        answers={200: ("An OpenAPI document.", "application/json")},
        public=True,
    ),
    Operation(
        function="docs_get",
        method="GET",
        route="docs",
        tag="Service",
        summary="Read this description as a page",
        answers={200: ("A page without scripts, which asks nobody else for anything.", "text/html")},
        public=True,
    ),
)
"""The routes of this version, in the order in which the description shows them."""
