"""Misbehaviour of the blob trigger on demand: events delivered twice, never, or late, in seeded random order."""

import random
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class TriggerFaults:
    """The share of events delivered twice and of those never delivered, and the greatest delay in seconds."""

    duplicate: float = 0.0
    drop: float = 0.0
    delay: float = 0.0
    seed: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `duplicate=0.2,drop=0.1,delay=2,seed=7`, each part optional; raises ValueError."""
        given = dict(part.strip().partition("=")[::2] for part in text.split(",") if part.strip())
        if unknown := given.keys() - {field.name for field in fields(cls)}:
            raise ValueError(f"unknown trigger fault: {', '.join(sorted(unknown))}")
        seed = given.pop("seed", None)
        faults = cls(**{name: float(value) for name, value in given.items()}, seed=None if seed is None else int(seed))
        if not (0 <= faults.duplicate <= 1 and 0 <= faults.drop <= 1 and faults.delay >= 0):
            raise ValueError(f"shares lie between 0 and 1, a delay is no less than 0: {text!r}")
        return faults


class FaultDice:
    """Decides the fate of one event after the other."""

    def __init__(self, faults: TriggerFaults) -> None:
        self._faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 - chaos for tests, not secrets

    def delays(self) -> list[float]:
        """Give the delay of each delivery of the next event: none when it is dropped, two when it is doubled."""
        if self._random.random() < self._faults.drop:
            return []
        deliveries = 2 if self._random.random() < self._faults.duplicate else 1
        return [self._random.uniform(0, self._faults.delay) for _ in range(deliveries)]
