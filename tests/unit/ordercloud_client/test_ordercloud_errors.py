import inspect
import re

import httpx
import pytest

import ordercloud
from ordercloud import errors
from ordercloud.errors import ApiError, NotFoundError, OrderCloudError, RefusedError, TransportError
from ordercloud.transport import FAULTS, Request, translated

PUT = Request("PUT", "https://api.example.com", "/v1/x", writes=True)
HTTPX_ERRORS = [each for _, each in inspect.getmembers(httpx, inspect.isclass) if issubclass(each, Exception)]
OURS = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, Exception)]


def instance(kind: type[Exception]) -> Exception:
    error = kind.__new__(kind, "text")
    error.args = ("text",)
    return error


@pytest.mark.parametrize("kind", HTTPX_ERRORS)
def test_every_exception_of_httpx_has_a_meaning_of_its_own(kind):
    assert kind in FAULTS
    error = translated(instance(kind), PUT)
    assert isinstance(error, TransportError)
    assert (type(error), error.outcome_unknown) == (FAULTS[kind].kind, FAULTS[kind].sent)
    assert error.requests == FAULTS[kind].sent


def test_an_exception_of_httpx_that_is_newer_than_this_client_means_what_its_parent_means():
    newer = type("NewerTimeout", (httpx.ReadTimeout,), {})
    assert type(translated(newer("late"), PUT)) is errors.DeadlineExceededError


def test_the_system_tells_why_there_is_no_connection_and_nothing_else_is_repeated():
    assert str(translated(httpx.ConnectError("Name or service not known"), PUT)) == (
        "PUT /v1/x: ConnectError: Name or service not known"
    )
    assert str(translated(httpx.LocalProtocolError("Illegal header value b'Bearer T1'"), PUT)) == (
        "PUT /v1/x: LocalProtocolError"
    )


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes():
    drawn, parents = {}, [Exception]
    for depth, name in re.findall(r"^((?:[│├└][─ ]{3})*)(\w+Error)\b", errors.__doc__, re.MULTILINE):
        level = len(depth) // 4
        drawn[name] = parents[level].__name__
        parents[level + 1 :] = [getattr(errors, name)]
    assert drawn == {each.__name__: each.__base__.__name__ for each in OURS}


@pytest.mark.parametrize("kind", OURS)
def test_every_error_says_in_its_first_line_when_it_happens_and_is_exported(kind):
    assert kind.__doc__.splitlines()[0].endswith(".")
    assert getattr(ordercloud, kind.__name__) is kind


def test_a_long_story_is_cut():
    error = RefusedError("x" * 1000, method="PUT", path="/v1/" + "y" * 1000)
    assert str(error) == "PUT /v1/" + "y" * 196 + ": " + "x" * 294


def test_an_error_of_a_whole_call_is_the_same_error_otherwise():
    entry = ApiError("NotFound", "Not there.", {"ObjectType": "Spec"})
    error = NotFoundError("w", method="PUT", path="/p", status=404, errors=(entry,), retry_after=2.0)
    changed = error.of_call(3, outcome_unknown=True)
    assert type(changed) is NotFoundError
    assert {**vars(error), "outcome_unknown": True, "requests": 3} == vars(changed)
    assert str(changed) == str(error)


@pytest.mark.parametrize("data", [None, [], "text", {}, {"ObjectType": 5}], ids=str)
def test_a_not_found_without_names_has_none(data):
    error = NotFoundError("w", method="GET", path="/p", errors=(ApiError("NotFound", "", data),))
    assert (error.object_type, error.object_id) == (None, None)


def test_errors_are_caught_by_their_root():
    assert issubclass(TransportError, OrderCloudError)
