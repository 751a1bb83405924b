"""Check what a route says of a record beside the record itself: the keys that name it, the buyer that it belongs to."""

from models.registry import Keys, RecordType
from models.validation import FieldError, InvalidRecordError, ValidRecord, validate
from orchestration.rejections import RejectionError

BUYER_ID = "BuyerID"


def valid_keys(record_type: RecordType, keys: Keys) -> ValidRecord:
    """Check the keys of a record that is named and not posted, as those of a posted one are checked.

    Raises:
        RejectionError: 400 with the first error.
    """
    named = {name: key for name, key in record_type.named(keys).items() if key is not None}
    try:
        return validate(record_type, named)
    except InvalidRecordError as invalid:
        error = next((each for each in invalid.errors if each.field in record_type.keys), None)
        if error is None:  # the other rules are about what is posted
            return ValidRecord(named, keys, ())
        raise RejectionError(400, error.code, error.message, Field=error.field) from invalid


def valid_of_buyer(record_type: RecordType, buyer: str, item: object) -> ValidRecord:
    """Check a posted item whose route names its buyer; the item may leave it out.

    Raises:
        InvalidRecordError: with all errors of the item, that it names another buyer among them.
    """
    if not isinstance(item, dict):
        return validate(record_type, item)
    named = item.get(BUYER_ID, buyer)
    errors: tuple[FieldError, ...] = ()
    if str(named).casefold() != buyer.casefold():
        errors = (FieldError("KeyMismatch", f"{BUYER_ID} is {buyer[:100]!r} in the path.", BUYER_ID),)
    try:
        valid = validate(record_type, {**item, BUYER_ID: buyer})
    except InvalidRecordError as invalid:
        raise InvalidRecordError((*errors, *invalid.errors)) from invalid
    if errors:
        raise InvalidRecordError(errors)
    return valid
