"""What leaves the process: spans and numbers reach Application Insights and a collector, as they take them."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from orchestration.adapters.open_telemetry import open_telemetry
from orchestration.ports import Measure
from orchestration.settings import Settings

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
BEGAN = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)


class Collector(ThreadingHTTPServer):
    """Answers every POST as Application Insights does, and keeps it; OTLP's exporters take that answer as well."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def bodies(self, path: str) -> list[bytes]:
        return [body for got, body in self.got if got.endswith(path)]


class Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        self.server.got.append((self.path, body))
        count = len(json.loads(body)) if self.path.endswith("/track") else 0
        answer = json.dumps({"itemsReceived": count, "itemsAccepted": count, "errors": []}).encode() if count else b""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def collector(monkeypatch) -> Iterator[Collector]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL", "true")  # numbers about the exporter, to Microsoft
    monkeypatch.setenv("APPLICATIONINSIGHTS_SDKSTATS_DISABLED", "true")
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def send(**where: str) -> None:
    """Tell one run with one call, and some numbers."""
    telemetry = open_telemetry(
        Settings(ordercloud_api_url="https://api.test", storage_connection="UseDevelopmentStorage=true", **where)
    )
    run = telemetry.begin("Run", TRACEPARENT, BEGAN, {"record": "acme/product/p1"})
    call = telemetry.begin("OrderCloud POST", run.traceparent, BEGAN, {"method": "POST"}, client=True)
    call.end(BEGAN + timedelta(seconds=1), "Unavailable")
    run.end(BEGAN + timedelta(seconds=2), None)
    telemetry.measure(Measure.OUTCOMES, 2, {"outcome": "parked"})
    telemetry.measure(Measure.LEAD_TIME, 1.5, {"record_type": "product"})
    telemetry.watch(Measure.CIRCUITS, lambda: [(1.0, {"client": "erp"})])
    await telemetry.close()


async def test_application_insights_gets_spans_and_numbers(collector, caplog):
    key = "00000000-0000-0000-0000-000000000000"
    await send(application_insights=f"InstrumentationKey={key};IngestionEndpoint={collector.url}")
    assert [each.message for each in caplog.records if each.levelno > logging.INFO] == []
    items = [item for body in collector.bodies("/track") for item in json.loads(body)]
    dependencies = [item for item in items if item["data"]["baseType"] == "RemoteDependencyData"]
    assert {
        (item["data"]["baseData"]["name"], item["tags"]["ai.operation.id"], item["data"]["baseData"]["success"])
        for item in dependencies
    } == {("Run", TRACE, True), ("OrderCloud POST", TRACE, False)}
    told = {item["data"]["baseData"]["name"]: item["data"]["baseData"] for item in dependencies}
    assert (told["Run"]["duration"], told["Run"]["properties"]) == ("0.00:00:02.000", {"record": "acme/product/p1"})
    points = [item["data"]["baseData"] for item in items if item["data"]["baseType"] == "MetricData"]
    numbers = [(point["metrics"][0]["name"], point["metrics"][0]["value"], point["properties"]) for point in points]
    assert sorted(number for number in numbers if number[0] != "_OTELRESOURCE_") == [
        ("orchestration.circuit.open", 1.0, {"client": "erp"}),
        ("orchestration.lead.time", 1.5, {"record_type": "product"}),
        ("orchestration.outcomes", 2.0, {"outcome": "parked"}),
    ]


async def test_a_collector_gets_spans_and_numbers(collector):
    await send(otlp_endpoint=f"{collector.url}/")
    [traces], [metrics] = collector.bodies("/v1/traces"), collector.bodies("/v1/metrics")
    resource = ExportTraceServiceRequest.FromString(traces).resource_spans[0]
    assert ("service.name", "product-orchestration") in [
        (each.key, each.value.string_value) for each in resource.resource.attributes
    ]
    spans = {span.name: span for span in resource.scope_spans[0].spans}
    assert {name: (span.trace_id.hex(), span.start_time_unix_nano) for name, span in spans.items()} == dict.fromkeys(
        ("Run", "OrderCloud POST"), (TRACE, 1_767_268_800_250_000_000)
    )
    assert spans["OrderCloud POST"].parent_span_id == spans["Run"].span_id
    assert spans["Run"].parent_span_id.hex() == TRACEPARENT.split("-")[2]
    sent = ExportMetricsServiceRequest.FromString(metrics).resource_metrics[0].scope_metrics[0].metrics
    assert sorted((metric.name, metric.unit) for metric in sent) == [
        (each.label, each.unit) for each in (Measure.CIRCUITS, Measure.LEAD_TIME, Measure.OUTCOMES)
    ]
