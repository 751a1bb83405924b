"""The shortened fault run finds nothing wrong, and says what it did to what."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.xdist_group("faults")


def test_the_short_fault_run_ends_as_it_should():
    command = [sys.executable, "-m", "faults", "--short", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    report = json.loads(done.stdout)
    assert [problem for outcome in report["Outcomes"] for problem in outcome["Problems"]] == []
    assert (done.returncode, report["Ok"], report["Seed"]) == (0, True, 7)
    crashed = [
        (outcome["Action"], len(outcome["Figures"]["Points"]))
        for outcome in report["Outcomes"]
        if outcome["Scenario"] == "crashes"
    ]
    # One of eleven sides of requests: both sides of each action are among them.
    assert {action for action, points in crashed if points} == {
        "create",
        "patch",
        "put",
        "delete",
        "adopt",
        "composite",
    }
    assert [(each["Scenario"], each["Fault"]) for each in report["Outcomes"] if each["Scenario"] != "crashes"] == [
        ("storage", "storage stopped for 5 s"),
        ("kills", "OrderCloud killed, back after 5 s"),
    ]


def test_a_scenario_that_is_not_there_is_asked_for_in_vain():
    command = [sys.executable, "-m", "faults", "--only", "nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "there is no scenario nothing" in " ".join(done.stderr.split())
