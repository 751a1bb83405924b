"""Events and statistics on the whole stack: what sources and operators see of them, by the API and by the command."""

import json
import subprocess
from datetime import datetime, timedelta
from typing import Any

import pytest
from e2e_command import COMMAND, documented, orchestrate
from e2e_world import Json, World, errors_of

LOGS, STATS = "/logs", "/stats"


def story(world: World, key: str, client: str = "seller") -> None:
    """Post a product that is created, left alone and patched, one after the other."""
    for name in ("one", "one", "two"):
        assert world.posted("product", {"ID": key, "Name": name}, client=client)["State"] == "applied"


def page(world: World, client: str = "operator", **params: Any) -> Json:
    """Return a page of events, of products by default."""
    filters = {name.replace("Errors_", "Errors."): value for name, value in params.items()}
    answer = world.api(client).get(LOGS, params=filters)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def actions(found: Json) -> list[str]:
    return [event["Action"] or event["ErrorType"] for event in found["Items"]]


def test_events_are_listed_filtered_and_sorted_as_ordercloud_lists_are(world: World, key: str) -> None:
    story(world, key)
    of = {"RecordType": "product", "Keys": key}
    found = page(world, **of)
    assert actions(found) == ["Patch", "Ignore", "Create"]
    assert found["Meta"] == {
        "Page": 1,
        "PageSize": 20,
        "TotalCount": 3,
        "TotalPages": 1,
        "ItemRange": [1, 3],
        "NextPageKey": None,
    }
    standing = world.standing("product", key)
    assert standing is not None
    assert found["Items"] == standing["Events"]
    newest, _, oldest = found["Items"]
    for filters, listed in (
        ({"sortBy": "Time"}, ["Create", "Ignore", "Patch"]),
        ({"Action": "create|PATCH"}, ["Patch", "Create"]),
        ({"Action": "!Ignore"}, ["Patch", "Create"]),
        ({"Action": "pa*"}, ["Patch"]),
        ({"Level": "Error"}, []),
        ({"ErrorType": "!*"}, ["Patch", "Ignore", "Create"]),
        ({"Resource": "seller", "Errors_ErrorCode": "!*", "JobID": "!*"}, ["Patch", "Ignore", "Create"]),
        ({"RecordID": f"*/{key}"}, ["Patch", "Ignore", "Create"]),
        ({"Version": newest["Version"]}, ["Patch"]),
        ({"TraceID": oldest["TraceID"]}, ["Create"]),
        ({"Time": [f">{oldest['Time']}", f"<{newest['Time']}"]}, ["Ignore"]),
        ({"search": "nothing CHANGED"}, ["Ignore"]),
        ({"Client": world.credentials("pim")["client_id"]}, []),
    ):
        assert (filters, actions(page(world, **of, **filters))) == (filters, listed)


def test_pages_are_walked_by_number_and_by_key(world: World, key: str) -> None:
    story(world, key)
    of = {"RecordType": "product", "Keys": key, "pageSize": 2}
    first = page(world, **of)
    second = page(world, **of, pageKey=first["Meta"]["NextPageKey"])
    assert (actions(first), actions(second)) == (["Patch", "Ignore"], ["Create"])
    uncounted = {"Page": 2, "PageSize": 2, "TotalCount": None, "TotalPages": None, "ItemRange": [3, 3]}
    assert second["Meta"] == {**uncounted, "NextPageKey": None}
    assert page(world, **of, page=2)["Meta"] == {**uncounted, "TotalCount": 3, "TotalPages": 2, "NextPageKey": None}
    beyond = world.api("operator").get(LOGS, params={**of, "page": 3})
    told = {"ErrorCode": "InvalidValue", "Message": "page must be from 1 to 2, the last one of 3 events."}
    assert (beyond.status_code, beyond.json()) == (400, {"Errors": [{**told, "Data": {"Field": "page"}}]})

    world.posted("product", {"ID": key, "Name": "three"})
    assert actions(page(world, **of, pageKey=first["Meta"]["NextPageKey"])) == ["Create"], "whatever came meanwhile"


def test_a_source_sees_its_own_records_events_alone(world: World, key: str) -> None:
    story(world, key)
    story(world, f"{key}-pim", client="pim")
    own, other = (world.credentials(name)["client_id"].lower() for name in ("pim", "seller"))
    found = page(world, "pim", pageSize=100)
    assert {event["Client"] for event in found["Items"]} == {own}
    for asked in ({"Client": other}, {"RecordType": "product", "Keys": key}, {"RecordID": f"*/{key}"}):
        assert page(world, "pim", **asked) == {
            "Meta": {**found["Meta"], "PageSize": 20, "TotalCount": 0, "TotalPages": 0, "ItemRange": [0, 0]}
            | {"NextPageKey": None},
            "Items": [],
        }
    assert actions(page(world, "pim", RecordType="product", Keys=f"{key}-pim")) == ["Patch", "Ignore", "Create"]
    assert {event["Client"] for event in page(world, search=key.lower(), pageSize=100)["Items"]} == {own, other}


@pytest.mark.parametrize(
    ("path", "query", "fields"),
    [
        (LOGS, "page=0&pageSize=101&sortBy=Client&pageKey=x", ["pageSize", "page", "pageKey", "page", "sortBy"]),
        (LOGS, "page=10002&pageSize=1", ["page"]),
        (LOGS, "page=1&pageKey=WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwieCIsMV0=", ["page"]),
        (LOGS, "pageKey=WzFd&search=ab", ["pageKey", "search"]),
        (LOGS, "Time=yesterday&Time=>soon&Time=2026*", ["Time", "Time", "Time"]),
        (LOGS, "Colour=red&client=x&Durations=1", ["Colour", "client", "Durations"]),
        (LOGS, "Action=&Client=a*b&Errors.ErrorCode=>a&Level=x|!y", ["Action", "Client", "Errors.ErrorCode", "Level"]),
        (LOGS, "Keys=P1", ["Keys"]),
        (LOGS, "Keys=P1/P2&RecordType=product", ["Keys"]),
        (LOGS, "&".join(["Action=x"] * 20), ["Action"]),
        (LOGS, "Keys=nothing&RecordType=product&page=2", ["page"]),
        (LOGS, "page=1&page=2&pageSize=5&PAGESIZE=6", ["page", "pageSize"]),
        (LOGS, "Time=>2026-01-31T08:00:00+01:00", ["Time"]),
        ("/orchestration/product", "after=xyz", ["after"]),
        ("/deadletters", "after=xyz", ["after"]),
        (STATS, "recordType=product&recordType=spec", ["recordType"]),
        (STATS, "from=yesterday&to=never&recordType=colour&x=1", ["x", "recordType", "from", "to"]),
        (STATS, "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", ["from"]),
        (STATS, "from=2026-01-01T00:00:00Z&to=2026-01-08T00:00:00Z", ["from"]),
        (STATS, "from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z", ["from", "to"]),
    ],
)
def test_whatever_is_asked_wrongly_is_told_with_its_field_and_all_at_once(
    world: World, path: str, query: str, fields: list[str]
) -> None:
    status, errors = errors_of(world.api("operator").get(f"{path}?{query}"))
    assert (status, [data["Field"] for _, data in errors]) == (400, fields)


@pytest.mark.parametrize(
    ("client", "path", "refused"),
    [
        (None, LOGS, (401, "InvalidToken")),
        (None, STATS, (401, "InvalidToken")),
        ("stranger", LOGS, (403, "NoIntegrationProfile")),
        ("pim", STATS, (403, "InsufficientRoles")),
    ],
)
def test_who_may_not_ask_is_told(world: World, client: str | None, path: str, refused: tuple[int, str]) -> None:
    status, [(code, _)] = errors_of(world.api(client).get(path))
    assert (status, code) == refused


def rows(world: World, **params: Any) -> dict[str, int]:
    """Return the outcomes of products of a client, of all hours together, with its calls."""
    answer = world.api("operator").get(STATS, params={"recordType": "product", **params})
    assert answer.status_code == 200, answer.text
    total = {"Made": 0, "Saved": 0, "Uncertain": 0}
    for row in answer.json()["Items"]:
        for name, count in (row["Outcomes"] | row["Calls"]).items():
            total[name] = total.get(name, 0) + count
    return total


def test_statistics_count_what_became_of_postings(world: World, key: str) -> None:
    client = world.credentials("pim")["client_id"]
    before = rows(world, client=client)
    story(world, key, client="pim")
    world.posted("product", {"ID": f"{key}-refused"}, client="pim")
    after = rows(world, client=client)
    more = {name: count - before.get(name, 0) for name, count in after.items()}
    assert {name: count for name, count in more.items() if count} == {
        "Create": 1,
        "Ignore": 1,
        "Patch": 1,
        "RefusedByOrderCloud": 1,
        "Made": 3,
        "Saved": 1,
    }
    told = world.api("operator").get(STATS, params={"client": client, "recordType": "product"}).json()
    assert told.keys() == {"Items", "PartialHours", "Queue", "Parked", "Dead", "Paused"}
    row = told["Items"][-1]
    assert (row["Client"], row["RecordType"]) == (client.lower(), "product")
    assert 0 <= row["LeadSeconds"]["P50"] <= row["LeadSeconds"]["P99"] < 60
    assert told["Dead"]["Clients"][client.lower()] >= 1
    assert told["Dead"]["ErrorTypes"]["RefusedByOrderCloud"] >= 1
    hour = datetime.fromisoformat(row["Hour"])
    past = {"from": (hour - timedelta(hours=5)).isoformat(), "to": (hour - timedelta(hours=3)).isoformat()}
    assert world.api("operator").get(STATS, params=past).json()["Items"] == []
    assert world.blobs("statistics", f"{hour - timedelta(hours=4):%Y-%m-%d/%H}.json")


def test_the_commands_tell_events_and_statistics(world: World, key: str) -> None:
    story(world, key)
    code, printed = orchestrate(world, "logs", "--type", "product", "--keys", key, "--json")
    assert (code, [json.loads(line)["Action"] for line in printed.splitlines()]) == (0, ["Create", "Ignore", "Patch"])
    code, printed = orchestrate(world, "logs", "--client", "seller", "--type", "product", "--keys", key, "--limit", "2")
    assert code == 0
    assert [("Ignore" in line, f"product {key}" in line) for line in printed.splitlines()] == [
        (True, True),
        (False, True),
    ]
    assert orchestrate(world, "logs", "--type", "product", "--keys", f"{key}-nothing") == (1, "nothing matched\n")
    assert orchestrate(world, "logs", "--since", "yesterday")[0] == 2
    code, printed = orchestrate(world, "stats", "--client", "seller", "--json")
    assert (code, json.loads(printed)["Items"][-1]["Client"]) == (0, world.credentials("seller")["client_id"].lower())
    code, printed = orchestrate(world, "stats", "--type", "product")
    assert (code, "Create" in printed, "queued:" in printed, "dead:" in printed) == (0, True, True, True)


def test_statistics_of_a_client_and_a_type_count_what_waits_of_them(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n", "DefaultPriceScheduleID": f"{key}-nowhere"})
    counts = {}
    for client, kind in (("seller", "product"), ("seller", "costcenter"), ("reader", "product")):
        code, printed = orchestrate(world, "stats", "--client", client, "--type", kind, "--json")
        counts[client, kind] = (code, json.loads(printed)["Parked"]["Count"] > 0)
    world.deleted("product", key)
    assert counts == {
        ("seller", "product"): (0, True),
        ("seller", "costcenter"): (0, False),
        ("reader", "product"): (0, False),
    }


def test_the_command_follows_what_comes(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "one"})
    options = ["--type", "product", "--keys", key, "--follow", "--json", "--state", str(world.state)]
    with subprocess.Popen([str(COMMAND), "logs", *options], stdout=subprocess.PIPE, text=True) as following:
        try:
            assert following.stdout
            assert json.loads(following.stdout.readline())["Action"] == "Create"
            world.posted("product", {"ID": key, "Name": "two"})
            assert json.loads(following.stdout.readline())["Action"] == "Patch"
            world.deleted("product", key)
            assert json.loads(following.stdout.readline())["Action"] == "Delete"
            following.send_signal(2)
            assert following.wait(timeout=20) == 130
        finally:
            following.kill()


@pytest.mark.parametrize("arguments", documented("logs", "stats"), ids=" ".join)
def test_the_commands_of_the_operations_document_run(world: World, arguments: list[str]) -> None:
    if "--follow" in arguments:
        arguments = [each for each in arguments if each != "--follow"]
    code, printed = orchestrate(world, *arguments)
    assert code in (0, 1), printed  # whether anything matches depends on the other tests
