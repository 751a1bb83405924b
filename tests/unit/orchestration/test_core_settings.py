"""The app's settings: what is required, what is the default, and what is refused."""

import pytest
from pydantic import ValidationError

from orchestration.settings import Settings

NAMES = [field.alias or name for name, field in Settings.model_fields.items()]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take every setting out of the environment, whatever way it is spelled there."""
    for name in NAMES:
        for spelled in (name, name.upper(), name.lower()):
            monkeypatch.delenv(spelled, raising=False)
    return monkeypatch


def test_settings_are_read_from_the_environment_when_they_are_made(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("ORDERCLOUD_API_URL", "https://api.ordercloud.io")
    bare_environment.setenv("AzureWebJobsStorage", "UseDevelopmentStorage=true")
    bare_environment.setenv("CLAIM_SECONDS", "3")
    settings = Settings()
    assert settings.environment == "production"
    assert settings.ordercloud_api_url == "https://api.ordercloud.io"
    assert settings.storage_connection == "UseDevelopmentStorage=true"
    assert settings.claim_seconds == 3
    assert settings.sweep_age_seconds == 60


def test_the_containers_have_the_documented_names() -> None:
    settings = Settings(ordercloud_api_url="https://x", storage_connection="x")
    assert settings.queue_container == "queue"
    assert settings.cache_container == "cache"
    assert settings.parked_container == "parked"
    assert settings.deadletters_container == "deadletters"
    assert settings.profiles_container == "profiles"


def test_a_managed_identity_needs_the_endpoint_in_place_of_the_string(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("ORDERCLOUD_API_URL", "https://api.ordercloud.io")
    bare_environment.setenv("AzureWebJobsStorage__blobServiceUri", "https://account.blob.core.windows.net")
    assert Settings().storage_blob_uri == "https://account.blob.core.windows.net"


def test_storage_is_required(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("ORDERCLOUD_API_URL", "https://api.ordercloud.io")
    with pytest.raises(ValidationError, match="set AzureWebJobsStorage"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("CLAIM_SECONDS", "0"),
        ("CLAIM_SECONDS", "nan"),
        ("SWEEP_AGE_SECONDS", "0"),
        ("MAX_DEPTH", "1"),
        ("MAX_ITEMS", "many"),
        ("EVENT_LOG", "text"),
        ("BLOB_TRIGGER_SOURCE", "Polling"),
    ],
)
def test_a_setting_out_of_its_bounds_is_refused_by_its_name(
    bare_environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    bare_environment.setenv("ORDERCLOUD_API_URL", "https://api.ordercloud.io")
    bare_environment.setenv("AzureWebJobsStorage", "x")
    bare_environment.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert [error["loc"] for error in refused.value.errors()] == [(name.lower(),)]


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
