"""Cutting a connection under an answer: uvicorn's HTTP protocol, made to remember its transports by peer address."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

type Peer = tuple[str, int]


class Connections:
    """The open connections of one server."""

    def __init__(self) -> None:
        self._open: dict[Peer, asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """Return the protocol class to run the server with."""
        opened = self._open

        class RememberingProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base has it
                super().connection_made(transport)
                if self.client is not None:
                    opened[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    opened.pop(self.client, None)
                super().connection_lost(exc)

        return RememberingProtocol

    def cut(self, scope: MutableMapping[str, Any]) -> None:
        """Close the connection of a request at once; not a byte more leaves on it."""
        transport = self._open.get(tuple(scope["client"]))
        if transport is not None:
            transport.abort()
