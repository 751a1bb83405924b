"""What a failure tells: all that OrderCloud said of it, but no secret that was sent."""

import pytest

from orchestration.failures import RefusedByOrderCloud


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("Welcome-1!", id="a password"),
        pytest.param('a"b\\c', id="one that JSON escapes"),
        pytest.param("{", id="a character of JSON's own"),
        pytest.param(":", id="another one"),
        pytest.param("7", id="a digit"),
    ],
)
def test_what_ordercloud_repeats_of_a_secret_is_hidden_wherever_it_stands(secret: str) -> None:
    data = {"Field": "Password", "Given": [secret, f"<{secret}>"], "Length": 7, "Known": None}
    errors = ({"ErrorCode": "ValidationFailure", "Message": f"{secret} is weak", "Data": data},)
    failure = RefusedByOrderCloud(f"refused {secret}", errors=errors, status=400)
    failure.hide({secret}, "***")
    hidden = {"Field": "Password", "Given": ["***", "<***>"], "Length": 7, "Known": None}
    assert (failure.cause, str(failure)) == ("refused ***", "refused ***")
    assert failure.errors == ({"ErrorCode": "ValidationFailure", "Message": "*** is weak", "Data": hidden},)


def test_the_longer_of_two_secrets_goes_as_a_whole() -> None:
    failure = RefusedByOrderCloud("ab and abc")
    failure.hide({"ab", "abc"}, "***")
    assert failure.cause == "*** and ***"
