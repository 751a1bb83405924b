"""What a person can do about a dead letter, by the class of its failure: one row each, as docs/operations.md has it."""

from collections.abc import Mapping

UNKNOWN = "See what its events say, correct the cause, then replay it."
"""The advice for a class that an earlier version had."""

ADVICE: Mapping[str, str] = {
    "RefusedByOrderCloud": "See Errors: correct the record at its source and post it again. Replay it only where what "
    "OrderCloud refused it for has changed there.",
    "NotOwner": "The ID belongs to somebody else's record: post it under another ID, or have its owner give it up in "
    "OrderCloud and replay it. Else drop it.",
    "CrashLoop": "See the host's log for what ended the runs, such as too little memory or time. Then replay it.",
    "Defect": "A defect of the service: report the traceback in Cause. Replay it when that is mended, or drop it.",
    "Unavailable": "OrderCloud could not be reached for as long as the profile's Parking lets a posting wait. "
    "Replay it when OrderCloud answers again.",
    "MissingReference": "What it refers to never came: post that record, then replay this one; or correct the "
    "reference at the source and post it again.",
    "Unreadable": "Nobody knows what these bytes were. Look at the blob in the container of dead letters, have the "
    "source post the record again, then drop it.",
}
"""The advice by error type."""


def advice_for(error_type: str) -> str:
    """Return what to do about a dead letter of a class."""
    return ADVICE.get(error_type, UNKNOWN)
