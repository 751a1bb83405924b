"""The search for secrets at rest finds what it looks for: a search that finds nothing proves nothing by itself."""

import base64
import gzip
import json
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from e2e_at_rest import files_holding, forms, kept_secrets

from localdev.clients import laptop_clients
from localdev.data_keys import data_key_settings

SECRET = 'Tür\\7 "&+/ä💡'
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJ1c3IiOiJzZWxsZXIifQ.c2ln"
AS_JSON = json.dumps({"Password": SECRET})
WRITTEN = {
    "plain": SECRET.encode(),
    "in JSON": AS_JSON.encode(),
    "in JSON as it is": json.dumps({"Password": SECRET}, ensure_ascii=False).encode(),
    "in JSON within JSON": json.dumps({"Posted": AS_JSON}).encode(),
    "in a form": f"password={quote(SECRET, safe='')}&".encode(),
    "in HTML": b"<b>T\xc3\xbcr\\7 &quot;&amp;+/\xc3\xa4\xf0\x9f\x92\xa1</b>",
    "in a traceback": repr({"Password": SECRET}).encode(),
    "UTF-16": f"x{SECRET}".encode("utf-16-le"),
    "UTF-16, the other way": f"x{SECRET}".encode("utf-16-be"),
    "hexadecimal": SECRET.encode().hex().encode(),
    "base64": base64.b64encode(SECRET.encode()),
    "base64 of something around it": base64.b64encode(AS_JSON.encode()),
    "base64 for URLs": base64.urlsafe_b64encode(b"ab" + SECRET.encode() + b"cd"),
    "gzip": b"before" + gzip.compress(AS_JSON.encode()) + b"after",
    "zlib": b"before" + zlib.compress(SECRET.encode() * 9, 9),
    "a token": f"Bearer {TOKEN}".encode(),
    "a token in UTF-16": TOKEN.encode("utf-16-be"),
    "a token in base64": base64.b64encode(f"x{TOKEN}".encode()),
    "a token in gzip": gzip.compress(TOKEN.encode()),
}


@pytest.mark.parametrize("content", WRITTEN.values(), ids=WRITTEN)
def test_a_secret_is_found_in_every_form(tmp_path: Path, content: bytes) -> None:
    for name, each in (("other", b"nothing"), ("empty", b""), ("logs/host.log", b"{...}" + content + b"...")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(each)
    assert files_holding(tmp_path, [SECRET]) == [tmp_path / "logs" / "host.log"]


@pytest.mark.parametrize("before", range(6))
def test_base64_is_found_wherever_the_secret_begins_in_it(before: int) -> None:
    around = base64.b64encode(b"." * before + SECRET.encode() + b"." * (7 - before))
    assert any(form in around for form in forms(SECRET))


def test_a_secret_in_a_files_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "a-secret.json").touch()
    assert files_holding(tmp_path, ["secret"]) == [tmp_path / "a-secret.json"]


def test_a_secret_that_a_database_splits_over_its_pages_is_found_also_while_it_is_in_its_write_ahead_log(
    tmp_path: Path,
) -> None:
    secret = "0123456789" * 1_000
    file = tmp_path / "events.sqlite"
    with closing(sqlite3.connect(file, autocommit=True)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE events (event TEXT)")
        database.execute("INSERT INTO events VALUES (?)", (secret,))
        assert secret.encode() not in file.read_bytes() + Path(f"{file}-wal").read_bytes()
        assert files_holding(tmp_path, [secret]) == [file]


def test_the_keys_themselves_are_searched_for_but_not_in_their_own_files_nor_in_the_sandbox(tmp_path: Path) -> None:
    clients = laptop_clients(tmp_path)
    key = base64.b64decode(data_key_settings(tmp_path)["ORCHESTRATION_DATA_KEY"])
    assert kept_secrets(tmp_path) == [*(each.client_secret for each in clients), base64.b64encode(key).decode(), key]
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "state.sqlite").write_bytes(key)
    assert files_holding(tmp_path, kept_secrets(tmp_path)) == []
    elsewhere = {"raw": key, "hex": key.hex().encode(), "base64": base64.b64encode(key)}
    elsewhere |= {"client": clients[0].client_secret.encode()}
    for name, content in elsewhere.items():
        (tmp_path / "keys" / name).write_bytes(content)
    assert files_holding(tmp_path, kept_secrets(tmp_path)) == [tmp_path / "keys" / name for name in sorted(elsewhere)]


def test_a_text_that_is_too_short_to_be_told_from_chance_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AssertionError, match="too short"):
        files_holding(tmp_path, ["short"])
