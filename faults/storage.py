"""Storage stops, refuses, or is ended and started again, under a feed.

Azurite is never killed: it would lose its last seconds of acknowledged writes, which Azure Storage does not.
"""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psutil

from faults.stage import Stage
from faults.under_feed import DOWN_SECONDS, Fault


@contextmanager
def stopped(stage: Stage) -> Iterator[None]:
    """It takes requests and does not answer."""
    azurite = psutil.Process(stage.pid("azurite"))
    azurite.suspend()
    try:
        yield
    finally:
        azurite.resume()


@contextmanager
def refusing(stage: Stage) -> Iterator[None]:
    """Its port refuses connections."""
    stage.turnstiles.close("storage")
    try:
        yield
    finally:
        stage.turnstiles.open("storage")


@contextmanager
def ended(stage: Stage) -> Iterator[None]:
    """It is ended in good order, and started again on the same state."""
    stage.end("azurite", signal.SIGTERM)
    try:
        yield
    finally:
        stage.revive()


STORAGE_FAULTS: Mapping[str, Fault] = {
    f"storage stopped for {DOWN_SECONDS:g} s": stopped,
    f"storage refusing for {DOWN_SECONDS:g} s": refusing,
    f"storage ended for {DOWN_SECONDS:g} s, then started": ended,
}
