"""The error codes that the HTTP API answers, with statuses and meaning; a test compares them with the code.

Events hold OrderCloud's own errors besides; those are not listed here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code, as `ErrorCode` in an error: the statuses that it comes with, and when."""

    name: str
    statuses: tuple[int, ...]
    meaning: str


ERROR_CODES = (
    ErrorCode("BodyTooLarge", (413,), "The body has more bytes than `Data.Limit`."),
    ErrorCode(
        "CannotSeal",
        (503,),
        "A write-only field cannot be encrypted, so nothing was accepted, or a `NextKey` cannot. Try again later.",
    ),
    ErrorCode("ContentEncoding", (415,), "The body has a Content-Encoding; only plain JSON is read."),
    ErrorCode("DeletesRefused", (403,), "The integration profile of this client refuses deletions."),
    ErrorCode("DuplicateKey", (400,), "An object has a key twice, or a list has two elements with the same key."),
    ErrorCode("ExclusiveFields", (400,), "Two fields have values of which a record may have one only."),
    ErrorCode("InsufficientRoles", (403,), "None of the caller's roles is one of `Data.SufficientRoles`."),
    ErrorCode("InternalError", (500,), "A bug: the log tells operators what went wrong. Nothing of it is told."),
    ErrorCode("InvalidID", (400,), "An ID has something else than letters, digits, hyphens and underscores."),
    ErrorCode("InvalidJson", (400,), "The body is not JSON in UTF-8."),
    ErrorCode("InvalidKeys", (400,), "The path does not name as many keys as records of the type have."),
    ErrorCode("InvalidNumber", (400,), "A number is too large or too long, or is none that JSON knows."),
    ErrorCode("InvalidText", (400,), "A text has half of a surrogate pair."),
    ErrorCode("InvalidToken", (401,), "There is no bearer token, it is not valid, or its user is not active."),
    ErrorCode("InvalidType", (400,), "A value has another JSON type than its field."),
    ErrorCode(
        "InvalidValue", (400,), "A value is none of those that its field may have, or a page lies beyond the last one."
    ),
    ErrorCode("InvalidVersion", (400,), "The source's version is neither an integer nor a time."),
    ErrorCode("KeyMismatch", (400,), "A part of a composite names another record than the one that it stands in."),
    ErrorCode("NoIntegrationProfile", (403,), "The client has no integration profile that can be used."),
    ErrorCode("NoItems", (400,), "The array is empty."),
    ErrorCode("NotBuyerOwned", (404,), "Records of this type are not posted below a buyer."),
    ErrorCode("NotDeletable", (400,), "OrderCloud generates the records of this type and deletes none."),
    ErrorCode("NotFound", (404,), "There is nothing of that name: no such record of this client, no such pause."),
    ErrorCode("NotYourResource", (403,), "The type, or the record, is none that this client's resource may post."),
    ErrorCode("OrderCloudUnavailable", (503,), "OrderCloud cannot be asked about the token. Try again in a moment."),
    ErrorCode("OutOfRange", (400,), "A number is smaller or larger than its field allows."),
    ErrorCode("PausesBusy", (503,), "Others change what is paused at the same moment. Try again."),
    ErrorCode("PausesUnreadable", (503,), "What is kept of the pauses cannot be read. Somebody has to mend it."),
    ErrorCode("PlanTooLong", (503,), "The plan took too long before it came to this record. Plan fewer at once."),
    ErrorCode("RecordBusy", (503,), "Too many postings of this record at once. Post it again in a moment."),
    ErrorCode("RecordUnreadable", (503,), "What is kept of the record cannot be read. An operator has to look at it."),
    ErrorCode("Required", (400,), "A required field is not there."),
    ErrorCode("ResourceMismatch", (403,), "The token's user is not of the resource that this client writes for."),
    ErrorCode("StorageUnavailable", (503,), "Storage cannot be reached; nothing was accepted. Try again in a moment."),
    ErrorCode("Superseded", (409,), "A newer version of the record waits already, or stands in the same array."),
    ErrorCode("TooDeep", (400,), "Objects and arrays nest deeper than `Data.Limit` levels."),
    ErrorCode("TooLong", (400,), "A text, or xp as a whole, has more characters than it may have."),
    ErrorCode("TooManyElements", (400,), "An object, an array or a record has more than `Data.Limit` elements."),
    ErrorCode("TooManyErrors", (400,), "The record has more errors than are told."),
    ErrorCode("TooManyItems", (413,), "The array has more than `Data.Limit` records."),
    ErrorCode("TooManyParts", (400,), "A composite has more parts than it may have."),
    ErrorCode("TooManyPauses", (409,), "There are `Data.Limit` pauses, and there may be no more."),
    ErrorCode("TooShort", (400,), "A text has fewer characters than it may have."),
    ErrorCode("UnknownField", (400,), "The type has no such field; properties of your own go under xp."),
    ErrorCode("UnknownParameter", (400,), "The request has no such parameter; `Data.Field` names it."),
    ErrorCode("UnrecognizedType", (404,), "There is no such record type."),
)
"""All of them, by name."""


def codes_of(status: int) -> list[str]:
    """Return the names of the codes that come with a status."""
    return [code.name for code in ERROR_CODES if status in code.statuses]
