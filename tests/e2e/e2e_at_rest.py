"""The search for secrets at rest: in every byte of a state directory, in the forms that programs write texts in.

Looked through is also what is compressed, and what a database splits over its pages.
"""

import base64
import html
import json
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

from localdev.clients import clients_file
from localdev.data_keys import data_key_file

LEAST = 6
"""The shortest secret that can be searched for: shorter texts stand everywhere by chance."""
INFLATED_BYTES = 10_000_000

_TOKEN = re.compile(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.")
"""What a JWT begins with: header and claims are JSON objects."""
_WIDE_TOKEN = re.compile(rb"e\0y\0J\0(?:[\w-]\0){10,}\.\0e\0y\0J\0")
_HEADERS = (b'{"alg":', b'{"typ":', b'{"kid":')
_COMPRESSED = re.compile(rb"\x1f\x8b\x08|x[\x01\x5e\x9c\xda]")
_SQLITE = b"SQLite format 3\0"


def exempt(state: Path) -> tuple[Path, ...]:
    """Return where secrets belong: the files of the laptop's own keys, and the sandbox, which is OrderCloud's side."""
    return clients_file(state), data_key_file(state), state / "sandbox"


def kept_secrets(state: Path) -> list[str | bytes]:
    """Return the secrets that the keys of a state directory are: those of its clients, and its data key."""
    found: list[str | bytes] = []
    if clients_file(state).exists():
        found += [client["client_secret"] for client in json.loads(clients_file(state).read_text())]
    if data_key_file(state).exists():
        key = data_key_file(state).read_text()
        found += [key, base64.b64decode(key)]
    return found


def files_holding(state: Path, secrets: Iterable[str | bytes]) -> list[Path]:
    """Return the files of a state directory that hold a secret or any token, but for those where secrets belong."""
    own = exempt(state)
    files = [file for file in state.rglob("*") if file.is_file() and not any(file.is_relative_to(one) for one in own)]
    wanted = {form for secret in {*secrets} if not _is_token(secret) for form in forms(secret)}
    wanted |= {form for header in _HEADERS for form in _base64(base64.b64encode(header)[:8])}
    return [file for file in sorted(files) if any(_holds(content, wanted) for content in _contents(file))]


def forms(secret: str | bytes) -> set[bytes]:
    """Return the bytes that a secret may be written as."""
    assert len(secret) >= LEAST, "too short a secret to search for"
    texts = {secret} if isinstance(secret, bytes) else {*_spelled(secret)}
    return texts | {
        form for text in texts for form in (text.hex().encode(), text.hex().upper().encode(), *_base64(text))
    }


def _spelled(secret: str) -> Iterator[bytes]:
    """Yield a text as it is, and as JSON, JSON within JSON, URLs, HTML, Python and UTF-16 write it."""
    as_json = json.dumps(secret)[1:-1]
    texts = (
        secret,
        as_json,
        json.dumps(as_json)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    )
    for text in (*texts, quote(secret, safe=""), quote_plus(secret), html.escape(secret)):
        yield text.encode()
    yield secret.encode("utf-16-le").rstrip(b"\0")  # without the last byte it stands in UTF-16 of either order
    yield secret.encode("utf-16-be")


def _base64(text: bytes) -> Iterator[bytes]:
    """Yield what is sure to stand in base64 of anything that holds a text, wherever in it the text begins."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + text)
        certain = whole[-(-before * 8 // 6) : (before + len(text)) * 8 // 6]
        yield from (certain, certain.translate(bytes.maketrans(b"+/", b"-_")))


def _is_token(secret: str | bytes) -> bool:
    """Tell whether the search for any token finds a secret anyway."""
    return isinstance(secret, str) and bool(_TOKEN.match(secret.encode()))


def _holds(content: bytes, wanted: Iterable[bytes]) -> bool:
    return bool(_TOKEN.search(content) or _WIDE_TOKEN.search(content)) or any(form in content for form in wanted)


def _contents(file: Path) -> Iterator[bytes]:
    """Yield a file's name, its bytes, and what is in them: none where the file is gone by now."""
    with suppress(FileNotFoundError):
        content = file.read_bytes()
        yield file.name.encode()
        yield content
        for match in _COMPRESSED.finditer(content):
            with suppress(zlib.error):
                yield zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(
                    memoryview(content)[match.start() :], INFLATED_BYTES
                )
        if content.startswith(_SQLITE):
            yield b"\n".join(_values(file))


def _values(file: Path) -> Iterator[bytes]:
    """Yield every value of a database, whole, and what its write-ahead log holds of them too."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield from (value if isinstance(value, bytes) else str(value).encode() for value in row)
