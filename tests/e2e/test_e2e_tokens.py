"""What a token or a header names is compared and never followed, and a token counts in one place alone."""

import json
import socket
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from e2e_mint import Mint
from e2e_world import Json, World, errors_of, nothing_is_stored

PRODUCT = "/orchestration/product"


@pytest.fixture(scope="module")
def mint(world: World, tmp_path_factory: pytest.TempPathFactory) -> Mint:
    return Mint(world, tmp_path_factory.mktemp("mint"))


class Elsewhere:
    """A host that nobody has any business with; it notices whoever connects."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.authority = f"127.0.0.1:{listener.getsockname()[1]}"
        self.url = f"http://{self.authority}"

    def was_asked(self) -> bool:
        """Tell whether a connection waits: the kernel has taken it, whether it was accepted or not."""
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Elsewhere(listener)


def test_the_host_elsewhere_would_notice(elsewhere: Elsewhere) -> None:
    assert not elsewhere.was_asked()
    host, _, port = elsewhere.authority.partition(":")
    socket.create_connection((host, int(port))).close()
    assert elsewhere.was_asked()


def _own_key(mint: Mint) -> Json:
    public: Json = jwt.algorithms.RSAAlgorithm.to_jwk(mint.stranger.public_key(), as_dict=True)
    return public


NAMING: dict[str, tuple[str, Callable[[Mint, Elsewhere], str]]] = {
    "where its key is": ("signature", lambda mint, at: mint.token(mint.stranger, {"jku": at.url, "x5u": at.url})),
    "its key itself": ("signature", lambda mint, _: mint.token(mint.stranger, {"jwk": _own_key(mint)})),
    "another host, by a good key": ("rejected", lambda mint, at: mint.token(header={"jku": at.url}, jti="another")),
    "a URL as its key id": ("key-id", lambda mint, at: mint.token(header={"kid": at.url})),
    "a host as its key id": ("key-id", lambda mint, at: mint.token(header={"kid": f"//{at.authority}/"})),
    "a user at a host as its key id": ("key-id", lambda mint, at: mint.token(header={"kid": f"@{at.authority}"})),
    "another issuer": ("rejected", lambda mint, at: mint.token(iss=at.url, jti="another")),
    "another audience": ("other-environment", lambda mint, at: mint.token(aud=at.url)),
    "a client that is a URL": ("rejected", lambda mint, at: mint.token(cid=f"{at.url}/", jti="another")),
    "a client that is a path": ("rejected", lambda mint, _: mint.token(cid="../queue/a", jti="another")),
    "headers to be understood": ("malformed", lambda mint, _: mint.token(header={"crit": ["url"], "url": "a"})),
    "a payload outside": ("signature", lambda mint, _: mint.token(header={"b64": False, "crit": ["b64"]})),
}  # fmt: skip


@pytest.mark.parametrize(("reason", "forge"), NAMING.values(), ids=NAMING)
def test_no_host_that_a_token_names_is_asked(
    world: World, key: str, mint: Mint, elsewhere: Elsewhere, reason: str, forge: Callable[[Mint, Elsewhere], str]
) -> None:
    headers = {"Authorization": f"Bearer {forge(mint, elsewhere)}"}
    answer = world.api(None).post(PRODUCT, json={"ID": key, "Name": "n"}, headers=headers)
    assert not elsewhere.was_asked()
    assert errors_of(answer) == (401, [("InvalidToken", {"Reason": reason})])
    nothing_is_stored(world, key)


def test_no_host_that_a_header_or_a_record_names_is_asked(world: World, key: str, elsewhere: Elsewhere) -> None:
    named = {"Host": elsewhere.authority, "X-Forwarded-Host": elsewhere.authority, "Forwarded": f"host={elsewhere.url}"}
    xp = {"Images": [{"Url": f"{elsewhere.url}/image.png"}], "Tracking": elsewhere.url}
    answer = world.api().post(PRODUCT, json={"ID": key, "Name": "n", "xp": xp}, headers=named)
    assert answer.status_code == 202
    version = answer.json()["Items"][0]["Version"]
    assert world.outcome("product", key, version)["State"] == "applied"
    assert not elsewhere.was_asked()


def given(name: str, value: str) -> Callable[[str], list[tuple[str, str]]]:
    """Return headers that carry a token in a place of its own."""
    return lambda token: [(name, value.format(token))]


CARRIED: dict[str, Callable[[str], list[tuple[str, str]]]] = {
    "twice": lambda token: [("Authorization", f"Bearer {token}")] * 2,
    "after a bad one": lambda token: [("Authorization", "Bearer a.b.c"), ("Authorization", f"Bearer {token}")],
    "before a bad one": lambda token: [("Authorization", f"Bearer {token}"), ("Authorization", "Basic YTpi")],
    "with a comma": given("Authorization", "Bearer {},"),
    "under no scheme": given("Authorization", "{}"),
    "under another scheme": given("Authorization", "Token {}"),
    "in a cookie": given("Cookie", "access_token={}"),
    "in another header": given("X-Authorization", "Bearer {}"),
    "for a proxy": given("Proxy-Authorization", "Bearer {}"),
}


@pytest.mark.parametrize("carried", CARRIED.values(), ids=CARRIED)
def test_a_good_token_in_any_other_way_is_none(world: World, key: str, carried: Callable[[str], Any]) -> None:
    headers = carried(world.new_token("seller"))
    answer = world.api(None).post(PRODUCT, json={"ID": key, "Name": "n"}, headers=headers)
    assert errors_of(answer) == (401, [("InvalidToken", None)])
    nothing_is_stored(world, key)


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization", "code"])
def test_a_good_token_in_the_query_or_the_body_is_none(world: World, key: str, name: str) -> None:
    token = world.new_token("seller")
    answer = world.api(None).post(PRODUCT, params={name: token}, json={"ID": key, "Name": "n", name: token})
    assert errors_of(answer) == (401, [("InvalidToken", None)])
    nothing_is_stored(world, key)


def test_a_token_that_is_nearly_as_long_as_the_headers_may_be_is_refused_unread(world: World) -> None:
    answer = world.api(None).get(f"{PRODUCT}/a", headers={"Authorization": "Bearer " + "a" * 60_000})
    assert errors_of(answer) == (401, [("InvalidToken", {"Reason": "too-long"})])


PROFILES: dict[str, Callable[[Json], bytes | None]] = {
    "unknown": lambda _: None,
    "of another marketplace": lambda profile: json.dumps({**profile, "Marketplace": "elsewhere"}).encode(),
    "with a profile that is wrong": lambda profile: json.dumps({**profile, "Colour": "red"}).encode(),
    "with a profile that is no JSON": lambda _: b"no JSON",
}


def test_an_operator_learns_nothing_of_what_there_is_in_other_marketplaces(world: World, key: str) -> None:
    seller = f"{world.credentials('seller')['client_id'].lower()}.json"
    own: Json = json.loads(world.container("profiles").download_blob(seller).readall())
    answers = {}
    for name, profile in PROFILES.items():
        client = str(uuid.uuid4())
        if content := profile({**own, "ClientID": client}):
            world.container("profiles").upload_blob(f"{client}.json", content)
        asked = world.api("operator").get(f"{PRODUCT}/{key}", params={"client": client})
        assert errors_of(asked) == (403, [("NoIntegrationProfile", None)])
        answers[name] = asked.text
    assert set(answers.values()) == {answers["unknown"]}
