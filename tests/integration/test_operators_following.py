"""`orchestrate logs --follow` ends when it is told to, whoever started it."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).parent / "orchestrate"
IN_BACKGROUND = 'trap "" INT; exec "$0" "$@"'
"""What a shell without job control does for a command with `&`: it ignores SIGINT, and so do its children."""


class EmptyLog(ThreadingHTTPServer):
    """An API without events, which notes that it is asked again."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        super().__init__(("127.0.0.1", 0), _Answers)


class _Answers(BaseHTTPRequestHandler):
    server: EmptyLog

    def do_GET(self) -> None:
        content = json.dumps({"Items": [], "Meta": {"NextPageKey": None}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.server.asked.release()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def log() -> Iterator[EmptyLog]:
    with EmptyLog() as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("shell", [(), ("sh", "-c", IN_BACKGROUND)], ids=["in the foreground", "in the background"])
def test_following_ends_by_ctrl_c_and_by_sigterm(log: EmptyLog, shell: tuple[str, ...], ending: signal.Signals) -> None:
    options = ["logs", "--follow", "--api", f"http://127.0.0.1:{log.server_port}/api", "--token", "t"]
    with subprocess.Popen([*shell, str(COMMAND), *options], stderr=subprocess.PIPE, text=True) as following:
        try:
            for _ in range(2):  # the newest events, then those that came since
                assert log.asked.acquire(timeout=60)
            following.send_signal(ending)
            assert following.wait(timeout=20) == 130
            assert following.stderr
            assert following.stderr.read() == ""
        finally:
            following.kill()
