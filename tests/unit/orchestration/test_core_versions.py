"""Versions: which spellings are some, of which kind they are, and how they order."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import MOMENTS, VERSIONS

from orchestration.versions import Version, VersionError, accepted_version, source_version


@pytest.mark.parametrize(
    ("given_value", "text", "kind"),
    [
        pytest.param(5, "5", "integer", id="integer"),
        pytest.param(-5, "-5", "integer", id="negative"),
        pytest.param(0, "0", "integer", id="zero"),
        pytest.param(10**18 - 1, "9" * 18, "integer", id="18 digits"),
        pytest.param("007", "7", "integer", id="digits as text"),
        pytest.param(" 42 ", "42", "integer", id="with spaces around"),
        pytest.param("-0", "0", "integer", id="minus zero"),
        pytest.param("2026-01-31T08:00:00Z", "2026-01-31T08:00:00+00:00", "time", id="time"),
        pytest.param("2026-01-31T09:00:00+01:00", "2026-01-31T08:00:00+00:00", "time", id="time with an offset"),
        pytest.param("2026-01-31T08:00:00.25Z", "2026-01-31T08:00:00.250000+00:00", "time", id="fraction"),
    ],
)
def test_a_source_gives_an_integer_or_a_time(given_value: object, text: str, kind: str) -> None:
    version = source_version(given_value)
    assert (version.text, version.kind, version.from_source, str(version)) == (text, kind, True, text)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 1.0, 10**18, -(10**18), [], {}),
        *("9" * 19, "", " ", "v5", "5.0", "1e3", "yesterday", "٣", "~"),
        *("0001-01-01T00:00:00+05:00", "2026-01-31T08:00:00.000000Z~aa", "2026-13-01T00:00:00Z"),
    ],
    ids=repr,
)
def test_anything_else_is_no_version(value: object) -> None:
    with pytest.raises(VersionError, match="18 digits or an RFC 3339 time"):
        source_version(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("1111111111111111111", id="19 digits, which are no basic ISO time either"),
        pytest.param("2026-01-31", id="a date alone"),
        pytest.param("2026-W05-6", id="a week date"),
        pytest.param("2026-01-31T08", id="an hour alone"),
    ],
)
def test_a_time_has_the_form_of_rfc_3339(value: str) -> None:
    with pytest.raises(VersionError):
        source_version(value)


def test_without_a_version_of_the_source_the_time_of_acceptance_stands_in() -> None:
    moment = datetime(2026, 1, 31, 9, 0, 0, 5, timezone(timedelta(hours=1)))
    version = accepted_version(moment, "c0ffee00")
    assert version == Version("2026-01-31T08:00:00.000005Z~c0ffee00")
    assert (version.kind, version.from_source) == ("accepted", False)


@pytest.mark.parametrize(
    ("one", "other", "older"),
    [
        pytest.param("9", "10", True, id="integers by value"),
        pytest.param("-1", "0", True, id="negative integers"),
        pytest.param("10", "10", False, id="equal integers"),
        pytest.param("2026-01-31T08:00:00+00:00", "2026-01-31T08:00:00.100000+00:00", True, id="times"),
        pytest.param("2026-01-31T09:00:00+02:00", "2026-01-31T08:00:00+00:00", True, id="times by instant"),
        pytest.param("1", "2026-01-31T08:00:00+00:00", False, id="an integer and a time"),
        pytest.param("2026-01-31T08:00:00+00:00", "9", False, id="a time and an integer"),
        pytest.param("2026-01-31T08:00:00.0Z~a", "2026-02-01T08:00:00.0Z~a", False, id="times of acceptance"),
        pytest.param("1", "2026-02-01T08:00:00.0Z~a", False, id="an integer and a time of acceptance"),
    ],
)
def test_versions_order_within_the_kinds_that_a_source_gives(*, one: str, other: str, older: bool) -> None:
    assert Version(one).older_than(Version(other)) is older


ONE_KIND = st.one_of(
    st.lists(st.integers(-3, 3).map(source_version), min_size=3, max_size=3),
    st.lists(
        st.builds(
            lambda second, hours: Version(
                datetime(2026, 1, 31, 8, 0, second, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours))).isoformat()
            ),
            st.integers(0, 2),
            st.integers(-2, 2),
        ),
        min_size=3,
        max_size=3,
    ),
)


@settings(max_examples=150, deadline=None)
@given(ONE_KIND | st.lists(VERSIONS, min_size=3, max_size=3))
def test_older_than_is_a_strict_order(versions: list[Version]) -> None:
    a, b, c = versions
    assert not a.older_than(a)
    assert not (a.older_than(b) and b.older_than(a))
    assert a.older_than(c) or not (a.older_than(b) and b.older_than(c))


@settings(max_examples=100, deadline=None)
@given(ONE_KIND)
def test_within_one_kind_versions_that_are_not_older_either_way_are_one(versions: list[Version]) -> None:
    a, b, c = versions
    level = [not one.older_than(other) and not other.older_than(one) for one, other in ((a, b), (b, c), (a, c))]
    assert level[2] or not (level[0] and level[1])


@settings(max_examples=100, deadline=None)
@given(st.integers(-(10**18) + 1, 10**18 - 1) | MOMENTS.map(datetime.isoformat))
def test_a_version_given_back_is_the_same_version(value: object) -> None:
    version = source_version(value)
    assert source_version(version.text) == version
