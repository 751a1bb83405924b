"""Checks the sandbox's journal: as a list of entries, or as a sandbox that has ended left it behind."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from localdev.sandbox.store import Store
from openapi.validity import answer_breaches, request_breaches

type Entry = Mapping[str, Any]


def expect_valid(calls: Iterable[Entry], *, requests: bool = True) -> None:
    """Fail where a call is not as OrderCloud's API description wants it, naming method, path, field and rule.

    Without `requests` only answers are judged: the callers were tests that may ask as wrongly as they like.
    """
    if found := breaches_of(calls, requests=requests):
        raise AssertionError("\n  ".join(["OrderCloud's API description does not allow:", *found]))


class InvalidRequest(BaseException):
    """A request is not as OrderCloud's API description wants it: nothing that runs catches this, so the test ends."""


def expect_valid_request(method: str, path: str, query: Mapping[str, str], body: Any) -> None:
    """End the test where a request that is about to be made, and whose answer is not known, is not valid."""
    asked = {"method": method, "path": path, "query": urlencode(query), "request": body, "status": None}
    if found := breaches_of([asked]):
        raise InvalidRequest("\n  ".join(found))


def expect_valid_at_rest(directory: Path, ordered: Sequence[Entry] = ()) -> None:
    """Fail where a call of a sandbox that has ended is not valid, or was taken from its journal unseen.

    An answer that a test has ordered, as `{"status","body"}`, may be as wrong as the test likes.
    """
    calls = calls_at_rest(directory)
    wrong_on_purpose = [(one["status"], one.get("body")) for one in ordered]
    cut = {"status": None, "response": None}
    expect_valid({**call, **cut} if (call["status"], call["response"]) in wrong_on_purpose else call for call in calls)
    numbers = [call["n"] for call in calls]
    if numbers != [*range(1, len(numbers) + 1)]:
        raise AssertionError("the journal was cleared, so what was in it cannot be checked")


def calls_at_rest(directory: Path) -> list[Entry]:
    """Return the journal of a sandbox that has ended; none where no sandbox ever ran."""
    if not directory.exists():
        return []
    with closing(Store(directory)) as store:
        return [*store.calls(0)]


def breaches_of(calls: Iterable[Entry], *, requests: bool = True) -> list[str]:
    """Return what is wrong with calls, each breach once, with the first call that has it."""
    found: dict[str, str] = {}
    for call in calls:
        for breach in [*(request_breaches(call) if requests else ()), *answer_breaches(call)]:
            found.setdefault(f"{call['method']} {breach}", f"{call['method']} {call['path']} {breach}")
    return list(found.values())
