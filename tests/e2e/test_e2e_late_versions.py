"""A source's older version that comes late is not applied, also where a newer one has taken it up in the queue."""

from e2e_world import Json, World, errors_of, wait_for


def test_what_a_late_version_says_is_left_out_of_the_newer_one_that_it_meets_in_the_queue(
    world: World, key: str
) -> None:
    """5 is a part of a composite, so nothing of the product is queued while OrderCloud takes its time to create it."""
    whole: Json = {"ID": key, "Product": {"Name": "five", "Description": "five"}}
    late: Json = {"ID": key, "Name": "four", "Description": "four", "xp": {"From": 4}}
    with world.slow("^/v1/products$", seconds=3.0):
        world.post("hydratedproduct", whole, x_source_version="5")
        looks = "HEAD queue"  # one before the claim and one under it
        wait_for(lambda: world.storage_requests(f"/product/{key}").count(looks) >= 2, what="the claim")
        world.post("product", late, x_source_version="4")
        world.post("product", {"ID": key, "Name": "six"}, x_source_version="6")
        stands = world.outcome("product", key, "6")

    event = stands["LastEvent"]
    assert (event["Action"], event["Posted"]) == ("Patch", {"ID": key, "Name": "six"})
    assert event["Message"] == "left out as older than version 5: Description, xp"
    held = world.ordercloud("product", key) or {}
    assert (held["Name"], held["Description"], held["xp"]) == ("six", "five", None)
    wait_for(lambda: not world.blobs("queue", key), what="an empty queue")


def test_a_version_older_than_a_delete_is_superseded(world: World, key: str) -> None:
    world.outcome("product", key, world.post("product", {"ID": key, "Name": "three"}, x_source_version="3"))
    seller = world.api()
    deleted = seller.delete(f"/orchestration/product/{key}", headers={"X-Source-Version": "5"})
    assert deleted.status_code == 202
    world.outcome("product", key, "5")
    stands = world.outcome("product", key, world.post("product", {"ID": key, "Name": "four"}, x_source_version="4"))
    event = stands["LastEvent"]
    assert (event["ErrorType"], event["Reason"]) == (
        "Superseded",
        "superseded by version 5, which this source gave before",
    )
    assert (stands["State"], world.ordercloud("product", key)) == ("deleted", None)


def test_of_an_array_an_older_version_of_a_record_is_refused(world: World, key: str) -> None:
    items = [{"ID": key, "Name": "seven", "SourceVersion": 7}, {"ID": key, "Name": "six", "SourceVersion": 6}]
    answer = world.api().post("/orchestration/product", json=items)
    assert errors_of(answer) == (207, [("Superseded", {"Index": 1, "Field": None, "Version": "7"})])
    world.outcome("product", key, "7")
    assert (world.ordercloud("product", key) or {})["Name"] == "seven"
