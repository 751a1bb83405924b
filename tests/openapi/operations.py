"""OrderCloud's operations, found by method and path: those described, and those that `exceptions` names."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from openapi.exceptions import (
    NEWER_BODIES,
    NEWER_OPERATIONS,
    NEWER_PARAMETERS,
    OTHER_OPERATIONS,
    PAGE_KEY,
    TEXT,
    Undescribed,
)
from openapi.schemas import DESCRIPTION, Json, body_of

RESPONSES: Mapping[str, str] = json.loads(Path(__file__).with_name("responses.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb on one path template: its parameters' schemas, its body, its success.

    Attributes:
        body: the model that it takes, if it takes one; without `needs_body` it may be left out.
        required: what it requires of the model.
        status: that of success.
        answer: the model that it answers, `Meta[Item]` for a list; none for an empty answer.
    """

    method: str
    template: str
    places: Mapping[str, Json]
    query: Mapping[str, Json]
    body: str | None
    needs_body: bool
    required: frozenset[str]
    status: int
    answer: str | None

    @property
    def words(self) -> list[str]:
        """Return the parts of the template."""
        return self.template.strip("/").split("/")

    @property
    def listed(self) -> str | None:
        """Return the model of the items that are listed, if this is a list."""
        return self.answer.partition("[")[2].rstrip("]") or None if self.answer else None


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation that a path means, with the values in the path; words win over parameters.

    Words are compared without case, as a server does; whoever asks for exact ones compares again.
    """
    parts = [unquote(part) for part in path.strip("/").split("/")]
    found = [one for one in _INDEX.get((method, len(parts)), ()) if _fits(one.words, parts)]
    if not found:
        return None
    best = min(found, key=lambda one: [word[0] == "{" for word in one.words])
    return best, {word[1:-1]: part for word, part in zip(best.words, parts, strict=True) if word[0] == "{"}


def _fits(words: list[str], parts: list[str]) -> bool:
    return all(word[0] == "{" or word.casefold() == part.casefold() for word, part in zip(words, parts, strict=True))


def described() -> Iterator[Operation]:
    for path, methods in DESCRIPTION["paths"].items():
        template = f"/v1{path}" if path[0] == "/" else f"/{path}"
        for method, operation in methods.items():
            yield _operation(method.upper(), template, operation)


def _operation(method: str, template: str, operation: Json) -> Operation:
    parameters = operation.get("parameters", ())
    query: Any = {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}
    name = f"{method} {template}"
    body, required = body_of(operation) or (NEWER_BODIES.get(name), frozenset[str]())
    [status] = operation["responses"]
    return Operation(
        method,
        template,
        places={one["name"]: one["schema"] for one in parameters if one["in"] == "path"},
        query={**query, **(PAGE_KEY if "page" in query else {}), **NEWER_PARAMETERS.get(name, {})},
        body=body,
        needs_body="requestBody" in operation,
        required=required,
        status=int(status),
        answer=RESPONSES.get(operation["operationId"]),
    )


def _undescribed(name: str, one: Undescribed) -> Operation:
    method, _, template = name.partition(" ")
    places = [word[1:-1] for word in template.split("/") if word.startswith("{")]
    return Operation(
        method,
        template,
        places=dict.fromkeys(places, TEXT),
        query=dict.fromkeys(one.query.split(), TEXT),
        body=one.body,
        needs_body=one.body is not None,
        required=frozenset(one.required.split()),
        status=one.status,
        answer=one.answer,
    )


def _indexed() -> Mapping[tuple[str, int], list[Operation]]:
    index: dict[tuple[str, int], list[Operation]] = {}
    newer = [_undescribed(*one) for one in {**NEWER_OPERATIONS, **OTHER_OPERATIONS}.items()]
    for one in (*described(), *newer):
        index.setdefault((one.method, len(one.words)), []).append(one)
    return index


_INDEX = _indexed()
