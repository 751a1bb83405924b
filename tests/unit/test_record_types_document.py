"""The document of the record types: what it says of a small registry, and that the one in docs/ is current."""

from typing import Annotated

from pydantic import StringConstraints

from localdev.record_types import FILE, record_types
from models.fields import ID, Natural
from models.record import Part, Record
from models.record_types import REGISTRY
from models.registry import Family, RecordType, Reference, Registry, paths


class Slot(Part):
    """A place in a rack."""

    number: Natural


class Rack(Record):
    """A rack
    of a room.
    """

    room_id: ID
    id: ID
    code: Annotated[str, StringConstraints(pattern="^(a|b)$")] | None = None
    slots: list[Slot] | None = None


class Guest(Record):
    """Who may enter a room."""

    room_id: ID


RACK = RecordType(
    name="rack",
    model=Rack,
    role="RackAdmin",
    family=Family.SELLER,
    keys=("RoomID", "ID"),
    collection="/v1/rooms/{RoomID}/racks",
    object_type="Rack",
    references=(Reference("room", ("RoomID",)), Reference("rack", ("RoomID", "ID"), deferred=True)),
    read_only=paths("Slots.*.Used"),
    write_only=frozenset({"Code"}),
    volatile=paths("Slots"),
    ignored=paths("Slots.Note"),
    list_keys={("Slots",): "Number"},
)
GUEST = RecordType(
    name="guest",
    model=Guest,
    role="GuestAdmin",
    family=Family.BUYER,
    keys=("RoomID",),
    collection="/v1/rooms/guests",
    assigned=True,
)
SAID = r"""## Buyer family

### guest

Who may enter a room.

- Keys: `RoomID`
- Role: `GuestAdmin`
- OrderCloud: `/v1/rooms/guests`, assigned

| field | type | limit | note | about |
| --- | --- | --- | --- | --- |
| `RoomID` | string | 1 to 100 characters; letters, digits, - and _ | required |  |

## Seller family

### rack

A rack of a room.

- Keys: `RoomID/ID`
- Role: `RackAdmin`
- OrderCloud: `/v1/rooms/{RoomID}/racks`
- Refers to `room` by `RoomID`
- Refers to `rack` by `RoomID`, `ID`, which may come later
- Read-only: `Slots[].Used`
- Write-only: `Code`
- Moved by OrderCloud after the first write: `Slots`
- Never causes a write: `Slots.Note`
- Elements of `Slots` are matched by `Number`

| field | type | limit | note | about |
| --- | --- | --- | --- | --- |
| `RoomID` | string | 1 to 100 characters; letters, digits, - and _ | required |  |
| `ID` | string | 1 to 100 characters; letters, digits, - and _ | required |  |
| `Code` | string or null | matches ^(a\|b)$ | write-only |  |
| `Slots` | array of object or null |  |  | No two elements have the same Number. |
| `Slots[].Number` | integer | 0 or more | required |  |
| `Slots[].Used` | any |  | read-only | Computed by OrderCloud; accepted and left out when it is posted. |
"""


def test_a_document_tells_record_types_by_family():
    head, _, text = record_types(Registry([RACK, GUEST])).partition("\n\n## ")
    assert head.startswith("# Record types\n")
    assert f"## {text}" == SAID


def test_the_document_is_that_of_the_registry():
    assert FILE.read_text(encoding="utf-8") == record_types(REGISTRY), "run `make docs`"
