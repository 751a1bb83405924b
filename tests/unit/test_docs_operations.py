"""What the documents for operators list and the code also knows."""

import re
from pathlib import Path

from orchestration.advice import ADVICE
from orchestration.correcting import Outcome as Correction
from orchestration.differences import Kind
from orchestration.failures import AccountFault, Failure, Paused, Postponed, Refused, Retryable
from orchestration.ports import Measure
from orchestration.resolving import Outcome
from triggers.log_questions import FILTERS, PAGING
from triggers.selections import Question
from triggers.stats_questions import PARAMETERS

ROOT = Path(__file__).resolve().parents[2]


def first_column(document: str, head: str) -> list[str]:
    """Return the names in the first column of the table that has a head."""
    table = (ROOT / document).read_text(encoding="utf-8").split(head)[1].split("\n\n")[0]
    return re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE)


def cures() -> dict[str, str]:
    """Return what a posting becomes by each class of failure, as the document has it."""
    document = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    table = document.split("| class | becomes | cause | cure | command |")[1].split("\n\n")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (\w+)", table, re.MULTILINE))


def kinds_of(failure: type[Failure]) -> list[type[Failure]]:
    """Return all classes below one of failures; a test's own do not count."""
    ours = [child for child in failure.__subclasses__() if child.__module__ == Failure.__module__]
    return [kind for child in ours for kind in (child, *kinds_of(child))]


def test_the_operations_document_has_a_cure_of_every_class_of_failure() -> None:
    parked = {kind.__name__: "parked" for kind in kinds_of(Retryable)}
    dead = {kind.__name__: "dead" for kind in kinds_of(Refused)}
    assert cures() == {**parked, **dead, "Unreadable": "dead"}


def test_the_operations_document_lists_every_class_of_dead_letters() -> None:
    waiting = {AccountFault.__name__, Postponed.__name__, Paused.__name__}
    assert [name for name in cures() if name not in waiting] == list(ADVICE)


def test_the_api_document_lists_the_filters_and_the_outcomes() -> None:
    parameters = [field.alias for field in Question.model_fields.values()]
    listed = first_column("docs/http-api.md", "| parameter | only |")
    assert {*listed, "group"} == set(parameters)
    assert first_column("docs/http-api.md", "| `Outcome` | means |") == [outcome.value for outcome in Outcome]


def test_the_operations_document_lists_every_kind_of_difference_and_every_outcome() -> None:
    assert first_column("docs/operations.md", "| difference | means |") == [kind.value for kind in Kind]
    assert first_column("docs/operations.md", "| outcome | means |") == [outcome.value for outcome in Correction]


def test_the_api_document_lists_what_events_and_statistics_are_asked_by() -> None:
    paging, asked = [
        re.findall(r"^\| `(\w+)` \|", part.split("\n\n")[0], re.MULTILINE)
        for part in (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8").split("| parameter | says |")[1:]
    ]
    assert (paging, asked) == (list(PAGING), list(PARAMETERS))
    assert first_column("docs/http-api.md", "| filter | of an event |") == list(FILTERS)


def telemetry() -> tuple[str, str]:
    """Return what the document says of telemetry, and of alerts."""
    document = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    told, alerts = document.split("\n## Telemetry\n")[1].split("\n## Alerts\n")
    return told, alerts


def test_the_operations_document_lists_every_measure_with_its_unit() -> None:
    told, _ = telemetry()
    rows = re.findall(r"^\| `(orchestration[\w.]+)` \| (\S+) \|", told, re.MULTILINE)
    assert rows == [(measure.label, measure.unit) for measure in Measure]


def test_the_alerts_ask_for_what_is_measured() -> None:
    told, alerts = telemetry()
    outcomes = told.split("`outcome` is ")[1].split(".")[0]
    assert set(re.findall(r"orchestration\.[\w.]+", alerts)) == {measure.label for measure in Measure}
    assert set(re.findall(r"customDimensions\.outcome\) == \"(\w+)\"", alerts)) <= set(re.findall(r"`(\w+)`", outcomes))
    errors = re.findall(r"customDimensions\.error_type\) (?:== |in \()([^)\n]+)", alerts)
    assert {name for each in errors for name in re.findall(r'"(\w+)"', each)} <= set(cures())
    assert alerts.count("\n**") == alerts.count("```kusto")
