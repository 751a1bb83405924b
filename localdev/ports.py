"""Ports of this machine: those of a stack, kept so that a later start answers where the earlier did, and listening."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path

ROLES = ("blob", "queue", "sandbox", "host")


def free_ports(state: Path, **wanted: int) -> Mapping[str, int]:
    """Return a port for each role: the one asked for, else the one of the last start if it is free, else a free one.

    Raises:
        OSError: a port that was asked for is taken.
    """
    for role, port in wanted.items():
        if port and _free(port) != port:
            raise OSError(f"port {port}, asked for as the {role}'s, is taken; ask for another one, or 0 for a free one")
    file = state / "ports.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    ports = {role: wanted.get(role) or _free(kept.get(role, 0)) for role in ROLES}
    file.write_text(json.dumps(ports))
    return ports


def _free(preferred: int) -> int:
    """Return the preferred port if nobody listens there, else one that the system gives."""
    for port in (preferred, 0):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise OSError("no port is free")


def listening(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine, 0 for a free one, and is to be handed to a server.

    It is made for TCP by name: asyncio switches Nagle's algorithm off for such sockets only, and with it on each
    answer may wait 40 ms.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener
