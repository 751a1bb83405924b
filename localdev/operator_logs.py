"""`orchestrate logs` and `orchestrate stats`: what became of postings, by the HTTP API.

Exit codes: 0 done; 1 nothing matched; 2 it was asked wrongly; 3 nobody to ask; 130 following was ended, by Ctrl-C or
SIGTERM.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

import typer

from localdev.operator_console import (
    LAPTOP,
    NOT_ALL,
    Api,
    AsJson,
    Client,
    ErrorCode,
    ErrorType,
    Json,
    OfType,
    State,
    Token,
    asking,
    client_id,
    console,
    heed_signals,
    print_json,
    reached,
    say,
)
from localdev.operator_log_tables import event_line, statistics_tables
from localdev.operators import OperatorApi

PAGE = 100
POLL_SECONDS = 1.0
OVERLAP = timedelta(seconds=30)
"""How far back each look goes while following: an event is written a moment after the time that it has."""

type Question = dict[str, str | list[str]]

Record = Annotated[str | None, typer.Option("--keys", help="Of this record of the --type, as in P1 or P1/B1/~.")]
RecordID = Annotated[str | None, typer.Option(help="Of records by their path, as in shop/product/*.")]
Resource = Annotated[str | None, typer.Option(help="Of this resource, as in supplier:S1.")]
Level = Annotated[str | None, typer.Option(help="Of this level: Progress, Success, Warn or Error, as in 'Warn|Error'.")]
Action = Annotated[str | None, typer.Option(help="With this action, as in Create.")]
Job = Annotated[str | None, typer.Option(help="Of this job.")]
Trace = Annotated[str | None, typer.Option(help="Of this trace.")]
Version = Annotated[str | None, typer.Option(help="Of this version.")]
Since = Annotated[str | None, typer.Option(help="After this time, as in 2026-01-31T08:00:00Z.")]
Until = Annotated[str | None, typer.Option(help="Before this time.")]
Search = Annotated[str | None, typer.Option(help="With this text in reason, message or record path.")]


def logs(  # noqa: PLR0913 - one for each option
    *,
    client: Client = None,
    record_type: OfType = None,
    keys: Record = None,
    record_id: RecordID = None,
    resource: Resource = None,
    level: Level = None,
    action: Action = None,
    error_type: ErrorType = None,
    error_code: ErrorCode = None,
    job: Job = None,
    trace: Trace = None,
    version: Version = None,
    since: Since = None,
    until: Until = None,
    search: Search = None,
    limit: Annotated[int, typer.Option(min=1, help="The most that are listed, the newest ones.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", help="Stay, and print events as they come.")] = False,
    state: State = LAPTOP,
    api: Api = None,
    token: Token = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one event a line.")] = False,
) -> None:
    """List events, oldest first. Filters say x, !x, x|y, x* and *x, * (present) and !* (absent)."""
    show = print_json if as_json else _show
    if follow:
        heed_signals()
    with asking():
        operator = reached(state, api, token)
        question: Question = {
            name: value
            for name, value in {
                "Client": client_id(operator, client),
                "RecordType": record_type,
                "Keys": keys,
                "RecordID": record_id,
                "Resource": resource,
                "Level": level,
                "Action": action,
                "ErrorType": error_type,
                "Errors.ErrorCode": error_code,
                "JobID": job,
                "TraceID": trace,
                "Version": version,
                "search": search,
            }.items()
            if value is not None
        }
        question["Time"] = [f"{sign}{moment}" for sign, moment in ((">", since), ("<", until)) if moment is not None]
        found = newest(operator, question, limit)
        for event in found:
            show(event)
        if follow:
            for event in follow_on(operator, question, found):
                show(event)
    if not found:
        say("nothing matched")
        raise typer.Exit(NOT_ALL)


def stats(  # noqa: PLR0913 - one for each option
    *,
    since: Annotated[str | None, typer.Option(help="From this time on; 24 hours back by default.")] = None,
    until: Annotated[str | None, typer.Option(help="To this time; now by default.")] = None,
    client: Client = None,
    record_type: OfType = None,
    state: State = LAPTOP,
    api: Api = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Count what became of postings by hour, and what waits now; of all, or of one client or record type."""
    with asking():
        operator = reached(state, api, token)
        given = {"from": since, "to": until, "client": client_id(operator, client), "recordType": record_type}
        told = operator.get("stats", **given)
    if as_json:
        print_json(told)
    else:
        console().print(statistics_tables(told))


def newest(operator: OperatorApi, question: Question, limit: int) -> list[Json]:
    """Return the newest events that a question finds, at most so many, oldest first."""
    found: list[Json] = []
    for page in _pages(operator, {**question, "pageSize": str(min(limit, PAGE))}):
        found += page
        if len(found) >= limit:
            break
    return found[:limit][::-1]


def follow_on(operator: OperatorApi, question: Question, shown: list[Json]) -> Iterator[Json]:
    """Yield the events that come after those that are shown, for ever; in the order in which they come to be seen."""
    times = question["Time"]
    seen = {(event["Id"], event["Time"]) for event in shown}
    first, last = (shown[0]["Time"], shown[-1]["Time"]) if shown else (None, None)
    while True:
        after = [] if last is None else [f">{(datetime.fromisoformat(last) - OVERLAP).isoformat()}"]
        for page in _pages(operator, {**question, "Time": [*times, *after], "sortBy": "Time", "pageSize": str(PAGE)}):
            for event in page:
                older = first is not None and datetime.fromisoformat(event["Time"]) < datetime.fromisoformat(first)
                if not older and (event["Id"], event["Time"]) not in seen:
                    seen.add((event["Id"], event["Time"]))
                    last = max(last or event["Time"], event["Time"], key=datetime.fromisoformat)
                    yield event
        earliest = last and datetime.fromisoformat(last) - OVERLAP
        seen = {each for each in seen if earliest and datetime.fromisoformat(each[1]) > earliest}
        time.sleep(POLL_SECONDS)


def _pages(operator: OperatorApi, question: Question) -> Iterator[list[Json]]:
    """Ask page by page, to the end."""
    key: str | None = None
    while True:
        page = operator.get("logs", **question, pageKey=key)
        yield page["Items"]
        if (key := page["Meta"]["NextPageKey"]) is None:
            return


def _show(event: Json) -> None:
    console().print(event_line(event))
