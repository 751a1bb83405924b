import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient
from host_runs import wait_until

from localdev.azurite import Azurite, running_azurite, start_azurite, stop_azurite

NAME = "market/product/ab%2Fc/client"


def put(azurite: Azurite, count: int = 1) -> None:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        container = service.create_container("queue")
        for index in range(count):
            container.upload_blob(f"{NAME}/{index}", b"x")


def names(azurite: Azurite) -> set[str]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        return {*service.get_container_client("queue").list_blob_names()}


def test_the_described_azurite_answers_and_its_pid_is_nodes_own(azurite: Azurite) -> None:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
        assert blobs.get_service_properties()
    with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
        assert queues.get_service_properties()
    process = psutil.Process(azurite.pid)
    assert (process.name(), Path(process.exe()).name, process.children()) == ("node", "node", [])
    ports = {connection.laddr.port for connection in process.net_connections() if connection.status == "LISTEN"}
    assert {azurite.blob_port, azurite.queue_port} < ports


def test_each_request_is_a_line_of_the_log(state: Path) -> None:
    with running_azurite(state) as azurite:
        put(azurite, 3)
    # A line is written when its answer has gone out, so the last one is only sure to be there after the end.
    lines = [line for line in azurite.log.read_text().splitlines() if '"PUT ' in line]
    assert len(lines) == 4


def test_what_was_written_is_there_after_a_stop_and_a_start(state: Path) -> None:
    with running_azurite(state) as azurite:
        put(azurite, 3)
        before = names(azurite)
    with running_azurite(state) as azurite:
        assert (names(azurite), before) == ({f"{NAME}/{index}" for index in range(3)}, before)


def test_azurite_takes_the_ports_it_is_given_again(state: Path) -> None:
    with running_azurite(state) as azurite:
        ports = azurite.blob_port, azurite.queue_port
    again = start_azurite(state, blob_port=ports[0], queue_port=ports[1])
    stop_azurite(again)
    assert (again.blob_port, again.queue_port) == ports


def test_a_second_sigterm_cannot_cut_the_saving_short(state: Path) -> None:
    azurite = start_azurite(state)
    put(azurite, 50)
    for _ in range(5):
        azurite.child.process.terminate()
    stop_azurite(azurite)
    with running_azurite(state) as again:
        assert len(names(again)) == 50


PARENT = """
    import sys
    from pathlib import Path
    from localdev.azurite import start_azurite
    azurite = start_azurite(Path(sys.argv[1]))
    print(azurite.connection_string, azurite.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("stopped", [False, True], ids=["ends-by-itself", "hangs-until-the-next-start"])
def test_a_killed_parent_costs_nothing_that_was_written(state: Path, stopped: bool) -> None:  # noqa: FBT001 - a column
    command = [sys.executable, "-c", textwrap.dedent(PARENT), str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        connection_string, pid = parent.stdout.readline().split()
        orphan = psutil.Process(int(pid))
        with BlobServiceClient.from_connection_string(connection_string) as service:
            service.create_container("queue").upload_blob(NAME, b"x")
        if stopped:
            orphan.suspend()
            wait_until(lambda: orphan.status() == psutil.STATUS_STOPPED)
        parent.kill()
    if stopped:
        orphan.resume()
    else:
        wait_until(lambda: not runs(orphan))
    with running_azurite(state) as azurite:
        assert azurite.pid != orphan.pid
        assert not runs(orphan)
        assert names(azurite) == {NAME}


def runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
