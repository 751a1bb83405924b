"""What the work under way is about, for log lines and spans; and the spans of a run, one for each of its steps.

A trace begins with the traceparent of a POST and is in the envelope, so that it is not known before the queue was
read: a run's span, and those of its first steps, are begun late and dated back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime

from orchestration.paths import QueuePath
from orchestration.ports import Attributes, Clock, Measure, Span, Telemetry


@dataclass(slots=True, kw_only=True)
class Context:
    """What the work under way is about.

    Attributes:
        function: the function that was invoked.
        run: the invocation's id.
        record: the path of the record.
        client: the source.
        traceparent: the trace, and the span that is the parent of what begins next.
        span: the span that what comes of the work is noted on.
    """

    function: str | None = None
    run: str | None = None
    record: str | None = None
    client: str | None = None
    traceparent: str | None = None
    span: Span | None = None

    @property
    def trace_id(self) -> str | None:
        """The trace."""
        return self.traceparent.split("-")[1] if self.traceparent else None

    @property
    def span_id(self) -> str | None:
        """The span under way; the caller's where there is none of ours."""
        return self.traceparent.split("-")[2] if self.traceparent else None


_CURRENT: ContextVar[Context | None] = ContextVar("context", default=None)


def current() -> Context:
    """Return what the work under way is about; nothing where nobody has said."""
    return _CURRENT.get() or Context()


@contextmanager
def _within(context: Context) -> Iterator[Context]:
    token = _CURRENT.set(context)
    try:
        yield context
    finally:
        _CURRENT.reset(token)


def invoked(function: str, run: str) -> AbstractContextManager[Context]:
    """Say that a block is one invocation of a function."""
    return _within(Context(function=function, run=run))


@contextmanager
def about(path: QueuePath) -> Iterator[Context]:
    """Say that a block is about one record of one source.

    What a block around it has learned of the same record is kept, and what this one learns is known there.
    """
    context, record = current(), str(path.record)
    if (context.record, context.client) == (record, path.client):
        yield context
        return
    with _within(replace(context, record=record, client=path.client, span=None)) as new:
        yield new


def parent_of(traceparent: str) -> str:
    """Return what a span of a trace is below: what is under way, where that is of the same trace."""
    under_way = current().traceparent
    return under_way if under_way and under_way.split("-")[1] == traceparent.split("-")[1] else traceparent


@contextmanager
def spanning(
    telemetry: Telemetry,
    clock: Clock,
    name: str,
    traceparent: str,
    attributes: Attributes,
    *,
    began: datetime | None = None,
) -> Iterator[Span]:
    """Give a block a span of a trace; it has failed where the block raises."""
    span = telemetry.begin(name, parent_of(traceparent), began or clock.now(), attributes)
    error = None
    try:
        with _within(replace(current(), traceparent=span.traceparent)):
            yield span
    except BaseException as raised:
        error = type(raised).__name__
        raise
    finally:
        span.end(clock.now(), error)


class RunSpans:
    """The spans of one round: nothing at all where telemetry is off."""

    def __init__(self, telemetry: Telemetry, clock: Clock) -> None:
        self._telemetry = telemetry
        self._clock = clock
        self._on = telemetry is not SILENT
        self._began = clock.now() if self._on else None
        self._early: list[tuple[str, datetime, datetime]] | None = []

    def step(self, name: str) -> AbstractContextManager[object]:
        """Give one step its span."""
        if not self._on:
            return _NO_SPAN
        if self._early is not None:
            return self._noted(name, self._early)
        return spanning(self._telemetry, self._clock, name, current().traceparent or "", {})

    @contextmanager
    def run(self, traceparent: str, attributes: Attributes) -> Iterator[Span]:
        """Give the rest of the round the trace of its posting: a span, and what has been done as the first below it."""
        context = current()
        context.traceparent = parent_of(traceparent)  # also for what is logged when the block has failed
        with spanning(self._telemetry, self._clock, "Run", traceparent, attributes, began=self._began) as span:
            current().span = span
            for name, began, ended in self._early or ():
                self._telemetry.begin(name, span.traceparent, began, {}).end(ended, None)
            self._early = None
            yield span

    @contextmanager
    def _noted(self, name: str, early: list[tuple[str, datetime, datetime]]) -> Iterator[None]:
        began = self._clock.now()
        yield
        early.append((name, began, self._clock.now()))


@dataclass(frozen=True, slots=True)
class _NoSpan:
    """The port Span where telemetry is off: what begins below it is below what it is below."""

    traceparent: str

    def note(self, attributes: Attributes) -> None:
        """Do nothing."""

    def end(self, ended: datetime, error: str | None) -> None:
        """Do nothing."""


class Silent:
    """The port Telemetry where it is off."""

    def begin(  # its arguments are those of the port
        self,
        name: str,  # noqa: ARG002 - as above
        parent: str,
        began: datetime,  # noqa: ARG002 - as above
        attributes: Attributes,  # noqa: ARG002 - as above
        *,
        client: bool = False,  # noqa: ARG002 - as above
    ) -> Span:
        """Return a span that is none."""
        return _NoSpan(parent)

    def measure(self, measure: Measure, value: float, attributes: Attributes) -> None:
        """Do nothing."""

    def watch(self, measure: Measure, read: Callable[[], Iterable[tuple[float, Mapping[str, str]]]]) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""


SILENT = Silent()
_NO_SPAN = nullcontext()
