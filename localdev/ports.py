"""The ports of a stack: free ones, kept in its state directory so that a later start answers where the earlier did."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path

ROLES = ("blob", "queue", "sandbox", "host")


def free_ports(state: Path, **wanted: int) -> Mapping[str, int]:
    """Return a port for each role: the one asked for, else the one of the last start if it is free, else a free one."""
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
