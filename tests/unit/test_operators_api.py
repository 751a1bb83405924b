"""What operators' commands make of tokens, files and answers that are none: a line that says so, and no traceback."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import typer

from localdev.operator_console import reached
from localdev.operators import TIMEOUT, NotReachedError, OperatorApi, RefusedError
from localdev.plan_cli import _records, explain
from localdev.profiles_cli import _read
from orchestration.planning import PLAN_SECONDS

API = "https://api.test/api"
DEEP = "[" * 100_000


APP = ("azure", "deepdiff", "models", "orchestration", "pydantic")


def test_commands_are_told_without_importing_the_app() -> None:
    """It takes two seconds, of which an answer over HTTP needs nothing."""
    program = "import localdev.cli, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if name.split(".")[0] in APP] == []


def answering(monkeypatch: pytest.MonkeyPatch, status: int, content: bytes) -> list[httpx.Request]:
    """Have every request answered so, and return those that are made."""
    made: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        made.append(request)
        return httpx.Response(status, content=content)

    client = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **given: client(transport=httpx.MockTransport(answered), **given))
    return made


@pytest.mark.parametrize("token", ["hush\nhush", "hüsh", "", " ", "hush hush"])
def test_a_token_that_is_none_is_refused_without_being_told(token: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        reached(Path(), API, token)
    assert str(refused.value) == "the token has something else than letters, digits and _ . = -"


def test_white_space_around_a_token_is_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = answering(monkeypatch, 200, b"{}")
    assert reached(Path(), API, " a.b-c\n").get("pauses") == {}
    assert made[0].headers["authorization"] == "Bearer a.b-c"


@pytest.mark.parametrize(
    ("status", "content"),
    [(200, b""), (200, DEEP.encode()), (404, b"<html>"), (404, b'{"Errors": [5]}'), (502, b"[]"), (502, DEEP.encode())],
    ids=["no text", "too deep", "a page", "other errors", "a list", "errors too deep"],
)
def test_an_answer_that_is_none_of_the_api_is_told_as_that(
    monkeypatch: pytest.MonkeyPatch, status: int, content: bytes
) -> None:
    answering(monkeypatch, status, content)
    with pytest.raises(NotReachedError) as told:
        OperatorApi(API, "t").get("pauses")
    assert str(told.value) == f"{API} answers {status}: is this the API, with /api at its end?"


def test_what_the_api_refuses_is_told_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    error = {"ErrorCode": "NotFound", "Message": "There is no such pause.", "Data": None}
    answering(monkeypatch, 404, json.dumps({"Errors": [error]}).encode())
    with pytest.raises(RefusedError, match=r"^NotFound: There is no such pause\.$"):
        OperatorApi(API, "t").get("pauses")


def test_an_url_that_is_none_is_nobody_to_ask() -> None:
    with pytest.raises(NotReachedError, match="nobody answers at https://a"):
        OperatorApi("https://a:port", "t").get("pauses")


def test_a_plan_is_waited_for_longer_than_one_takes() -> None:
    assert TIMEOUT.read is not None
    assert TIMEOUT.read > PLAN_SECONDS


def test_keys_stay_in_their_segment_of_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    made = answering(monkeypatch, 404, b"")
    with pytest.raises(typer.Exit):
        explain("a?b", ["P#1", "B%2F1", "~", "a/b"], api=API, token="t")
    assert [request.url.raw_path for request in made] == [b"/api/explain/a%3Fb/P%231/B%2F1/~/a%2Fb"]


def test_lines_of_json_end_with_newlines_alone(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text('{"ID": "a\u2028b"}\r\n{"ID": "c\x85d"}\n', encoding="utf-8")
    assert _records(str(file)) == [{"ID": "a\u2028b"}, {"ID": "c\x85d"}]


def test_a_file_that_nests_too_deep_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "deep.json"
    file.write_text(DEEP)
    with pytest.raises(typer.BadParameter, match=r"deep\.json nests too deep"):
        _records(str(file))
    with pytest.raises(typer.BadParameter, match="holds no JSON that can be read"):
        _read(str(file))
