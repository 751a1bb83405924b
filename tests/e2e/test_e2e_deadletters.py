"""Dead letters on the whole stack: what operators see of them, replay and drop, by the API."""

import uuid
from typing import Any

import pytest
from e2e_dead import LIST, died, listed, of, refused_for_now
from e2e_world import Json, World, errors_of, wait_for
from json_schema import breaches

REPLAY, DROP = "/deadletters/replay", "/deadletters/drop"


def resolved(world: World, path: str, body: Json) -> list[str]:
    """Have the operator replay or drop, and return the outcomes."""
    answer = world.api("operator").post(path, json=body)
    assert (answer.status_code, answer.json()["NextKey"]) == (200, None), answer.text
    return [item["Outcome"] for item in answer.json()["Items"]]


def named(world: World, key: str, client: str = "seller") -> Json:
    return {"RecordType": "product", "Keys": {"ID": key}, "Client": world.credentials(client)["client_id"]}


def last_told(world: World, client: str, key: str) -> set[tuple[str, str | None]]:
    """Return the reason of the last event of a product of pim's and the operator, wherever a client is shown it."""
    whose = {} if client == "pim" else {"client": world.credentials("pim")["client_id"]}
    api = world.api(client)
    stands, explained = (
        api.get(f"/{path}/product/{key}", params=whose).json() for path in ("orchestration", "explain")
    )
    logged = api.get("/logs", params={"RecordType": "product", "Keys": key, "pageSize": 1}).json()["Items"][0]
    assert explained["Reason"] == logged["Reason"]
    last = explained["Timeline"][-1], explained["LastEvent"], stands["LastEvent"], logged
    return {(each["Reason"], each.get("Operator")) for each in last}


def test_a_dead_letter_is_told_with_its_cause_and_what_to_do(world: World, key: str) -> None:
    event = died(world, key)["LastEvent"]
    [letter] = of(world, key)
    client = world.credentials("seller")["client_id"].lower()
    assert letter == {
        "Key": f"laptop/product/{key.lower()}/{client}",
        "RecordID": f"laptop/product/{key.lower()}",
        "RecordType": "product",
        "Keys": {"ID": key},
        "Client": client,
        "Resource": "seller",
        "Operation": "upsert",
        "Version": event["Version"],
        "State": "dead",
        "Cause": event["Message"],
        "ErrorType": "RefusedByOrderCloud",
        "Errors": event["Errors"],
        "Status": 400,
        "Attempts": 1,
        "Replays": 0,
        "AcceptedAt": letter["AcceptedAt"],
        "DiedAt": letter["DiedAt"],
        "WhatToDo": letter["WhatToDo"],
        "TraceID": event["TraceID"],
    }
    assert letter["AcceptedAt"] < letter["DiedAt"] <= event["Time"]
    assert "correct the record" in letter["WhatToDo"]


def test_filters_and_pages_find_the_same_dead_letters(world: World, key: str) -> None:
    keys = [f"{key}-{number}" for number in range(3)]
    for each in keys:
        died(world, each)
    died(world, keys[0], client="pim")
    died(world, key, record_type="priceschedule")
    pim = world.credentials("pim")["client_id"]

    def found(**params: Any) -> list[tuple[str, str]]:
        letters = [letter for letter in listed(world, **params) if key.lower() in letter["Key"]]
        return [(letter["RecordType"], letter["Keys"]["ID"]) for letter in letters]

    of_products = sorted([("product", each) for each in [keys[0], *keys]])
    everything = [("priceschedule", key), *of_products]
    assert found() == everything
    assert found(pageSize=1) == everything
    assert found(recordType="Product", errorType="refusedbyordercloud", status=400) == of_products
    assert found(client=pim) == [("product", keys[0])]
    assert found(errorCode="ValidationFailure", field="name") == everything
    assert found(errorCode="IdExists") == []


def test_causes_are_counted(world: World, key: str) -> None:
    died(world, key)
    [cause] = listed(world, recordType="product", keys=key, group="cause")
    code = of(world, key)[0]["Errors"][0]["ErrorCode"]
    named = {name: cause[name] for name in ("ErrorType", "ErrorCode", "Field", "Count")}
    assert named == {"ErrorType": "RefusedByOrderCloud", "ErrorCode": code, "Field": "Name", "Count": 1}


def test_bytes_that_are_no_envelope_are_listed_and_dropped(world: World, key: str) -> None:
    client = world.credentials("seller")["client_id"].lower()
    name = f"laptop/product/{key.lower()}/{client}"
    world.container("queue").upload_blob(name, b"garbage")
    [letter] = wait_for(lambda: of(world, key), what="the dead letter")
    assert (letter["State"], letter["ErrorType"], letter["Key"]) == ("unreadable", "Unreadable", f"unreadable/{name}")
    assert letter["Cause"] == "Expecting value: line 1 column 1 (char 0)"
    assert letter["DiedAt"]
    assert resolved(world, REPLAY, {"Records": [{"Key": letter["Key"]}]}) == ["unreadable"]
    assert resolved(world, DROP, {"Records": [{"Key": letter["Key"]}]}) == ["dropped"]
    assert of(world, key) == []


def test_a_replay_goes_through_the_pipeline_and_is_compared_with_what_is_there(world: World, key: str) -> None:
    refused_for_now(world, key)
    world.put_in_ordercloud("product", key, {"Name": "n", "Description": "theirs"})
    assert resolved(world, REPLAY, {"Records": [named(world, key)], "DryRun": True}) == ["replayed"]
    assert len(of(world, key)) == 1
    assert resolved(world, REPLAY, {"Records": [named(world, key)]}) == ["replayed"]

    wait_for(lambda: not of(world, key), what="the replay")
    stands = world.standing("product", key)
    assert stands
    operator = world.credentials("operator")["client_id"].lower()
    told = [(event["Attempt"], event["Level"], event["Reason"], event.get("Operator")) for event in stands["Events"]]
    assert told == [
        (1, "Success", "it was there already, and as posted", None),
        (0, "Progress", "replayed by an operator", operator),
        (1, "Error", "dead letter: it needs a person", None),
    ]
    assert (stands["State"], stands["LastEvent"]["Message"]) == ("applied", "it was a dead letter")
    assert world.ordercloud("product", key)["Description"] == "theirs"  # type: ignore[index]  # it is there
    assert [call.method for call in world.calls(key)] == ["POST", "POST", "GET"]  # never the same sent again blindly
    assert resolved(world, REPLAY, {"Records": [named(world, key)]}) == ["gone"]


def test_many_are_replayed_by_a_filter_page_by_page(world: World, key: str) -> None:
    keys = [f"{key}-{number}" for number in range(5)]
    for each in keys:
        refused_for_now(world, each, client="pim")
    body: Json = {"Filter": {"Client": world.credentials("pim")["client_id"], "ErrorCode": "odd"}, "PageSize": 2}
    outcomes: list[str] = []
    while body.get("After", "") is not None:
        answer = world.api("operator").post(REPLAY, json=body).json()
        assert len(answer["Items"]) <= 2
        outcomes += [item["Outcome"] for item in answer["Items"]]
        body["After"] = answer["NextKey"]
    assert outcomes == ["replayed"] * 5
    for each in keys:
        wait_for(lambda each=each: world.ordercloud("product", each), what=f"the replay of {each}")


def test_a_newer_posting_wins_over_a_replay_and_over_a_drop(world: World, key: str) -> None:
    died(world, key)
    with world.slow("/v1/products"):
        version = world.post("product", {"ID": key, "Name": "newer"})
        outcomes = [resolved(world, path, {"Records": [named(world, key)]}) for path in (DROP, REPLAY)]
        stands = world.outcome("product", key, version)
    assert outcomes == [["superseded"]] * 2
    assert (stands["State"], stands["LastEvent"]["Action"]) == ("applied", "Create")
    held = world.ordercloud("product", key)
    assert held
    assert held["Name"] == "newer"
    assert of(world, key) == []


def test_a_drop_removes_the_posting_and_leaves_what_was_applied_and_an_event(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n"}, client="pim")
    errors = [{"ErrorCode": "Odd", "Message": "No.", "Data": {"Field": "Name"}}]
    refusal = {"status": 400, "body": {"Errors": errors}}
    with world.faults({"method": "PATCH", "path": f"/{key}$", "kind": "status", "value": refusal}):
        version = world.post("product", {"ID": key, "Name": "m"}, client="pim")
        assert world.outcome("product", key, version, "pim")["State"] == "dead"
    body = {"Filter": {"RecordType": "product", "Client": world.credentials("pim")["client_id"], "Field": "Name"}}
    assert "dropped" in resolved(world, DROP, {**body, "DryRun": True})
    assert resolved(world, DROP, {"Records": [named(world, key, "pim")]}) == ["dropped"]

    stands = world.standing("product", key, "pim")
    assert stands
    assert (stands["State"], stands["Version"]) == ("dropped", version)
    operator = world.credentials("operator")["client_id"].lower()
    event = stands["LastEvent"]
    assert (event["Action"], event["Reason"], event["ErrorType"]) == (None, "dropped by an operator", "Dropped")
    shown = {client: last_told(world, client, key) for client in ("pim", "operator")}
    assert shown == {
        "pim": {("dropped by an operator", None)},
        "operator": {("dropped by an operator", operator)},
    }
    asked = {"RecordType": "product", "Keys": key}
    for search, count in (("by an operator", 1), (operator, 0), (f"by {operator[:3]}", 0)):
        answer = world.api("pim").get("/logs", params={**asked, "search": search}).json()
        assert answer["Meta"]["TotalCount"] == count, search
    assert (world.blobs("deadletters", key), of(world, key)) == ([], [])
    held = world.ordercloud("product", key)
    assert held
    assert held["Name"] == "n"
    assert world.posted("product", {"ID": key, "Name": "again"}, client="pim")["State"] == "applied"


def test_a_stale_hint_is_not_listed_and_removed(world: World, key: str) -> None:
    client = world.credentials("seller")["client_id"].lower()
    world.posted("product", {"ID": key, "Name": "n"})
    world.container("deadletters").upload_blob(f"laptop/product/{key.lower()}/{client}", b"")
    assert of(world, key) == []
    assert world.blobs("deadletters", key) == []


# Who may ask, and how

REQUESTS: list[tuple[str, str, Any]] = [
    ("GET", LIST, None),
    ("POST", REPLAY, {"All": True}),
    ("POST", DROP, {"All": True}),
]
EACH = pytest.mark.parametrize(("method", "path", "body"), REQUESTS, ids=["list", "replay", "drop"])


@EACH
def test_only_operators_with_a_profile_may_see_and_resolve_dead_letters(
    world: World, key: str, method: str, path: str, body: Any
) -> None:
    died(world, key, client="pim")
    assert errors_of(world.api(None).request(method, path, json=body)) == (401, [("InvalidToken", None)])
    for client in ("pim", "supplier", "reader", "buyer"):
        status, [(code, data)] = errors_of(world.api(client).request(method, path, json=body))
        assert (status, code, data["SufficientRoles"]) == (403, "InsufficientRoles", ["OrchestrationOperator"])
    world.change_client("stranger", {"roles": ["OrchestrationOperator"]})
    try:
        world.forget_tokens()
        refused = world.api("stranger").request(method, path, json=body)
        assert errors_of(refused) == (403, [("NoIntegrationProfile", None)])
    finally:
        world.change_client("stranger", {"roles": ["ProductAdmin"]})
        world.forget_tokens()
    assert len(of(world, key)) == 1


def test_another_marketplace_s_dead_letters_are_out_of_reach(world: World) -> None:
    name = f"elsewhere/product/{uuid.uuid4().hex}/{uuid.uuid4()}"
    for each in (name, f"unreadable/{name}"):
        world.container("deadletters").upload_blob(each, b"")
    assert [letter for letter in listed(world) if "elsewhere" in letter["Key"]] == []
    chosen = {"Records": [{"Key": name}, {"Key": f"unreadable/{name}"}]}
    assert resolved(world, DROP, chosen) == resolved(world, REPLAY, chosen) == ["gone", "gone"]
    assert len(world.blobs("deadletters", name)) == 2


def test_everything_that_is_wrong_with_a_question_is_told_at_once(world: World) -> None:
    params = {
        "recordType": "unicorn",
        "status": "many",
        "pageSize": 101,
        "group": "colour",
        "cleint": "x",
    }
    answer = world.api("operator").get(LIST, params=params)
    assert errors_of(answer) == (
        400,
        [
            ("InvalidValue", {"Field": "recordType"}),
            ("InvalidType", {"Field": "status"}),
            ("OutOfRange", {"Field": "pageSize"}),
            ("InvalidValue", {"Field": "group"}),
            ("UnknownParameter", {"Field": "cleint"}),
        ],
    )


def test_answers_are_as_the_description_says(world: World, key: str) -> None:
    document = world.api(None).get("/openapi.json").json()
    died(world, key)
    for method, path, asked in (
        ("get", LIST, {"params": {"keys": key, "recordType": "product"}}),
        ("get", LIST, {"params": {"group": "cause"}}),
        ("post", REPLAY, {"json": {"Filter": {"RecordType": "product"}, "DryRun": True, "PageSize": 1}}),
        ("post", DROP, {"json": {"All": True, "DryRun": True}}),
    ):
        answer = world.api("operator").request(method, path, **asked)
        described = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer.status_code == 200
        assert answer.json()["Items"]
        assert breaches(described, answer.json(), document) == []
