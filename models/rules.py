"""Rules between the fields of a record: a model yields those that a posting breaks, and each names its field."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Self, get_args

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from models.record import Record

type RuleCode = Literal[
    "DuplicateKey",
    "ExclusiveFields",
    "InvalidValue",
    "KeyMismatch",
    "OutOfRange",
    "Required",
    "TooLong",
    "TooManyParts",
]

RULE_CODES: frozenset[str] = frozenset(get_args(RuleCode.__value__))


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a posting breaks: `field` is OrderCloud's name of the field to change."""

    code: RuleCode
    field: str
    message: str


class RuledRecord(Record):
    """A record whose fields have to agree. Rules see what was posted alone: a field left out breaks none."""

    def broken(self) -> Iterator[Broken]:
        """Yield the rules that the posting breaks; its fields are valid each by itself."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _hold(self) -> Self:
        details = [
            InitErrorDetails(
                type=PydanticCustomError(rule.code, "{rule}", {"rule": rule.message}), loc=(rule.field,), input=None
            )
            for rule in self.broken()
        ]
        if details:
            raise ValidationError.from_exception_data(type(self).__name__, details)
        return self
