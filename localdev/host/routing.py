"""Which HTTP function a request reaches: ASP.NET's route templates in the order in which Azure tries them.

Functions are tried by name in alphabetical order and the first one whose template and method fit wins; a literal
segment has no precedence over a parameter. A wrong method is no match, so it ends as 404.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from localdev.host import LoadError

_PARAMETER = re.compile(
    r"\{(?P<all>\*{0,2})(?P<name>\w+)(?P<constraints>(?::[^:(){}?]+(?:\(.*?\))?)*)(?P<optional>\??)\}"
)
_CONSTRAINT = re.compile(r":(?P<name>[^:(]+)(?:\((?P<argument>.*?)\)(?=:|$))?")
# %2F stays as it is: decoded, it would change which segments there are.
_ENCODED = re.compile(r"(?:%(?!2[Ff])[0-9A-Fa-f]{2})+")
_RESERVED = ("admin", "runtime")

type Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a template: a literal (lower case), or a parameter with its checks."""

    text: str
    is_parameter: bool = False
    is_optional: bool = False
    takes_rest: bool = False
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP function's template and methods; no methods means all."""

    function: str
    template: str
    methods: frozenset[str]
    segments: tuple[Segment, ...]

    def match(self, path: str) -> Mapping[str, str] | None:
        """Match a decoded path without prefix, and give its parameters; absent optional ones are left out."""
        parts = path.strip("/").split("/") if path.strip("/") else []
        found: dict[str, str] = {}
        for index, segment in enumerate(self.segments):
            value = "/".join(parts[index:]) if segment.takes_rest else parts[index] if index < len(parts) else ""
            if not segment.is_parameter:
                if value.lower() != segment.text:
                    return None
            elif value:
                if not all(check(value) for check in segment.checks):
                    return None
                found[segment.text] = value
            elif not segment.is_optional and (segment.checks or not segment.takes_rest):
                return None  # nothing meets no constraint, as in ASP.NET
        is_whole = len(parts) <= len(self.segments) or (bool(self.segments) and self.segments[-1].takes_rest)
        return found if is_whole else None


class RouteTable:
    """All routes of an app, tried in Azure's order."""

    def __init__(self, routes: Iterable[Route], prefix: str) -> None:
        self.routes = sorted(routes, key=lambda route: route.function.lower())
        self._prefix = f"/{prefix}/" if prefix else "/"
        for index, route in enumerate(self.routes):
            for other in self.routes[:index]:
                if _conflict(route, other):
                    raise LoadError(f"the route {route.template!r} of {route.function} is that of {other.function}")

    def find(self, method: str, path: str) -> tuple[str, Mapping[str, str]] | None:
        """Find the function of a request, and its route parameters; the path is decoded by `decode_path`."""
        if not f"{path}/".lower().startswith(self._prefix.lower()):
            return None
        rest = path[len(self._prefix) :]
        for route in self.routes:
            if (not route.methods or method in route.methods) and (found := route.match(rest)) is not None:
                return route.function, found
        return None


def parse_route(function: str, template: str, methods: Sequence[str] = ()) -> Route:
    """Read a template such as `items/{id:int}/{*rest}`; raises LoadError."""
    trimmed = template.strip("/")
    if trimmed.lower().startswith(_RESERVED):
        raise LoadError(f"the route {template!r} of {function} conflicts with routes of the host itself")
    segments = tuple(_segment(text, template) for text in trimmed.split("/")) if trimmed else ()
    if any(segment.takes_rest or segment.is_optional for segment in segments[:-1]):
        raise LoadError(f"only the last segment of a route may be optional or take the rest: {template!r}")
    return Route(function, trimmed, frozenset(method.upper() for method in methods), segments)


def decode_path(raw: str) -> str:
    """Decode a request's path as ASP.NET's server does: all but `%2F`, and only what is UTF-8.

    So a function cannot tell `%2F` from `%252F` in a route parameter; it sees `%2F` for both.
    """

    def decoded(match: re.Match[str]) -> str:
        try:
            return unquote_to_bytes(match[0]).decode()
        except UnicodeDecodeError:
            return match[0]

    return _ENCODED.sub(decoded, raw)


def encode_path(path: str) -> str:
    """Encode a decoded path again, as it stands in the URL that a function is given."""
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(path, safe="/%:@!$&'()*+,;="))


def _segment(text: str, template: str) -> Segment:
    if "{" not in text and "}" not in text:
        return Segment(text.lower())
    match = _PARAMETER.fullmatch(text)
    if not match:
        raise LoadError(f"the local host does not know the segment {text!r} of the route {template!r}")
    checks = tuple(
        _check(constraint["name"], constraint["argument"], template)
        for constraint in _CONSTRAINT.finditer(match["constraints"])
    )
    return Segment(match["name"], True, bool(match["optional"]), bool(match["all"]), checks)  # noqa: FBT003 - a row


def _conflict(one: Route, other: Route) -> bool:
    same = one.template.lower() == other.template.lower()
    return same and (not one.methods or not other.methods or bool(one.methods & other.methods))


def _check(name: str, argument: str | None, template: str) -> Check:
    arguments = (argument or "").split(",")
    try:
        return _CONSTRAINTS[name.lower()](*([argument or ""] if name.lower() == "regex" else arguments))
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise LoadError(f"the constraint {name!r} of the route {template!r} cannot be used: {error}") from error


def _passes(parse: Callable[[str], object]) -> Callable[[str], Check]:
    def check(value: str) -> bool:
        try:
            parse(value)
        except ValueError:
            return False
        return True

    return lambda _argument: check


def _between(low: float, high: float, measure: Callable[[str], float]) -> Check:
    def check(value: str) -> bool:
        try:
            return low <= measure(value) <= high
        except ValueError:
            return False

    return check


def _whole(bits: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value) if re.fullmatch(r"[+-]?[0-9]+", value) else None
        if number is None or not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise ValueError(value)
        return number

    return parse


def _pattern(regex: str) -> Check:
    compiled = re.compile(regex, re.IGNORECASE)
    return lambda value: compiled.search(value) is not None


_INFINITE = float("inf")
_CONSTRAINTS: Mapping[str, Callable[..., Check]] = {
    "int": _passes(_whole(32)),
    "long": _passes(_whole(64)),
    "double": _passes(float),
    "float": _passes(float),
    "decimal": _passes(float),
    "guid": _passes(uuid.UUID),
    "bool": lambda _argument: lambda value: value.lower() in {"true", "false"},
    "alpha": lambda _argument: _pattern(r"^[a-z]*$"),
    "required": lambda _argument: bool,
    "min": lambda low: _between(int(low), _INFINITE, _whole(64)),
    "max": lambda high: _between(-_INFINITE, int(high), _whole(64)),
    "range": lambda low, high: _between(int(low), int(high), _whole(64)),
    "minlength": lambda low: _between(int(low), _INFINITE, len),
    "maxlength": lambda high: _between(0, int(high), len),
    "length": lambda low, high=None: _between(int(low), int(high or low), len),
    "regex": _pattern,
}
