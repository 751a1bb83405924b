"""What the sandbox answers: an answer, or a refusal with OrderCloud's error list. No rule of the API lives here."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: its JSON body (None: no body at all) and what is not the default among its headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """Return the body as bytes; text and JSON alike are UTF-8."""
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else encode(self.body)


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of the list `Errors`."""

    code: str
    message: str
    data: Any = None

    def body(self) -> dict[str, Any]:
        """Return the entry as OrderCloud writes it."""
        return {"ErrorCode": self.code, "Message": self.message, "Data": self.data}


class Refusal(Exception):  # noqa: N818 - a refused request is an answer, not a fault of this program
    """A request is answered with one or more errors."""

    def __init__(self, status: int, *problems: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.status = status
        self.problems = problems
        self.headers = headers or {}

    def answer(self) -> Answer:
        """Return the HTTP answer that says so."""
        return Answer(self.status, {"Errors": [problem.body() for problem in self.problems]}, self.headers)


def encode(value: Any) -> bytes:
    """Return compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def bad_request(code: str, message: str, data: Any = None) -> Refusal:
    """Return a refusal of the request's form or of one of its parameters."""
    return Refusal(400, Problem(code, message, data))


def invalid(problems: Iterable[Problem]) -> Refusal:
    """Return a refusal of a body, with every error found in it."""
    return Refusal(400, *problems)


def not_found(object_type: str, object_id: str) -> Refusal:
    """Return the refusal for a record, or a record it refers to, that is not there."""
    return Refusal(404, Problem("NotFound", "Object not found.", {"ObjectType": object_type, "ObjectID": object_id}))


def id_exists(object_type: str, object_id: str) -> Refusal:
    """Return the refusal for an ID that is taken."""
    data = {"ObjectType": object_type, "ObjectID": object_id}
    return Refusal(409, Problem("IdExists", "Object already exists.", data))


def not_implemented(what: str) -> Refusal:
    """Return the refusal of something that OrderCloud has and this sandbox has not."""
    return Refusal(501, Problem("Sandbox.NotImplemented", f"The sandbox does not know {what}."))
