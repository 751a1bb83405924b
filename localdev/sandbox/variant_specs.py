"""What a variant is made of: one option of each spec of its product that defines variants. Knows no API calls."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from localdev.sandbox.filters import fold
from localdev.sandbox.store import Doc, Store

VARIANTS = "products/variants"
# What a variant shows of an option.
SHOWN = ("Value", "PriceMarkupType", "PriceMarkup")


@dataclass(frozen=True, slots=True)
class Choices:
    """A spec and the options to choose from, in the order in which they are listed."""

    spec: Doc
    options: Sequence[Doc]


def choices_of(store: Store, product_id: str) -> list[Choices]:
    """Return the specs assigned to a product, with their options."""
    assigned = store.referring("specs/productassignments", "ProductID", product_id)
    specs = [store.get("specs", "", assignment["SpecID"]) for _, assignment in list(assigned)]
    return [
        Choices(spec, sorted(store.all("specs/options", spec["ID"]), key=_listed))
        for spec in sorted((spec for spec in specs if spec is not None), key=_listed)
    ]


def number_of(choices: Sequence[Choices]) -> int:
    """Return how many combinations there are, without making them."""
    return prod(len(one.options) for one in choices) if choices else 0


def combinations(choices: Sequence[Choices]) -> Iterator[list[Doc]]:
    """Yield each combination as a variant's Specs; no specs, no combination."""
    each = [[_entry(one.spec, option) for option in one.options] for one in choices]
    yield from (list(combination) for combination in product(*each) if combination)


def identity(specs: Iterable[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    """Return what makes a combination the same as another: spec and option IDs, in any order and case."""
    return frozenset((fold(entry["SpecID"]), fold(entry["OptionID"])) for entry in specs)


def as_of_now(store: Store, variant: Doc) -> Doc:
    """Return a variant that shows its options as they are; of one that is gone it shows what it last was."""
    return {**variant, "Specs": [_refreshed(store, entry) for entry in variant["Specs"]]}


def follow(store: Store, resource: str, parent: str, old_id: str, new_id: str) -> None:
    """Let the variants that are made of a spec or an option know it by its new ID."""
    if resource not in {"specs", "specs/options"}:
        return
    field, spec_id = ("SpecID", old_id) if resource == "specs" else ("OptionID", parent)
    for name, within, doc in list(store.everything()):
        if name == VARIANTS:
            specs = [
                {**entry, field: new_id}
                if fold(entry["SpecID"]) == fold(spec_id) and fold(entry[field]) == fold(old_id)
                else entry
                for entry in doc["Specs"]
            ]
            if specs != doc["Specs"]:
                store.put(VARIANTS, within, {**doc, "Specs": specs})


def _listed(doc: Doc) -> tuple[int, str]:
    return doc["ListOrder"], fold(doc["ID"])


def _entry(spec: Doc, option: Doc) -> Doc:
    return {"SpecID": spec["ID"], "Name": spec["Name"], "OptionID": option["ID"]} | {
        name: option[name] for name in SHOWN
    }


def _refreshed(store: Store, entry: Doc) -> Doc:
    spec = store.get("specs", "", entry["SpecID"])
    option = store.get("specs/options", entry["SpecID"], entry["OptionID"])
    return _entry(spec, option) if spec is not None and option is not None else entry
