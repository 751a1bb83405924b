"""A user's password, which OrderCloud never shows: sent when it is new, sealed while it waits, in the clear nowhere."""

import json
import os
import signal
import uuid
from collections.abc import Iterator
from hashlib import sha256

import pytest
from e2e_world import Call, Json, OwnStack, World, own_stack, secrets_at_rest, wait_for

from localdev.data_keys import data_key_file
from localdev.provisioning import OWN_TIMEOUT
from localdev.stack import StackOptions

pytestmark = pytest.mark.xdist_group("passwords")

BUYER = "fabrikam"
HIDDEN = "(write-only)"
DOWN = {"kind": "status", "value": {"status": 503}}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStack]:
    """Run a stack whose data key a test may replace; what is parked there is tried again after a second."""
    state = tmp_path_factory.mktemp("passwords") / "state"
    with own_stack(StackOptions(state=state, claim_seconds=5, sweep_seconds=1)) as stack:
        client = stack.world.credentials("seller")["client_id"].lower()
        blob = stack.world.container("profiles").get_blob_client(f"{client}.json")
        profile = json.loads(blob.download_blob(timeout=OWN_TIMEOUT).readall())
        profile["Policies"] = {"Parking": {"Delays": [1]}}
        blob.upload_blob(json.dumps(profile).encode(), overwrite=True)
        assert stack.world.posted("buyer", {"ID": BUYER, "Name": "Fabrikam", "Active": True})["State"] == "applied"
        yield stack


@pytest.fixture
def world(own: OwnStack) -> World:
    return own.world


def new_password() -> str:
    """Return a password that every search at rest looks for; its signs are written otherwise in JSON and URLs."""
    return World.posted_secret(f'Pä"ss\\w/ö+rd&{uuid.uuid4().hex}')


def user(key: str, **changes: object) -> Json:
    """Return a user as a source posts it."""
    names = {"Username": f"{key}@fabrikam.example", "FirstName": "Ann", "LastName": "Lee"}
    return {"BuyerID": BUYER, "ID": key, **names, "Email": "ann@fabrikam.example", "Active": True, **changes}


def post(world: World, body: Json) -> str:
    """Post a user, who must be accepted, and return the version."""
    answer = world.api().post("/orchestration/user", json=body)
    assert answer.status_code == 202, answer.text
    [item] = answer.json()["Items"]
    assert item["Keys"] == {"BuyerID": BUYER, "ID": body["ID"]}
    version: str = item["Version"]
    return version


def posted(world: World, body: Json) -> Json:
    """Post a user, wait until the posting has left the queue, and return where it stands."""
    return world.outcome("user", f"{BUYER}/{body['ID']}", post(world, body))


def standing(world: World, key: str) -> Json:
    return world.standing("user", f"{BUYER}/{key}") or {}


def reached_ordercloud(world: World, password: str) -> bool:
    """Tell whether OrderCloud was given a password: the sandbox keeps its digest, in its own files, and shows none."""
    digest = sha256(password.encode()).hexdigest().encode()
    return any(digest in file.read_bytes() for file in (world.state / "sandbox").iterdir())


def last_set(world: World, key: str) -> str:
    """Return when OrderCloud was last given another password of a user."""
    moment: str = (world.ordercloud("user", f"{BUYER}/{key}") or {})["PasswordLastSetDate"]
    return moment


def shows(stands: Json, password: str) -> bool:
    """Tell whether anything of what is said about a record holds a password."""
    return any(form in json.dumps(stands) for form in (password, json.dumps(password)[1:-1], password[-32:]))


def test_a_password_is_sent_when_it_is_new_and_shown_nowhere(world: World, key: str) -> None:
    first, second = new_password(), new_password()
    created = posted(world, user(key, Password=first))
    assert (created["State"], created["LastEvent"]["Action"]) == ("applied", "Create")
    assert created["LastEvent"]["Posted"]["Password"] == HIDDEN
    assert reached_ordercloud(world, first)

    unchanged = posted(world, user(key, Password=first))
    assert (unchanged["State"], unchanged["LastEvent"]["Action"]) == ("applied", "Ignore")
    assert [call.method for call in world.calls(key)] == ["POST"]

    changed = posted(world, user(key, Password=second))
    assert (changed["State"], changed["LastEvent"]["Action"]) == ("applied", "Patch")
    assert changed["LastEvent"]["Diff"] == {"Password": {"Before": HIDDEN, "After": HIDDEN}}
    [patch] = world.calls(key, after=1)
    assert (patch.method, patch.path, set(patch.body)) == ("PATCH", f"/v1/buyers/{BUYER}/users/{key}", {"Password"})
    assert reached_ordercloud(world, second)

    assert not [stands for stands in (created, unchanged, changed) if shows(stands, first) or shows(stands, second)]
    assert secrets_at_rest(world.state, world.secrets) == []


def test_a_posting_without_the_password_leaves_it_alone(world: World, key: str) -> None:
    password = new_password()
    posted(world, user(key, Password=password))
    before = last_set(world, key)
    stands = posted(world, {"BuyerID": BUYER, "ID": key, "FirstName": "Anna"})
    assert stands["LastEvent"]["Action"] == "Patch"
    assert world.calls(key, after=1) == [Call("PATCH", f"/v1/buyers/{BUYER}/users/{key}", {"FirstName": "Anna"})]
    assert posted(world, user(key, FirstName="Anna", Password=password))["LastEvent"]["Action"] == "Ignore"
    assert reached_ordercloud(world, password)
    assert last_set(world, key) == before


def test_a_password_that_waits_is_sealed_and_sent_when_the_outage_is_over(world: World, key: str) -> None:
    before, after = new_password(), new_password()
    posted(world, user(key, Password=before))
    with world.faults({**DOWN, "path": f"/{key}$"}):
        parked = posted(world, user(key, Password=after))
        assert (parked["State"], parked["LastEvent"]["ErrorType"]) == ("parked", "Unavailable")
        assert parked["LastEvent"]["Posted"]["Password"] == HIDDEN
        assert not shows(parked, after)
        # Merged with what waits: the newer posting says nothing of the password, the older one still counts.
        posted(world, {"BuyerID": BUYER, "ID": key, "FirstName": "Anna"})
        assert secrets_at_rest(world.state, world.secrets) == []
    wait_for(lambda: standing(world, key)["State"] == "applied", what="the end of the wait")
    assert reached_ordercloud(world, after)
    held = world.api().get(f"/orchestration/user/{BUYER}/{key}").json()
    assert not shows(held, before)
    assert not shows(held, after)


def test_a_password_whose_data_key_is_gone_waits_until_the_key_is_back(own: OwnStack, key: str) -> None:
    world, password, key_file = own.world, new_password(), data_key_file(own.world.state)

    def restart() -> None:
        os.kill(killed := own.pids["host"], signal.SIGKILL)
        wait_for(lambda: own.pids["host"] != killed, what="another host")

    def faulty() -> Json | None:
        stands = standing(world, key)
        ended = stands["State"] != "queued"  # what waits is queued again while it is tried
        return stands if ended and stands["LastEvent"]["ErrorType"] == "AccountFault" else None

    with own.watched():
        with world.faults({**DOWN, "path": "/users$"}):
            assert posted(world, user(key, Password=password))["State"] == "parked"
            kept = key_file.read_text()
            key_file.unlink()  # the next start of the host makes another one
            restart()
        assert key_file.read_text() != kept
        stands = wait_for(faulty, what="the next attempt")
        assert stands["State"] == "parked"
        assert "DATA_KEYS" in stands["LastEvent"]["Message"]
        assert not reached_ordercloud(world, password)
        key_file.write_text(kept)
        restart()
    # The host's start wrote the profile anew, so what is parked waits for longer; a newer posting takes it along.
    assert posted(world, {"BuyerID": BUYER, "ID": key, "FirstName": "Anna"})["State"] == "applied"
    assert reached_ordercloud(world, password)
