import asyncio
import base64
import gc
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from ordercloud_fakes import API, START, FakeClock, refused

from ordercloud import (
    Caller,
    ConnectionFailedError,
    InvalidTokenError,
    OrderCloudError,
    ProtocolError,
    Reason,
    ThrottledError,
    TokenVerifier,
    UnavailableError,
    connection_pool,
)

NOW = int(START.timestamp())
USER = {"ID": "U1", "Active": True, "AvailableRoles": ["ProductAdmin"], "Supplier": None, "Buyer": None}
CLAIMS = {
    "usr": "ann",
    "cid": "C1D",
    "u": "123",
    "usrtype": "admin",
    "role": ["ProductReader", "OrchestrationOperator"],
    "iss": "https://auth.example.com",
    "aud": API,
    "nbf": NOW - 10,
    "exp": NOW + 3600,
}


@cache
def private_key(name: str = "theirs") -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def jwk(name: str = "theirs") -> dict[str, Any]:
    return dict(jwt.algorithms.RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True))


def token(*, key: str = "theirs", header: dict[str, Any] | None = None, **claims: Any) -> str:
    """Return a token with these claims in place of the usual ones; a claim that is `...` is left out."""
    payload = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not ...}
    return jwt.encode(payload, private_key(key), "RS256", {"kid": "K1", **(header or {})})


def segment(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unsigned(header: dict[str, Any], signature: bytes = b"") -> str:
    return f"{segment(header)}.{segment(CLAIMS)}.{segment(signature)}"


def signed_with_the_public_key() -> str:
    """Return a token whose HMAC secret is the public key, which everybody has."""
    pem = private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{segment({'alg': 'HS256', 'typ': 'JWT', 'kid': 'K1'})}.{segment(CLAIMS)}"
    return f"{text}.{segment(hmac.new(pem, text.encode(), hashlib.sha256).digest())}"


class FakeHost:
    """OrderCloud's keys and `/v1/me`; any answer can be set, and all that is asked is kept."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"K1": jwk()}
        self.me: httpx.Response | type[Exception] = httpx.Response(200, json=USER)
        self.certs: httpx.Response | type[Exception] | None = None
        self.asked: list[str] = []
        self.clock = FakeClock()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url).removeprefix(API))
        if request.url.path == "/v1/me":
            step = self.me
        else:
            known = self.keys.get(request.url.path.removeprefix("/oauth/certs/"))
            step = self.certs or (httpx.Response(200, json=known) if known else refused(404, "NotFound"))
        if isinstance(step, type):
            raise step("as told")
        return step

    def verifier(self) -> TokenVerifier:
        pool = connection_pool(transport=httpx.MockTransport(self))
        return TokenVerifier(API, pool, clock=self.clock, between=lambda low, _: low)


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


async def reason(host: FakeHost, text: str) -> Reason | str:
    with pytest.raises(InvalidTokenError) as raised:
        await host.verifier().verify(text)
    return raised.value.reason


async def test_a_good_token_tells_who_calls(host):
    host.me = httpx.Response(200, json={**USER, "Supplier": {"ID": "S1"}})
    assert await host.verifier().verify(token(usrtype="supplier")) == Caller(
        client_id="C1D",
        username="ann",
        user_id="U1",
        user_type="supplier",
        roles=frozenset({"ProductReader", "OrchestrationOperator"}),
        expires_at=datetime(2026, 1, 1, 13, tzinfo=UTC),
        supplier_id="S1",
        buyer_id=None,
    )
    assert host.asked == ["/oauth/certs/K1", "/v1/me"]


@pytest.mark.parametrize(
    ("claims", "user", "expected"),
    [
        ({"role": "ProductAdmin"}, {}, {"roles": frozenset({"ProductAdmin"})}),
        ({"role": ...}, {}, {"roles": frozenset()}),
        ({"role": [1, None, "A"]}, {"AvailableRoles": ["B"]}, {"roles": frozenset({"A"})}),
        ({"usrtype": "buyer"}, {"Buyer": {"ID": "B1"}}, {"user_type": "buyer", "buyer_id": "B1"}),
        ({"usr": ...}, {}, {"username": ""}),
    ],
    ids=["bare-role", "no-roles", "odd-roles", "buyer", "no-name"],
)
async def test_odd_but_honest_claims_are_read(host, claims, user, expected):
    host.me = httpx.Response(200, json={**USER, **user})
    caller = await host.verifier().verify(token(**claims))
    assert {name: getattr(caller, name) for name in expected} == expected


REFUSED_UNSEEN = {
    "empty": ("", Reason.MALFORMED),
    "no-token": ("abc", Reason.MALFORMED),
    "not-ascii": ("é.é.é", Reason.MALFORMED),
    "header-no-json": (f"{segment(b'no')}.{segment(CLAIMS)}.x", Reason.MALFORMED),
    "header-too-deep": (f"{segment(b'[' * 5000)}.{segment(CLAIMS)}.x", Reason.MALFORMED),
    "header-no-object": (f"{segment([])}.{segment(CLAIMS)}.x", Reason.MALFORMED),
    "huge": ("a" * 10_000_000, Reason.TOO_LONG),
    "alg-none": (unsigned({"alg": "none", "kid": "K1"}), Reason.ALGORITHM),
    "alg-missing": (unsigned({"kid": "K1"}), Reason.ALGORITHM),
    "alg-lower-case": (unsigned({"alg": "rs256", "kid": "K1"}), Reason.ALGORITHM),
    "alg-list": (unsigned({"alg": ["RS256"], "kid": "K1"}), Reason.ALGORITHM),
    "alg-of-another-family": (unsigned({"alg": "PS256", "kid": "K1"}), Reason.ALGORITHM),
    "alg-twice": (
        unsigned({}).replace(segment({}), segment(b'{"alg":"RS256","alg":"none","kid":"K1"}')),
        Reason.ALGORITHM,
    ),
    "four-parts": (f"{unsigned({'alg': 'RS256', 'kid': 'K1'})}.x", Reason.MALFORMED),
    "encrypted": (f"{segment({'alg': 'RSA-OAEP', 'enc': 'A256GCM', 'kid': 'K1'})}.a.b.c.d", Reason.MALFORMED),
    "to-be-understood": (unsigned({"alg": "RS256", "kid": "K1", "crit": ["url"], "url": "a"}), Reason.MALFORMED),
    "not-canonical": (f"{unsigned({'alg': 'RS256', 'kid': 'K1'})}=", Reason.MALFORMED),
    "kid-missing": (unsigned({"alg": "RS256"}), Reason.KEY_ID),
    "kid-null": (unsigned({"alg": "RS256", "kid": None}), Reason.MALFORMED),
    "kid-number": (unsigned({"alg": "RS256", "kid": 1}), Reason.MALFORMED),
    "kid-empty": (unsigned({"alg": "RS256", "kid": ""}), Reason.KEY_ID),
    "kid-traversal": (unsigned({"alg": "RS256", "kid": "../../v1/me"}), Reason.KEY_ID),
    "kid-dots": (unsigned({"alg": "RS256", "kid": ".."}), Reason.KEY_ID),
    "kid-encoded": (unsigned({"alg": "RS256", "kid": "%2e%2e"}), Reason.KEY_ID),
    "kid-url": (unsigned({"alg": "RS256", "kid": "https://mine.example.com/"}), Reason.KEY_ID),
    "kid-host": (unsigned({"alg": "RS256", "kid": "@mine.example.com"}), Reason.KEY_ID),
    "kid-backslash": (unsigned({"alg": "RS256", "kid": "..\\me"}), Reason.KEY_ID),
    "kid-nul": (unsigned({"alg": "RS256", "kid": "K1\0"}), Reason.KEY_ID),
    "kid-other-letters": (unsigned({"alg": "RS256", "kid": "\u041a1"}), Reason.KEY_ID),
    "kid-list": (unsigned({"alg": "RS256", "kid": ["K1"]}), Reason.MALFORMED),
    "kid-query": (unsigned({"alg": "RS256", "kid": "K1?x"}), Reason.KEY_ID),
    "kid-newline": (unsigned({"alg": "RS256", "kid": "K1\n"}), Reason.KEY_ID),
    "kid-long": (unsigned({"alg": "RS256", "kid": "K" * 101}), Reason.KEY_ID),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED_UNSEEN.values(), ids=REFUSED_UNSEEN.keys())
async def test_what_is_no_token_of_ordercloud_s_is_refused_without_a_request(host, text, expected):
    assert (await reason(host, text), host.asked) == (expected, [])


async def test_an_hmac_made_with_the_public_key_is_no_signature(host):
    assert (await reason(host, signed_with_the_public_key()), host.asked) == (Reason.ALGORITHM, [])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lambda: token(key="mine"), id="signed-with-another-key"),
        pytest.param(lambda: unsigned({"alg": "RS256", "kid": "K1"}), id="without-a-signature"),
        pytest.param(lambda: unsigned({"alg": "RS256", "kid": "K1"}, b"\0" * 256), id="with-zeros"),
        pytest.param(
            lambda: ".".join([*token().split(".")[:1], segment({**CLAIMS, "cid": "X"}), token().split(".")[2]]),
            id="with-other-claims",
        ),
        pytest.param(lambda: token(key="mine", header={"jwk": jwk("mine")}), id="bringing-its-own-key"),
        pytest.param(
            lambda: token(key="mine", header={"jku": "https://mine.example.com/", "x5u": "https://mine.example.com/"}),
            id="naming-where-its-key-is",
        ),
        pytest.param(
            lambda: token(key="mine", iss="https://mine.example.com", aud="https://mine.example.com"),
            id="naming-another-host",
        ),
    ],
)
async def test_only_a_signature_by_the_configured_host_s_key_counts_and_no_other_host_is_asked(host, text):
    assert (await reason(host, text()), host.asked) == (Reason.SIGNATURE, ["/oauth/certs/K1"])


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"exp": NOW - 30}, Reason.EXPIRED),
        ({"nbf": NOW + 31}, Reason.NOT_YET_VALID),
        ({"exp": ...}, Reason.MALFORMED),
        ({"exp": True}, Reason.MALFORMED),
        ({"exp": str(NOW + 60)}, Reason.MALFORMED),
        ({"exp": 1e300}, Reason.MALFORMED),
        ({"nbf": None}, Reason.MALFORMED),
        ({"aud": "https://useast-sandbox.example.com"}, Reason.OTHER_ENVIRONMENT),
        ({"aud": "http://api.example.com"}, Reason.OTHER_ENVIRONMENT),
        ({"aud": "https://api.example.com.evil.example"}, Reason.OTHER_ENVIRONMENT),
        ({"aud": "https://api.example.com:8443"}, Reason.OTHER_ENVIRONMENT),
        ({"aud": "https://api.example.com:port"}, Reason.OTHER_ENVIRONMENT),
        ({"aud": ""}, Reason.OTHER_ENVIRONMENT),
        ({"aud": {}}, Reason.OTHER_ENVIRONMENT),
        ({"aud": ["https://other.example.com"]}, Reason.OTHER_ENVIRONMENT),
        ({"cid": ...}, Reason.NO_CLIENT),
        ({"cid": ""}, Reason.NO_CLIENT),
        ({"cid": ["C1D"]}, Reason.NO_CLIENT),
    ],
    ids=str,
)
async def test_claims_that_do_not_hold_are_refused_before_the_user_is_asked_for(host, claims, expected):
    assert (await reason(host, token(**claims)), host.asked) == (expected, ["/oauth/certs/K1"])


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 29},
        {"nbf": NOW + 30},
        {"nbf": ...},
        {"aud": ...},
        {"aud": "HTTPS://API.Example.com:443/"},
        {"aud": ["https://other.example.com", API]},
        {"iss": ...},
    ],
    ids=str,
)
async def test_clocks_may_differ_a_little_and_urls_may_be_written_otherwise(host, claims):
    assert (await host.verifier().verify(token(**claims))).client_id == "C1D"


@pytest.mark.parametrize(
    ("me", "expected"),
    [
        (httpx.Response(200, json={**USER, "Active": False}), Reason.INACTIVE),
        (httpx.Response(200, json={"ID": "U1"}), Reason.INACTIVE),
        (httpx.Response(200, json={**USER, "Active": "true"}), Reason.INACTIVE),
        (refused(401), Reason.REJECTED),
        (refused(403), Reason.REJECTED),
        (refused(404), Reason.REJECTED),
    ],
    ids=["inactive", "not-said", "odd", "401", "403", "404"],
)
async def test_a_user_who_is_not_active_is_refused_and_not_asked_for_again_at_once(host, me, expected):
    host.me = me
    verifier, good = host.verifier(), token()
    for _ in range(3):
        with pytest.raises(InvalidTokenError) as raised:
            await verifier.verify(good)
        assert raised.value.reason == expected
    assert host.asked.count("/v1/me") == 1
    host.me = httpx.Response(200, json=USER)
    host.clock.seconds += 30
    assert (await verifier.verify(good)).user_id == "U1"


UNREACHABLE = [
    pytest.param(httpx.ConnectError, ConnectionFailedError, id="no-connection"),
    pytest.param(refused(429), ThrottledError, id="429"),
    pytest.param(refused(500), UnavailableError, id="500"),
    pytest.param(httpx.Response(302), ProtocolError, id="302"),
    pytest.param(httpx.Response(200, json=[]), ProtocolError, id="odd"),
    pytest.param(httpx.Response(200, json={"kty": "oct", "k": "c2VjcmV0"}), ProtocolError, id="not-an-rsa-key"),
    pytest.param(httpx.Response(200, content=b"<html>"), OrderCloudError, id="html"),
    pytest.param(httpx.Response(200, content=b" " * 2**21), OrderCloudError, id="too-large"),
]


@pytest.mark.parametrize("part", ["certs", "me"])
@pytest.mark.parametrize(("step", "kind"), UNREACHABLE)
async def test_when_ordercloud_cannot_tell_the_token_is_neither_good_nor_bad(host, part, step, kind):
    good, verifier = token(), host.verifier()
    setattr(host, part, step)
    with pytest.raises(kind):
        await verifier.verify(good)
    host.certs, host.me = None, httpx.Response(200, json=USER)
    assert (await verifier.verify(good)).client_id == "C1D"


async def test_a_passing_fault_is_tried_again(host):
    steps = iter([httpx.ReadError, httpx.Response(200, json=USER)])

    class OnceLost(FakeHost):
        async def __call__(self, request):
            if request.url.path == "/v1/me":
                self.me = next(steps)
            return await super().__call__(request)

    host = OnceLost()
    assert (await host.verifier().verify(token())).user_id == "U1"
    assert host.asked == ["/oauth/certs/K1", "/v1/me", "/v1/me"]


async def test_a_verified_token_is_remembered_for_five_minutes_and_its_key_longer(host):
    verifier, good = host.verifier(), token()
    for step in (0, 299, 1):
        host.clock.seconds += step
        await verifier.verify(good)
    assert host.asked == ["/oauth/certs/K1", "/v1/me", "/v1/me"]


async def test_a_remembered_token_expires_all_the_same(host):
    verifier, short = host.verifier(), token(exp=NOW + 60)
    await verifier.verify(short)
    host.clock.seconds += 90
    with pytest.raises(InvalidTokenError, match=Reason.EXPIRED):
        await verifier.verify(short)


async def test_a_remembered_token_with_another_signature_is_another_token(host):
    verifier, good = host.verifier(), token()
    await verifier.verify(good)
    with pytest.raises(InvalidTokenError, match=Reason.SIGNATURE):
        await verifier.verify(good.rpartition(".")[0] + "." + segment(b"\0" * 256))


async def test_one_token_seen_many_times_at_once_is_asked_about_once(host):
    verifier, good = host.verifier(), token()
    callers = await asyncio.gather(*(verifier.verify(good) for _ in range(50)))
    assert (len(set(callers)), host.asked) == (1, ["/oauth/certs/K1", "/v1/me"])


def reachable(start: object) -> list[Any]:
    """Return all that an object holds, directly or not, code and classes aside."""
    found, seen = [start], {id(start)}
    for each in found:
        for held in gc.get_referents(each):
            if id(held) not in seen and not isinstance(
                held, type | ModuleType | FunctionType | asyncio.AbstractEventLoop
            ):
                seen.add(id(held))
                found.append(held)
    return found


async def test_no_token_is_kept(host):
    verifier, good = host.verifier(), token()
    await verifier.verify(good)
    host.me = httpx.ReadError  # httpx gave the answer, which is the test's own, its request
    texts = [each for each in reachable(verifier) if isinstance(each, str | bytes)]
    assert hashlib.sha256(good.encode()).digest() in texts
    assert [text for text in texts if text in (good, good.encode(), f"Bearer {good}", f"Bearer {good}".encode())] == []


def invented(number: int) -> str:
    return token(key="mine", header={"kid": f"invented-{number}"})


async def test_a_key_that_ordercloud_does_not_know_is_not_asked_for_again_for_a_minute(host):
    verifier, asked = host.verifier(), []
    for step in (0, 59, 1):
        host.clock.seconds += step
        with pytest.raises(InvalidTokenError, match=Reason.UNKNOWN_KEY):
            await verifier.verify(invented(1))
        asked.append(len(host.asked))
    assert asked == [1, 1, 2]


async def test_a_flood_of_invented_keys_reaches_ordercloud_ten_times_a_minute_and_hinders_no_known_key(host):
    verifier = host.verifier()
    await verifier.verify(token())
    host.asked.clear()
    outcomes = []
    for number in range(200):
        with pytest.raises((InvalidTokenError, ThrottledError)) as raised:
            await verifier.verify(invented(number))
        outcomes.append(raised.type)
    assert outcomes == [InvalidTokenError] * 9 + [ThrottledError] * 191
    assert len(host.asked) == 9
    await verifier.verify(token(usr="another"))
    assert host.asked[9:] == ["/v1/me"]
    host.clock.seconds += timedelta(minutes=1).total_seconds()
    with pytest.raises(InvalidTokenError, match=Reason.UNKNOWN_KEY):
        await verifier.verify(invented(200))
