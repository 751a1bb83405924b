"""Who is an operator."""

import pytest
from strategies import profile

from orchestration.authorisation import FULL_ACCESS, OPERATOR, Caller, authorise_operator
from orchestration.rejections import RejectionError

REFUSED = [
    pytest.param(Caller("ops", "admin", frozenset({FULL_ACCESS})), "InsufficientRoles", id="full access is not enough"),
    pytest.param(Caller("ops", "buyer", frozenset({OPERATOR}), buyer="B1"), "ResourceMismatch", id="a shopper"),
]


def test_an_operator_has_the_role_and_is_of_the_side_that_its_client_writes_for() -> None:
    authorise_operator(Caller("ops", "admin", frozenset({OPERATOR})), profile())
    authorise_operator(Caller("ops", "supplier", frozenset({OPERATOR}), supplier="s1"), profile(resource="supplier:S1"))


@pytest.mark.parametrize(("who", "code"), REFUSED)
def test_nobody_else_is_one(who: Caller, code: str) -> None:
    with pytest.raises(RejectionError) as refused:
        authorise_operator(who, profile())
    assert (refused.value.status, refused.value.code) == (403, code)
