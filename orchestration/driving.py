"""Run records, for triggers and sweeps; a fault of one is kept from its neighbours by the broad `except` here alone."""

import logging

from orchestration.paths import QueuePath
from orchestration.pipeline import Pipeline
from orchestration.ports import StorageUnavailableError
from orchestration.tracing import about

_log = logging.getLogger(__name__)


async def drive(pipeline: Pipeline, path: QueuePath, *, released: bool = False) -> None:
    """Run a record and raise nothing, since the host's immediate retries are no back-off.

    What storage did not let happen is left to the sweep; a bug makes the posting a dead letter with its traceback.
    `released` is as in `Pipeline.run`.
    """
    with about(path):
        await _drive(pipeline, path, released=released)


async def _drive(pipeline: Pipeline, path: QueuePath, *, released: bool) -> None:
    try:
        await pipeline.run(path, released=released)
    except StorageUnavailableError as fault:
        _log.warning("storage is unavailable; %s is left to the sweep: %s", path, fault)
    except Exception as bug:  # noqa: BLE001 - the boundary of one record: a bug must not reach its neighbours
        _log.exception("a bug met %s", path)
        try:
            await pipeline.bury(path, bug)
        except Exception:  # noqa: BLE001 - as above; what is queued or waits stays there
            _log.exception("%s could not be made a dead letter; it is left to the sweep", path)
