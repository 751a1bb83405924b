"""What has to hold between the parts of a composite.

The rules read the JSON as it was posted, whatever is in it, so that they are told beside what is wrong within a part.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from models.assets import lay_assets
from models.record import Json
from models.rules import Broken
from models.validation import XP_LIMIT, repeated

MAX_PARTS = 2_000
"""The most records that one composite may stand for, so that one run can write them all."""


@dataclass(frozen=True, slots=True)
class _Node:
    """An object somewhere in a posting, and its place as in `Specs[3]`; an empty one where there is none."""

    place: str
    posted: Json

    def named(self, name: str) -> str:
        """Return the place of a field."""
        return f"{self.place}.{name}" if self.place else name

    def inner(self, name: str) -> "_Node":
        """Return the object that a field holds."""
        value = self.posted.get(name)
        return _Node(self.named(name), value if isinstance(value, dict) else {})

    def elements(self, name: str) -> list["_Node"]:
        """Return the objects in the list that a field holds."""
        value = self.posted.get(name)
        elements = enumerate(value if isinstance(value, list) else [])
        return [_Node(f"{self.named(name)}[{n}]", each) for n, each in elements if isinstance(each, dict)]


def broken_between(body: Json) -> Iterator[Broken]:
    """Yield the rules that the parts of a posted composite break together."""
    whole = _Node("", body)
    product, specs, variants = whole.inner("Product"), whole.elements("Specs"), whole.elements("Variants")
    options = [option for spec in specs for option in spec.elements("Options")]
    yield from _mismatch(product, "ID", whole)
    for spec in specs:
        for option in spec.elements("Options"):
            yield from _mismatch(option, "SpecID", spec)
            yield from _mismatch(option.inner("xp"), "SpecID", spec)
        yield from _duplicates(spec.elements("Options"), "ID")
    for variant in variants:
        yield from _mismatch(variant, "ProductID", whole)
        yield from _duplicates(variant.elements("Specs"), "SpecID")
    yield from _impossible(variants, specs if isinstance(body.get("Specs"), list) else None)
    yield from _duplicates(specs, "ID")
    yield from _duplicates(variants, "ID")
    yield from _large(product, lay_assets(product.inner("xp").posted, body), ", with Images and Attachments")
    for each in (whole.inner("PriceSchedule"), *specs, *options, *variants):
        yield from _large(each, each.posted.get("xp"))
    generated = _combinations(specs) if whole.posted.get("Variants") is None else 0
    # A price schedule, a product, and of each spec itself and its assignment.
    parts = 2 + 2 * len(specs) + len(options) + len(variants) + generated
    if parts > MAX_PARTS:
        yield Broken("TooManyParts", "", f"A composite has {MAX_PARTS} parts at most; these are {parts}.")


def _impossible(variants: Sequence[_Node], specs: Sequence[_Node] | None) -> Iterator[Broken]:
    """Yield an error where two variants are one combination, or where one takes what the posted specs do not offer."""
    seen: set[frozenset[tuple[str, str]]] = set()
    offered = {_folded(spec, "ID"): spec for spec in specs or ()}
    for variant in variants:
        elements = variant.elements("Specs")
        combination = frozenset((_folded(each, "SpecID"), _folded(each, "OptionID")) for each in elements)
        if combination and combination in seen:
            yield Broken("DuplicateKey", variant.named("Specs"), "Another variant is this combination already.")
        seen.add(combination)
        for each in elements if specs is not None else ():
            spec = offered.get(_folded(each, "SpecID"))
            if spec is None:
                yield Broken("InvalidValue", each.named("SpecID"), "There is no such spec in the posted Specs.")
            elif isinstance(spec.posted.get("Options"), list):
                options = {_folded(option, "ID") for option in spec.elements("Options")}
                if _folded(each, "OptionID") not in options:
                    yield Broken("InvalidValue", each.named("OptionID"), "The posted spec has no such option.")


def _folded(node: _Node, name: str) -> str:
    return str(node.posted.get(name, "")).casefold()


def _combinations(specs: Sequence[_Node]) -> int:
    """Count the combinations of the options of specs that define variants."""
    defining = [len(spec.elements("Options")) for spec in specs if spec.posted.get("DefinesVariant") is True]
    return math.prod(defining) if defining else 0


def _mismatch(part: _Node, name: str, owner: _Node) -> Iterator[Broken]:
    """Yield an error where a part names another record than the one that it stands in. IDs compare without case."""
    value, expected = part.posted.get(name), owner.posted.get("ID")
    if isinstance(value, str) and isinstance(expected, str) and value.casefold() != expected.casefold():
        message = f"{name} has to be {repeated(expected)} here, or left out."
        yield Broken("KeyMismatch", part.named(name), message)


def _duplicates(elements: Sequence[_Node], key: str) -> Iterator[Broken]:
    """Yield an error for each element whose key an earlier one has. IDs compare without case."""
    seen: set[str] = set()
    for element in elements:
        value = element.posted.get(key)
        if not isinstance(value, str):
            continue  # it is absent, or of a type that the model refuses
        if value.casefold() in seen:
            yield Broken(
                "DuplicateKey", element.named(key), f"Another element has the {key} {repeated(value)} already."
            )
        seen.add(value.casefold())


def _large(part: _Node, xp: Any, holding: str = "") -> Iterator[Broken]:
    if len(json.dumps(xp, ensure_ascii=False, separators=(",", ":"))) > XP_LIMIT:
        yield Broken("TooLong", part.named("xp"), f"xp has more than {XP_LIMIT} characters as JSON{holding}.")
