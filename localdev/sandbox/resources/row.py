"""What a resource is to the engine: a path, a model, and hooks for what OrderCloud does beyond plain records."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localdev.sandbox.errors import Problem
from localdev.sandbox.store import Store

type Doc = dict[str, Any]
# A resource by name, and the IDs above its record.
type Where = tuple[str, str]

# Whose users may work on a resource at all; beyond that, roles and ownership decide.
SELLER = frozenset({"admin"})
SELLING = frozenset({"admin", "supplier"})
BUYING = frozenset({"admin", "buyer"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a hook looks: the other records, the IDs above this one, the seller's own ID, the time."""

    store: Store
    parent: str
    marketplace: str
    now: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that holds the ID of another record: the first one found at the places that `at` names.

    It follows a rename and is cleared by a delete. `model` is what OrderCloud calls a record that is not found, `to`
    are the resources that may be meant; without `at` the first of them, below no other record.
    """

    field: str
    model: str
    to: tuple[str, ...]
    at: Callable[[Doc, Place], Iterable[Where]] | None = None

    def places(self, doc: Doc, place: Place) -> Iterable[Where]:
        """Return where to look for the record that the field of this object means."""
        return self.at(doc, place) if self.at else ((self.to[0], ""),)


def _no_problems(_doc: Doc, _before: Doc | None, _place: Place) -> list[Problem]:
    return []


def _as_written(doc: Doc, _before: Doc | None, _place: Place) -> Doc:
    return doc


def _as_kept(doc: Doc, _place: Place) -> Doc:
    return doc


def _never(_doc: Doc, _supplier: str) -> bool:
    return False


def _nothing_else(_doc: Doc, _before: Doc | None, _place: Place) -> None:
    return None


def _nothing_against(_doc: Doc, _place: Place) -> list[Problem]:
    return []


def _alone(_doc: Doc, _place: Place) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record.

    `template` is the path of one record; records below another are deleted and renamed with it. `users` are the types
    of users that may work on it. `owned`: the record has an OwnerID, suppliers reach only their own, and those
    `shared` with them for reading. `company`: the record is an organisation, whose users reach only that one.
    `creatable`: a PUT may make one. `narrowings` are the list's own parameters, each with what it lets through.

    `rules` checks a whole object (and may raise what is no 400), `stamped` sets what the server decides on a write,
    `saved` writes what else comes with it, `shown` computes fields on a read, `against` objects to a delete, `along`
    names the records beside it that are deleted with it.
    """

    template: str
    model: str
    users: frozenset[str] = SELLING
    owned: bool = False
    company: bool = False
    creatable: bool = True
    references: tuple[Reference, ...] = ()
    narrowings: Mapping[str, Callable[[str | None, Doc, Place], bool]] = field(default_factory=dict)
    rules: Callable[[Doc, Doc | None, Place], list[Problem]] = _no_problems
    stamped: Callable[[Doc, Doc | None, Place], Doc] = _as_written
    saved: Callable[[Doc, Doc | None, Place], None] = _nothing_else
    shown: Callable[[Doc, Place], Doc] = _as_kept
    shared: Callable[[Doc, str], bool] = _never
    against: Callable[[Doc, Place], list[Problem]] = _nothing_against
    along: Callable[[Doc, Place], list[str]] = _alone

    @property
    def collection(self) -> str:
        """Return the path of the list."""
        return self.template.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Return OrderCloud's name for it: the path's words, e.g. products or specs/options."""
        return "/".join(part for part in self.template.strip("/").split("/") if part[0] != "{")

    @property
    def parameters(self) -> list[str]:
        """Return the names of the path's IDs, the record's own last."""
        return [part[1:-1] for part in self.template.split("/") if part.startswith("{")]
