"""What operators are shown of events in a shell: also which of them did it."""

import io
from typing import Any

import pytest
from rich.console import Console

from localdev.operator_log_tables import event_line
from localdev.plan_tables import show_explanation

EVENT: dict[str, Any] = {
    "Time": "2026-01-31T12:00:00.000000+00:00",
    "Level": "Warn",
    "RecordType": "product",
    "RecordID": "acme/product/p1",
    "Client": "erp",
    "Keys": {"ID": "P1"},
    "Action": None,
    "Reason": "dropped by an operator",
    "ErrorType": "Dropped",
    "Message": None,
    "Version": "7",
}


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({}, "dropped by an operator"),
        ({"Operator": "ops"}, "dropped by an operator (ops)"),
        ({"Operator": "ops", "Message": "why"}, "dropped by an operator (ops); why"),
    ],
    ids=["not told", "told", "told with a message"],
)
def test_the_line_of_an_event_says_which_operator_did_it_where_that_is_told(more: dict[str, str], shown: str) -> None:
    start = "2026-01-31T12:00:00.000  Warn      Dropped              erp       product P1  "
    assert event_line({**EVENT, **more}).plain == start + shown


@pytest.mark.parametrize(("more", "shown"), [({}, ""), ({"Operator": "ops"}, "  by ops")], ids=["not told", "told"])
def test_an_explanation_says_which_operator_did_it_where_that_is_told(more: dict[str, str], shown: str) -> None:
    screen = io.StringIO()
    found = {
        **{name: EVENT[name] for name in ("RecordType", "Keys", "Reason")},
        "State": "dropped",
        "Changes": [],
        "WaitingFor": None,
        "NextAttempt": None,
        "OtherSources": False,
        "Timeline": [{**EVENT, "Steps": [], "Changes": [], **more}],
        "Next": None,
    }
    show_explanation(found, Console(file=screen, width=200))
    assert f"2026-01-31T12:00:00  Warn      Dropped               version 7{shown}\n" in screen.getvalue()
