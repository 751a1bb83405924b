"""The registry of record types: one row says everything in which a type differs from the others.

The pipeline, the HTTP API and the docs read these rows; none of them names a type.
"""

import json
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel

from models.fields import AsInstant, OneOf
from models.priceschedules import PriceSchedule
from models.products import Product
from models.record import Json, Record, ordercloud_name

type Path = tuple[str, ...]
"""Field names from the outermost in; `*` stands for every element of a list and every value of a map."""

type Keys = tuple[str | None, ...]
"""The values of a record's key fields in registry order; none for an optional one that is absent."""

type Kind = Literal["instant", "enum"]
"""How two texts compare: as instants, or as names without case. Any other text compares as it is."""


class Family(StrEnum):
    """Whose records a type holds; it decides who may post them."""

    PRODUCT = "product"
    BUYER = "buyer"
    SELLER = "seller"


_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that names another record, which OrderCloud wants to find there first."""

    field: str
    record_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType:
    """One row of the registry.

    Attributes:
        name: the segment of the route and of the record path, lower case.
        model: what a source may post.
        role: the OrderCloud role that may write such records.
        family: whose records they are.
        keys: the fields that identify a record, in order; the last one is the record's own.
        collection: OrderCloud's path of the collection, with the leading keys as `{Field}`.
        object_type: OrderCloud's own name of the type, as its NotFound errors give it.
        owner: the field in which OrderCloud says who owns the record, if it does.
        references: the fields that name other records.
        read_only: fields that OrderCloud computes; ignored when posted.
        volatile: fields that OrderCloud moves by itself after the first write; never counted as drift.
        ignored: fields that go along with a write but never cause one.
        list_keys: for lists whose elements have a key, the path of the list and the name of that key.
        kinds: how texts compare, by path; read from the model.
    """

    name: str
    model: type[Record]
    role: str
    family: Family
    collection: str
    object_type: str
    keys: tuple[str, ...] = ("ID",)
    owner: str | None = None
    references: tuple[Reference, ...] = ()
    read_only: frozenset[Path] = frozenset()
    volatile: frozenset[Path] = frozenset()
    ignored: frozenset[Path] = frozenset()
    list_keys: Mapping[Path, str] = field(default_factory=dict)
    kinds: Mapping[Path, Kind] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", dict(_kinds(self.model, ())))

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
        return self.collection.format_map(
            {name: quote(value or "", safe="") for name, value in self.named(keys).items()}
        )

    def item_path(self, keys: Keys) -> str:
        """Return OrderCloud's path of the record itself."""
        return f"{self.collection_path(keys)}/{quote(keys[-1] or '', safe='')}"


class Registry:
    """The record types by name, and what follows from all rows together."""

    def __init__(self, rows: Iterable[RecordType]) -> None:
        self._rows = {row.name: row for row in rows}

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

    def referred(self, name: str) -> bool:
        """Tell whether records of any type refer to this type, so that they may wait for one to arrive."""
        return any(reference.record_type == name for row in self for reference in row.references)

    def of_object_type(self, object_type: str) -> RecordType | None:
        """Return the row whose records OrderCloud calls by this name in its errors, or none."""
        return next((row for row in self if row.object_type.casefold() == object_type.casefold()), None)


def paths(*dotted: str) -> frozenset[Path]:
    """Return paths written with dots; the names in them have none."""
    return frozenset(tuple(text.split(".")) for text in dotted)


def dotted(path: Path) -> str:
    """Return a path as people read it, as in `xp.Tax.Code`; a name that has more than word characters is quoted."""
    return ".".join(name if _WORD.fullmatch(name) else json.dumps(name, ensure_ascii=False) for name in path)


def _kinds(annotation: Any, path: Path, metadata: tuple[object, ...] = ()) -> Iterator[tuple[Path, Kind]]:
    """Yield how the texts under an annotation compare, by path."""
    if any(isinstance(mark, AsInstant) for mark in metadata):
        yield path, "instant"
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


REGISTRY = Registry(
    [
        RecordType(
            name="product",
            model=Product,
            role="ProductAdmin",
            family=Family.PRODUCT,
            collection="/v1/products",
            object_type="Product",
            owner="OwnerID",
            references=(Reference("DefaultPriceScheduleID", "priceschedule"), Reference("ParentID", "product")),
            read_only=paths("OwnerID", "IsBundle", "SpecCount", "VariantCount", "DateCreated", "Inventory.LastUpdated"),
            volatile=paths("Inventory.QuantityAvailable"),
            ignored=paths("xp.IntegrationData", "xp.Note"),
        ),
        RecordType(
            name="priceschedule",
            model=PriceSchedule,
            role="PriceScheduleAdmin",
            family=Family.PRODUCT,
            collection="/v1/priceschedules",
            object_type="PriceSchedule",
            owner="OwnerID",
            read_only=paths("OwnerID", "IsOnSale"),
            list_keys={("PriceBreaks",): "Quantity"},
        ),
    ]
)
"""The record types of this version."""
