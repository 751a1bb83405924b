"""Who may post: every token and client that may not gets the exact answer, and nothing of what it sent is stored."""

import json
import time
from collections.abc import Callable

import jwt
import pytest
from e2e_mint import Mint
from e2e_world import Json, World, errors_of, nothing_is_stored

PRODUCT = "/orchestration/product"


@pytest.fixture(scope="module")
def mint(world: World, tmp_path_factory: pytest.TempPathFactory) -> Mint:
    return Mint(world, tmp_path_factory.mktemp("mint"))


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("Bearer", id="no token"),
        pytest.param("Basic dXNlcjpwYXNz", id="basic"),
        pytest.param("Bearer two tokens", id="two tokens"),
        pytest.param("Bearer a;b", id="not a token's characters"),
    ],
)
def test_a_request_without_a_bearer_token_is_refused(world: World, key: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = world.api(None).post(PRODUCT, json={"ID": key, "Name": "n"}, headers=headers)
    assert errors_of(answer) == (401, [("InvalidToken", None)])
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    nothing_is_stored(world, key)


HOUR = 3600
FORGED: dict[str, tuple[str, Callable[[Mint], str]]] = {
    "no JWT": ("malformed", lambda _: "abc"),
    "no JSON": ("malformed", lambda _: "abc.def.ghi"),
    "too long": ("too-long", lambda mint: mint.token(usr="u" * 9000)),
    "unsigned": ("algorithm", lambda mint: mint.unsigned()),
    "signed with the public key": ("algorithm", lambda mint: mint.signed_with_the_public_key()),
    "signed by another key": ("signature", lambda mint: mint.token(mint.stranger)),
    "signed by an unknown key": ("unknown-key", lambda mint: mint.token(mint.stranger, header={"kid": "f" * 32})),
    "a key id that is a path": ("key-id", lambda mint: mint.token(header={"kid": "../../v1/me"})),
    "changed after it was signed": ("signature", lambda mint: mint.changed_after_signing()),
    "expired": ("expired", lambda mint: mint.token(exp=int(time.time()) - HOUR)),
    "not valid yet": ("not-yet-valid", lambda mint: mint.token(nbf=int(time.time()) + HOUR)),
    "of another environment": ("other-environment", lambda mint: mint.token(aud="https://api.example.com")),
    "of no client": ("no-client", lambda mint: mint.token(cid=None)),
    "never issued by OrderCloud": ("rejected", lambda mint: mint.token(jti="another")),
}  # fmt: skip


@pytest.mark.parametrize(("reason", "forge"), FORGED.values(), ids=FORGED)
def test_a_token_that_is_not_ordercloud_s_own_is_refused(
    world: World, key: str, mint: Mint, reason: str, forge: Callable[[Mint], str]
) -> None:
    headers = {"Authorization": f"Bearer {forge(mint)}"}
    answer = world.api(None).post(PRODUCT, json={"ID": key, "Name": "n"}, headers=headers)
    assert errors_of(answer) == (401, [("InvalidToken", {"Reason": reason})])
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    nothing_is_stored(world, key)


def test_the_key_of_the_forger_is_ordercloud_s_own(world: World, key: str, mint: Mint) -> None:
    """Or the refusals above would prove nothing."""
    public = world.api(None).get(f"{world.ready['sandbox']['auth']}/oauth/certs/{mint.header['kid']}").json()
    assert jwt.decode(mint.token(), jwt.PyJWK(public), audience=mint.claims["aud"])["cid"] == mint.claims["cid"]
    assert world.posted("product", {"ID": key, "Name": "n"})["State"] == "applied"


def test_a_good_token_of_a_user_who_is_not_active_any_more_is_refused(world: World, key: str) -> None:
    token = world.new_token("reader")
    world.change_client("reader", {"Active": False})
    try:
        answer = world.api(token=token).post(PRODUCT, json={"ID": key, "Name": "n"})
    finally:
        world.change_client("reader", {"Active": True})
    assert errors_of(answer) == (401, [("InvalidToken", {"Reason": "inactive"})])
    nothing_is_stored(world, key)


def test_a_token_that_ordercloud_revoked_is_refused(world: World, key: str) -> None:
    token = world.new_token("seller")
    with world.faults({"path": "^/v1/me$", "kind": "revoke_tokens", "times": 1}):
        answer = world.api(token=token).post(PRODUCT, json={"ID": key, "Name": "n"})
    world.forget_tokens()
    assert errors_of(answer) == (401, [("InvalidToken", {"Reason": "rejected"})])
    nothing_is_stored(world, key)


@pytest.mark.parametrize(
    ("client", "code", "data"),
    [
        pytest.param("stranger", "NoIntegrationProfile", None, id="no profile"),
        pytest.param(
            "reader",
            "InsufficientRoles",
            {
                "SufficientRoles": ["ProductAdmin", "FullAccess"],
                "AssignedRoles": ["PriceScheduleReader", "ProductReader"],
            },
            id="no role",
        ),
        pytest.param("buyer", "NotYourResource", None, id="a buyer's client"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_client_that_may_not_write_a_product_is_refused(
    world: World, key: str, method: str, client: str, code: str, data: Json | None
) -> None:
    url, body = (PRODUCT, {"ID": key, "Name": "n"}) if method == "POST" else (f"{PRODUCT}/{key}", None)
    answer = world.api(client).request(method, url, json=body)
    assert errors_of(answer) == (403, [(code, data)])
    nothing_is_stored(world, key)


def test_a_source_may_not_ask_about_another_s_records_but_an_operator_may(world: World, key: str) -> None:
    version = world.post("product", {"ID": key, "Name": "n"})
    stands = world.outcome("product", key, version)
    seller = {"client": world.credentials("seller")["client_id"]}

    refused = world.api("pim").get(f"{PRODUCT}/{key}", params=seller)
    assert errors_of(refused) == (403, [("InsufficientRoles", None)])

    for spelling in (seller["client"], seller["client"].lower()):
        asked = world.api("operator").get(f"{PRODUCT}/{key}", params={"client": spelling})
        assert (asked.status_code, asked.json()) == (200, stands)
    assert world.api("operator").get(f"{PRODUCT}/{key}").status_code == 404


def test_the_role_of_an_operator_counts_for_clients_that_are_known_here_only(world: World, key: str) -> None:
    """Anyone with a marketplace of their own on the same OrderCloud host can give the role a name."""
    world.posted("product", {"ID": key, "Name": "n"})
    world.change_client("stranger", {"roles": ["OrchestrationOperator"]})
    try:
        world.forget_tokens()
        seller = {"client": world.credentials("seller")["client_id"]}
        asked = world.api("stranger").get(f"{PRODUCT}/{key}", params=seller)
        assert errors_of(asked) == (403, [("NoIntegrationProfile", None)])
    finally:
        world.change_client("stranger", {"roles": ["ProductAdmin"]})
        world.forget_tokens()


def test_a_supplier_may_not_take_over_what_the_seller_owns(world: World, key: str) -> None:
    world.posted("product", {"ID": key, "Name": "the seller's", "Description": "not for suppliers"})
    before = world.ordercloud("product", key)

    stands = world.posted("product", {"ID": key, "Name": "the supplier's"}, client="supplier")

    event = stands["LastEvent"]
    assert (stands["State"], event["ErrorType"], event["Level"]) == ("dead", "NotOwner", "Error")
    assert (event["Before"], event["Result"], event["Diff"], event["Calls"]) == (None, None, None, [])
    assert "not for suppliers" not in json.dumps(stands)
    assert world.ordercloud("product", key) == before
    assert len(world.calls(key)) == 1


def test_a_supplier_may_not_take_over_what_nobody_posted_but_the_seller_owns(world: World, key: str) -> None:
    world.put_in_ordercloud("product", key, {"Name": "the seller's", "Description": "not for suppliers"})
    before = world.ordercloud("product", key)
    stands = world.posted("product", {"ID": key, "Name": "the supplier's"}, client="supplier")
    assert (stands["State"], stands["LastEvent"]["ErrorType"]) == ("dead", "NotOwner")
    assert "not for suppliers" not in json.dumps(stands)
    assert world.ordercloud("product", key) == before


def test_a_supplier_s_own_product_is_its_own(world: World, key: str) -> None:
    stands = world.posted("product", {"ID": key, "Name": "n"}, client="supplier")
    held = world.ordercloud("product", key)
    assert held
    assert (stands["State"], stands["Resource"], held["OwnerID"]) == ("applied", "supplier:acme", "acme")
