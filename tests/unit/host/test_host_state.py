from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localdev.host.state import Event, HostState, Message, TimerStatus

NAME = "market/product/ab%2Fc/client"
FIRST = Event("f", "queue", NAME, "0x1")
SECOND = replace(FIRST, etag="0x2")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "host.sqlite"


@pytest.fixture
def host_state(file: Path) -> Iterator[HostState]:
    with HostState(file) as opened:
        yield opened


def test_a_notified_version_has_a_receipt_and_a_message(host_state: HostState) -> None:
    assert host_state.notify([(FIRST, 1)]) == [Message(1, FIRST)]
    assert (host_state.receipts("f", "queue"), host_state.messages()) == ({NAME: "0x1"}, [Message(1, FIRST)])


def test_a_newer_version_replaces_the_receipt_but_not_the_message(host_state: HostState) -> None:
    host_state.notify([(FIRST, 1), (SECOND, 1)])
    assert host_state.receipts("f", "queue") == {NAME: "0x2"}
    assert host_state.messages() == [Message(1, FIRST), Message(2, SECOND)]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_an_event_may_be_dropped_or_doubled_but_has_its_receipt(host_state: HostState, count: int) -> None:
    assert len(host_state.notify([(FIRST, count)])) == count
    assert host_state.receipts("f", "queue") == {NAME: "0x1"}


def test_receipts_are_kept_by_function_and_container(host_state: HostState) -> None:
    host_state.notify([(FIRST, 0), (replace(FIRST, function="g"), 0), (replace(FIRST, container="other"), 0)])
    host_state.forget("f", "queue", [NAME])
    receipts = [host_state.receipts(*key) for key in (("f", "queue"), ("g", "queue"), ("f", "other"))]
    assert receipts == [{}, {NAME: "0x1"}, {NAME: "0x1"}]


def test_a_message_without_a_receipt_leaves_none(host_state: HostState) -> None:
    message = host_state.enqueue(FIRST)
    assert (host_state.messages(), host_state.receipts("f", "queue")) == ([message], {})


def test_begun_runs_are_counted_until_the_message_is_finished(host_state: HostState) -> None:
    message = host_state.enqueue(FIRST)
    begun = host_state.begin(host_state.begin(message))
    assert (begun, host_state.messages()) == (replace(message, attempts=2), [replace(message, attempts=2)])
    host_state.finish(begun)
    assert host_state.messages() == []


def test_everything_is_there_after_a_restart(file: Path) -> None:
    status = TimerStatus("0 * * * * *", None, datetime(2026, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC))
    with HostState(file) as before:
        message = before.begin(before.notify([(FIRST, 1)])[0])
        before.save_timer("t", status)
    with HostState(file) as after:
        kept = (after.receipts("f", "queue"), after.messages(), after.timer("t"), after.timer("other"))
    assert kept == ({NAME: "0x1"}, [message], status, None)


def test_the_latest_status_of_a_timer_counts(host_state: HostState) -> None:
    first, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    host_state.save_timer("t", TimerStatus("s", None, first, first))
    host_state.save_timer("t", TimerStatus("s", first, second, first))
    assert host_state.timer("t") == TimerStatus("s", first, second, first)
