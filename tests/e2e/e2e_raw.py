"""Requests that no well-behaved HTTP client would send: paths and headers go out byte by byte as they are given."""

import http.client
import json
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from e2e_world import Json, World


class Answer(NamedTuple):
    """What came back."""

    status: int
    content: bytes

    @property
    def errors(self) -> list[tuple[str, Json | None]]:
        """Code and data of each error; none where the host itself answered, which knows no such route."""
        if not self.content:
            return []
        return [(error["ErrorCode"], error["Data"]) for error in json.loads(self.content)["Errors"]]


def send(
    world: World,
    method: str,
    target: str,
    headers: Iterable[tuple[str, str | bytes]] = (),
    body: bytes | None = None,
    client: str | None = "seller",
) -> Answer:
    """Send a request for a client: the target goes behind `/api`, and nothing of it is changed on the way."""
    api = urlsplit(world.ready["api"])
    connection = http.client.HTTPConnection(str(api.hostname), api.port, timeout=40)
    try:
        connection.putrequest(method, api.path + target, skip_accept_encoding=True)
        token = [("Authorization", world.api(client).headers["Authorization"])] if client else []
        length = [] if body is None else [("Content-Length", str(len(body)))]
        for name, value in (*token, *length, *headers):
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read())
    finally:
        connection.close()
