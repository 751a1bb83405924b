"""Microsoft's Python worker library, wrapped: indexes an app's functions and runs them.

The only module that knows azure-functions-runtime. It uses the library's protobuf-free entry, which is internal to
the library, so requirements pin its version exactly.
"""

import asyncio
import logging
import os
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azure.functions.meta import Datum
from azure_functions_runtime import handle_event, loader, native_invocation  # type: ignore[import-untyped] # ships no types
from azure_functions_runtime.bindings import meta  # type: ignore[import-untyped] # ships no types
from azure_functions_runtime.utils import threadpool  # type: ignore[import-untyped] # ships no types

from localdev.host import LoadError

_TRIGGERS = {"httpTrigger", "blobTrigger", "timerTrigger"}
# What the library reads of the protobuf module it is normally given: the directions of a binding, and "no data type".
_PROTOBUF = SimpleNamespace(BindingInfo=SimpleNamespace(out=1, inout=2, undefined=0, **{"in": 0}))

logger = logging.getLogger("host.invocation")


@dataclass(frozen=True, slots=True)
class Function:
    """An indexed function: its trigger binding is as function.json would say it."""

    name: str
    id: str
    trigger: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Give the type of the trigger, as `httpTrigger`."""
        return str(self.trigger["type"])

    @property
    def full_name(self) -> str:
        """Give the name by which Azure's messages and receipts call it."""
        return f"Host.Functions.{self.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `returned` is what `$return` gave, `error` what failed."""

    ok: bool
    returned: Datum | None = None
    error: str | None = None


def load_functions(app: Path) -> tuple[Function, ...]:
    """Import the app of a directory and index its functions, in the order of their names; raises LoadError.

    Leaves the directory as the current one and first on the import path, as the worker in Azure does.
    """
    os.chdir(app)
    sys.path.insert(0, str(app))
    meta.load_binding_registry()
    threadpool.start_threadpool_executor()
    script = os.environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
    if not (app / script).is_file():
        raise LoadError(f"there is no {script} in {app}")
    try:
        indexed = loader.index_function_app(str(app / script))
        return tuple(sorted(map(_register, indexed), key=lambda function: function.name.lower()))
    except LoadError:
        raise
    except Exception as error:  # the app's own module may raise anything while it is imported
        raise LoadError(f"{script} cannot be indexed: {error}") from error


class Worker:
    """Runs functions on the running loop, coroutines on the loop itself and plain functions in the thread pool."""

    def __init__(self, function_timeout: timedelta | None) -> None:
        self._seconds = function_timeout.total_seconds() if function_timeout else None

    async def invoke(
        self,
        function: Function,
        trigger: Datum,
        metadata: Mapping[str, Datum] | None = None,
        *,
        reason: str,
        trace_parent: str = "",
    ) -> Outcome:
        """Run a function once; never raises for what the function does."""
        run = str(uuid.uuid4())
        started = time.monotonic()
        logger.info("Executing 'Functions.%s' (Reason='%s', Id=%s)", function.name, reason, run)
        outcome = await self._run(run, function, trigger, metadata or {}, trace_parent or _new_trace_parent())
        logger.log(
            logging.INFO if outcome.ok else logging.ERROR,
            "Executed 'Functions.%s' (%s, Id=%s, Duration=%dms)%s",
            function.name,
            "Succeeded" if outcome.ok else "Failed",
            run,
            (time.monotonic() - started) * 1000,
            f": {outcome.error}" if outcome.error else "",
        )
        return outcome

    async def _run(
        self, run: str, function: Function, trigger: Datum, metadata: Mapping[str, Datum], trace_parent: str
    ) -> Outcome:
        invocation = native_invocation.invocation_request_native(
            run, function.id, [(function.trigger["name"], trigger)], metadata, trace_parent=trace_parent
        )
        # A task of its own, so that what one run sets in its context does not reach the next.
        task = asyncio.create_task(invocation, name=f"{function.name} {run}")
        try:
            async with asyncio.timeout(self._seconds):
                ok, returned, _outputs, error, _trace = await task
        except TimeoutError:
            return Outcome(ok=False, error=f"the function timeout of {self._seconds:g} s is over")
        return Outcome(ok, returned, error)


def stop_threads() -> None:
    """Wait for plain functions that still run in the thread pool, and end the pool."""
    threadpool.stop_threadpool_executor()


def _register(indexed: Any) -> Function:
    bindings: Sequence[dict[str, Any]] = [binding.get_dict_repr() for binding in indexed.get_bindings()]
    name = indexed.get_function_name()
    triggers = [binding for binding in bindings if binding["type"].lower().endswith("trigger")]
    outputs = [binding["type"] for binding in bindings if binding not in triggers and binding["type"] != "http"]
    if outputs or [trigger["type"] for trigger in triggers if trigger["type"] not in _TRIGGERS]:
        kinds = ", ".join(binding["type"] for binding in bindings)
        raise LoadError(f"the local host runs HTTP, blob and timer triggers alone, but {name} has: {kinds}")
    if indexed.get_settings_dict("retry_policy"):
        logger.warning("the local host does not apply the retry policy of %s", name)
    info = handle_event._functions.add_indexed_function(function=indexed, protos=_PROTOBUF)  # noqa: SLF001 - no public one
    return Function(name, info.function_id, {key: _plain(value) for key, value in triggers[0].items()})


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _new_trace_parent() -> str:
    return f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
