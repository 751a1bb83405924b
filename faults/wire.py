"""HTTP/1.1 messages as they come over a connection, one after the other, byte for byte.

Only what says where a message ends is read of it: Content-Length and chunks. Neither Azurite nor the sandbox answers
in any other way.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_NO_CONTENT = frozenset({"204", "304"})


class WireError(Exception):
    """What came is no HTTP message, or it broke off."""


@dataclass(frozen=True, slots=True)
class Message:
    """One request or answer: the words of its first line, its body without the framing of chunks, and all its bytes."""

    words: tuple[str, ...]
    body: bytes
    raw: bytes


async def read_request(reader: asyncio.StreamReader) -> Message | None:
    """Read a request; none when the connection ended before it began. Raises WireError."""
    head = await _read_head(reader)
    return None if head is None else await _complete(reader, head)


async def read_answer(reader: asyncio.StreamReader, method: Callable[[], str]) -> Message | None:
    """Read an answer, with the 100 that may come before it; none when the connection ended before it began.

    `method` is asked for the request's when the answer has begun, so that one may wait here before there is a request.
    Raises WireError.
    """
    before = b""
    while (head := await _read_head(reader)) is not None:
        if not head.words[1].startswith("1"):
            bare = method() == "HEAD" or head.words[1] in _NO_CONTENT
            answer = head.message(b"", b"") if bare else await _complete(reader, head)
            return Message(answer.words, answer.body, before + answer.raw)
        before += head.raw
    return None


@dataclass(frozen=True, slots=True)
class _Head:
    words: tuple[str, ...]
    headers: Mapping[str, str]
    raw: bytes

    def message(self, body: bytes, raw: bytes) -> Message:
        return Message(self.words, body, self.raw + raw)


async def _read_head(reader: asyncio.StreamReader) -> _Head | None:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise WireError("the connection ended within a head") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise WireError("a head is too long") from error
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = tuple(first.split(" ", 2))
    if len(words) < 2:  # noqa: PLR2004 - a method and a target, or a version and a status
        raise WireError(f"this begins no message: {first!r}")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return _Head(words, headers, raw)


async def _complete(reader: asyncio.StreamReader, head: _Head) -> Message:
    try:
        return head.message(*await _read_body(reader, head.headers))
    except (asyncio.IncompleteReadError, ValueError) as error:
        raise WireError("the connection ended within a body") from error


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Return a body, and the bytes that it came in."""
    if headers.get("transfer-encoding", "").lower() != "chunked":
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return body, body
    body = raw = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        chunk = await reader.readexactly(size + 2)
        body, raw = body + chunk[:-2], raw + line + chunk
        if size == 0:
            return body, raw
