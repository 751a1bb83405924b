"""The app's settings, read from the environment when they are first needed."""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """One field a setting; its name in the environment is the field's in capitals, or its alias."""

    # Values are hidden in errors: one of them may be a secret, put where its reference belongs.
    model_config = SettingsConfigDict(extra="ignore", frozen=True, populate_by_name=True, hide_input_in_errors=True)

    environment: Literal["production", "development"] = Field(
        "production", description="`development` lets profiles hold a client secret as a literal."
    )
    ordercloud_api_url: str = Field(
        ..., description="The OrderCloud host whose tokens are accepted, as in `https://api.ordercloud.io`."
    )
    storage_connection: str | None = Field(
        None, alias="AzureWebJobsStorage", description="The storage account's connection string."
    )
    storage_blob_uri: str | None = Field(
        None,
        alias="AzureWebJobsStorage__blobServiceUri",
        description="The storage account's blob endpoint, reached with the managed identity, in place of the string.",
    )
    data_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        repr=False,
        description="The keys of write-only values, by reference and with commas between; the first seals, all open.",
    )
    queue_container: str = Field("queue", description="The container of queued records; the blob trigger watches it.")
    cache_container: str = Field("cache", description="The container of cached records.")
    parked_container: str = Field("parked", description="The container of the hints to parked records.")
    deadletters_container: str = Field("deadletters", description="The container of the hints to dead letters.")
    profiles_container: str = Field("profiles", description="The container of integration profiles.")
    statistics_container: str = Field("statistics", description="The container of the roll-ups of past hours.")
    events_container: str = Field("events", description="The container of whole events that are too large for the log.")
    outbox_container: str = Field("outbox", description="The container of events that wait for the log to be up again.")
    event_log: Literal["sqlite", "cosmos"] = Field("sqlite", description="Where events are written.")
    event_log_path: str = Field("events.sqlite", description="The file of the SQLite event log.")
    cosmos_endpoint: str | None = Field(None, description="The Cosmos DB account, for `EVENT_LOG=cosmos`.")
    cosmos_key: str | None = Field(
        None, repr=False, description="The account's key, by reference; without one the managed identity is used."
    )
    cosmos_database: str = Field("orchestration", description="The database of the event log.")
    cosmos_container: str = Field("events", description="The container of the event log.")
    cosmos_ttl_seconds: Annotated[int, Field(ge=-1, le=2_147_483_647)] = Field(
        7_776_000, description="How long `orchestrate provision` lets a new container keep events; `-1`: for ever."
    )
    blob_trigger_source: Literal["EventGrid", "LogsAndContainerScan"] = Field(
        "EventGrid", description="How the blob trigger learns of new blobs: Event Grid, or polling."
    )
    sweep_schedule: str = Field("0 * * * * *", description="When the sweep runs, as NCRONTAB.")
    sweep_age_seconds: Annotated[float, Field(gt=0)] = Field(
        60, description="How long a queued record is left to its trigger before the sweep takes it up."
    )
    claim_seconds: Annotated[float, Field(ge=1, le=180)] = Field(60, description="How long a claim on a record holds.")
    max_body_bytes: Annotated[int, Field(ge=1_000, le=100_000_000)] = Field(
        4_194_304, description="The largest request body that is read."
    )
    max_items: Annotated[int, Field(ge=1, le=100_000)] = Field(1_000, description="The most records in one array.")
    max_depth: Annotated[int, Field(ge=2, le=500)] = Field(32, description="How deep objects and arrays may nest.")
    ordercloud_concurrency: Annotated[int, Field(ge=1, le=1_000)] = Field(
        16, description="How many calls to OrderCloud one client has under way at once, on one instance."
    )

    log_format: Literal["json", "text"] = Field(
        "json", description="How the host's log is written: JSON, one object a line, or text."
    )
    telemetry: Literal["auto", "console", "off"] = Field(
        "auto", description="`auto` sends to where the two settings below say, `console` prints as well, `off` is off."
    )
    application_insights: str | None = Field(
        None,
        alias="APPLICATIONINSIGHTS_CONNECTION_STRING",
        repr=False,
        description="Where spans and metrics are sent in Azure.",
    )
    otlp_endpoint: str | None = Field(
        None, alias="OTEL_EXPORTER_OTLP_ENDPOINT", description="An OTLP collector they are sent to, over HTTP."
    )

    @property
    def telemetry_is_on(self) -> bool:
        """Tell whether anything is sent anywhere."""
        to_somewhere = self.telemetry == "console" or self.application_insights or self.otlp_endpoint
        return self.telemetry != "off" and bool(to_somewhere)

    @field_validator("data_keys", mode="before")
    @classmethod
    def _as_list(cls, value: Any) -> Any:
        """Read a list as it stands in the environment: with commas, or as JSON."""
        if not isinstance(value, str):
            return value
        if not value.lstrip().startswith("["):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError("write references with commas between them, or a JSON list of them") from None

    @field_validator("cosmos_ttl_seconds")
    @classmethod
    def _is_a_time(cls, seconds: int) -> int:
        if not seconds:
            raise ValueError("give a number of seconds, or -1 for ever")
        return seconds

    @model_validator(mode="after")
    def _has_event_log(self) -> Self:
        if self.event_log == "cosmos" and not self.cosmos_endpoint:
            raise ValueError("set COSMOS_ENDPOINT, as EVENT_LOG is cosmos")
        return self

    @model_validator(mode="after")
    def _has_storage(self) -> Self:
        if not self.storage_connection and not self.storage_blob_uri:
            raise ValueError("set AzureWebJobsStorage, or AzureWebJobsStorage__blobServiceUri for a managed identity")
        return self
