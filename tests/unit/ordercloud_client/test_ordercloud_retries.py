from datetime import UTC, datetime

import pytest

from ordercloud import RetryPolicy
from ordercloud.answers import seconds_to_wait

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
POLICY = RetryPolicy(first_wait=1, longest_wait=5, longest_retry_after=20)


@pytest.mark.parametrize(
    ("failures", "retry_after", "least", "most"),
    [
        (1, None, 0, 1),
        (2, None, 0, 2),
        (3, None, 0, 4),
        (4, None, 0, 5),
        (60, None, 0, 5),
        (1, 3.0, 3, 4),
        (3, 3.0, 3, 7),
        (1, 3600.0, 20, 21),
        (1, 0.0, 0, 1),
    ],
)
def test_a_wait_is_what_is_asked_for_up_to_a_cap_and_full_jitter_on_top(failures, retry_after, least, most):
    assert POLICY.wait(failures, retry_after, lambda low, _: low) == least
    assert POLICY.wait(failures, retry_after, lambda _, high: high) == most


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Thu, 01 Jan 2026 12:01:30 GMT", 90.0),
        ("Thu, 01 Jan 2026 12:01:30 -0000", 90.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("Thu, 01 Jan 99999999999999999999 12:00:00 GMT", None),
    ],
)
def test_a_retry_after_header_is_seconds_or_a_date(header, seconds):
    assert seconds_to_wait(header, NOW) == seconds
