"""The limits that docs/security.md lists are those of the code, all of them, with the settings and the answers."""

import importlib
import re
from pathlib import Path

import pytest

from orchestration.settings import Settings
from orchestration.versions import VersionError, source_version
from triggers.error_codes import ERROR_CODES

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
MODULES = (
    "models.composite_rules",
    "models.composites",
    "models.validation",
    "orchestration.log_query",
    "orchestration.statistics",
    "ordercloud.access_tokens",
    "triggers.answers",
    "triggers.body",
    "triggers.headers",
    "triggers.pause_requests",
)
NO_LIMITS = {"models.validation.MAX_REPEATED", "models.validation.MAX_HINTS"}
"""What bounds the words of an error, and not what may be posted."""

FIXED = {
    "properties of an object, elements of an array inside a record": "triggers.body.MAX_ELEMENTS",
    "names and values of a record, at all depths": "triggers.body.MAX_VALUES",
    "characters of a key in an object": "triggers.body.MAX_NAME",
    "an integer, either way": "triggers.body.MAX_NUMBER",
    "specs of a composite": "models.composites.MAX_SPECS",
    "options of one spec of a composite": "models.composites.MAX_OPTIONS",
    "variants of a composite": "models.composites.MAX_VARIANTS",
    "images of a composite, and attachments": "models.composites.MAX_ASSETS",
    "parts of a composite, variants that it stands for included": "models.composite_rules.MAX_PARTS",
    "characters of `X-Source-Name`, printable ASCII": "triggers.headers.MAX_SOURCE_NAME",
    "characters of a token": "ordercloud.access_tokens.MAX_TOKEN",
    "signing keys that OrderCloud is asked for in a minute": "ordercloud.signing_keys.FETCHES",
    "errors that are told of one record": "models.validation.MAX_ERRORS",
    "errors that are told of one request": "triggers.answers.MAX_ERRORS",
    "events that are told of one record": "orchestration.standing.EVENTS",
    "pauses of a marketplace": "orchestration.pausing.MOST",
    "characters of the `Reason` of a pause, none that moves a terminal": "triggers.pause_requests.MAX_REASON",
    "postings that are counted for one answer about pauses": "orchestration.pausing.LOOKS",
    "blobs that are looked at for one page of records": "orchestration.record_listing.LOOKS",
    "seconds that a plan goes on to further records": "orchestration.planning.PLAN_SECONDS",
    "events on one page of `GET logs`": "orchestration.log_query.MAX_SIZE",
    "events that pages by number reach": "orchestration.log_query.MAX_OFFSET",
    "filters of events, that for the caller's own among them": "orchestration.log_query.MAX_CONDITIONS",
    "values of a filter": "orchestration.log_query.MAX_ALTERNATIVES",
    "characters that are searched for": "orchestration.log_query.MAX_SEARCH",
    "characters of a filter's value, of one of several": "orchestration.log_query.MAX_VALUE",
    "hours of one answer of `GET stats`": "orchestration.statistics.MAX_HOURS",
}
REMEMBERED = {
    "a verified token, as a digest, at most until it expires": "ordercloud.verification.REMEMBERED_SECONDS",
    "a token whose user OrderCloud refuses": "ordercloud.verification.REJECTED_SECONDS",
    "a signing key": "ordercloud.signing_keys.KEPT_SECONDS",
    "that OrderCloud has no such key": "ordercloud.signing_keys.UNKNOWN_SECONDS",
    "an integration profile, or that there is none": "orchestration.adapters.blob_profiles.REMEMBERED_SECONDS",
    "what operators have paused": "orchestration.adapters.blob_pauses.REMEMBERED_SECONDS",
    "the difference of clocks that is allowed": "ordercloud.access_tokens.LEEWAY_SECONDS",
}


def table(first: str) -> list[list[str]]:
    """Return the rows of the table whose first column is called so."""
    text = DOCUMENT.split(f"| {first} |")[1].split("\n\n")[0]
    return [re.split(r" *\| *", line.strip("| ")) for line in text.splitlines()[2:]]


def constant(path: str) -> str:
    module, _, name = path.rpartition(".")
    return f"{int(getattr(importlib.import_module(module), name)):,}"


def longest_version() -> int:
    """Return how many digits a version may have."""
    digits = 1
    while True:
        try:
            source_version("9" * (digits + 1))
        except VersionError:
            return digits
        digits += 1


def test_the_limits_are_those_of_the_code():
    settings = {name.upper(): f"{field.default:,}" for name, field in Settings.model_fields.items() if "max_" in name}
    settings["ORDERCLOUD_CONCURRENCY"] = str(Settings.model_fields["ordercloud_concurrency"].default)
    rows = {what: (limit, setting) for what, limit, setting, _ in table("what")}
    assert {setting.strip("`"): limit for limit, setting in rows.values() if setting.startswith("`")} == settings
    assert {what: limit for what, (limit, setting) in rows.items() if setting == "fixed"} == {
        **{what: constant(path) for what, path in FIXED.items()},
        "digits of an integer as a version": str(longest_version()),
    }
    assert rows["characters of `xp`"] == (constant("models.validation.XP_LIMIT"), "OrderCloud's")


def test_no_limit_of_the_code_is_left_out():
    known = {
        f"{module}.{name}"
        for module in MODULES
        for name in vars(importlib.import_module(module))
        if name.startswith("MAX_")
    }
    assert known - NO_LIMITS == {path for path in FIXED.values() if ".MAX_" in path}


def test_what_is_remembered_is_remembered_for_so_long():
    assert dict(table("what is remembered on each instance")) == {
        what: constant(path) for what, path in REMEMBERED.items()
    }


@pytest.mark.parametrize(("what", "answer"), [(row[0], row[3]) for row in table("what") if "`" in row[3]])
def test_the_answers_are_codes_of_the_api(what, answer):
    status, code = re.findall(r"^(\d+) `(\w+)`", answer)[0]
    assert int(status) in {each.name: each.statuses for each in ERROR_CODES}[code]
