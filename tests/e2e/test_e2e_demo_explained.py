"""Every outcome of the demo is explained: action, reason, fields and OrderCloud's requests, as its journal has them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from e2e_world import Json, World, own_stack

from localdev.demo import families
from localdev.demo.catalogue import read_catalogue
from localdev.demo.narration import Narrator
from localdev.stack import StackOptions
from models.record_types import REGISTRY
from orchestration.sealing import HIDDEN

pytestmark = pytest.mark.xdist_group("demo")

CLIENTS = ("seller", "watcher")
NOT_SHOWN = "[redacted]"
"""How the sandbox's journal shows a password."""


def test_every_outcome_of_the_demo_is_explained_as_ordercloud_s_journal_has_it(state: Path) -> None:
    for user in families.users():
        World.posted_secret(user["Password"])
        World.posted_secret(families.with_new_password(user)["Password"])
    with own_stack(StackOptions(state=state, sweep_seconds=59)) as own:
        world = own.world
        report = Narrator(world.ready, lambda *_: None).tell(read_catalogue(80))
        assert report.ok, report.to_json()
        journal = [each for each in world.mentions("") if each["path"].startswith("/v1/") and each["path"] != "/v1/me"]
        explanations = [each for client in CLIENTS for each in explained(world, client)]

    expected = sum((Counter(each.expected) for each in report.told), Counter[str]())
    expand = REGISTRY["hydratedproduct"].expand
    assert expand
    parts = {part.record_type for part in expand(families.poster())}
    outcomes: Counter[str] = Counter()
    told: list[tuple[str, str]] = []
    for explanation in explanations:
        last, timeline = explanation["LastEvent"], explanation["Timeline"]
        assert timeline[-1]["Id"] == last["Id"]
        assert explanation["Reason"].startswith(last["Reason"])
        assert explanation["Next"] is not None
        composite = "Parts" in explanation["Next"]
        for event in timeline:
            assert event["Reason"]
            assert event["Action"] or event["ErrorType"]
            steps = {step["Step"]: step["Says"] for step in event["Steps"]}
            assert event["Reason"] in steps["decided"]
            calls = [(call["Method"], call["Path"]) for call in event["Calls"]]
            assert [f"{method} {path}" for method, path in calls] == (steps["called"].split(", ") if calls else []), (
                event["Id"]
            )
            told += calls
            if not composite:
                expect_fields(event, journal)
        outcomes.update(event["Action"] or event["ErrorType"] for event in timeline)
    made = [(entry["method"], with_query(entry)) for entry in journal]
    assert Counter(told) == Counter(made)
    assert {name for name in expected if outcomes[name] < expected[name]} == set()
    assert parts <= {explanation["RecordType"] for explanation in explanations}


def explained(world: World, client: str) -> Iterator[Json]:
    """Yield the explanation of each record that a client has sent, of whatever type, found by the lists."""
    api = world.api(client)
    for row in REGISTRY:
        after: str | None = ""
        while after is not None:
            page = api.get(f"/orchestration/{row.name}", params={"after": after, "pageSize": 100}).json()
            for item in page["Items"]:
                keys = "/".join("~" if key is None else quote(key, safe="") for key in item["Keys"].values())
                answer = api.get(f"/explain/{row.name}/{keys}")
                assert answer.status_code == 200, answer.text
                yield answer.json()
            after = page["NextKey"]


def expect_fields(event: Json, journal: list[Json]) -> None:
    """Check that what an event says of fields is what its last write held: the one call of that time with such a body.

    A create holds what was posted, but for what stands in the path; a patch the fields that the diff names.
    """
    writes = [call for call in event["Calls"] if call["Method"] in ("POST", "PATCH", "PUT")]
    if not writes or event["RecordType"] == "variant":  # those are generated, all with one call
        return
    call = writes[-1]
    path, _, query = call["Path"].partition("?")
    bodies = [
        entry["request"]
        for entry in journal
        if (entry["method"], entry["path"], entry["query"]) == (call["Method"], path, query)
    ]
    assert any(holds(event, call["Method"], body) for body in bodies), (event["Id"], event["Diff"], bodies[:3])


def holds(event: Json, method: str, body: Json) -> bool:
    posted = {name: NOT_SHOWN if value == HIDDEN else value for name, value in event["Posted"].items()}
    match method:
        case "POST":
            return {name: value for name, value in posted.items() if name in body} == body
        case "PATCH":
            names = {".".join(split(name)[:2]) if name.startswith("xp") else split(name)[0] for name in event["Diff"]}
            sent = {f"{name}.{inner}" for name in body for inner in (body[name] if name == "xp" else [""])}
            return names == {each.rstrip(".") for each in sent}
        case _:
            removed = [split(name) for name, entry in event["Diff"].items() if entry.get("Removed")]
            return bool(removed) and all(value_at(body, path) is None for path in removed)


def split(name: str) -> list[str]:
    return name.split(".")


def value_at(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def with_query(entry: Json) -> str:
    return f"{entry['path']}?{entry['query']}" if entry["query"] else str(entry["path"])
