"""Integration profiles: defaults, refresh ages, and errors that name the field."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from strategies import odd_values, profile, profile_json

from models.record import Json
from orchestration.profile import Parking, Policies, Profile, Refresh


def test_a_profile_without_policies_has_the_documented_ones() -> None:
    read = Profile.model_validate(profile_json())
    assert read.model_dump() == {
        "marketplace": "Shop",
        "api_url": "https://api.ordercloud.io",
        "auth_url": "https://auth.ordercloud.io",
        "client_id": "ERP",
        "client_secret": "env:ERP_SECRET",
        "resource": "seller",
        "policies": {
            "refresh": timedelta(hours=24),
            "drift": "correct",
            "deletes": "allow",
            "gone_parts": "keep",
            "parking": {"delays": (5, 30, 120, 600, 3_600, 21_600), "limit": 40},
        },
    }
    assert read.client == "erp"


def test_a_profile_shows_no_secret_when_it_is_printed() -> None:
    assert "ERP_SECRET" not in repr(profile())


@pytest.mark.parametrize(
    ("resource", "supplier", "buyer"),
    [("seller", None, None), ("supplier:S-1", "S-1", None), ("buyer:B_1", None, "B_1")],
)
def test_a_resource_says_on_whose_behalf_a_client_writes(
    resource: str, supplier: str | None, buyer: str | None
) -> None:
    read = profile(resource=resource)
    assert (read.supplier, read.buyer) == (supplier, buyer)


@pytest.mark.parametrize(
    ("value", "refresh"),
    [
        pytest.param("never", Refresh.NEVER, id="never"),
        pytest.param("always", Refresh.ALWAYS, id="always"),
        pytest.param("90s", timedelta(seconds=90), id="seconds"),
        pytest.param("5m", timedelta(minutes=5), id="minutes"),
        pytest.param("24h", timedelta(hours=24), id="hours"),
        pytest.param("7d", timedelta(days=7), id="days"),
        pytest.param("999999d", timedelta(days=999_999), id="the longest"),
        pytest.param(90, timedelta(seconds=90), id="a number is seconds"),
        pytest.param(0.5, timedelta(seconds=0.5), id="a part of a second"),
        pytest.param(0, timedelta(0), id="zero"),
    ],
)
def test_a_refresh_policy_is_a_name_or_an_age(value: object, refresh: object) -> None:
    assert Policies.model_validate({"Refresh": value}).refresh == refresh


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"Marketplace": "a/b"}, "Marketplace", id="marketplace"),
        pytest.param({"Marketplace": ""}, "Marketplace", id="no marketplace"),
        pytest.param({"ApiUrl": "api.ordercloud.io"}, "ApiUrl", id="URL without a scheme"),
        pytest.param({"ApiUrl": "https://api.ordercloud.io/v1"}, "ApiUrl", id="URL with a path"),
        pytest.param({"AuthUrl": None}, "AuthUrl", id="null"),
        pytest.param({"ClientID": "a b"}, "ClientID", id="client id"),
        pytest.param({"ClientID": "erp\n"}, "ClientID", id="client id with a newline"),
        pytest.param({"ClientSecret": ""}, "ClientSecret", id="no secret"),
        pytest.param({"Resource": "supplier:"}, "Resource", id="supplier without an ID"),
        pytest.param({"Resource": "Seller"}, "Resource", id="resource in capitals"),
        pytest.param({"Resource": "seller\n"}, "Resource", id="resource with a newline"),
        pytest.param({"Resource": "admin"}, "Resource", id="unknown resource"),
        pytest.param({"Secret": "x"}, "Secret", id="unknown field"),
        pytest.param({"Policies": {"Refresh": "sometimes"}}, "Policies.Refresh", id="refresh"),
        pytest.param({"Policies": {"Refresh": "24"}}, "Policies.Refresh", id="age without a unit"),
        pytest.param({"Policies": {"Refresh": True}}, "Policies.Refresh", id="refresh is no truth value"),
        pytest.param({"Policies": {"Refresh": -5}}, "Policies.Refresh", id="age below zero"),
        pytest.param({"Policies": {"Refresh": 1e30}}, "Policies.Refresh", id="age beyond all time"),
        pytest.param({"Policies": {"Refresh": {}}}, "Policies.Refresh", id="age that is an object"),
        pytest.param({"Policies": {"Drift": "ignore"}}, "Policies.Drift", id="drift"),
        pytest.param({"Policies": {"Deletes": True}}, "Policies.Deletes", id="deletes"),
        pytest.param({"Policies": {"Parking": {"Delays": []}}}, "Policies.Parking.Delays", id="no delays"),
        pytest.param({"Policies": {"Parking": {"Delays": [5, 0]}}}, "Policies.Parking.Delays.1", id="delay of nothing"),
        pytest.param({"Policies": {"Parking": {"Limit": 0}}}, "Policies.Parking.Limit", id="limit"),
        pytest.param({"Policies": {"Retry": 1}}, "Policies.Retry", id="unknown policy"),
    ],
)
def test_a_bad_profile_is_an_error_that_names_the_field(change: Json, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Profile.model_validate(profile_json(**change))
    assert {".".join(str(part) for part in error["loc"])[: len(field)] for error in refused.value.errors()} == {field}


@pytest.mark.parametrize("name", ["Marketplace", "ApiUrl", "AuthUrl", "ClientID", "ClientSecret", "Resource"])
def test_all_but_the_policies_is_required(name: str) -> None:
    without = {field: value for field, value in profile_json().items() if field != name}
    with pytest.raises(ValidationError) as refused:
        Profile.model_validate(without)
    assert [(error["type"], error["loc"]) for error in refused.value.errors()] == [("missing", (name,))]


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(profile_json(Policies=None))),
    odd_values() | st.floats() | st.integers(-(2**70), 2**70),
    st.sampled_from(["Refresh", "Drift", "Deletes", "Parking", ""]),
)
def test_any_profile_is_read_or_refused(name: str, spoiled: Any, policy: str) -> None:
    spoiled = {policy: spoiled} if policy and name == "Policies" else spoiled
    try:
        read = Profile.model_validate(profile_json(**{name: spoiled}))
    except ValidationError:
        return
    assert isinstance(read.policies, Policies)
    assert isinstance(read.policies.parking, Parking)
