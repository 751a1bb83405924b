"""`orchestrate deadletters`: what operators do about dead letters, by the HTTP API.

The exit codes stand in `localdev.operator_console`.
"""

from typing import Annotated

import typer

from localdev import operator_deadletters as asked
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
    print_json,
    reached,
    say,
)
from localdev.operator_tables import causes_table, letters_table, outcomes_table, show_letter
from localdev.operators import OperatorApi

deadletters = typer.Typer(no_args_is_help=True, help="List, show, replay and drop dead letters.")

Field = Annotated[str | None, typer.Option(help="Only where OrderCloud names this field.")]
Status = Annotated[int | None, typer.Option(help="Only with this HTTP status of OrderCloud's.")]
RecordType = Annotated[str | None, typer.Argument(metavar="RECORD_TYPE", help="The type of one record.")]
Keys = Annotated[str | None, typer.Argument(metavar="KEYS", help="Its keys, as in P1 or P1/B1/~.")]
ByKey = Annotated[list[str] | None, typer.Option("--key", help="One by its Key in the list; may be repeated.")]
All = Annotated[bool, typer.Option("--all", help="All dead letters.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would become of each.")]


@deadletters.command("list")
def list_dead_letters(  # noqa: PLR0913 - one for each option
    *,
    client: Client = None,
    record_type: OfType = None,
    error_type: ErrorType = None,
    error_code: ErrorCode = None,
    field: Field = None,
    status: Status = None,
    group: Annotated[bool, typer.Option("--group", help="Count their causes.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="The most that are listed.")] = 1_000,
    state: State = LAPTOP,
    api: Api = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List dead letters, or count their causes."""
    with asking():
        operator = reached(state, api, token)
        filters = _filters(operator, client, record_type, error_type, (error_code, field, status))
        next_key = None
        if group:
            items = asked.causes(operator, filters)
        else:
            items, next_key = asked.listed(operator, filters, limit)
    if as_json:
        print_json({"Items": items, "NextKey": next_key})
    elif items:
        console().print(causes_table(items) if group else letters_table(items))
        say("there are more: --limit shows them" if next_key else "")
    raise _done(items, all_done=True)


@deadletters.command()
def show(  # noqa: PLR0913 - one for each option
    record_type: Annotated[str, typer.Argument(help="The type of the record.")],
    keys: Annotated[str, typer.Argument(help="Its keys, as in P1 or P1/B1/~.")],
    *,
    client: Client = None,
    state: State = LAPTOP,
    api: Api = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of one record's dead letters, with its last events."""
    with asking():
        operator = reached(state, api, token)
        found = asked.of_record(operator, record_type, keys, client_id(operator, client))
        letters = [asked.with_standing(operator, letter, keys) for letter in found]
    if as_json:
        print_json({"Items": letters})
    else:
        for letter in letters:
            show_letter(letter, console())
    raise _done(letters, all_done=True)


@deadletters.command()
def replay(  # noqa: PLR0913 - one for each option
    of_type: RecordType = None,
    keys: Keys = None,
    *,
    client: Client = None,
    record_type: OfType = None,
    error_type: ErrorType = None,
    error_code: ErrorCode = None,
    field: Field = None,
    status: Status = None,
    key: ByKey = None,
    everything: All = False,
    dry_run: DryRun = False,
    state: State = LAPTOP,
    api: Api = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Queue dead letters again: of one record, by filters, or all."""
    with asking():
        operator = reached(state, api, token)
        filters = _filters(operator, client, record_type, error_type, (error_code, field, status))
        selections = _selections(operator, (of_type, keys), key, filters, everything=everything)
        items = asked.resolve(operator, "replay", selections, dry_run=dry_run)
    _tell(items, "replayed", dry_run=dry_run, as_json=as_json)


@deadletters.command()
def drop(  # noqa: PLR0913 - one for each option
    of_type: RecordType = None,
    keys: Keys = None,
    *,
    client: Client = None,
    record_type: OfType = None,
    error_type: ErrorType = None,
    error_code: ErrorCode = None,
    field: Field = None,
    status: Status = None,
    key: ByKey = None,
    everything: All = False,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    state: State = LAPTOP,
    api: Api = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Remove dead letters for good: of one record, by filters, or all."""
    with asking():
        operator = reached(state, api, token)
        filters = _filters(operator, client, record_type, error_type, (error_code, field, status))
        selections = _selections(operator, (of_type, keys), key, filters, everything=everything)
        items = asked.resolve(operator, "drop", selections, dry_run=dry_run or not yes)
        if items and not yes and not dry_run:
            if not _confirmed(f"Drop {len(items)} dead letters for good?"):
                say("nothing was dropped; --yes drops without asking")
                raise typer.Exit(NOT_ALL)
            items = asked.resolve(operator, "drop", selections, dry_run=False)
    _tell(items, "dropped", dry_run=dry_run, as_json=as_json)


def _confirmed(question: str) -> bool:
    """Ask a person; where nobody answers it is a no."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        return False


def _filters(
    operator: OperatorApi,
    client: str | None,
    record_type: str | None,
    error_type: str | None,
    error: tuple[str | None, str | None, int | None],
) -> Json:
    """Return the filters that were given, by their names in a body; an error's are its code, field and status."""
    code, field, status = error
    given = {
        "Client": client_id(operator, client),
        "RecordType": record_type,
        "ErrorType": error_type,
        "ErrorCode": code,
        "Field": field,
        "Status": status,
    }
    return {name: value for name, value in given.items() if value is not None}


def _selections(
    operator: OperatorApi,
    record: tuple[str | None, str | None],
    keys: list[str] | None,
    filters: Json,
    *,
    everything: bool,
) -> list[Json]:
    """Return which dead letters are meant, as bodies of requests: in one way only. A record may be one client's."""
    record_type, of_record = record
    filtered = bool(filters if record_type is None else filters.keys() - {"Client"})
    if [record_type is not None, bool(keys), filtered, everything].count(True) != 1:
        raise typer.BadParameter("say which ones, in one way only: RECORD_TYPE KEYS, --key, filters, or --all")
    if keys:
        return asked.named(keys)
    if record_type is None:
        return [{"Filter": filters} if filters else {"All": True}]
    if of_record is None:
        raise typer.BadParameter("the KEYS of the record are missing; --type is for all of a type")
    return asked.named(
        letter["Key"] for letter in asked.of_record(operator, record_type, of_record, filters.get("Client"))
    )


def _tell(items: list[Json], done: str, *, dry_run: bool, as_json: bool) -> None:
    """Print what became of dead letters, and end with the exit code that says it."""
    if as_json:
        print_json({"Items": items, "DryRun": dry_run})
    elif items:
        console().print(outcomes_table(items, dry_run=dry_run))
    raise _done(items, all_done=all(item["Outcome"] == done for item in items))


def _done(items: list[Json], *, all_done: bool) -> typer.Exit:
    if not items:
        say("nothing matched")
    return typer.Exit(0 if items and all_done else NOT_ALL)
