"""OpenTelemetry's SDK, wrapped: spans and numbers for exporters. Imported only where telemetry is on.

No provider is made OpenTelemetry's global one, and no context of its own is used: parents are named.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from opentelemetry import trace
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    MetricExporter,
    MetricReader,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from orchestration.ports import Attributes, Measure, Span
from orchestration.settings import Settings

SERVICE = "product-orchestration"
SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600, 86_400)
"""The bounds by which times are counted: from an idle queue to a day that a posting was parked."""


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """The port Span."""

    span: trace.Span

    @property
    def traceparent(self) -> str:
        """The span as what is below it names it."""
        context = self.span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def note(self, attributes: Attributes) -> None:
        """Tell more of it."""
        self.span.set_attributes(attributes)

    def end(self, ended: datetime, error: str | None) -> None:
        """End it."""
        if error is not None:
            self.span.set_attribute("error.type", error)
            self.span.set_status(Status(StatusCode.ERROR))
        self.span.end(_nanoseconds(ended))


class OpenTelemetry:
    """The port Telemetry.

    Args:
        traces: makes spans, and has where they go.
        readers: where numbers go.
    """

    def __init__(self, traces: TracerProvider, readers: Sequence[MetricReader]) -> None:
        self._traces = traces
        self._metrics = MeterProvider(readers, traces.resource)
        self._tracer = self._traces.get_tracer(SERVICE)
        self._meter = self._metrics.get_meter(SERVICE)
        self._instruments: dict[Measure, Counter | Histogram] = {
            each: self._instrument(each) for each in Measure if each is not Measure.CIRCUITS
        }  # which is read, not told

    def _instrument(self, measure: Measure) -> Counter | Histogram:
        if measure.unit == "s":
            return self._meter.create_histogram(
                measure.label, measure.unit, measure.told, explicit_bucket_boundaries_advisory=SECONDS
            )
        return self._meter.create_counter(measure.label, measure.unit, measure.told)

    def begin(self, name: str, parent: str, began: datetime, attributes: Attributes, *, client: bool = False) -> Span:
        """Begin a span. One of a trace that its caller does not sample is not exported."""
        return OpenSpan(
            self._tracer.start_span(
                name,
                trace.set_span_in_context(_named(parent)),
                SpanKind.CLIENT if client else SpanKind.INTERNAL,
                attributes,
                start_time=_nanoseconds(began),
            )
        )

    def measure(self, measure: Measure, value: float, attributes: Attributes) -> None:
        """Add a number to a measure."""
        match self._instruments[measure]:
            case Histogram() as histogram:
                histogram.record(value, attributes)
            case Counter() as counter:
                counter.add(value, attributes)

    def watch(self, measure: Measure, read: Callable[[], Iterable[tuple[float, Mapping[str, str]]]]) -> None:
        """Have a measure read whenever numbers are sent."""

        def observations(_: CallbackOptions) -> Iterable[Observation]:
            return [Observation(value, attributes) for value, attributes in read()]

        self._meter.create_observable_gauge(measure.label, [observations], measure.unit, measure.told)

    async def close(self) -> None:
        """Send what has not been sent; that may take as long as the exporters let it."""
        await asyncio.to_thread(self._traces.shutdown)
        await asyncio.to_thread(self._metrics.shutdown)


def open_telemetry(settings: Settings) -> OpenTelemetry:
    """Return telemetry with every exporter that the settings ask for.

    Raises:
        ValueError: a setting is not what its exporter takes.
    """
    traces = TracerProvider(resource=Resource.create({SERVICE_NAME: SERVICE}))
    exporters: list[tuple[SpanExporter, MetricExporter]] = []
    if settings.telemetry == "console":
        spans = ConsoleSpanExporter(out=sys.stderr, formatter=lambda span: f"{span.to_json(indent=None)}\n")
        numbers = ConsoleMetricExporter(out=sys.stderr, formatter=lambda data: f"{data.to_json(indent=None)}\n")
        exporters.append((spans, numbers))
    if settings.otlp_endpoint:
        exporters.append(_otlp(settings.otlp_endpoint.rstrip("/")))
    if settings.application_insights:
        exporters.append(_application_insights(settings.application_insights, traces))
    for each, _ in exporters:
        traces.add_span_processor(BatchSpanProcessor(each))
    return OpenTelemetry(traces, [PeriodicExportingMetricReader(each) for _, each in exporters])


def _otlp(url: str) -> tuple[SpanExporter, MetricExporter]:
    from opentelemetry.exporter.otlp.proto.http import metric_exporter, trace_exporter  # noqa: PLC0415 - lazy

    traces, metrics = trace_exporter.DEFAULT_TRACES_EXPORT_PATH, metric_exporter.DEFAULT_METRICS_EXPORT_PATH
    return trace_exporter.OTLPSpanExporter(f"{url}/{traces}"), metric_exporter.OTLPMetricExporter(f"{url}/{metrics}")


def _application_insights(connection: str, traces: TracerProvider) -> tuple[SpanExporter, MetricExporter]:
    """Return the exporters; what cannot be sent is tried again from memory alone, and nothing of it lies on a disk."""
    from azure.monitor.opentelemetry.exporter import (  # noqa: PLC0415 - lazy
        AzureMonitorMetricExporter,
        AzureMonitorTraceExporter,
    )

    return (
        AzureMonitorTraceExporter(connection_string=connection, disable_offline_storage=True, tracer_provider=traces),
        AzureMonitorMetricExporter(connection_string=connection, disable_offline_storage=True),
    )


def _named(traceparent: str) -> trace.Span:
    """Return the span that a traceparent names; none where it cannot be read, so that a new trace begins."""
    with suppress(ValueError):
        _, trace_id, span_id, flags = traceparent.split("-")
        context = SpanContext(
            int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
        )
        return NonRecordingSpan(context)
    return trace.INVALID_SPAN


def _nanoseconds(moment: datetime) -> int:
    """Return a moment as OpenTelemetry counts: in nanoseconds, from 1970 on."""
    return int(moment.timestamp() * 1_000_000) * 1_000
