"""Dead letters as operators list, filter and count them; hints that are stale go, and only those."""

from typing import Any

import pytest
from fakes.clock import START
from fakes.dead import die, keys, page, refusal
from fakes.profiles import profile_of
from fakes.runs import TRACEPARENT, Runs, Step, path_of
from fakes.storage import MemoryContainer

from models.record import Json
from models.registry import Keys
from orchestration.advice import ADVICE, UNKNOWN, advice_for
from orchestration.deadletters import Cause, Wanted, causes
from orchestration.failures import AccountFault, Failure, NotOwner, RefusedByOrderCloud, Unavailable
from orchestration.stored_json import encode

PATH = path_of()
KEY = str(PATH)


def mug(key: str = "P1", **fields: Any) -> Json:
    return {"ID": key, "Name": "Mug", **fields}


async def test_a_dead_letter_says_what_died_when_why_and_what_to_do() -> None:
    runs = Runs()
    envelope = await die(runs, failure=refusal(("ValidationFailure", "Name"), status=422))
    found = await page(runs)
    assert (found.looked, found.next_key) == (1, None)
    assert [letter.to_json(runs.registry) for letter in found.letters] == [
        {
            "Key": KEY,
            "RecordID": "acme/product/p1",
            "RecordType": "product",
            "Keys": {"ID": "P1"},
            "Client": "erp",
            "Resource": "seller",
            "Operation": "upsert",
            "Version": envelope.version.text,
            "State": "dead",
            "Cause": "refused",
            "ErrorType": "RefusedByOrderCloud",
            "Errors": [{"ErrorCode": "ValidationFailure", "Message": "No.", "Data": {"Field": "Name"}}],
            "Status": 422,
            "Attempts": 1,
            "Replays": 0,
            "AcceptedAt": envelope.accepted_at,
            "DiedAt": START.isoformat(),
            "WhatToDo": ADVICE["RefusedByOrderCloud"],
            "TraceID": TRACEPARENT.split("-")[1],
        }
    ]


async def test_a_posting_that_is_given_up_is_told_with_its_attempts_and_its_class() -> None:
    runs = Runs(profile_of(Policies={"Parking": {"Delays": [10], "Limit": 2}}), profile_of("pim"))
    runs.world.ordercloud.fail(Unavailable("down", status=503), method="POST", times=None)
    await runs.apply(mug())
    assert await keys(runs) == []  # parked
    await runs.settle()
    [letter] = (await page(runs)).letters
    told = letter.to_json(runs.registry)
    assert (told["ErrorType"], told["Status"], told["Attempts"]) == ("Unavailable", 503, 2)
    assert told["Cause"] == "gave up after 2 attempts: down"
    assert told["DiedAt"] == runs.world.clock.now().isoformat()


async def many(runs: Runs) -> None:
    """Have dead letters of two clients, two types and several causes."""
    await die(runs, mug("P1"))
    await die(runs, mug("P2"), client="pim", failure=refusal(("ValidationFailure", "Active"), ("TooLong", "Name")))
    await die(runs, mug("P3"), failure=NotOwner("the ID belongs to a record of another owner"))
    conflict = refusal(("Conflict", None), status=409)
    await die(runs, {"ID": "PS1", "Name": "n"}, record_type="priceschedule", failure=conflict)
    runs.world.ordercloud.fail(AccountFault("no role"), method="POST")
    await runs.apply(mug("P4"))  # parked, so not among them


P1, P2, P3 = (str(path_of(key, client=client)) for key, client in (("P1", "erp"), ("P2", "pim"), ("P3", "erp")))
PS1 = str(path_of("PS1", record_type="priceschedule"))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, [PS1, P1, P2, P3], id="all, in the order of their keys"),
        pytest.param({"client": "PIM"}, [P2], id="of a client"),
        pytest.param({"record_type": "product"}, [P1, P2, P3], id="of a type"),
        pytest.param({"record_type": "product", "keys": ("p3",)}, [P3], id="of a record"),
        pytest.param({"record_type": "product", "keys": ("P",)}, [], id="of a record whose ID begins others"),
        pytest.param({"error_type": "notowner"}, [P3], id="of a class"),
        pytest.param({"error_code": "validationfailure"}, [P1, P2], id="with a code"),
        pytest.param({"field": "NAME"}, [P1, P2], id="about a field"),
        pytest.param({"error_code": "TooLong", "field": "Name"}, [P2], id="with a code about a field"),
        pytest.param({"error_code": "ValidationFailure", "field": "Name"}, [P1], id="both of the same error"),
        pytest.param({"status": 409}, [PS1], id="with a status"),
        pytest.param({"status": 400, "client": "erp"}, [P1], id="all that is given applies"),
        pytest.param({"client": "nobody"}, [], id="none"),
    ],
)
async def test_filters_choose_dead_letters(wanted: dict[str, Any], found: list[str]) -> None:
    runs = Runs()
    await many(runs)
    assert await keys(runs, **wanted) == found


@pytest.mark.parametrize("data", [None, "Name", ["Name"], {"Field": 5}, {}, {"Field": None}], ids=str)
async def test_what_ordercloud_says_beside_a_code_may_be_anything(data: object) -> None:
    runs = Runs()
    errors: tuple[Json, ...] = ({"ErrorCode": "Odd", "Message": "No.", "Data": data},)
    await die(runs, failure=RefusedByOrderCloud("refused", errors=errors))
    assert await keys(runs, error_code="odd") == [KEY]
    assert await keys(runs, field="Name") == []
    assert causes((await page(runs)).letters) == {Cause("RefusedByOrderCloud", "Odd"): 1}


async def test_a_listing_goes_on_after_a_key_until_nothing_is_left() -> None:
    runs = Runs()
    await many(runs)
    first = await page(runs, size=3)
    assert ([letter.key for letter in first.letters], first.next_key) == ([PS1, P1, P2], P2)
    second = await page(runs, size=3, after=P2)
    assert ([letter.key for letter in second.letters], second.next_key) == ([P3], None)
    whole = await page(runs, size=4)
    assert (len(whole.letters), whole.next_key) == (4, None)


async def test_a_page_is_short_where_enough_has_been_looked_at_and_says_how_to_go_on() -> None:
    runs = Runs()
    await many(runs)
    first = await page(runs, looks=2, client="pim")
    assert (first.letters, first.looked, first.next_key) == ((), 2, P1)
    second = await page(runs, looks=2, client="pim", after=P1)
    assert ([letter.key for letter in second.letters], second.looked, second.next_key) == ([P2], 2, None)


async def test_causes_are_counted_by_class_code_and_field() -> None:
    runs = Runs()
    await many(runs)
    assert causes((await page(runs)).letters) == {
        Cause("RefusedByOrderCloud", "ValidationFailure", "Name"): 1,
        Cause("RefusedByOrderCloud", "ValidationFailure", "Active"): 1,
        Cause("RefusedByOrderCloud", "TooLong", "Name"): 1,
        Cause("RefusedByOrderCloud", "Conflict"): 1,
        Cause("NotOwner"): 1,
    }


async def test_a_listing_costs_one_listing_of_hints_and_one_read_of_each_that_may_be_meant() -> None:
    runs = Runs()
    await many(runs)
    since = len(runs.steps)
    await page(runs, client="pim")
    assert [str(step) for step in runs.steps[since:]] == [
        "deadletters LIST acme/",
        "deadletters LIST unreadable/",
        "cache GET acme/product/p2",
    ]


async def test_another_marketplace_s_dead_letters_are_not_listed() -> None:
    runs = Runs(profile_of("erp"), profile_of("other", Marketplace="acme2"))
    await die(runs, client="other")
    assert await keys(runs) == []
    assert runs.blobs("deadletters") == ["acme2/product/p1/other"]


# What is unreadable

UNREADABLE = {
    "acme/product/p1/erp": ("acme/product/p1", "product", {"ID": "p1"}, "erp"),
    "cache/acme/product/p1": ("acme/product/p1", "product", {"ID": "p1"}, None),
    "acme/unicorn/p1/erp": ("acme/unicorn/p1", "unicorn", {"0": "p1"}, "erp"),
    "ACME/product/p1/erp": (None, None, {}, None),
    "readme.txt": (None, None, {}, None),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_bytes_that_nobody_can_read_are_listed_with_what_is_known(name: str) -> None:
    runs = Runs()
    container = runs.containers["cache" if name.startswith("cache/") else "queue"]
    await container.overwrite(name.removeprefix("cache/"), b"garbage")
    if name.startswith("cache/"):
        await runs.run(PATH)
    else:
        runs.world.clock.advance(61)
        await runs.sweep()
    [letter] = (await page(runs)).letters
    told = letter.to_json(runs.registry)
    assert tuple(told[each] for each in ("RecordID", "RecordType", "Keys", "Client")) == UNREADABLE[name]
    assert (told["Key"], told["State"], told["ErrorType"]) == (f"unreadable/{name}", "unreadable", "Unreadable")
    assert told["Cause"] == runs.events()[-1]["Message"]
    assert told["DiedAt"] == runs.world.clock.now().isoformat()
    assert told["WhatToDo"] == ADVICE["Unreadable"]
    assert await keys(runs, error_type="Unreadable") == [told["Key"]]
    assert await keys(runs, client="pim") == []
    assert causes([letter]) == {Cause("Unreadable"): 1}


async def test_unreadable_bytes_come_after_the_postings_and_another_marketplace_s_are_not_shown() -> None:
    runs = Runs()
    await die(runs)
    long = f"acme2/product/{'x' * 900}"
    for name in (
        "acme/product/p0/erp",
        "acme2/product/p0/erp",
        "cache/acme2/product/p0",
        "Acme2/a/b",
        "a",
        f"{long}~0",
    ):
        await runs.containers["deadletters"].overwrite(f"unreadable/{name}", b"garbage")
    shown = [KEY, "unreadable/a", "unreadable/acme/product/p0/erp"]
    assert await keys(runs) == shown
    first = await page(runs, size=2)
    assert ([letter.key for letter in first.letters], first.next_key) == (shown[:2], shown[1])
    assert await keys(runs, after=shown[1]) == shown[2:]
    [letter] = (await page(runs, after=shown[1])).letters
    assert letter.to_json(runs.registry)["Cause"] == "the bytes are nothing of ours"  # the log has nothing of it


async def test_a_dead_letter_whose_cached_record_cannot_be_read_is_listed_so() -> None:
    runs = Runs()
    await die(runs)
    await runs.containers["cache"].overwrite(str(PATH.record), b"garbage")
    [letter] = (await page(runs)).letters
    told = letter.to_json(runs.registry)
    assert (told["Key"], told["State"], told["RecordID"]) == (KEY, "unreadable", "acme/product/p1")
    assert told["Cause"].startswith("what is cached of the record: ")
    assert runs.blobs("deadletters") == [KEY]


async def test_a_marketplace_that_is_called_unreadable_loses_no_bytes() -> None:
    runs = Runs(profile_of("erp", Marketplace="unreadable"))
    await runs.containers["deadletters"].overwrite("unreadable/acme/product/p1/erp", b"garbage")
    await page(runs)
    assert runs.blobs("deadletters") == ["unreadable/acme/product/p1/erp"]


# Hints that are stale


def hints(runs: Runs) -> MemoryContainer:
    return runs.containers["deadletters"]


async def test_a_hint_that_nothing_waits_by_is_not_listed_and_removed() -> None:
    runs = Runs()
    await runs.apply(mug())
    await hints(runs).overwrite(KEY, b"")
    assert await keys(runs) == []
    assert runs.blobs("deadletters") == []


async def test_a_hint_of_what_is_parked_by_now_is_removed() -> None:
    runs = Runs()
    runs.world.ordercloud.fail_before(method="POST")
    await runs.apply(mug())
    await hints(runs).overwrite(KEY, b"")
    assert await keys(runs) == []
    assert runs.blobs("deadletters") == []


async def test_a_hint_stays_while_a_run_holds_the_record_since_it_may_be_about_to_mark_it() -> None:
    runs = Runs()
    listed: list[list[str]] = []

    async def look(step: Step) -> None:
        if (step.place, step.method) == ("deadletters", "PUT"):
            listed.append(await keys(runs))

    runs.after = look
    await die(runs)
    assert listed == [[]]
    assert await keys(runs) == [KEY]


async def test_a_hint_that_is_put_anew_while_the_listing_reads_stays() -> None:
    runs = Runs()
    await runs.apply(mug())
    await hints(runs).overwrite(KEY, b"")

    async def again(step: Step) -> None:
        if (step.place, step.method) == ("deadletters", "DELETE"):
            await hints(runs).overwrite(KEY, b"")

    runs.before = again
    assert await keys(runs) == []
    assert runs.blobs("deadletters") == [KEY]


async def test_a_name_that_is_no_path_is_shown_and_left() -> None:
    runs = Runs()
    await hints(runs).overwrite("acme/Product/p1/erp", b"")
    [letter] = (await page(runs)).letters
    assert letter.to_json(runs.registry)["Cause"] == "the hint's name is no path of a record"
    assert runs.blobs("deadletters") == ["acme/Product/p1/erp"]


# What to do


def leaves(kind: type[Failure]) -> set[str]:
    below = [each for each in kind.__subclasses__() if each.__module__ == Failure.__module__]
    return {name for each in below for name in leaves(each)} if below else {kind.__name__}


def test_there_is_advice_for_every_failure_that_a_posting_can_end_as() -> None:
    others = {"NotFound", "IdExists"}  # what the executor makes others of
    never = others | {"AccountFault", "Postponed", "Paused"}  # what has no limit
    assert set(ADVICE) == leaves(Failure) - never | {"Unreadable"}
    assert all(advice.endswith(".") and advice_for(name) == advice for name, advice in ADVICE.items())
    assert advice_for("OfAnEarlierVersion") == UNKNOWN


async def test_what_was_set_aside_by_a_version_without_times_and_statuses_is_listed_without() -> None:
    runs = Runs()
    await die(runs)
    cached = runs.cached(PATH.record)
    assert cached is not None
    stored = cached.to_json()
    del stored["Waiting"]["erp"]["Status"], stored["Waiting"]["erp"]["FailedAt"]
    del stored["Waiting"]["erp"]["Envelope"]["Replays"]
    await runs.containers["cache"].overwrite(str(PATH.record), encode(stored))
    [letter] = (await page(runs)).letters
    told = letter.to_json(runs.registry)
    assert (told["Status"], told["DiedAt"], told["Replays"]) == (None, None, 0)


@pytest.mark.parametrize(
    ("keys_wanted", "key", "meant"),
    [
        pytest.param(("P1", "B1", None), "acme/productassignment/p1/b1/~/erp", True, id="an absent key"),
        pytest.param(("P1", "B1", None), "acme/productassignment/p1/b1/g1/erp", False, id="which is given there"),
        pytest.param(("P1", "B1", "~"), "acme/productassignment/p1/b1/~/erp", False, id="or is a tilde here"),
        pytest.param(("a/b", "É", None), "acme/productassignment/a%2fb/%c3%a9/~/erp", True, id="odd characters"),
    ],
)
def test_the_keys_of_a_filter_find_the_hint_of_their_record(keys_wanted: Keys, key: str, meant: bool) -> None:  # noqa: FBT001 - a column
    wanted = Wanted(record_type="ProductAssignment", keys=keys_wanted)
    assert (key.startswith(wanted.prefix("Acme")), wanted.may_be(key)) == (meant, meant)
