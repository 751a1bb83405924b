"""Tokens and roles of the sandbox, over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest
from sandbox_world import NO_TLS, control, errors, running, signed_in, token_answer

from localdev.sandbox.process import SandboxProcess


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running(tmp_path_factory.mktemp("tokens") / "state") as sandbox:
        yield sandbox


def certificate(sandbox: SandboxProcess, kid: str) -> jwt.PyJWK:
    return jwt.PyJWK(httpx.get(f"{sandbox.auth}/oauth/certs/{kid}", verify=NO_TLS).raise_for_status().json())


@pytest.mark.parametrize(
    ("name", "role", "user_type"),
    [("seller", "FullAccess", "admin"), ("acme", ["ProductAdmin", "PriceScheduleAdmin"], "supplier")],
    ids=["one role is a bare string", "more are a list"],
)
def test_a_token_is_signed_and_says_who_it_is_for(
    sandbox: SandboxProcess, name: str, role: str | list[str], user_type: str
) -> None:
    body = token_answer(sandbox, name).json()
    header = jwt.get_unverified_header(body["access_token"])
    claims = jwt.decode(
        body["access_token"], certificate(sandbox, header["kid"]), algorithms=["RS256"], audience=sandbox.api
    )
    assert {key: body[key] for key in ("token_type", "expires_in")} == {"token_type": "bearer", "expires_in": 36000}
    assert claims["exp"] - claims["nbf"] == 36000
    assert {key: claims[key] for key in ("usr", "cid", "usrtype", "role", "iss", "aud")} == {
        "usr": name,
        "cid": f"{name.upper()}-CLIENT",
        "usrtype": user_type,
        "role": role,
        "iss": sandbox.auth,
        "aud": sandbox.api,
    }


def test_a_certificate_is_a_jwk_and_needs_no_token(sandbox: SandboxProcess) -> None:
    kid = jwt.get_unverified_header(token_answer(sandbox, "seller").json()["access_token"])["kid"]
    jwk = httpx.get(f"{sandbox.auth}/oauth/certs/{kid}", verify=NO_TLS).json()
    assert set(jwk) == {"kty", "n", "e", "alg", "use", "kid"}
    assert {key: jwk[key] for key in ("kty", "alg", "use", "kid")} == {
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid,
    }  # fmt: skip
    missing = errors(httpx.get(f"{sandbox.auth}/oauth/certs/none", verify=NO_TLS))
    assert missing == (404, [("NotFound", {"ObjectType": "Certificate", "ObjectID": "none"})])


@pytest.mark.parametrize(
    ("form", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_grant", "Auth.InvalidUsernameOrPassword"),
        ({"client_secret": ""}, 401, "invalid_grant", "Auth.InvalidUsernameOrPassword"),
        ({"client_id": "nobody"}, 401, "invalid_grant", "Auth.InvalidUsernameOrPassword"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", "Auth.InvalidGrant"),
    ],
    ids=["wrong secret", "no secret", "unknown client", "another grant"],
)
def test_a_wrong_token_request_is_refused_in_the_token_endpoints_shape(
    sandbox: SandboxProcess, form: dict[str, str], status: int, error: str, code: str
) -> None:
    answer = token_answer(sandbox, "seller", **form)
    body = answer.json()
    assert (answer.status_code, body["error"], [one["ErrorCode"] for one in body["Errors"]]) == (status, error, [code])
    assert body["error_description"] == body["Errors"][0]["Message"]


def test_a_token_request_is_a_form(sandbox: SandboxProcess) -> None:
    body = {"grant_type": "client_credentials", "client_id": "SELLER-CLIENT", "client_secret": "seller-secret"}
    refused = httpx.post(f"{sandbox.auth}/oauth/token", json=body, verify=NO_TLS)
    assert errors(refused) == (400, [("Request.InvalidContentType", None)])
    assert httpx.get(f"{sandbox.auth}/oauth/token", verify=NO_TLS).status_code == 405


def test_client_ids_are_compared_without_case(sandbox: SandboxProcess) -> None:
    assert token_answer(sandbox, "seller", client_id="seller-client").status_code == 200


def test_scope_narrows_the_roles_to_those_that_the_client_has(sandbox: SandboxProcess) -> None:
    with signed_in(sandbox, "pricing", scope="PriceScheduleReader ProductAdmin") as client:
        assert client.get("/priceschedules").status_code == 200
        assert client.post("/priceschedules", json={"Name": "n"}).status_code == 403
        assert client.get("/products").status_code == 403
        assert client.get("/me").json()["AvailableRoles"] == ["PriceScheduleAdmin", "PriceScheduleReader"]


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer x.y.z", "Bearer é", "Basic c2VsbGVyOnNlY3JldA=="],
    ids=["none", "empty", "no token", "not ASCII", "another scheme"],
)
def test_a_call_without_a_good_token_is_unauthorised(sandbox: SandboxProcess, authorization: str | None) -> None:
    headers = {"Authorization": authorization.encode()} if authorization else {}
    answer = httpx.get(f"{sandbox.api}/v1/products", headers=headers, verify=NO_TLS)
    assert errors(answer) == (401, [("InvalidToken", None)])
    assert answer.json()["Errors"][0]["Message"] == "Access token is invalid or expired."


def test_a_token_of_another_key_is_refused(sandbox: SandboxProcess, tmp_path: Path) -> None:
    with running(tmp_path / "state") as other:
        foreign = token_answer(other, "seller").json()["access_token"]
    answer = httpx.get(f"{sandbox.api}/v1/me", headers={"Authorization": f"Bearer {foreign}"}, verify=NO_TLS)
    assert errors(answer) == (401, [("InvalidToken", None)])


def test_an_expired_token_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "state", "--token-seconds", "0") as sandbox, signed_in(sandbox, "seller") as client:
        assert errors(client.get("/products")) == (401, [("InvalidToken", None)])
        journal = control(sandbox, "GET", "/journal")["Items"]
        assert [(call["client_id"], call["status"]) for call in journal] == [
            ("SELLER-CLIENT", 200),
            ("SELLER-CLIENT", 401),
        ]


def test_revoked_tokens_are_refused_and_new_ones_are_not(sandbox: SandboxProcess) -> None:
    with signed_in(sandbox, "seller") as client:
        control(sandbox, "POST", "/faults", [{"kind": "revoke_tokens", "times": 1}])
        assert errors(client.get("/me")) == (401, [("Auth.TokenRevoked", None)])
        assert errors(client.get("/me")) == (401, [("Auth.TokenRevoked", None)])
    with signed_in(sandbox, "seller") as client:
        assert client.get("/me").status_code == 200


def test_after_a_rotation_new_tokens_have_the_new_key_and_old_ones_stay_good(sandbox: SandboxProcess) -> None:
    with signed_in(sandbox, "seller") as client:
        kid = control(sandbox, "POST", "/keys/rotate")["kid"]
        assert client.get("/me").status_code == 200
    token = token_answer(sandbox, "seller").json()["access_token"]
    assert jwt.get_unverified_header(token)["kid"] == kid
    jwt.decode(token, certificate(sandbox, kid), algorithms=["RS256"], audience=sandbox.api)


@pytest.mark.parametrize(
    ("name", "method", "path", "status"),
    [
        ("reader", "GET", "/products", 200),
        ("reader", "POST", "/products", 403),
        ("reader", "GET", "/priceschedules", 403),
        ("pricing", "GET", "/priceschedules", 200),
        ("pricing", "GET", "/products", 403),
        ("seller", "GET", "/products", 200),
        ("reader", "GET", "/catalogs", 403),
        ("seller", "GET", "/catalogs", 200),
    ],
)
def test_an_operation_takes_one_of_its_roles(
    sandbox: SandboxProcess, name: str, method: str, path: str, status: int
) -> None:
    with signed_in(sandbox, name) as client:
        answer = client.request(method, path)
    assert answer.status_code == status
    if status == 403:
        assert [one["ErrorCode"] for one in answer.json()["Errors"]] == ["Auth.InsufficientRoles"]


@pytest.mark.parametrize(
    ("name", "company"),
    [
        ("seller", {"Seller": {"ID": "SANDBOX"}, "Supplier": None, "Buyer": None}),
        ("acme", {"Seller": None, "Supplier": {"ID": "Acme"}, "Buyer": None}),
        ("shopper", {"Seller": None, "Supplier": None, "Buyer": {"ID": "Shop", "DefaultCatalogID": "Shop"}}),
    ],
)
def test_me_is_the_caller_with_its_company(
    sandbox: SandboxProcess, name: str, company: dict[str, dict[str, str] | None]
) -> None:
    with signed_in(sandbox, name) as client:
        me = client.get("/me").json()
    assert {key: me[key] for key in company} == company
    assert (me["ID"], me["Username"], me["Active"]) == (f"{name}-user", name, True)
    assert "Password" not in me


def test_an_inactive_user_is_shown_as_such_and_may_do_nothing_else(sandbox: SandboxProcess) -> None:
    with signed_in(sandbox, "seller") as client:
        control(sandbox, "PATCH", "/clients/SELLER-CLIENT", {"Active": False})
        assert client.get("/me").json()["Active"] is False
        assert errors(client.get("/products")) == (401, [("Auth.UserNotActive", None)])
        assert errors(token_answer(sandbox, "seller")) == (401, [("Auth.UserNotActive", None)])
        control(sandbox, "PATCH", "/clients/seller-client", {"Active": True})
        assert client.get("/products").status_code == 200


def test_an_inactive_client_and_a_new_secret_are_felt_at_once(sandbox: SandboxProcess) -> None:
    control(sandbox, "PATCH", "/clients/GLOBEX-CLIENT", {"client_secret": "new"})
    assert token_answer(sandbox, "globex").status_code == 401
    with signed_in(sandbox, "globex", client_secret="new") as client:
        control(sandbox, "PATCH", "/clients/GLOBEX-CLIENT", {"ClientActive": False})
        assert errors(client.get("/products")) == (401, [("Auth.ClientNotActive", None)])
    assert "secret" not in json.dumps(control(sandbox, "PATCH", "/clients/GLOBEX-CLIENT", {"roles": []}))
