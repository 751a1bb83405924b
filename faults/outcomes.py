"""What scenarios report: one outcome for each fault and action, with the problems that were found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one fault.

    Attributes:
        scenario: the scenario's name.
        fault: what was done to the stack.
        action: what was under way.
        became: what came of it, in words.
        problems: each loss, double and mismatch, in words.
        figures: numbers by name.
    """

    scenario: str
    fault: str
    action: str
    became: str
    problems: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there was no problem."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Return the outcome for machines."""
        return {
            "Scenario": self.scenario,
            "Fault": self.fault,
            "Action": self.action,
            "Became": self.became,
            "Ok": self.ok,
            "Problems": list(self.problems),
            "Figures": dict(self.figures),
        }


type Tell = Callable[[str], None]
"""Says to a person what a scenario is at."""
