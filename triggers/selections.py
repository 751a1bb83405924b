"""Which dead letters, or which page, a request means: a query's and a body's filters, checked all at once."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import unquote

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from models.record import ordercloud_name
from models.registry import Keys, RecordType, Registry
from orchestration.advice import ADVICE
from orchestration.deadletter_listing import LARGEST_PAGE, PAGE
from orchestration.deadletters import Wanted, is_own
from orchestration.paths import ABSENT, QueuePath, RecordPath
from orchestration.rejections import RejectionError
from triggers.checking import TypeName, checked, one_of, registry_of

MOST_RECORDS = 100
LONGEST_TEXT = 200
LONGEST_KEY = 1_024
LONGEST_SEALED_KEY = 2 * LONGEST_KEY


def _error_type(name: str) -> str:
    return one_of("It is one of the classes of failures", [*ADVICE], name)


type Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
type SealedKey = Annotated[str, StringConstraints(max_length=LONGEST_SEALED_KEY)]
type Key = Annotated[str, StringConstraints(max_length=LONGEST_KEY)]


class _Filter(BaseModel):
    """What narrows dead letters down; the texts compare without case."""

    client: Text | None = None
    record_type: TypeName | None = None
    error_type: Annotated[str, AfterValidator(_error_type)] | None = None
    error_code: Text | None = None
    field: Text | None = None
    status: Annotated[int, Field(ge=100, le=599)] | None = None

    def wanted_with(self, keys: Keys | None = None) -> Wanted:
        """Return which dead letters are meant."""
        return Wanted(
            client=self.client,
            record_type=self.record_type,
            keys=keys,
            error_type=self.error_type,
            error_code=self.error_code,
            field=self.field,
            status=self.status,
        )


class Question(_Filter):
    """The query of a list of dead letters, by its parameters' names."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    keys: Annotated[Key, StringConstraints(min_length=1)] | None = None
    after: Key = ""
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = PAGE
    group: Literal["cause"] | None = None

    @model_validator(mode="after")
    def _keys_are_of_a_type(self, info: ValidationInfo) -> Self:
        if self.keys is not None and self.record_type is None:
            raise PydanticCustomError("nothing_chosen", "keys are those of a recordType, which is not given.")
        if self.keys is not None and len(_split(self.keys)) != len(registry_of(info)[self.record_type or ""].keys):
            raise _wrong_keys(registry_of(info)[self.record_type or ""])
        return self

    @property
    def wanted(self) -> Wanted:
        """Which dead letters are meant."""
        return self.wanted_with(None if self.keys is None else _split(self.keys))


class Whose(BaseModel):
    """The query of what is asked about a record: `client` is the one whose records are meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    client: Text | None = None


class Paging(Whose):
    """The query of a list of records, by its parameters' names."""

    after: SealedKey = ""
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = PAGE


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=ordercloud_name)


class BodyFilter(_Filter, _Body):
    """The filter of a body."""

    @model_validator(mode="after")
    def _something_is_given(self) -> Self:
        if self.wanted_with() == Wanted():
            raise PydanticCustomError("nothing_chosen", "An empty filter means nothing; all are chosen by All.")
        return self


class Chosen(_Body):
    """One dead letter: by the key that the list gave, or by its record and client."""

    key: Annotated[Key, StringConstraints(min_length=1)] | None = None
    record_type: TypeName | None = None
    keys: dict[str, str | None] | None = None
    client: Text | None = None

    @model_validator(mode="after")
    def _is_one_dead_letter(self, info: ValidationInfo) -> Self:
        named = (self.record_type, self.keys, self.client)
        if self.key is not None and named != (None, None, None):
            raise PydanticCustomError("one_of_these", "Name it by Key, or by RecordType, Keys and Client.")
        if self.key is None and None in named:
            raise PydanticCustomError("nothing_chosen", "It is named by Key, or by RecordType, Keys and Client.")
        if self.record_type is not None and self.keys is not None:
            row = registry_of(info)[self.record_type]
            if not self.keys.keys() <= set(row.keys) or not any(self.keys.values()):
                raise _wrong_keys(row)
        return self

    def key_in(self, marketplace: str, registry: Registry) -> str:
        """Return the key of the dead letter in the list of a marketplace."""
        if self.record_type is None or self.keys is None or self.client is None:
            return self.key or ""
        keys = tuple(self.keys.get(name) for name in registry[self.record_type].keys)
        return str(QueuePath(RecordPath(marketplace, self.record_type, keys), self.client))


class Selection(_Body):
    """The body of a replay or a drop."""

    records: Annotated[list[Chosen], Field(min_length=1, max_length=MOST_RECORDS)] | None = None
    filter: BodyFilter | None = None
    all: Literal[True] | None = None
    after: Key = ""
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_way_is_chosen(self) -> Self:
        chosen = [each for each in (self.records, self.filter, self.all) if each is not None]
        if not chosen:
            raise PydanticCustomError("nothing_chosen", "Say which ones are meant: Records, Filter, or All as true.")
        if len(chosen) > 1:
            raise PydanticCustomError("one_of_these", "Records, Filter and All exclude each other.")
        return self

    @property
    def wanted(self) -> Wanted:
        """Which dead letters are meant, where they are not named one by one."""
        return self.filter.wanted_with() if self.filter else Wanted()


def question_of(params: Mapping[str, str], registry: Registry) -> Question:
    """Return what a query asks for.

    Raises:
        RejectionsError: 400 with everything that is wrong.
    """
    return checked(Question, dict(params), registry)


def paging_of(params: Mapping[str, str]) -> Paging:
    """Return which page a query asks for.

    Raises:
        RejectionsError: 400 with everything that is wrong.
    """
    return checked(Paging, dict(params))


def place_of(after: str, field: str, marketplace: str) -> str:
    """Return the key after which a list of dead letters goes on; what it names may be gone meanwhile.

    Raises:
        RejectionError: 400 when it is none of the marketplace's.
    """
    if after and not is_own(marketplace, after):
        raise RejectionError(400, "InvalidValue", "It is no NextKey of this list.", Field=field)
    return after


def selection_of(body: object, registry: Registry) -> Selection:
    """Return what a body chooses.

    Raises:
        RejectionsError: 400 with everything that is wrong.
    """
    return checked(Selection, body, registry)


def _split(path: str) -> Keys:
    return tuple(None if segment == ABSENT else unquote(segment) for segment in path.split("/"))


def _wrong_keys(row: RecordType) -> PydanticCustomError:
    return PydanticCustomError("keys", "A {name} is named by {keys}.", {"name": row.name, "keys": ", ".join(row.keys)})
