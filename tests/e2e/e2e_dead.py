"""Dead letters on the whole stack: how tests make them, and what operators see of them."""

from typing import Any

from e2e_world import Json, World

LIST = "/deadletters"


def died(world: World, key: str, client: str = "seller", record_type: str = "product") -> Json:
    """Post a record without its name, which OrderCloud refuses, and return where it stands."""
    stands = world.posted(record_type, {"ID": key}, client=client)
    assert stands["State"] == "dead"
    return stands


def listed(world: World, **params: Any) -> list[Json]:
    """Return dead letters as the operator sees them, page by page."""
    items: list[Json] = []
    while True:
        answer = world.api("operator").get(LIST, params=params)
        assert answer.status_code == 200, answer.text
        items += answer.json()["Items"]
        if answer.json()["NextKey"] is None:
            return items
        params["after"] = answer.json()["NextKey"]


def of(world: World, key: str, **params: Any) -> list[Json]:
    """Return the dead letters of one product."""
    return listed(world, recordType="product", keys=key, **params)


def refused_for_now(world: World, key: str, client: str = "seller") -> None:
    """Post a product that OrderCloud refuses, and would not refuse any more."""
    errors = [{"ErrorCode": "Odd", "Message": "Not now.", "Data": {"Field": "Name"}}]
    refusal = {"status": 400, "body": {"Errors": errors}}
    with world.faults({"method": "POST", "path": "^/v1/products$", "kind": "status", "value": refusal, "times": 1}):
        assert world.posted("product", {"ID": key, "Name": "n"}, client=client)["State"] == "dead"
