"""Finding a record that OrderCloud generates, on a send that only remembers."""

from typing import Any

import pytest

from models.record import Json
from models.variants import VARIANT
from orchestration.failures import MissingReference, RefusedByOrderCloud
from orchestration.generation import PAGE, Generator, Lists
from orchestration.ports import Answer
from orchestration.requests import Request

GENERATION = VARIANT.generation
assert GENERATION is not None
VARIANTS = "/v1/products/P1/variants"
SPECS = "/v1/products/P1/specs"


def spec(key: str, *options: str, defines: bool = True) -> Json:
    return {"ID": key, "DefinesVariant": defines, "Options": [{"ID": option} for option in options]}


def variant(key: str, **combination: str) -> Json:
    return {"ID": key, "Specs": [{"SpecID": name, "OptionID": option} for name, option in combination.items()]}


class Sandbox:
    """What can be sent to: lists, and a generation that adds what it was told to."""

    def __init__(self, *, there: list[Json], specs: list[Json], made: list[Json]) -> None:
        self.lists = {VARIANTS: there, SPECS: specs}
        self.made = made
        self.sent: list[tuple[str, str, str | None]] = []

    async def send(self, request: Request) -> Answer:
        """Carry out one request."""
        self.sent.append((request.method, request.path, request.query.get("page")))
        if request.method == "POST":
            assert (request.path, request.body, request.repeatable) == (f"{VARIANTS}/generate", {}, True)
            self.lists[VARIANTS] = [*self.lists[VARIANTS], *self.made]
            return Answer(201, {})
        assert {name: request.query[name] for name in ("pageSize", "sortBy")} == {"pageSize": "100", "sortBy": "ID"}
        items, page = self.lists[request.path], int(request.query["page"])
        pages = max(1, -(-len(items) // PAGE))
        return Answer(200, {"Items": items[(page - 1) * PAGE : page * PAGE], "Meta": {"TotalPages": pages}})


def generator(sandbox: Sandbox, key: str = "mine", lists: Lists | None = None) -> Generator:
    assert GENERATION is not None
    return Generator(VARIANT, GENERATION, ("P1", key), sandbox.send, {} if lists is None else lists)


def combined(**combination: str) -> Json:
    return {"Specs": variant("", **combination)["Specs"]}


RED, BLUE = variant("P1-red", Colour="red"), variant("P1-blue", Colour="blue")
COLOUR, SIZE = spec("Colour", "red", "blue"), spec("Size", "S", "M")
PRINT = spec("Print", "logo", defines=False)


@pytest.mark.parametrize(
    ("managed", "key"),
    [
        pytest.param(combined(Colour="red"), "mine", id="by its combination"),
        pytest.param(combined(colour="RED"), "mine", id="in another case"),
        pytest.param({}, "p1-RED", id="by its ID where no combination is named"),
        pytest.param({"Specs": []}, "P1-red", id="by its ID where the combination is empty"),
    ],
)
async def test_one_that_is_there_is_found_with_one_list(managed: Json, key: str) -> None:
    sandbox = Sandbox(there=[BLUE, RED], specs=[], made=[])
    assert await generator(sandbox, key).find(managed) == (RED, False)
    assert sandbox.sent == [("GET", VARIANTS, "1")]


async def test_one_that_is_not_there_is_generated_and_found_in_any_order_of_its_parts() -> None:
    made = variant("P1-red-S", Colour="red", Size="S")
    sandbox = Sandbox(there=[], specs=[COLOUR, PRINT, SIZE], made=[made])
    assert await generator(sandbox).find(combined(Size="S", Colour="red")) == (made, True)
    assert sandbox.sent == [
        ("GET", VARIANTS, "1"),
        ("GET", SPECS, "1"),
        ("POST", f"{VARIANTS}/generate", None),
        ("GET", VARIANTS, "1"),
    ]


async def test_every_page_is_looked_at_once_for_all_that_share_the_lists() -> None:
    many = [variant(f"V{n:03}", Colour=f"c{n}") for n in range(2 * PAGE + 1)]
    sandbox, lists = Sandbox(there=many, specs=[], made=[]), Lists.__value__()
    for n in (0, PAGE, 2 * PAGE):
        assert await generator(sandbox, lists=lists).find(combined(Colour=f"c{n}")) == (many[n], False)
    assert sandbox.sent == [("GET", VARIANTS, page) for page in ("1", "2", "3")]


async def test_what_became_of_a_listed_one_is_noted_for_the_next() -> None:
    sandbox, lists = Sandbox(there=[RED, BLUE], specs=[], made=[]), Lists.__value__()
    one = generator(sandbox, lists=lists)
    found, _ = await one.find(combined(Colour="red"))
    renamed = {**found, "ID": "mine"}
    one.replaced(found, renamed)
    assert lists == {VARIANTS: [renamed, BLUE]}


@pytest.mark.parametrize(
    ("specs", "awaits"),
    [
        pytest.param(
            [], ("specproductassignment", {"ProductID": "P1", "SpecID": "colour"}), id="the spec's assignment"
        ),
        pytest.param(
            [spec("Colour", "blue")],
            ("specoption", {"ProductID": "P1", "SpecID": "colour", "ID": "red"}),
            id="the option",
        ),
        pytest.param(
            [{**COLOUR, "Options": None}],
            ("specoption", {"ProductID": "P1", "SpecID": "colour", "ID": "red"}),
            id="any option",
        ),
    ],
)
async def test_what_is_combined_may_have_to_come_first(specs: list[Json], awaits: tuple[str, Any]) -> None:
    sandbox = Sandbox(there=[], specs=specs, made=[])
    with pytest.raises(MissingReference) as missing:
        await generator(sandbox).find(combined(Colour="red"))
    assert missing.value.awaits == awaits
    assert [method for method, _, _ in sandbox.sent] == ["GET", "GET"]


@pytest.mark.parametrize(
    ("specs", "wanted", "can"),
    [
        pytest.param([COLOUR, SIZE], {"Colour": "red"}, "Colour=red, Size=S; Colour=red, Size=M", id="too few parts"),
        pytest.param([COLOUR, PRINT], {"Colour": "red", "Print": "logo"}, "Colour=red; Colour=blue", id="too many"),
        pytest.param([SIZE, PRINT], {"Print": "logo"}, "Size=S; Size=M", id="another one"),
    ],
)
async def test_a_combination_that_there_cannot_be_is_refused_before_anything_is_generated(
    specs: list[Json], wanted: dict[str, str], can: str
) -> None:
    sandbox = Sandbox(there=[], specs=specs, made=[])
    with pytest.raises(RefusedByOrderCloud) as refused:
        await generator(sandbox).find(combined(**wanted))
    assert refused.value.cause.startswith(f"there can be no such combination in Specs; there can be: {can}")
    assert [method for method, _, _ in sandbox.sent] == ["GET", "GET"]


async def test_while_nothing_is_combined_a_posting_waits_for_no_record_by_name() -> None:
    sandbox = Sandbox(there=[], specs=[PRINT], made=[])
    with pytest.raises(MissingReference) as missing:
        await generator(sandbox).find(combined(Print="logo"))
    cause = "nothing is joined to its parent yet that could be combined"
    assert (missing.value.cause, missing.value.awaits) == (cause, None)
    assert [method for method, _, _ in sandbox.sent] == ["GET", "GET"]


async def test_no_more_than_fifty_combinations_are_told() -> None:
    sandbox = Sandbox(there=[], specs=[spec("Colour", *(f"c{n:02}" for n in range(51)))], made=[])
    with pytest.raises(RefusedByOrderCloud) as refused:
        await generator(sandbox, "unknown").find({})
    assert refused.value.cause.endswith("Colour=c48; Colour=c49; …")
