"""The command `orchestrate demo`: one line for machines, and what it cost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from e2e_world import World

from localdev.demo import families

pytestmark = pytest.mark.xdist_group("demo")

COMMAND = Path(sys.executable).parent / "orchestrate"


def test_the_demo_tells_its_story_within_its_budgets(state: Path) -> None:
    for user in families.users():
        World.posted_secret(user["Password"])
        World.posted_secret(families.with_new_password(user)["Password"])
    command = [str(COMMAND), "demo", "--json", "--records", "80", "--state", str(state)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr + done.stdout
    [line] = done.stdout.splitlines()
    report = json.loads(line)
    assert list(report) == ["ok", "seconds", "scenarios", "ordercloud_calls", "requests_per_record", "differences"]
    assert (report["ok"], report["differences"]) == (True, [])
    assert all(
        set(scenario) == {"name", "records", "expected", "actual", "ordercloud_calls", "ok"}
        for scenario in report["scenarios"]
    )
    assert [scenario["name"] for scenario in report["scenarios"] if not scenario["ok"]] == []
    costs = report["requests_per_record"]
    assert set(costs) == {"unchanged", "changed", "created"}
    assert 0 < costs["unchanged"] <= 5
    assert 0 < costs["changed"] <= 8
    assert 0 < costs["created"] <= 9
    made, saved = report["ordercloud_calls"]["made"], report["ordercloud_calls"]["saved"]
    assert (made, saved) == (sum(each["ordercloud_calls"] for each in report["scenarios"]), 170)
