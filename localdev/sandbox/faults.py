"""Misbehaviour on demand: which calls it meets, how often, and what happens to them. Kept in memory only."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from localdev.sandbox.errors import Answer


class StatusFault(BaseModel):
    """The answer that a `status` fault gives instead of OrderCloud's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Annotated[int, Field(ge=200, le=599)]
    headers: dict[str, str] = {}
    body: Any = None


class Fault(BaseModel):
    """One fault as it was ordered; `times` counts down."""

    model_config = ConfigDict(extra="forbid")

    method: str | None = None
    path: str | None = None
    kind: Literal["latency", "status", "drop_before", "drop_after", "revoke_tokens"]
    value: StatusFault | Annotated[float, Field(ge=0)] | None = None
    times: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        wanted = {"latency": float, "status": StatusFault}.get(self.kind, type(None))
        if type(self.value) is not wanted:
            raise ValueError(f"a {self.kind} fault cannot have this value")
        try:
            re.compile(self.path or "")
        except re.PatternError as error:
            raise ValueError(f"path is no regular expression: {error}") from error
        return self

    def meets(self, method: str, path: str) -> bool:
        """Say whether a call is one of those meant; a path is meant when the expression is found in it."""
        right_method = self.method is None or self.method.upper() == method
        return right_method and re.search(self.path or "", path) is not None


@dataclass(frozen=True, slots=True)
class Effects:
    """What the faults do to one call: `instead` and `drop_before` keep it from being carried out."""

    latency: float = 0.0
    revoke_tokens: bool = False
    instead: Answer | None = None
    drop_before: bool = False
    drop_after: bool = False


class Faults:
    """The faults in force, in the order in which they were given."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, faults: object) -> list[Fault]:
        """Put a list of faults into force; raise pydantic's error when one of them is wrong (then none is)."""
        self._faults += TypeAdapter(list[Fault]).validate_python(faults)
        return self.listed()

    def clear(self) -> None:
        """Behave again."""
        self._faults = []

    def listed(self) -> list[Fault]:
        """Return the faults still in force."""
        return list(self._faults)

    def take(self, method: str, path: str) -> Effects:
        """Return what happens to a call, and count it: the first latency, revocation and ending that meet it."""
        chosen: dict[str, Fault] = {}
        for fault in self._faults:
            group = fault.kind if fault.kind in {"latency", "revoke_tokens"} else "ending"
            if group not in chosen and fault.meets(method, path):
                chosen[group] = fault
        for fault in chosen.values():
            if fault.times is not None:
                fault.times -= 1
        self._faults = [fault for fault in self._faults if fault.times != 0]
        latency, ending = chosen.get("latency"), chosen.get("ending")
        return Effects(
            latency=latency.value if latency and isinstance(latency.value, float) else 0.0,
            revoke_tokens="revoke_tokens" in chosen,
            instead=_answer(ending.value) if ending and isinstance(ending.value, StatusFault) else None,
            drop_before=ending is not None and ending.kind == "drop_before",
            drop_after=ending is not None and ending.kind == "drop_after",
        )


def _answer(value: StatusFault) -> Answer:
    return Answer(value.status, value.body, value.headers)
