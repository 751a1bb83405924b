"""docs/sandbox.md lists what the sandbox has, no more and no less."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from localdev.sandbox.assignment_rows import ASSIGNMENTS
from localdev.sandbox.control import Control
from localdev.sandbox.description import Description
from localdev.sandbox.engine import Engine
from localdev.sandbox.faults import Fault, Faults
from localdev.sandbox.resources import RESOURCES
from localdev.sandbox.store import Store
from localdev.sandbox.tokens import Tokens

NOW = datetime(2024, 1, 1, tzinfo=UTC)
TEXT = (Path(__file__).resolve().parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_every_control_call_is_documented(tmp_path: Path) -> None:
    store = Store(tmp_path)
    engine = Engine(store, Description.load(), RESOURCES, "M", deep_xp=False, clock=lambda: NOW, new_id=str)
    routes = Control(engine, Tokens(store, url="", seconds=1), Faults()).routes()
    store.close()
    served = {(method, re.sub(r"{[^}]*}", "{}", one.path[1:])) for one in routes for method in one.methods or ()}
    table = TEXT.partition("## Control API")[2].partition("Fault kinds")[0]
    rows = "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    told = re.findall(r"`([A-Z]+) ([\w/{}]+)", rows)
    assert {(method, re.sub(r"{[^}]*}", "{}", path)) for method, path in told} == served - {
        ("HEAD", path) for _, path in served
    }


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Resources: ", [one.name for one in RESOURCES]),
        ("Assignments: ", [kind.name for kind in ASSIGNMENTS]),
    ],
    ids=["resources", "assignments"],
)
def test_every_resource_is_documented(line: str, names: list[str]) -> None:
    documented = next(found for found in TEXT.splitlines() if found.startswith(line))
    assert sorted(re.findall(r"`([^`]+)`", documented)) == sorted(names)


def test_every_fault_kind_is_documented() -> None:
    line = next(line for line in TEXT.splitlines() if line.startswith("Fault kinds"))
    assert set(get_args(Fault.model_fields["kind"].annotation)) <= set(re.findall(r"`(\w+)`", line))
