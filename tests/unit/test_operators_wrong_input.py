"""What operators' commands make of wrong input: what is wrong, where, and what to give instead."""

import io
import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from localdev.cli import app
from localdev.operator_console import client_id
from localdev.operator_pauses import _path
from localdev.operators import OperatorApi
from localdev.plan_cli import _records
from localdev.profiles_cli import _read
from orchestration.settings import Settings

LAPTOP = OperatorApi("https://api.test/api", "t", {"seller": "ID-1", "pim": "ID-2"})
ELSEWHERE = OperatorApi("https://api.test/api", "t")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"", "{file} has no records", id="empty"),
        pytest.param(b"[]", "{file} has no records", id="an empty array"),
        pytest.param(b"\xff\xfe", "{file} is no text in UTF-8", id="bytes"),
        pytest.param(
            b'[\n  {"ID": "a"},\n  {"ID": }\n]',
            "{file}: it is no JSON: Expecting value: line 3 column 10 (char 26)",
            id="an array with a fault",
        ),
        pytest.param(
            b'{"ID": "a"}\n\n{"ID":\n',
            "{file}: line 3 is no JSON: Expecting value: column 7",
            id="a line with a fault",
        ),
    ],
)
def test_a_file_without_records_is_told_with_its_fault(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "records"
    file.write_bytes(content)
    with pytest.raises(typer.BadParameter) as refused:
        _records(str(file))
    assert str(refused.value) == told.format(file=file)


def test_a_file_that_is_not_there_is_told_as_that(tmp_path: Path) -> None:
    for read in (_records, _read):
        with pytest.raises(typer.BadParameter, match=r"nothing cannot be read: No such file or directory$"):
            read(str(tmp_path / "nothing"))
        with pytest.raises(typer.BadParameter, match=r"cannot be read: Is a directory$"):
            read(str(tmp_path))


def test_standard_input_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(typer.BadParameter, match=r"^standard input has no records$"):
        _records("-")
    with pytest.raises(typer.BadParameter, match=r"^standard input holds no JSON that can be read: "):
        _read("-")


@pytest.mark.parametrize(
    ("client", "resource", "told"),
    [
        pytest.param(None, None, "say whose records, by one of these: --client or --resource", id="nobody's"),
        pytest.param("a", "seller", "say whose records, by one of these: --client or --resource", id="two"),
        pytest.param(
            None, "acme", "a resource is seller, supplier:ID or buyer:ID; --client pauses one client", id="a client"
        ),
        pytest.param(
            "Seller", None, "Seller is a resource, with all its clients: --resource Seller", id="all of the seller's"
        ),
        pytest.param(
            "buyer:B1", None, "buyer:B1 is a resource, with all its clients: --resource buyer:B1", id="a resource"
        ),
    ],
)
def test_a_pause_is_of_a_client_or_of_a_resource_as_it_was_called(
    client: str | None, resource: str | None, told: str
) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        _path(ELSEWHERE, client, resource)
    assert str(refused.value) == told


def test_what_is_paused_is_named_by_the_path() -> None:
    assert _path(LAPTOP, "seller", None) == "pauses/ID-1"  # a laptop has a client of this name
    assert _path(ELSEWHERE, "0F9A", None) == "pauses/0F9A"
    assert [_path(ELSEWHERE, None, each) for each in ("Seller", "supplier:a b")] == [
        "pauses/Seller",
        "pauses/supplier:a%20b",
    ]


@pytest.mark.parametrize(
    ("client", "found", "warned"),
    [
        pytest.param("pim", "ID-2", False, id="a name"),
        pytest.param("Id-2", "Id-2", False, id="an id"),
        pytest.param("!seller|pim", "!ID-1|ID-2", False, id="names in a filter"),
        pytest.param("se*", "se*", False, id="a part"),
        pytest.param("sellr", "sellr", True, id="neither"),
    ],
)
def test_a_client_that_a_laptop_does_not_have_is_told(
    capsys: pytest.CaptureFixture[str], client: str, found: str, *, warned: bool
) -> None:
    assert client_id(LAPTOP, client) == found
    assert client_id(ELSEWHERE, client) == client
    warning = f"warning: no client of this laptop is called {client}; there are seller, pim\n"
    assert capsys.readouterr().err == (warning if warned else "")


def test_a_drop_that_nobody_can_confirm_drops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, object]] = []
    item = {"RecordType": "product", "Keys": {"ID": "P1"}, "Client": "erp", "Outcome": "dropped", "Message": ""}

    def post(_api: OperatorApi, _path: str, body: dict[str, object]) -> object:
        made.append(body)
        return {"Items": [item], "NextKey": None}

    monkeypatch.setattr(OperatorApi, "post", post)
    drop = ["deadletters", "drop", "--all", "--api", "https://api.test/api", "--token", "t"]
    for answer in ("", "n\n"):
        done = CliRunner().invoke(app, drop, input=answer)
        assert done.exit_code == 1
        assert done.stderr.endswith("nothing was dropped; --yes drops without asking\n")
    assert made == [{"All": True, "DryRun": True}] * 2
    assert CliRunner().invoke(app, drop, input="y\n").exit_code == 0
    assert made[2:] == [{"All": True, "DryRun": True}, {"All": True, "DryRun": False}]


def test_settings_that_are_wrong_are_told_by_their_names_without_their_values(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, field in Settings.model_fields.items():
        monkeypatch.delenv(field.alias or name.upper(), raising=False)
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"Values": {"CLAIM_SECONDS": "hush"}}))
    done = CliRunner().invoke(app, ["verify", "--settings", str(file)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        "the settings are wrong: ORDERCLOUD_API_URL: Field required; "
        "CLAIM_SECONDS: Input should be a valid number, unable to parse string as a number\n"
    )
