import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from localdev.host import LoadError
from localdev.host.settings import (
    HostOptions,
    apply_local_settings,
    body_limit,
    connection_string,
    look_up,
    parse_timespan,
    read_host_options,
)


def host_json(directory: Path, content: object) -> Path:
    (directory / "host.json").write_text(json.dumps(content))
    return directory


def test_host_json_that_says_nothing_means_azures_defaults(tmp_path: Path) -> None:
    options = read_host_options(host_json(tmp_path, {"version": "2.0"}))
    assert options == HostOptions("api", 8 * (os.cpu_count() or 1), 5, timedelta(minutes=30))


def test_host_json_is_obeyed(tmp_path: Path) -> None:
    content = {
        "version": "2.0",
        "functionTimeout": "00:10:00",
        "extensions": {
            "http": {"routePrefix": "/v1/"},
            "blobs": {"maxDegreeOfParallelism": 3, "poisonBlobThreshold": 2},
        },
    }
    assert read_host_options(host_json(tmp_path, content)) == HostOptions("v1", 3, 2, timedelta(minutes=10))


def test_a_function_timeout_of_minus_one_means_none(tmp_path: Path) -> None:
    assert read_host_options(host_json(tmp_path, {"version": "2.0", "functionTimeout": "-1"})).function_timeout is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param({}, "version", id="no-version"),
        pytest.param({"version": "2.0", "functionTimeout": "soon"}, "functionTimeout", id="timeout"),
        pytest.param([], "JSON object", id="no-object"),
    ],
)
def test_a_wrong_host_json_is_refused(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        read_host_options(host_json(tmp_path, content))


def test_a_missing_host_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="missing"):
        read_host_options(tmp_path)


def test_the_environment_wins_over_local_settings(tmp_path: Path) -> None:
    path = tmp_path / "local.settings.json"
    path.write_text(json.dumps({"Values": {"A": "file", "B": "file", "C": 3, "D": True}}))
    environment = {"A": "environment"}
    apply_local_settings(path, environment)
    assert environment == {"A": "environment", "B": "file", "C": "3", "D": "true"}


def test_encrypted_settings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "local.settings.json"
    path.write_text('{"IsEncrypted": true}')
    with pytest.raises(LoadError, match="encrypted"):
        apply_local_settings(path, {})


def test_names_between_percent_signs_are_looked_up() -> None:
    assert look_up("%QUEUE%/{name}-%A__B%", {"QUEUE": "q", "A__B": "x"}) == "q/{name}-x"


def test_a_missing_name_is_refused() -> None:
    with pytest.raises(LoadError, match="QUEUE"):
        look_up("%QUEUE%/{name}", {})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({"Store": "plain"}, "plain", id="by-its-name"),
        pytest.param({"Store": "plain", "AzureWebJobsStore": "prefixed"}, "prefixed", id="prefix-first"),
    ],
)
def test_a_connection_is_found(settings: dict[str, str], expected: str) -> None:
    assert connection_string("Store", settings) == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({}, "Store is missing", id="missing"),
        pytest.param({"Store": ""}, "Store is missing", id="empty"),
        pytest.param({"Store__blobServiceUri": "https://x"}, "identity", id="identity"),
    ],
)
def test_a_connection_that_cannot_be_used_is_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(LoadError, match=message):
        connection_string("Store", settings)


def test_the_body_limit_is_a_setting() -> None:
    assert (body_limit({}), body_limit({"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "10"})) == (104_857_600, 10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:00:30", timedelta(seconds=30)),
        ("1.02:03:04", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("24:00:00", None),
        ("* * * * *", None),
    ],
)
def test_a_time_span_is_read(text: str, expected: timedelta | None) -> None:
    assert parse_timespan(text) == expected
