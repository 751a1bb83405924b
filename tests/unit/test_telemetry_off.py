"""Telemetry that is off costs nothing: not even an import. What is wrong with it keeps nothing else from working."""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SECRET = "InstrumentationKey=not-a-key-6f1c"
NEEDED = {
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "ORDERCLOUD_API_URL": "https://api.test",
    "LOG_FORMAT": "text",
}
PROGRAM = """
import asyncio, logging, sys
logging.basicConfig()
import function_app
from triggers.current import current_app

async def main():
    app = current_app()
    modules = sorted(name for name in sys.modules if name.startswith("opentelemetry"))
    print(type(app.ports.telemetry).__name__, *modules)
    await app.close()

asyncio.run(main())
"""


def loaded(path: Path, **environment: str) -> tuple[str, list[str], str]:
    """Return what telemetry is in a new process, OpenTelemetry's modules that were imported, and what was logged."""
    settings = NEEDED | {"EVENT_LOG_PATH": str(path / "events.sqlite")} | environment
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kind, *modules = done.stdout.split()
    return kind, modules, done.stderr


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="nothing is set"),
        pytest.param({"APPLICATIONINSIGHTS_CONNECTION_STRING": SECRET, "TELEMETRY": "off"}, id="it is set to off"),
    ],
)
def test_telemetry_that_is_off_imports_nothing(tmp_path, environment):
    assert loaded(tmp_path, **environment) == ("Silent", [], "")


def test_telemetry_that_is_on_is_imported(tmp_path):
    kind, modules, _ = loaded(tmp_path, TELEMETRY="console")
    assert (kind, "opentelemetry.sdk.trace" in modules) == ("OpenTelemetry", True)


def test_telemetry_that_is_set_wrongly_is_off_and_the_log_says_so_without_the_setting(tmp_path):
    kind, _, log = loaded(tmp_path, APPLICATIONINSIGHTS_CONNECTION_STRING=SECRET)
    assert kind == "Silent"
    assert "telemetry is off, since it cannot be set up: ValueError" in log
    assert SECRET not in log


@pytest.mark.parametrize(
    ("given", "on"),
    [
        ({}, False),
        ({"telemetry": "console"}, True),
        ({"application_insights": "InstrumentationKey=1"}, True),
        ({"otlp_endpoint": "http://collector:4318"}, True),
        ({"application_insights": "InstrumentationKey=1", "otlp_endpoint": "http://c", "telemetry": "off"}, False),
        ({"application_insights": "", "otlp_endpoint": ""}, False),
    ],
    ids=lambda value: ", ".join(value) or "nothing" if isinstance(value, dict) else str(value),
)
def test_telemetry_is_on_where_it_can_go_somewhere(given, on):
    settings = Settings(ordercloud_api_url="https://api.test", storage_connection="UseDevelopmentStorage=true", **given)
    assert settings.telemetry_is_on is on
