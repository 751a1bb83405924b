"""What tests read of a composite: its parts, and the errors of one that is refused."""

import pytest

from models.composites import HYDRATED_PRODUCT, expand_hydrated
from models.record import Json
from models.validation import InvalidRecordError, validate


def expanded(body: Json) -> list[tuple[str, str, Json]]:
    parts = expand_hydrated(validate(HYDRATED_PRODUCT, body).posted)
    return [(part.field, part.record_type, part.posted) for part in parts]


def errors_of(body: Json) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidRecordError) as refused:
        validate(HYDRATED_PRODUCT, body)
    return [(error.code, error.field, error.message) for error in refused.value.errors]
