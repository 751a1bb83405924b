import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from host_runs import wait_until

from localdev.processes import ChildError, Supervisor, start_child, stop_child

READY = "import json, os, sys, time; print(json.dumps({'pid': os.getpid(), 'said': 'hello'}), flush=True); "
STAYS = READY + "time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAYS


def python(code: str) -> Sequence[str]:
    return [sys.executable, "-c", code]


def test_a_child_is_ready_when_it_says_so_and_ends_on_sigterm(state: Path) -> None:
    child = start_child("one", python(STAYS), state=state)
    assert child.ready == {"pid": child.pid, "said": "hello"}
    assert os.getsid(child.pid) == child.pid
    assert (stop_child(child), child.pid_file.exists()) == (-signal.SIGTERM, False)


def test_a_child_is_given_its_environment_and_directory(state: Path, tmp_path: Path) -> None:
    code = READY + "print(os.environ['WHO'], os.getcwd(), flush=True); time.sleep(60)"
    child = start_child("one", python(code), state=state, env={"WHO": "me"}, cwd=tmp_path)
    wait_until(lambda: f"me {tmp_path}\n" in child.log.read_text())
    stop_child(child)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param("import sys; sys.exit('the reason')", r"exit code 1(.|\n)*the reason", id="ends"),
        pytest.param("import time; time.sleep(60)", "not ready after", id="silent"),
        pytest.param("import time; print('{\"pid\": 1}', flush=True); time.sleep(60)", "not ready", id="other-pid"),
    ],
)
def test_a_child_that_does_not_become_ready_is_an_error_and_is_gone(state: Path, code: str, message: str) -> None:
    with pytest.raises(ChildError, match=message):
        start_child("one", python(code), state=state, ready_seconds=0.7)
    assert [*state.glob("pids/*")] == []


def test_a_deaf_child_is_killed_but_never_one_that_must_not_be(state: Path) -> None:
    killed = start_child("killed", python(DEAF), state=state)
    spared = start_child("spared", python(DEAF), state=state, may_be_killed=False)
    assert stop_child(killed, 0.1) == -signal.SIGKILL
    with pytest.raises(ChildError, match="still ending"):
        stop_child(spared, 0.1)
    assert spared.process.poll() is None
    spared.process.kill()
    stop_child(spared)


def test_a_child_of_an_earlier_run_is_ended_before_its_successor_starts(state: Path) -> None:
    first = start_child("one", python(STAYS), state=state)
    second = start_child("one", python(STAYS), state=state)
    assert (first.process.wait(5), second.process.poll()) == (-signal.SIGTERM, None)
    stop_child(second)
    stop_child(first)


def test_a_stranger_under_a_remembered_pid_is_left_alone(state: Path) -> None:
    stranger = start_child("one", python(STAYS), state=state)
    stranger.pid_file.write_text(stranger.pid_file.read_text().replace("hello", "other"))
    second = start_child("one", python(STAYS), state=state)
    assert stranger.process.poll() is None
    stop_child(second)
    stop_child(stranger)


def test_a_supervisor_stops_its_children_and_replaces_one_that_ended(state: Path) -> None:
    with Supervisor(state) as supervisor:
        first = supervisor.start("first", python(STAYS))
        ended = supervisor.start("second", python(READY + "sys.exit(3)"))
        assert ended.process.wait(5) == 3
        supervisor.forget(ended)
        second = supervisor.start("second", python(STAYS))
        with pytest.raises(ChildError, match="another run uses"), Supervisor(state):
            pass
    assert [child.process.returncode for child in (first, second)] == [-signal.SIGTERM, -signal.SIGTERM]


PARENT = """
    import sys
    from pathlib import Path
    from localdev.processes import Supervisor
    with Supervisor(Path(sys.argv[1])) as supervisor:
        child = supervisor.start("child", [sys.executable, "-c", sys.argv[2]])
        print(child.pid, flush=True)
        sys.stdin.read()
"""
WATCHED = "from localdev.processes import end_with_parent; end_with_parent(); " + STAYS


@pytest.mark.parametrize(
    ("code", "survives"),
    [pytest.param(WATCHED, False, id="watching-its-parent"), pytest.param(STAYS, True, id="not-watching")],
)
def test_a_child_ends_with_a_killed_parent_or_at_the_next_start(state: Path, code: str, survives: bool) -> None:  # noqa: FBT001 - a column
    command = [sys.executable, "-c", textwrap.dedent(PARENT), str(state), code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    if not survives:
        wait_until(lambda: not runs(pid))
    assert runs(pid) is survives
    with Supervisor(state):
        assert not runs(pid)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
