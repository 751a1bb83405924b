"""What requests say besides records, checked by models: all that is wrong is told at once, with field and rule."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from models.registry import Registry
from orchestration.rejections import RejectionError, RejectionsError

_CODES = {
    "missing": "Required",
    "extra_forbidden": "UnknownParameter",
    "string_too_long": "TooLong",
    "string_too_short": "TooShort",
    "too_short": "TooShort",
    "too_long": "TooManyElements",
    "greater_than_equal": "OutOfRange",
    "less_than_equal": "OutOfRange",
    "string_pattern_mismatch": "InvalidValue",
    "literal_error": "InvalidValue",
    "none_of_these": "InvalidValue",
    "keys": "InvalidKeys",
    "one_of_these": "ExclusiveFields",
    "nothing_chosen": "Required",
}


def one_of(kind: str, names: list[str], given: str) -> str:
    """Return the name that is given, as it is spelled."""
    found = next((name for name in names if name.casefold() == given.casefold()), None)
    if found is None:
        raise PydanticCustomError("none_of_these", "{kind}: {names}.", {"kind": kind, "names": ", ".join(names)})
    return found


def _record_type(name: str, info: ValidationInfo) -> str:
    return one_of("It is one of the record types", [row.name for row in registry_of(info)], name)


def registry_of(info: ValidationInfo) -> Registry:
    """Return the registry that a value is checked against."""
    if not isinstance(info.context, Registry):
        raise TypeError("record types are checked against a registry")
    return info.context


type TypeName = Annotated[str, AfterValidator(_record_type)]
"""The name of a record type, as the registry spells it."""


def checked[T: BaseModel](model: type[T], value: object, registry: Registry | None = None) -> T:
    """Return what a value says.

    Raises:
        RejectionsError: 400 with everything that is wrong.
    """
    try:
        return model.model_validate(value, context=registry)
    except ValidationError as invalid:
        details = invalid.errors(include_url=False, include_input=False)
        errors = [
            RejectionError(
                400,
                _CODES.get(each["type"], "InvalidType"),
                each["msg"].rstrip(".") + ".",
                Field=_dotted(each["loc"]) or None,
            )
            for each in details
        ]
        raise RejectionsError(400, errors) from invalid


def _dotted(location: tuple[Any, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
