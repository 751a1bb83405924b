"""The registry of record types: one row says everything in which a type differs from the others.

The pipeline, the HTTP API and the docs read these rows; none of them names a type.
"""

import json
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel

from models.fields import AsInstant, OneOf
from models.record import Json, LayOver, Record, lay_over, ordercloud_name

type Path = tuple[str, ...]
"""Field names from the outermost in; `*` stands for every element of a list and every value of a map."""

type Keys = tuple[str | None, ...]
"""The values of a record's key fields in registry order; none for an optional one that is absent."""

type Kind = Literal["instant", "moment", "enum"]
"""How two texts compare: as instants, as instants of which the year 1 stands for any, or as names without case.

Any other text compares as it is.
"""


OWN_USER = "/v1/me"
"""OrderCloud's path of the user that a client is."""


class Family(StrEnum):
    """Whose records a type holds; it decides who may post them: a seller's client all of them."""

    PRODUCT = "product"
    """The supplier that owns them, too."""
    BUYER = "buyer"
    """The buyer that they belong to, too."""
    SUPPLIER = "supplier"
    """The supplier that they belong to, too."""
    SELLER = "seller"
    """Nobody else."""


_WORD = re.compile(r"\w+")
_PLACE = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Reference:
    """Fields that name another record, which OrderCloud wants to find there first.

    Attributes:
        record_type: the type of the other record.
        fields: the fields that hold its keys, in the order of that type's keys.
        deferred: the other record needs this one first, so this one is created without the last field.
    """

    record_type: str
    fields: tuple[str, ...]
    deferred: bool = False

    def keys(self, posted: Json) -> Keys:
        """Return the keys of the other record, as a posting names it; the last one is none where it names none."""
        return tuple(posted.get(name) for name in self.fields)


@dataclass(frozen=True, slots=True)
class Generation:
    """How OrderCloud makes records of a type that nobody posts: all combinations of what may be combined.

    Attributes:
        generate: OrderCloud's path that makes the combinations that are not there yet.
        combination: the field that says which combination a record is, a list of objects.
        members: the names in each of those objects that say what is combined.
        sources: OrderCloud's path that lists what may be combined.
        joins: the type that joins such a source to the record's parent, which it may have to wait for.
        choices: the type of what a source offers, which it may have to wait for.
        counts: a source's field that says whether it is combined.
        offers: a source's field with what it offers.
    """

    generate: str
    combination: str
    members: tuple[str, str]
    sources: str
    joins: str
    choices: str
    counts: str
    offers: str

    def combination_of(self, record: Json) -> frozenset[tuple[str, str]]:
        """Return which combination a record is or is to be, in lower case; empty where it does not say."""
        source, choice = self.members
        elements = record.get(self.combination) or ()
        return frozenset((str(each[source]).casefold(), str(each[choice]).casefold()) for each in elements)


@dataclass(frozen=True, slots=True)
class PlainRecord:
    """One part of a composite: a record like any other, and the field that it was posted in.

    A field of an element in a list is written `List/ID/Field`, as in `Specs/S1/Options`; empty is the whole body.
    `implied`: nobody posted it; where the source has posted records of its type in another field, those count.
    """

    field: str
    record_type: str
    posted: Json
    implied: bool = False


type Expand = Callable[[Json], Iterator[PlainRecord]]
"""Yields the parts of a posted composite, each after those that it refers to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType:
    """One row of the registry.

    Attributes:
        name: the segment of the route and of the record path, lower case.
        model: what a source may post.
        role: the OrderCloud role that may write such records.
        family: whose records they are.
        keys: the fields that identify a record, in order; the last one is the record's own.
        party: the key that names the buyer or supplier that the record belongs to.
        collection: OrderCloud's path of the collection, with keys as `{Field}`.
        listed_with: what OrderCloud's list of the collection is asked for besides its pages, so that it has all.
        object_type: OrderCloud's own name of the type, as its NotFound errors give it.
        owner: the field in which OrderCloud says who owns the record, if it does.
        owned_by: the record whose owner counts, where OrderCloud does not say it of this one.
        references: what else has to be there.
        premature: OrderCloud's error codes that say that something has to come first, though nothing is missing.
        assigned: POST creates or overwrites and answers nothing; there is no GET of one, and no xp.
        removal: OrderCloud's path of a delete, with its query, where it is not that of the record; a parameter of an
            absent key is left out.
        generation: how OrderCloud makes the records, where nobody can create or delete one.
        expand: what a composite consists of.
        parts: the types of what it may consist of.
        lay_over: how a newer posting is laid over an older one that still waits.
        read_only: fields that OrderCloud computes; ignored when posted.
        write_only: secrets that OrderCloud never shows, top-level texts: sealed while they wait.
        volatile: fields that OrderCloud moves by itself after the first write; never counted as drift.
        ignored: fields that go along with a write but never cause one.
        list_keys: for lists whose elements have a key, the path of the list and the name of that key.
        kinds: how texts compare, by path; read from the model.
    """

    name: str
    model: type[Record]
    role: str
    family: Family
    collection: str = ""
    listed_with: Mapping[str, str] = field(default_factory=dict)
    object_type: str = ""
    keys: tuple[str, ...] = ("ID",)
    party: str | None = None
    owner: str | None = None
    owned_by: Reference | None = None
    references: tuple[Reference, ...] = ()
    premature: frozenset[str] = frozenset()
    assigned: bool = False
    removal: str | None = None
    generation: Generation | None = None
    expand: Expand | None = None
    parts: tuple[str, ...] = ()
    lay_over: LayOver = lay_over
    read_only: frozenset[Path] = frozenset()
    write_only: frozenset[str] = frozenset()
    volatile: frozenset[Path] = frozenset()
    ignored: frozenset[Path] = frozenset()
    list_keys: Mapping[Path, str] = field(default_factory=dict)
    kinds: Mapping[Path, Kind] = field(init=False)
    unsent: frozenset[str] = field(init=False)
    """Fields that only say which record is meant: they stand in OrderCloud's path, or tell combinations apart."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", dict(_kinds(self.model, ())))
        combination = {self.generation.combination} if self.generation else set()
        object.__setattr__(self, "unsent", frozenset(_PLACE.findall(self.collection)) | combination)

    @property
    def buyer_owned(self) -> bool:
        """Tell whether records live below a buyer, so that the route may name it."""
        return self.keys[0] == "BuyerID"

    @property
    def above(self) -> tuple[str, ...]:
        """The keys that stand in the collection's path: those of the record that this one lives below."""
        return tuple(_PLACE.findall(self.collection))

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields that a source may post."""
        return tuple(ordercloud_name(name) for name in self.model.model_fields)

    @property
    def awaited_types(self) -> frozenset[str]:
        """The types of records that one of these may have to wait for."""
        made_of = (self.generation.joins, self.generation.choices) if self.generation else ()
        return frozenset({*(reference.record_type for reference in self.references), *made_of})

    def is_called(self, object_type: str) -> bool:
        """Tell whether OrderCloud calls such a record by this name."""
        return self.object_type.casefold() == object_type.casefold()

    def keys_of(self, posted: Json) -> Keys:
        """Return the key values of a validated record."""
        return tuple(posted.get(name) for name in self.keys)

    def named(self, keys: Keys) -> dict[str, str | None]:
        """Return the key values by their field names."""
        return dict(zip(self.keys, keys, strict=True))

    def spelled(self, keys: Keys, current: Json | None) -> Keys:
        """Return keys as OrderCloud spells them, where it has shown the record: ours compare without case."""
        shown = [(current or {}).get(name) for name in self.keys]
        return tuple(
            there if isinstance(there, str) and key is not None and there.casefold() == key.casefold() else key
            for key, there in zip(keys, shown, strict=True)
        )

    def collection_path(self, keys: Keys) -> str:
        """Return OrderCloud's path of the collection that holds the record."""
        return self.filled(self.collection, keys)

    def item_path(self, keys: Keys) -> str:
        """Return OrderCloud's path of the record itself."""
        return f"{self.collection_path(keys)}/{quote(keys[-1] or '', safe='')}"

    def removal_path(self, keys: Keys) -> str:
        """Return OrderCloud's path of the record's delete, with its query."""
        if self.removal is None:
            return self.item_path(keys)
        path, _, query = self.removal.partition("?")
        given = {name: key for name, key in self.named(keys).items() if key is not None}
        asked = [each for each in query.split("&") if each and _PLACE.findall(each)[0] in given]
        return self.filled("?".join([path, "&".join(asked)] if asked else [path]), keys)

    def filled(self, template: str, keys: Keys) -> str:
        """Return one of OrderCloud's paths with the keys in their places."""
        return template.format_map({name: quote(value or "", safe="") for name, value in self.named(keys).items()})


class Registry:
    """The record types by name, and what follows from all rows together."""

    def __init__(self, rows: Iterable[RecordType]) -> None:
        self._rows = {row.name: row for row in rows}
        self._referred = {name for row in self for name in row.awaited_types}

    def __iter__(self) -> Iterator[RecordType]:
        return iter(self._rows.values())

    def find(self, name: str) -> RecordType | None:
        """Return the row of a name, in whatever case, or none."""
        return self._rows.get(name.lower())

    def __getitem__(self, name: str) -> RecordType:
        return self._rows[name]

    def named(self, name: str, keys: Keys) -> dict[str, str | None]:
        """Return key values by their field names; by their places where the type is not known."""
        row = self.find(name)
        return row.named(keys) if row else {str(place): key for place, key in enumerate(keys)}

    def parent_of(self, row: RecordType) -> RecordType | None:
        """Return the type of the records that those of a type live below, or none."""
        collection = row.collection.partition("/{")[0] if row.above else None
        return next((each for each in self if each.collection == collection), None)

    def referred(self, name: str) -> bool:
        """Tell whether records of any type refer to this type, so that they may wait for one to arrive."""
        return name in self._referred


def paths(*dotted: str) -> frozenset[Path]:
    """Return paths written with dots; the names in them have none."""
    return frozenset(tuple(text.split(".")) for text in dotted)


def dotted(path: Path) -> str:
    """Return a path as people read it, as in `xp.Tax.Code`; a name that has more than word characters is quoted."""
    return ".".join(name if _WORD.fullmatch(name) else json.dumps(name, ensure_ascii=False) for name in path)


def _kinds(annotation: Any, path: Path, metadata: tuple[object, ...] = ()) -> Iterator[tuple[Path, Kind]]:
    """Yield how the texts under an annotation compare, by path."""
    for mark in metadata:
        if isinstance(mark, AsInstant):
            yield path, "moment" if mark.year_one_is_now else "instant"
    if any(isinstance(mark, OneOf) for mark in metadata):
        yield path, "enum"
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        yield from _kinds(arguments[0], path, arguments[1:])
    elif origin in (types.UnionType, typing.Union):
        for argument in arguments:
            yield from _kinds(argument, path)
    elif origin in (list, dict):
        yield from _kinds(arguments[-1], (*path, "*"))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, info in annotation.model_fields.items():
            yield from _kinds(info.annotation, (*path, ordercloud_name(name)), tuple(info.metadata))
