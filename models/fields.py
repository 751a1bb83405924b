"""The field types that models are made of: OrderCloud's rules for identifiers, texts, numbers, times and enums.

Values stay what JSON can say (a time stays a string), so that what a source posted is compared and stored as posted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MAX_INT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class AsInstant:
    """Marks a text that names an instant: two spellings of one instant are equal.

    `year_one_is_now`: an instant of the year 1 means the time at which it is written to OrderCloud.
    """

    year_one_is_now: bool = False


_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
_OFFSET = r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
_INSTANT = re.compile(rf"{_DATE}(?:[Tt ]{_TIME}{_OFFSET}?)?")
_COUNTRY = re.compile("[A-Za-z]{2}")


def parse_instant(text: str) -> datetime:
    """Return the instant that a text names, a date or a date and time; without an offset it is taken as UTC.

    Raises:
        ValueError: the text is no date and time, or one that no calendar of ours holds.
    """
    if not _INSTANT.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def _instant(text: str) -> str:
    try:
        parse_instant(text)
    except ValueError:
        message = "Input should be a date and time as in 2026-01-31T08:00:00Z"
        raise PydanticCustomError("instant", message) from None
    return text


def _country(text: str) -> str:
    if not _COUNTRY.fullmatch(text):
        message = "Input should be a country code of two letters"
        raise PydanticCustomError("country", message)
    return text


class OneOf:
    """Marks a text that names one of a few values: any case is accepted and compares equal, the canonical name is kept.

    The integers by which the first version of this API wrote the same enum are accepted too: by default the places of
    the names, else `original`.
    """

    def __init__(self, *names: str, original: Mapping[int, str] | None = None) -> None:
        self.names = names
        self._by_folded = {name.casefold(): name for name in names}
        self._by_integer = dict(enumerate(names)) if original is None else dict(original)

    def canonical(self, value: object) -> str:
        """Return the canonical name of a posted value."""
        if isinstance(value, str) and value.casefold() in self._by_folded:
            return self._by_folded[value.casefold()]
        if isinstance(value, int) and not isinstance(value, bool) and value in self._by_integer:
            return self._by_integer[value]
        message = "Input should be one of {names}"
        raise PydanticCustomError("enum", message, {"names": ", ".join(self.names)})

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.canonical)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.names)}


ID = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", min_length=1, max_length=100)]
"""OrderCloud's rule for identifiers: letters, digits, hyphen and underscore, 100 at most."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
ShortText = Annotated[str, StringConstraints(max_length=100)]
Text = Annotated[str, StringConstraints(max_length=2000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Integer = Annotated[int, Field(ge=-MAX_INT - 1, le=MAX_INT)]
Positive = Annotated[int, Field(ge=1, le=MAX_INT)]
Natural = Annotated[int, Field(ge=0, le=MAX_INT)]
Instant = Annotated[str, StringConstraints(max_length=40), AfterValidator(_instant), AsInstant()]
Moment = Annotated[str, StringConstraints(max_length=40), AfterValidator(_instant), AsInstant(year_one_is_now=True)]
"""An instant of which the year 1 means now, as the first version of this API had it."""
Country = Annotated[str, AfterValidator(_country), Field(json_schema_extra={"pattern": f"^{_COUNTRY.pattern}$"})]
PriceMarkupType = Annotated[str, OneOf("NoMarkup", "AmountPerQuantity", "AmountTotal", "Percentage")]
