"""Nothing secret is at rest in the clear, whatever became of the postings; the end of the session looks once more."""

from e2e_world import World, secrets_at_rest, wait_for


def test_neither_good_nor_bad_requests_leave_a_secret_behind(world: World, key: str) -> None:
    token = world.new_token("seller")
    good = world.api(token=token)
    product = {"ID": key, "Name": "n"}
    version = good.post("/orchestration/product", json=product).json()["Items"][0]["Version"]
    assert world.outcome("product", key, version)["State"] == "applied"
    good.post("/orchestration/product", content=b"no JSON")
    good.post("/orchestration/product", json={"ID": key, "Nmae": 1})
    good.get("/orchestration/product/", params={"client": "pim"})
    header, claims, _ = token.split(".")
    for forged in (f"{header}.{claims}.forged", claims):
        assert world.api(token=forged).post("/orchestration/product", json=product).status_code == 401
    with world.faults({"path": f"/{key}$", "kind": "status", "value": {"status": 403, "body": "no"}}):
        assert world.posted("product", {"ID": key, "Name": "m"})["State"] == "parked"
    assert secrets_at_rest(world.state, [*world.secrets, token, claims]) == []
    # The refused role holds back all products of the client until this one is through: other tests post some.
    wait_for(lambda: (world.standing("product", key) or {}).get("State") == "applied", 60, what="the end of the wait")
