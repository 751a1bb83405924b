"""docs/adding-a-record-type.md, done: its code makes a type, and a record of it goes through its whole life."""

import dataclasses
import re
import runpy
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes.profiles import profile_of
from fakes.runs import Runs
from fakes.sandbox import SandboxOrderCloud
from fakes.world import World

from localdev.record_types import record_types
from localdev.sandbox import corrections
from localdev.sandbox.description import Description
from localdev.sandbox.resources import RESOURCES
from models.examples import example_of
from models.record import Json
from models.record_types import REGISTRY
from models.registry import RecordType, Registry
from models.validation import InvalidRecordError, validate

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/adding-a-record-type.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^(?P<before>\S[^\n]*:)\n\n```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Code of the page: the module that it belongs to and, where it is lines of a table there, the table's name."""

    file: str
    table: str | None
    code: str

    def run(self) -> dict[str, Any]:
        """Run the code at the end of its module, in a copy of that; return what the module has then."""
        path = ROOT / self.file
        names = runpy.run_path(str(path)) if path.exists() else {"__name__": path.stem}
        code = self.code
        if self.table is not None:
            around = "({})" if isinstance(names[self.table], tuple) else "{{{}}}"
            code = f"{self.table} = {around.format(f'\n{code}')}"
        exec(code, names)
        return names


def blocks() -> Iterator[Block]:
    for found in BLOCK.finditer(PAGE):
        (file,) = re.findall(r"`([\w/]+\.py)`", found["before"])
        table = re.search(r"`([A-Z_]+)` of", found["before"])
        yield Block(file, table and table[1], found["code"])


BLOCKS = {(block.file, block.table): block for block in blocks()}
CASES = "tests/unit/models/refused_bodies.py"
TYPES = "tests/e2e/type_table.py"


def added(file: str, table: str) -> Any:
    """Return what the page adds to a table."""
    return BLOCKS[file, table].run()[table]


WAREHOUSE: RecordType = BLOCKS["models/warehouses.py", None].run()["WAREHOUSE"]
MINIMAL: Json = added(CASES, "MINIMAL")["warehouse"]
REFUSED: dict[str, tuple[Json, list[tuple[str, str, str]]]] = added(CASES, "REFUSED")["warehouse"]


def test_all_code_of_the_page_is_run_here() -> None:
    assert PAGE.count("```python") == len(BLOCKS)
    assert set(BLOCKS) == {
        ("models/warehouses.py", None),
        (CASES, "MINIMAL"),
        (CASES, "REFUSED"),
        ("localdev/sandbox/resources/companies.py", None),
        ("localdev/sandbox/corrections.py", "CORRECTIONS"),
        ("localdev/sandbox/corrections.py", "NEWER_OPERATIONS"),
        (TYPES, "PLAIN_ROWS"),
    }


COLUMNS = {
    each.name: each.default if each.default is not dataclasses.MISSING else {}
    for each in dataclasses.fields(RecordType)
    if each.init and each.name not in {"name", "model", "role", "family", "keys", "collection", "object_type"}
}
"""The columns of a row that a type may do without, each with what it is then."""


def columns_of_the_page() -> Iterator[tuple[list[str], list[str]]]:
    """Yield the columns that each line of the page's table tells, and the types that it names for them."""
    table = PAGE.split("| the records | column | as in |")[1].split("\n\n")[0]
    for _, columns, types in re.findall(r"^\| ([^|`]+) \| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE):
        names = re.findall(r"`(\w+)", columns.replace("Reference(", "references("))
        yield names, re.findall(r"`(\w+)`", types)


def test_the_page_tells_every_column_that_a_type_may_do_without() -> None:
    assert {name for columns, _ in columns_of_the_page() for name in columns} == COLUMNS.keys()


@pytest.mark.parametrize(("columns", "types"), list(columns_of_the_page()), ids=",".join)
def test_each_type_that_the_page_names_for_columns_has_one_of_them(columns: list[str], types: list[str]) -> None:
    assert types
    for name in types:
        assert any(getattr(REGISTRY[name], column) != COLUMNS[column] for column in columns), name


@pytest.mark.parametrize(("posted", "errors"), REFUSED.values(), ids=REFUSED)
def test_the_table_of_the_page_refuses_what_it_says(posted: Json, errors: list[tuple[str, str, str]]) -> None:
    with pytest.raises(InvalidRecordError) as refused:
        validate(WAREHOUSE, {**MINIMAL, **posted})
    assert [(error.code, error.field, error.message) for error in refused.value.errors] == errors


def test_the_least_of_the_page_is_valid_and_so_is_the_example_that_documents_show() -> None:
    assert validate(WAREHOUSE, MINIMAL).posted == MINIMAL
    assert validate(WAREHOUSE, example_of(WAREHOUSE)).keys == ("supplier-1", "warehouse-1")


def test_the_document_of_the_record_types_shows_the_row() -> None:
    assert "\n### warehouse\n\nWhere a supplier keeps goods.\n" in record_types(Registry([WAREHOUSE]))


@pytest.fixture
def world() -> World:
    return World(profile_of("erp"))


@pytest.fixture
async def ordercloud(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SandboxOrderCloud]:
    """Return the sandbox with what the page adds to it."""
    for table in ("CORRECTIONS", "NEWER_OPERATIONS"):
        for name, value in added("localdev/sandbox/corrections.py", table).items():
            monkeypatch.setitem(getattr(corrections, table), name, value)
    row = BLOCKS["localdev/sandbox/resources/companies.py", None].run()["WAREHOUSES"]
    sandbox = SandboxOrderCloud(
        tmp_path, profile_of("erp"), clock=world.clock, resources=(*RESOURCES, row), description=Description.load()
    )
    yield sandbox
    await sandbox.close()


@pytest.fixture
def runs(world: World, ordercloud: SandboxOrderCloud) -> Runs:
    """Return the house, whose registry has a warehouse too."""
    return Runs(
        world=world,
        ports=lambda ports: dataclasses.replace(ports, marketplaces=ordercloud),
        registry=Registry([*REGISTRY, WAREHOUSE]),
    )


class Life:
    """One record of the type, with the postings that the row of the page describes."""

    def __init__(self, runs: Runs, ordercloud: SandboxOrderCloud, own: str) -> None:
        (self._row,) = added(TYPES, "PLAIN_ROWS")
        self._named, self._own = BLOCKS[TYPES, "PLAIN_ROWS"].run()["named"], own
        self.runs, self.ordercloud = runs, ordercloud
        self.keys, self.before, self.expected = (self.of(name) for name in ("keys", "before", "expected"))
        self.held = "/".join(self.of("held")[1:])
        self.posted: Json = {**self.keys, **self.of("body")}
        self.changed: Json = {**self.posted, **self.of("change")}
        self.less: Json = {**self.changed, "xp": {"Kept": self.posted["xp"]["Kept"]}}

    def of(self, name: str) -> Any:
        """Return a part of the row, for this record."""
        return self._named(getattr(self._row, name), self._own, "t")

    async def day(self, posted: Json | None) -> list[Any]:
        """Return what comes of a posting, or of the deletion: the action and OrderCloud's calls."""
        runs, since = self.runs, len(self.ordercloud.calls)
        if posted is None:
            envelope = await runs.delete(*self.keys.values(), record_type="warehouse")
        else:
            envelope = await runs.post(posted, record_type="warehouse")
        await runs.run(envelope.path)
        calls = [f"{call.method} {call.path}" for call in self.ordercloud.calls[since:]]
        return [runs.events()[-1]["Action"], calls]


async def test_a_record_lives_as_the_row_of_the_page_says(runs: Runs, ordercloud: SandboxOrderCloud) -> None:
    other, life = Life(runs, ordercloud, "W0"), Life(runs, ordercloud, "W1")
    for name, body in life.before:
        await runs.apply(body, record_type=name)
    ordercloud.edit("suppliers/warehouses", other.held, Name="It was there")

    days = {
        "create": await life.day(life.posted),
        "unchanged": await life.day({**life.posted, "Opened": "2026-05-01T02:00:00+02:00"}),
        "patch": await life.day(life.changed),
        "removal": await life.day(life.less),
    }
    there = ordercloud.content["suppliers/warehouses"][life.held]
    ordercloud.drop("suppliers/warehouses", life.held)
    days["gone"] = await life.day({**life.less, "Name": "South"})
    days["delete"] = await life.day(None)
    adopted = await other.day(other.posted)

    assert days == {stage: day for stage, day in life.expected.items() if stage != "adopt"}
    assert adopted == other.expected["adopt"]
    assert there == {
        **{name: value for name, value in life.less.items() if name != "SupplierID"},
        "Active": False,
        "Opened": "2026-05-01T00:00:00+00:00",
        "DateCreated": there["DateCreated"],
    }
    assert list(ordercloud.content["suppliers/warehouses"]) == [other.held]
    assert [runs.blobs(place) for place in ("queue", "parked", "deadletters")] == [[], [], []]


async def test_a_record_waits_for_the_one_that_it_refers_to(runs: Runs, ordercloud: SandboxOrderCloud) -> None:
    life = Life(runs, ordercloud, "W1")
    await life.day(life.posted)
    for name, body in life.before:
        await runs.apply(body, record_type=name)

    assert [
        (event["RecordID"], event["Action"], event["Reason"].partition(" until ")[0]) for event in runs.events()
    ] == [
        ("acme/warehouse/t-v/w1", None, "parked"),
        ("acme/supplier/t-v", "Create", "it is not cached"),
        ("acme/warehouse/t-v/w1", "Create", "it is not cached"),
    ]
    assert list(ordercloud.content["suppliers/warehouses"]) == [life.held]
