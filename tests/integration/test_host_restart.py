import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import psutil
import pytest
from azure.storage.blob import BlobServiceClient
from host_runs import NEVER, begin_host, running_host, wait_until

from localdev.azurite import Azurite
from localdev.host.state import HostState, TimerStatus
from localdev.processes import stop_child


@pytest.fixture
def blobs(azurite: Azurite) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        yield client


@pytest.fixture
def names(blobs: BlobServiceClient, fresh_name: Callable[[str], str]) -> tuple[str, str]:
    queue, events = fresh_name("queue"), fresh_name("events")
    for name in (queue, events):
        blobs.create_container(name)
    return queue, events


def test_a_killed_host_resumes_what_was_under_way_and_repeats_nothing(
    azurite: Azurite, blobs: BlobServiceClient, state: Path, names: tuple[str, str]
) -> None:
    queue = blobs.get_container_client(names[0])
    killed = begin_host(azurite, state, names)
    queue.upload_blob("done", "done")
    wait_until(lambda: killed.runs(content="done"))
    queue.upload_blob("under way", "slow")
    wait_until(lambda: killed.runs(began=f"{names[0]}/under way"))
    killed.child.process.kill()
    stop_child(killed.child)
    queue.upload_blob("meanwhile", "meanwhile")
    with running_host(azurite, state, names) as host:
        wait_until(lambda: host.runs(content="slow") and host.runs(content="meanwhile"))
        assert sorted(run["content"] for run in host.runs(function="polled")) == ["done", "meanwhile", "slow"]


def test_sigterm_lets_runs_end_then_leaves_no_process(azurite: Azurite, state: Path, names: tuple[str, str]) -> None:
    host = begin_host(azurite, state, names)
    answers: list[str] = []
    request = threading.Thread(target=lambda: answers.append(httpx.get(f"{host.url}/api/slow/10").text))
    request.start()
    wait_until(lambda: "Executing 'Functions.slow'" in host.child.log.read_text())
    assert stop_child(host.child) == 0
    request.join()
    assert (answers, psutil.pid_exists(host.child.pid)) == (["at last"], False)
    with pytest.raises(httpx.ConnectError):
        httpx.get(host.url)


@pytest.mark.parametrize(("faults", "times"), [("duplicate=1,delay=0.2,seed=7", 2), ("drop=1", 0)])
def test_trigger_faults_double_or_drop_events(
    azurite: Azurite, blobs: BlobServiceClient, state: Path, names: tuple[str, str], faults: str, times: int
) -> None:
    with running_host(azurite, state, names, "--trigger-faults", faults) as host:
        blobs.get_blob_client(names[0], "a").upload_blob("faulty")

        def listed() -> int:
            return azurite.log.read_text().count(f"GET /devstoreaccount1/{names[0]}?restype=container&comp=list")

        before = listed()
        wait_until(lambda: listed() > before + 2 and len(host.runs(content="faulty")) >= times)
        assert len(host.runs(content="faulty")) == times


@pytest.mark.parametrize(
    ("source", "contents"),
    [pytest.param(0, ["new"], id="polling-drops-it"), pytest.param(1, ["new", "new"], id="event-grid-runs-on-what-is")],
)
def test_an_event_whose_blob_was_overwritten_before_its_run(
    azurite: Azurite, blobs: BlobServiceClient, state: Path, names: tuple[str, str], source: int, contents: list[str]
) -> None:
    blob = blobs.get_blob_client(names[source], "a")
    late_then_early = "delay=2,seed=44"
    with running_host(azurite, state, names, "--trigger-faults", late_then_early) as host:
        blob.upload_blob("old")
        wait_until(lambda: waiting(state) == ["a"])
        blob.upload_blob("new", overwrite=True)
        wait_until(lambda: host.runs() and waiting(state) == [])
        assert [run["content"] for run in host.runs() if "content" in run] == contents


def waiting(state: Path) -> list[str]:
    with HostState(state / "host.sqlite") as opened:
        return [message.event.name for message in opened.messages()]


def test_a_timer_runs_each_second_and_one_of_startup_once(
    azurite: Azurite, state: Path, names: tuple[str, str]
) -> None:
    with running_host(azurite, state, names, TICK="* * * * * *") as host:
        wait_until(lambda: len(host.runs(function="tick")) == 3)
        ticks = [run["at"] for run in host.runs(function="tick", past_due=False)]
        assert [round(later - earlier) for earlier, later in pairwise(ticks)] == [1, 1]
        assert host.runs(function="yearly") == [{"function": "yearly", "past_due": False}]


def test_a_timer_that_was_missed_runs_once_at_the_start(azurite: Azurite, state: Path, names: tuple[str, str]) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with HostState(state / "host.sqlite") as before:
        before.save_timer("tick", TimerStatus(NEVER, None, yesterday, yesterday))
    for _ in range(2):
        with running_host(azurite, state, names) as host:
            wait_until(lambda: host.runs(function="tick") and len(host.runs(function="yearly")) >= 1)
    assert [run["past_due"] for run in host.runs(function="tick")] == [True]
