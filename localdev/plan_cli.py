"""`orchestrate plan` and `orchestrate explain`: what postings would do, and how a record came to be where it is.

Exit codes: 0 all would go through; 1 some would not; 2 it was asked wrongly; 3 nobody to ask.
"""

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from localdev.operator_console import (
    LAPTOP,
    NOT_ALL,
    Api,
    AsJson,
    Json,
    State,
    Token,
    asking,
    client_id,
    console,
    named,
    print_json,
    reached,
    say,
    text_of,
)
from localdev.operators import ENCODED, OperatorApi
from localdev.plan_tables import plan_table, refusals_table, show_calls, show_explanation, summary

AT_ONCE = 500
"""How many records are planned with one request."""

LAPTOP_CLIENT = "seller"

RecordType = Annotated[str, typer.Argument(metavar="TYPE", help="The record type.")]
Client = Annotated[
    str | None, typer.Option(help=f"For which client: its id, or its name on a laptop, `{LAPTOP_CLIENT}` if not given.")
]


def plan(  # noqa: PLR0913 - one for each option
    record_type: RecordType,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A JSON array, or a record a line; - for standard input.")
    ],
    *,
    client: Client = None,
    calls: Annotated[bool, typer.Option("--calls", help="Show every OrderCloud request with its body.")] = False,
    state: State = LAPTOP,
    api: Api = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Say what posting the records of a file would do; nothing is written."""
    records = _records(file)
    with asking():
        operator = reached(state, api, token)
        told = _planned(operator, record_type, records, _client_id(operator, client))
    if as_json:
        print_json(told)
    else:
        console().print(plan_table(told["Items"]))
        if calls:
            show_calls(told["Items"], console())
        if told["Errors"]:
            console().print(refusals_table(told["Errors"]))
        say(summary(told))
    good = not told["Errors"] and all(item["Action"] for item in told["Items"])
    raise typer.Exit(0 if good else NOT_ALL)


def explain(  # noqa: PLR0913 - one for each option
    record_type: RecordType,
    keys: Annotated[list[str], typer.Argument(metavar="KEYS...", help="Its keys in order, as in P1 or P1 B1 ~.")],
    *,
    client: Client = None,
    state: State = LAPTOP,
    api: Api = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Explain a record: where it stands, every decision with its reason, and what its next run would do."""
    with asking():
        operator = reached(state, api, token)
        path = "/".join(["explain", *(quote(each, safe=ENCODED) for each in [record_type, *keys])])
        found = operator.get(path, client=_client_id(operator, client))
    if as_json:
        print_json(found)
    else:
        show_explanation(found, console())


def _client_id(operator: OperatorApi, client: str | None) -> str | None:
    return client_id(operator, LAPTOP_CLIENT if client is None and operator.knows(LAPTOP_CLIENT) else client)


def _planned(operator: OperatorApi, record_type: str, records: list[Any], client: str | None) -> Json:
    """Plan records, some at a time; places are those in the file."""
    told: Json = {"Items": [], "Errors": []}
    for start in range(0, len(records), AT_ONCE):
        answer = operator.post(
            f"plan/{quote(record_type, safe=ENCODED)}", records[start : start + AT_ONCE], client=client
        )
        told["Items"] += [{**item, "Index": item["Index"] + start} for item in answer["Items"]]
        for error in answer["Errors"]:
            data = {**error["Data"], "Index": error["Data"]["Index"] + start}
            told["Errors"].append({**error, "Data": data})
    return told


def _records(file: str) -> list[Any]:
    """Return the records of a file: an array, one record, or one a line."""
    text = text_of(file)
    try:
        whole = json.loads(text)
    except RecursionError as error:
        raise typer.BadParameter(f"{named(file)} nests too deep") from error
    except ValueError as error:
        whole = _lines(text, file, error)
    records = whole if isinstance(whole, list) else [whole]
    if not records:
        raise typer.BadParameter(f"{named(file)} has no records")
    return records


def _lines(text: str, file: str, error: ValueError) -> list[Any]:
    """Return the record of each line; `error` is why the text as a whole is no JSON."""
    found: list[Any] = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            found += [json.loads(line)] if line.strip() else []
        except (ValueError, RecursionError) as wrong:
            fault = f"{wrong.msg}: column {wrong.colno}" if isinstance(wrong, json.JSONDecodeError) else wrong
            why = f"line {number} is no JSON: {fault}" if found else f"it is no JSON: {error}"
            raise typer.BadParameter(f"{named(file)}: {why}") from wrong
    return found
