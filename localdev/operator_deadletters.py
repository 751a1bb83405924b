"""What the operators' commands ask of the API about dead letters: whole lists, and what was chosen page by page."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from localdev.operators import ENCODED, OperatorApi

PAGE = 100

type Json = dict[str, Any]


def listed(operator: OperatorApi, filters: Mapping[str, object], limit: int) -> tuple[list[Json], str | None]:
    """Return dead letters, at most so many, and the key after which there are more."""
    items: list[Json] = []
    next_key = None
    for page in operator.pages("deadletters", pageSize=min(PAGE, limit), **_query(filters)):
        items, next_key = items + page["Items"], page["NextKey"]
        if len(items) >= limit:
            break
    if len(items) > limit:
        items, next_key = items[:limit], items[limit - 1]["Key"]
    return items, next_key


def causes(operator: OperatorApi, filters: Mapping[str, object]) -> list[Json]:
    """Return how many dead letters have each cause, the most frequent first."""
    found: dict[tuple[str | None, ...], Json] = {}
    counts: Counter[tuple[str | None, ...]] = Counter()
    for page in operator.pages("deadletters", group="cause", **_query(filters)):
        for cause in page["Items"]:
            named = (cause["ErrorType"], cause["ErrorCode"], cause["Field"])
            found[named] = cause
            counts[named] += cause["Count"]
    return [{**found[named], "Count": count} for named, count in counts.most_common()]


def of_record(operator: OperatorApi, record_type: str, keys: str, client: str | None) -> list[Json]:
    """Return the dead letters of one record, of one client or of all."""
    pages = operator.pages("deadletters", recordType=record_type, keys=keys, client=client)
    return [letter for page in pages for letter in page["Items"]]


def with_standing(operator: OperatorApi, letter: Json, keys: str) -> Json:
    """Return a dead letter with where its record stands; bytes that nobody can read stand nowhere."""
    if letter["State"] != "dead":
        return {**letter, "Standing": None}
    path = f"orchestration/{letter['RecordType']}/{quote(keys, safe=f'/{ENCODED}')}"
    return {**letter, "Standing": operator.get(path, client=letter["Client"])}


def named(keys: Iterable[str]) -> list[Json]:
    """Return the bodies that choose dead letters by their keys, as many at a time as one may choose."""
    chosen = [{"Key": key} for key in keys]
    return [{"Records": chosen[start : start + PAGE]} for start in range(0, len(chosen), PAGE)]


def resolve(operator: OperatorApi, act: str, selections: Iterable[Json], *, dry_run: bool) -> list[Json]:
    """Replay or drop all that is chosen, page by page, and return what became of each, or would."""
    items: list[Json] = []
    for selection in selections:
        after: Json = {}
        while True:
            answer = operator.post(f"deadletters/{act}", {**selection, **after, "DryRun": dry_run})
            items += answer["Items"]
            if answer["NextKey"] is None:
                break
            after = {"After": answer["NextKey"]}
    return items


def _query(filters: Mapping[str, object]) -> dict[str, object]:
    """Return the filters of a body by their names in a query."""
    return {f"{name[0].lower()}{name[1:]}": value for name, value in filters.items()}
