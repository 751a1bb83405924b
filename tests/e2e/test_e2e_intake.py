"""What is not accepted: the exact answer in OrderCloud's shape, and nothing of it stored."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from e2e_world import Json, World, errors_of, nothing_is_stored, wait_for

PRODUCT = "/orchestration/product"
MAX_BYTES = 4_194_304


def nested(levels: int) -> Any:
    """Return an object in which objects nest so deep, itself included."""
    value: Any = {}
    for _ in range(levels - 1):
        value = {"deeper": value}
    return value


@pytest.mark.parametrize(
    ("text", "status", "code", "data"),
    [
        pytest.param("", 400, "InvalidJson", None, id="nothing"),
        pytest.param('{"ID": "KEY"', 400, "InvalidJson", None, id="not JSON"),
        pytest.param('{"ID": "KEY"} {}', 400, "InvalidJson", None, id="more than one value"),
        pytest.param('"KEY"', 400, "InvalidType", None, id="a text"),
        pytest.param("null", 400, "InvalidType", None, id="null"),
        pytest.param("[]", 400, "NoItems", None, id="an empty array"),
        pytest.param(
            json.dumps([{"ID": "KEY"}] * 1001), 413, "TooManyItems", {"Limit": 1000}, id="too many records in an array"
        ),
        pytest.param(
            '{"ID": "KEY", "Name": "a", "Name": "b"}', 400, "DuplicateKey", {"Field": "Name"}, id="a key twice"
        ),
        pytest.param(
            '{"ID": "KEY", "xp": {"a": [{"b": 1, "b": 1}]}}', 400, "DuplicateKey", {"Field": "b"}, id="one twice inside"
        ),
        pytest.param('{"ID": "KEY", "ShipWeight": NaN}', 400, "InvalidNumber", None, id="NaN"),
        pytest.param('{"ID": "KEY", "xp": {"a": -Infinity}}', 400, "InvalidNumber", None, id="infinity"),
        pytest.param('{"ID": "KEY", "ShipWeight": 1e999}', 400, "InvalidNumber", None, id="a number that is infinite"),
        pytest.param(
            '{"ID": "KEY", "xp": {"a": ' + "9" * 400 + "}}", 400, "InvalidNumber", None, id="a number of 400 digits"
        ),
        pytest.param(
            '{"ID": "KEY", "xp": {"a": ' + "9" * 5000 + "}}", 400, "InvalidNumber", None, id="a number of 5000 digits"
        ),
        pytest.param('{"ID": "KEY", "Name": "\\ud800"}', 400, "InvalidText", None, id="half of a surrogate pair"),
        pytest.param('{"ID": "KEY", "xp": {"\\udc00": 1}}', 400, "InvalidText", None, id="half of one in a key"),
        pytest.param(
            json.dumps({"ID": "KEY", "xp": nested(32)}), 400, "TooDeep", {"Limit": 32}, id="a level too deep"
        ),
        pytest.param(
            '{"ID": "KEY", "xp": ' + '{"a":' * 100_000 + "1" + "}" * 100_001,
            *(400, "TooDeep", {"Limit": 32}),
            id="far too deep",
        ),
        pytest.param(
            '{"ID": "KEY", "Description": "' + "a" * MAX_BYTES + '"}',
            *(413, "BodyTooLarge", {"Limit": MAX_BYTES}),
            id="too large",
        ),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused_as_a_whole(
    world: World, key: str, text: str, status: int, code: str, data: Json | None
) -> None:
    answer = world.api().post(PRODUCT, content=text.replace("KEY", key).encode())
    assert errors_of(answer) == (status, [(code, data)])
    nothing_is_stored(world, key)


def test_bytes_that_are_not_utf_8_are_refused(world: World, key: str) -> None:
    answer = world.api().post(PRODUCT, content=f'{{"ID": "{key}", "Name": "'.encode() + b'\xff"}')
    assert errors_of(answer) == (400, [("InvalidJson", None)])
    nothing_is_stored(world, key)


def test_a_body_with_a_content_encoding_is_refused(world: World, key: str) -> None:
    answer = world.api().post(PRODUCT, json={"ID": key, "Name": "n"}, headers={"Content-Encoding": "gzip"})
    assert errors_of(answer) == (415, [("ContentEncoding", None)])
    nothing_is_stored(world, key)


def test_the_deepest_and_the_largest_that_is_allowed_is_accepted(world: World, key: str) -> None:
    deepest = {"ID": key, "Name": "n", "xp": nested(31)}
    assert world.posted("product", deepest)["State"] == "applied"
    body = json.dumps([{"ID": f"{key}-large", "Name": "n"}])
    answer = world.api().post(PRODUCT, content=(body + " " * (MAX_BYTES - len(body))).encode())
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        pytest.param("KEY/a", "InvalidID", id="slash"),
        pytest.param("../KEY", "InvalidID", id="dots"),
        pytest.param("KEY.json", "InvalidID", id="a dot"),
        pytest.param("KEY b", "InvalidID", id="space"),
        pytest.param("KEY\n", "InvalidID", id="line end"),
        pytest.param("KEYé", "InvalidID", id="accent"),
        pytest.param("KEY木", "InvalidID", id="ideograph"),
        pytest.param("KEY%2F", "InvalidID", id="percent"),
        pytest.param("KEY~", "InvalidID", id="tilde"),
        pytest.param("KEY{ID}", "InvalidID", id="braces"),
        pytest.param("KEY".ljust(101 - 14, "x"), "TooLong", id="101 characters"),
        pytest.param("", "TooShort", id="nothing"),
        pytest.param(None, "InvalidType", id="null"),
        pytest.param(7, "InvalidType", id="number"),
    ],
)
def test_an_id_that_is_none_is_refused_posted_or_deleted(world: World, key: str, identifier: Any, code: str) -> None:
    given = identifier.replace("KEY", key) if isinstance(identifier, str) else identifier
    answer = world.api().post(PRODUCT, json={"ID": given, "Name": f"n {key}"})
    assert errors_of(answer) == (400, [(code, {"Field": "ID"})])
    if isinstance(given, str) and "/" not in given and given:
        answer = world.api().delete(f"{PRODUCT}/{quote(given, safe='')}")
        assert errors_of(answer) == (400, [(code, {"Field": "ID"})])
    nothing_is_stored(world, key)


@pytest.mark.parametrize(
    ("method", "keys", "errors"),
    [
        pytest.param("GET", "{key}/a", (400, [("InvalidKeys", None)]), id="read too many keys"),
        pytest.param("DELETE", "{key}/a", (400, [("InvalidKeys", None)]), id="delete too many keys"),
        pytest.param("GET", "{key}%2Fa", (400, [("InvalidID", {"Field": "ID"})]), id="read an encoded slash"),
        pytest.param("DELETE", "{key}%2Fa", (400, [("InvalidID", {"Field": "ID"})]), id="delete an encoded slash"),
    ],
)
def test_a_path_that_names_no_record_is_refused(
    world: World, key: str, method: str, keys: str, errors: tuple[int, list[Any]]
) -> None:
    answer = world.api().request(method, f"{PRODUCT}/{keys.format(key=key)}")
    assert errors_of(answer) == errors
    nothing_is_stored(world, key)


def test_an_id_of_100_characters_is_accepted(world: World, key: str) -> None:
    longest = key.ljust(100, "_")
    assert world.posted("product", {"ID": longest, "Name": "n"})["State"] == "applied"
    assert world.ordercloud("product", longest)


@pytest.mark.parametrize("name", ["unicorn", "products", "product%00", "..."])
def test_a_record_type_that_there_is_not_is_refused(world: World, key: str, name: str) -> None:
    answer = world.api().post(f"/orchestration/{name}", json={"ID": key})
    assert errors_of(answer) == (404, [("UnrecognizedType", None)])
    nothing_is_stored(world, key)


def test_a_record_type_is_found_in_whatever_case(world: World, key: str) -> None:
    assert world.posted("Product", {"ID": key, "Name": "n"})["RecordType"] == "product"


@pytest.mark.parametrize(
    ("record_type", "fields", "errors"),
    [
        pytest.param("product", {"Nmae": "n"}, [("UnknownField", "Nmae")], id="unknown field"),
        pytest.param("product", {"Name": ""}, [("TooShort", "Name")], id="too short"),
        pytest.param("product", {"Name": "n" * 101}, [("TooLong", "Name")], id="too long"),
        pytest.param("product", {"Active": "yes"}, [("InvalidType", "Active")], id="wrong type"),
        pytest.param("product", {"xp": {"Status": "Gone"}}, [("InvalidValue", "xp.Status")], id="no such value"),
        pytest.param("product", {"xp": {"Tax": {"Code": "a"}}}, [("Required", "xp.Tax.Category")], id="required"),
        pytest.param("product", {"xp": {"a": "x" * 8001}}, [("TooLong", "xp")], id="too much xp"),
        pytest.param("priceschedule", {"SaleStart": "soon"}, [("InvalidValue", "SaleStart")], id="no instant"),
        pytest.param(
            "priceschedule",
            {"PriceBreaks": [{"Quantity": 1, "Price": 1}, {"Quantity": 1, "Price": 2}]},
            [("DuplicateKey", "PriceBreaks[1].Quantity")],
            id="two price breaks of one quantity",
        ),
        pytest.param(
            "priceschedule",
            {"Name": 7, "MinQuantity": 0, "PriceBreaks": [{"Quantity": 1}], "Colour": "red"},
            [
                ("InvalidType", "Name"),
                ("OutOfRange", "MinQuantity"),
                ("Required", "PriceBreaks[0].Price"),
                ("UnknownField", "Colour"),
            ],
            id="all errors at once",
        ),
    ],
)
def test_every_rule_that_a_record_breaks_is_named(
    world: World, key: str, record_type: str, fields: Json, errors: list[tuple[str, str]]
) -> None:
    answer = world.api().post(f"/orchestration/{record_type}", json={"ID": key, **fields})
    assert answer.json()["Items"] == []
    status, found = errors_of(answer)
    assert (status, sorted(found, key=str)) == (
        400,
        sorted(((code, {"Field": name}) for code, name in errors), key=str),
    )
    nothing_is_stored(world, key)


def test_a_mixed_array_accepts_the_good_ones_and_says_which_are_not(world: World, key: str) -> None:
    items = [
        {"ID": f"{key}-0", "Name": "n"},
        {"ID": f"{key}-1", "Name": 7, "Colour": "red"},
        "no record",
        {"Name": "no ID"},
        {"ID": f"{key}-4", "Name": "n"},
    ]
    answer = world.api().post(PRODUCT, json=items)
    assert [(item["Index"], item["Keys"]) for item in answer.json()["Items"]] == [
        (0, {"ID": f"{key}-0"}),
        (4, {"ID": f"{key}-4"}),
    ]
    assert errors_of(answer) == (
        207,
        [
            ("InvalidType", {"Index": 1, "Field": "Name"}),
            ("UnknownField", {"Index": 1, "Field": "Colour"}),
            ("InvalidType", {"Index": 2, "Field": ""}),
            ("Required", {"Index": 3, "Field": "ID"}),
        ],
    )
    for item in answer.json()["Items"]:
        assert world.outcome("product", item["Keys"]["ID"], item["Version"])["State"] == "applied"
    nothing_is_stored(world, f"{key}-1")


def test_a_record_twice_in_an_array_is_accepted_once_the_last_one(world: World, key: str) -> None:
    items = [{"ID": key, "Name": "first"}, {"ID": key.upper(), "Name": "second"}, {"ID": key, "Name": "last"}]
    answer = world.api().post(PRODUCT, json=items)
    [item] = answer.json()["Items"]
    status, errors = errors_of(answer)
    assert (status, item["Index"]) == (207, 2)
    assert [(code, data["Index"]) for code, data in errors] == [("Superseded", 0), ("Superseded", 1)]
    world.outcome("product", key, item["Version"])
    assert [call.body for call in world.calls(key)] == [{"ID": key, "Name": "last"}]


def test_a_source_version_older_than_the_waiting_one_is_superseded(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "n"})
    with world.slow(f"/v1/products/{key}$"):
        version = world.post("product", {"ID": key, "Name": "five"}, x_source_version="5")
        wait_for(lambda: world.storage_requests(key).count("PUT cache") >= 3, what="the claim")
        answer = world.api().post(PRODUCT, json={"ID": key, "Name": "four"}, headers={"X-Source-Version": "4"})
        assert errors_of(answer) == (409, [("Superseded", {"Version": "5"})])
        assert answer.json()["Items"] == []
        mixed = world.api().post(
            PRODUCT, json=[{"ID": key, "Name": "three", "SourceVersion": 3}, {"ID": f"{key}-b", "Name": "n"}]
        )
        assert errors_of(mixed) == (207, [("Superseded", {"Index": 0, "Field": None, "Version": "5"})])
    assert version == "5"
    assert world.outcome("product", key, "5")["LastEvent"]["Action"] == "Patch"
    late = world.outcome("product", key, world.post("product", {"ID": key, "Name": "late"}, x_source_version="4"))
    assert (late["LastEvent"]["Action"], late["LastEvent"]["Level"]) == ("Ignore", "Warn")
    assert [call.body for call in world.calls(key, after=1)] == [{"Name": "five"}]


@pytest.mark.parametrize("version", ["new", "1.5", "2026-13-01T00:00:00Z", "9" * 19])
def test_a_source_version_that_is_none_is_refused(world: World, key: str, version: str) -> None:
    answer = world.api().post(PRODUCT, json={"ID": key, "Name": "n"}, headers={"X-Source-Version": version})
    assert errors_of(answer) == (400, [("InvalidVersion", {"Field": "X-Source-Version"})])
    nothing_is_stored(world, key)
