"""`orchestrate provision`, on Azurite and Cosmos DB."""

import json
from collections.abc import Callable

import pytest
from contract_cosmos import KEY
from cosmos_stand_in.running import running_stand_in
from typer.testing import CliRunner

from localdev.azurite import Azurite
from localdev.cli import app
from localdev.environment import CONTAINER_SETTINGS

ROLES = ("queue", "cache", "parked", "deadletters", "profiles", "events", "outbox", "statistics")


@pytest.fixture
def environment(running_storage: Azurite, fresh_name: Callable[[str], str]) -> dict[str, str]:
    return {
        "AzureWebJobsStorage": running_storage.connection_string,
        "ORDERCLOUD_API_URL": "http://127.0.0.1:9",
        "ENVIRONMENT": "development",
        "EVENT_LOG": "sqlite",
        **{f"{role.upper()}_CONTAINER": fresh_name(role) for role in ROLES},
    }


def test_the_containers_of_all_settings_are_made(environment):
    assert {f"{role}_container" for role in ROLES} == set(CONTAINER_SETTINGS)


def test_what_is_missing_is_made_once_and_said(environment):
    with running_stand_in(KEY) as stand_in:
        names = {"COSMOS_DATABASE": "shop", "COSMOS_CONTAINER": "log"}
        key = {"COSMOS_KEY": "env:SOME_KEY", "SOME_KEY": KEY}
        env = {**environment, **names, **key, "EVENT_LOG": "cosmos", "COSMOS_ENDPOINT": stand_in.url}
        first, second = (CliRunner().invoke(app, ["provision", "--json"], env=env) for _ in range(2))
        told = CliRunner().invoke(app, ["provision"], env=env)
    things = [f"blob container {environment[f'{role.upper()}_CONTAINER']}" for role in ROLES]
    things += ["database shop", "container log"]
    assert sorted(json.loads(first.stdout)["Items"], key=lambda item: item["Name"]) == [
        {"Name": name, "Made": True} for name in sorted(things)
    ]
    assert {item["Made"] for item in json.loads(second.stdout)["Items"]} == {False}
    assert set(told.stdout.splitlines()) == {f"{name}: there already" for name in things}
    assert stand_in.databases["shop"]["log"].properties["defaultTtl"] == 7_776_000


def test_what_is_wrong_is_said_without_the_key(environment):
    with running_stand_in(KEY) as stand_in:
        env = {**environment, "EVENT_LOG": "cosmos", "COSMOS_ENDPOINT": stand_in.url, "COSMOS_KEY": "d3Jvbmcta2V5"}
        refused = CliRunner().invoke(app, ["provision"], env=env)
        env["COSMOS_KEY"] = "env:NOT_SET"
        unset = CliRunner().invoke(app, ["provision"], env=env)
        missing = CliRunner().invoke(app, ["provision"], env={**environment, "EVENT_LOG": "cosmos"})
    assert (refused.exit_code, "d3Jvbmcta2V5" in refused.output) == (1, False)
    assert "Cosmos DB: 401" in refused.output.replace("\n", " ")
    assert (unset.exit_code, "NOT_SET" in unset.output) == (1, True)
    assert (missing.exit_code, "COSMOS_ENDPOINT" in missing.output) == (1, True)
