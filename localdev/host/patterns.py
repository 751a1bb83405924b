"""The `path` of a blob trigger: its container, and which blob names it takes."""

import re
from dataclasses import dataclass
from typing import Self

_TOKEN = re.compile(r"\{\{|\}\}|\{[^{}]+\}|[^{}]+")


@dataclass(frozen=True, slots=True)
class BlobPattern:
    """A container and a pattern of names in it; like WebJobs', each `{x}` also takes slashes and nothing at all."""

    container: str
    _name: re.Pattern[str]

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read `container`, or `container/in/{any}/{name}.json`; raises ValueError."""
        container, _, name = path.partition("/")
        tokens = _TOKEN.findall(name)
        if not container or "{" in container or "".join(tokens) != name:
            raise ValueError(f"no valid path of a blob trigger: {path!r}")
        return cls(container.lower(), re.compile("".join(map(_regex, tokens)) or ".*", re.DOTALL))

    def takes(self, name: str) -> bool:
        """Say whether a blob of this name in the container fires the trigger."""
        return self._name.fullmatch(name) is not None


def _regex(token: str) -> str:
    if token in {"{{", "}}"}:
        return re.escape(token[0])
    return ".*" if token.startswith("{") else re.escape(token)
