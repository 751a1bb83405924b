"""Blobs in the queue that are none of ours: kept for a person, out of the way, and no harm to their neighbours."""

import json
import uuid
from urllib.parse import quote

import pytest
from azure.core.exceptions import ResourceNotFoundError
from e2e_world import World, wait_for

CLIENT = str(uuid.uuid4())
NAMES = {
    "a record's path": f"laptop/product/KEY/{CLIENT}",
    "a path of an unknown type": f"laptop/unicorn/KEY/{CLIENT}",
    "one segment": "KEY",
    "three segments": "laptop/product/KEY",
    "not lower case": f"Laptop/product/KEY/{CLIENT}",
    "no such escape": f"laptop/product/KEY%zz/{CLIENT}",
    "spaces and accents": f"laptop/product/KEY é/{CLIENT}",
    "a file": "KEY/readme.txt",
}
CONTENTS = {
    "garbage": b"\x00\xff\xfe garbage",
    "nothing": b"",
    "an array": b"[]",
    "another format": b'{"Format": 999}',
    "too deep": b"[" * 100_000,
}
CASES = [(name, CONTENTS["garbage"]) for name in NAMES] + [("a record's path", CONTENTS[name]) for name in CONTENTS]


@pytest.mark.parametrize(("where", "content"), CASES, ids=[*NAMES, *(f"holds {name}" for name in CONTENTS)])
def test_what_is_no_envelope_is_moved_to_the_dead_letters_and_its_neighbours_pass(
    world: World, key: str, where: str, content: bytes
) -> None:
    marker = key.lower()
    name = NAMES[where].replace("KEY", marker)
    world.container("queue").upload_blob(name, content)
    neighbour = world.posted("product", {"ID": f"{key}-neighbour", "Name": "n"})
    assert neighbour["State"] == "applied"

    moved = world.container("deadletters").get_blob_client(f"unreadable/{name}")
    assert wait_for(lambda: _content(moved), what=f"the move of {name}") == [content]
    wait_for(lambda: name not in world.blobs("queue", marker), what=f"the end of {name}")
    # No trigger comes back to it: while the next record passes through the same host, nothing more happens to it.
    moves = world.storage_requests(f"unreadable/{quote(name)}").count("PUT deadletters")
    world.posted("product", {"ID": f"{key}-later", "Name": "n"})
    assert world.storage_requests(f"unreadable/{quote(name)}").count("PUT deadletters") == moves >= 1
    assert world.blobs("queue", marker) == []


def test_an_envelope_of_another_record_is_not_taken_for_this_one_s(world: World, key: str) -> None:
    client = world.credentials("seller")["client_id"].lower()
    name = f"laptop/product/{key.lower()}/{client}"
    envelope = {"Format": 1, "RecordType": "product", "Keys": ["another"], "Posted": {"ID": "another"}}
    world.container("queue").upload_blob(name, json.dumps(envelope).encode())
    moved = world.container("deadletters").get_blob_client(f"unreadable/{name}")
    assert wait_for(lambda: _content(moved), what="the move") == [json.dumps(envelope).encode()]
    assert world.ordercloud("product", "another") is None
    # The source's own posting goes its way.
    assert world.posted("product", {"ID": key, "Name": "n"})["State"] == "applied"


def test_a_posting_takes_the_place_of_bytes_that_are_no_envelope(world: World, key: str) -> None:
    client = world.credentials("seller")["client_id"].lower()
    name = f"laptop/product/{key.lower()}/{client}"
    world.container("queue").upload_blob(name, b"garbage")
    stands = world.posted("product", {"ID": key, "Name": "n"})
    assert (stands["State"], stands["LastEvent"]["Action"]) == ("applied", "Create")
    moved = world.container("deadletters").get_blob_client(f"unreadable/{name}")
    assert _content(moved) == [b"garbage"]


def _content(blob: object) -> list[bytes]:
    """Return the bytes of a blob, in a list that is empty when there is none."""
    try:
        return [blob.download_blob().readall()]  # type: ignore[attr-defined] # azure's client, given without its type
    except ResourceNotFoundError:
        return []
