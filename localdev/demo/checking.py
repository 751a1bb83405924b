"""Compare what OrderCloud holds with what the sources posted, field by field."""

from collections.abc import Iterator, Mapping
from typing import Any

WHOLE = frozenset({"products", "priceschedules"})
"""The resources of which OrderCloud should hold nothing else."""


def differences(
    expected: Mapping[str, Mapping[str, Any]],
    held: Mapping[str, Mapping[str, Any]],
    removed_xp: Mapping[str, list[str]],
) -> list[str]:
    """Return, in words, each way in which OrderCloud is not as it should be.

    Args:
        expected: what was posted last, by resource and ID.
        held: what OrderCloud holds, likewise.
        removed_xp: by product, the xp properties that a source has taken out.
    """
    found: list[str] = []
    for resource, records in expected.items():
        there = held.get(resource, {})
        found += [f"{resource}/{identifier} is missing" for identifier in records.keys() - there.keys()]
        if resource in WHOLE:
            found += [f"{resource}/{identifier} should not be there" for identifier in there.keys() - records.keys()]
        for identifier in records.keys() & there.keys():
            found += _unlike(f"{resource}/{identifier}", records[identifier], there[identifier])
    for identifier, names in removed_xp.items():
        xp = held.get("products", {}).get(identifier, {}).get("xp") or {}
        found += [f"products/{identifier}.xp.{name} should be gone" for name in names if name in xp]
    return found


def _unlike(path: str, posted: Any, held: Any) -> Iterator[str]:
    """Yield the posted values that OrderCloud does not hold; what it holds besides is its own."""
    if isinstance(posted, dict) and isinstance(held, dict):
        for name, value in posted.items():
            yield from _unlike(f"{path}.{name}", value, held.get(name))
    elif isinstance(posted, list) and isinstance(held, list) and len(posted) == len(held):
        for index, pair in enumerate(zip(posted, held, strict=True)):
            yield from _unlike(f"{path}[{index}]", *pair)
    elif posted != held:
        yield f"{path} is {held!r}, not {posted!r}"
