"""The part of Cosmos DB's SQL that the event log uses: SELECT … FROM c WHERE … ORDER BY …; anything else is refused.

So is what is documented, and other servers were seen to lack: NOT before a group, texts in the text.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

type Document = Mapping[str, Any]
type Expression = Callable[[Document], Any]

TOKEN = re.compile(r"\s*(?:(?P<number>\d+)|(?P<word>[@A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|[=<>(),]))")
FUNCTIONS: Mapping[str, Callable[[str, str], bool]] = {
    "CONTAINS": lambda text, part: part in text,
    "STARTSWITH": lambda text, part: text.startswith(part),
    "ENDSWITH": lambda text, part: text.endswith(part),
}
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}


class SqlError(ValueError):
    """The text is no SQL of this part."""


@dataclass(frozen=True)
class Order:
    """One path that is ordered by."""

    path: str
    descending: bool


class Query:
    """A query, parsed: `order` is what it orders by, `counts` whether it is an aggregate."""

    def __init__(self, text: str, parameters: Mapping[str, Any]) -> None:
        self._tokens = tokens(text)
        self._parameters = parameters
        self._expect("SELECT")
        self.counts = False
        self._paths: list[str] = []
        self._select()
        self._expect("FROM")
        self._expect("c")
        self._where: Expression = self._any() if self._taken("WHERE") else lambda _: True
        self.order = self._order_by()
        if self._tokens:
            raise SqlError(f"not understood: {self._tokens}")

    def run(self, documents: list[Document]) -> list[Any]:
        """Return what the query finds in documents."""
        found = [each for each in documents if self._where(each)]
        if self.counts:
            return [len(found)]
        found.sort(key=cmp_to_key(self._compare))
        return [{path: each[path] for path in self._paths if path in each} for each in found]

    def _compare(self, one: Document, other: Document) -> int:
        for order in self.order:
            if one[order.path] != other[order.path]:
                return (1 if one[order.path] > other[order.path] else -1) * (-1 if order.descending else 1)
        return 0

    def _select(self) -> None:
        if self._taken("VALUE"):
            for word in ("COUNT", "(", "1", ")"):
                self._expect(word)
            self.counts = True
            return
        self._paths.append(self._path())
        while self._taken(","):
            self._paths.append(self._path())

    def _order_by(self) -> list[Order]:
        found: list[Order] = []
        if self._taken("ORDER"):
            self._expect("BY")
            found.append(self._order())
            while self._taken(","):
                found.append(self._order())
        return found

    def _order(self) -> Order:
        path = self._path()
        descending = self._taken("DESC")
        if not descending:
            self._taken("ASC")
        return Order(path, descending)

    def _any(self) -> Expression:
        parts = [self._all()]
        while self._taken("OR"):
            parts.append(self._all())
        return lambda document: any(part(document) for part in parts)

    def _all(self) -> Expression:
        parts = [self._one()]
        while self._taken("AND"):
            parts.append(self._one())
        return lambda document: all(part(document) for part in parts)

    def _one(self) -> Expression:
        if self._taken("NOT"):
            negated = self._function()
            return lambda document: not negated(document)
        if self._taken("("):
            inner = self._any()
            self._expect(")")
            return inner
        if self._tokens[:1] and self._tokens[0] in FUNCTIONS:
            return self._function()
        left, compare, right = self._value(), COMPARISONS.get(self._next()), self._value()
        if compare is None:
            raise SqlError("no comparison")
        return lambda document: compare(left(document), right(document))

    def _function(self) -> Expression:
        function = FUNCTIONS.get(self._next())
        if function is None:
            raise SqlError("NOT is known before functions alone")
        self._expect("(")
        text = self._value()
        self._expect(",")
        part = self._value()
        self._expect(")")
        return lambda document: function(text(document), part(document))

    def _value(self) -> Expression:
        token = self._next()
        if token.startswith("@"):
            value = self._parameters[token]
            return lambda _: value
        self._tokens.insert(0, token)
        path = self._path()
        return lambda document: document[path]

    def _path(self) -> str:
        alias, _, path = self._next().partition(".")
        if alias != "c" or not path or "." in path:
            raise SqlError(f"no path: {alias}.{path}")
        return path

    def _next(self) -> str:
        if not self._tokens:
            raise SqlError("ends too early")
        return self._tokens.pop(0)

    def _taken(self, word: str) -> bool:
        if self._tokens and self._tokens[0] == word:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._taken(word):
            raise SqlError(f"{word} expected before {self._tokens[:3]}")


def tokens(text: str) -> list[str]:
    """Return the words and signs of a text."""
    found, place = [], 0
    while place < len(text.rstrip()):
        token = TOKEN.match(text, place)
        if token is None:
            raise SqlError(f"not understood: {text[place:]}")
        found.append(token[0].strip())
        place = token.end()
    return found
