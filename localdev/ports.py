"""Ports of this machine: those of a stack, kept so that a later start answers where the earlier did, and listening."""

import json
import random
import socket
from collections.abc import Collection, Mapping
from pathlib import Path

ROLES = ("blob", "queue", "sandbox", "host")

_OURS = range(20_000, 32_000)
"""Below those that systems give to outgoing connections: one of them could have the port of a server that is about to
start, or to be started again.
"""

_TRIES = 100


def free_ports(state: Path, **wanted: int) -> Mapping[str, int]:
    """Return a port for each role: the one asked for, else the one of the last start if it is free, else a free one.

    Raises:
        OSError: a port that was asked for is taken.
    """
    for role, port in wanted.items():
        if port and not _is_free(port):
            raise OSError(f"port {port}, asked for as the {role}'s, is taken; ask for another one, or 0 for a free one")
    file = state / "ports.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    ports = {role: port for role, port in wanted.items() if port}
    for role in ROLES:
        if role not in ports:
            ports[role] = free_port(kept.get(role, 0), ports.values())
    file.write_text(json.dumps(ports))
    return ports


def free_port(preferred: int = 0, but: Collection[int] = ()) -> int:
    """Return the preferred port if nobody listens there, else any free one but those."""
    for port in (preferred, *random.sample(_OURS, _TRIES)):
        if port and port not in but and _is_free(port):
            return port
    raise OSError("no port is free")


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


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
