"""OrderCloud's list filters, as predicates over objects: `Name=foo*`, `xp.a=!*`, `Quantity=>5`, `ID=a|b`. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localdev.sandbox.dates import normalised
from localdev.sandbox.errors import bad_request
from localdev.sandbox.fields import Kind, Model, Models

type Condition = Callable[[list[Any]], bool]


def fold(text: str) -> str:
    """Return a text as filters, sorting and IDs compare it: without case."""
    return text.casefold()


def values_at(doc: Any, path: list[str]) -> Iterator[Any]:
    """Yield the values that a path leads to; an array on the way stands for each of its elements."""
    if isinstance(doc, list):
        for element in doc:
            yield from values_at(element, path)
    elif not path:
        yield doc
    elif isinstance(doc, dict) and path[0] in doc:
        yield from values_at(doc[path[0]], path[1:])


def kind_at(models: Models, model: Model, path: list[str]) -> Kind | None:
    """Return what kind of value a dotted field name means; None when the model has no such field."""
    field = model.get(path[0])
    if field is None or field.write_only:
        return None
    if field.kind is Kind.MODEL:
        return kind_at(models, models[field.model or ""], path[1:]) if path[1:] else None
    return field.kind if field.kind is Kind.FREE or not path[1:] else None


def predicate(models: Models, model: Model, name: str, text: str) -> Callable[[Mapping[str, Any]], bool]:
    """Return the test for one query parameter; `a|b` in the name or in the value means either one."""
    tests = []
    for field in name.split("|"):
        path = field.split(".")
        kind = kind_at(models, model, path)
        if kind is None or (kind is Kind.FREE and not path[1:]):
            raise bad_request("List.InvalidProperty", f"{field!r} cannot be filtered on.", {"Property": field})
        tests.append((path, [_condition(field, kind, choice) for choice in text.split("|")]))

    def test(doc: Mapping[str, Any]) -> bool:
        return any(condition(list(values_at(doc, path))) for path, choices in tests for condition in choices)

    return test


def _condition(field: str, kind: Kind, text: str) -> Condition:
    if text == "*":
        return lambda found: any(value is not None for value in found)
    if text.startswith("!"):
        opposite = _condition(field, kind, text[1:])
        return lambda found: not opposite(found)
    if text.startswith((">", "<")):
        return _comparison(field, kind, text)
    if "*" in text:
        pattern = re.compile(".*".join(re.escape(fold(part)) for part in text.split("*")), re.DOTALL)
        return lambda found: any(isinstance(value, str) and pattern.fullmatch(fold(value)) for value in found)
    wanted = operands(field, kind, text)
    return lambda found: any(comparable(value) in wanted for value in found if value is not None)


def _comparison(field: str, kind: Kind, text: str) -> Condition:
    ahead = text.startswith(">")
    wanted = operands(field, kind, text[1:])

    def test(found: list[Any]) -> bool:
        for rank, value in (comparable(value) for value in found if value is not None):
            for same, operand in wanted:
                if rank == same and (value > operand if ahead else value < operand):
                    return True
        return False

    return test


def operands(field: str, kind: Kind, text: str) -> list[tuple[int, Any]]:
    """Return what a filter value may mean, in the form of `comparable`; inside xp a text may mean any type."""
    try:
        match kind:
            case Kind.WHOLE | Kind.DECIMAL:
                return [(2, float(text))]
            case Kind.FLAG:
                return [(1, {"true": True, "false": False}[text.lower()])]
            case Kind.DATE:
                return [(3, fold(normalised(text)))]
            case Kind.FREE:
                return _any_type(text)
            case _:
                return [(3, fold(text))]
    except (ValueError, KeyError) as error:
        message = f"{text!r} is not a value that {field!r} can have."
        raise bad_request("List.InvalidType", message, {"Property": field, "Value": text}) from error


def _any_type(text: str) -> list[tuple[int, Any]]:
    found: list[tuple[int, Any]] = [(3, fold(text))]
    if text.lower() in {"true", "false"}:
        found.append((1, text.lower() == "true"))
    try:
        found.append((2, float(text)))
    except ValueError:
        return found
    return found


def comparable(value: Any) -> tuple[int, Any]:
    """Return a value in a form that equals and orders as OrderCloud's lists do: by type, texts without case."""
    match value:
        case None:
            return 0, 0
        case bool():
            return 1, value
        case int() | float():
            return 2, value
        case str():
            return 3, fold(value)
        case _:
            return 4, str(value)
