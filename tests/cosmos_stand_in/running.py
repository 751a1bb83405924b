"""The stand-in on a free port of this machine, in a thread of its own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from cosmos_stand_in.server import StandIn


@contextmanager
def running_stand_in(key: str) -> Iterator[StandIn]:
    """Serve a stand-in for the length of a block."""
    stand_in = StandIn(key)
    listening = socket.create_server(("127.0.0.1", 0))
    stand_in.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    server = uvicorn.Server(uvicorn.Config(stand_in, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
