"""What is left out of a posting: stored as the difference, which gives back the rest."""

import json

import pytest
from hypothesis import given, settings
from strategies import JSON_OBJECTS

from models.record import Json
from orchestration.subtraction import difference, lost, subtracted

S1, S2 = {"ID": "S1", "Name": "One"}, {"ID": "S2", "Name": "Two"}


@pytest.mark.parametrize(
    ("whole", "rest", "less", "names"),
    [
        pytest.param({"A": 1}, {"A": 1}, {}, [], id="nothing"),
        pytest.param({"A": 1, "B": 2}, {"B": 2}, {"Without": ["A"]}, ["A"], id="a field"),
        pytest.param({"A": None}, {}, {"Without": ["A"]}, ["A"], id="a null"),
        pytest.param({}, {"A": None}, {"Instead": {"A": None}}, [], id="a null that comes"),
        pytest.param(
            {"A": {"B": {"C": 1, "D": 2}}},
            {"A": {"B": {"D": 2}}},
            {"Within": {"A": {"Within": {"B": {"Without": ["C"]}}}}},
            ["A.B.C"],
            id="within objects",
        ),
        pytest.param(
            {"Specs": [S1, S2]},
            {"Specs": [S1, {"ID": "S2"}]},
            {"Within": {"Specs": {"Within": {"1": {"Without": ["Name"]}}}}},
            ["Specs in part"],
            id="within a list",
        ),
        pytest.param(
            {"Specs": [S1, S2]}, {"Specs": [S2]}, {"Instead": {"Specs": [S2]}}, ["Specs in part"], id="another list"
        ),
    ],
)
def test_a_difference_is_what_is_left_out(whole: Json, rest: Json, less: Json, names: list[str]) -> None:
    assert difference(whole, rest) == less
    assert subtracted(whole, less) == rest
    assert list(lost(whole, rest)) == names


@settings(max_examples=200, deadline=None)
@given(JSON_OBJECTS, JSON_OBJECTS)
def test_the_difference_of_any_two_gives_back_the_second(whole: Json, rest: Json) -> None:
    assert subtracted(whole, json.loads(json.dumps(difference(whole, rest)))) == rest
