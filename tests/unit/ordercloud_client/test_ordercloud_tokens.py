import asyncio

import httpx
import pytest
from ordercloud_fakes import API, AUTH, CREDENTIALS, FakeClock, FakeOrderCloud, refused, token_answer

from ordercloud import (
    ApiError,
    AuthenticationError,
    ConnectionFailedError,
    Credentials,
    DeadlineExceededError,
    OrderCloudError,
    ProtocolError,
    ResponseNotJsonError,
    ResponseTooLargeError,
    ThrottledError,
    UnavailableError,
)
from ordercloud.tokens import TokenSource


def source(ordercloud: FakeOrderCloud, clock: FakeClock | None = None, credentials: Credentials = CREDENTIALS):
    return TokenSource(credentials, ordercloud.pool(), clock or FakeClock())


async def test_a_token_is_asked_for_by_client_credentials_at_the_auth_url():
    ordercloud = FakeOrderCloud()
    assert await source(ordercloud).token() == "T1"
    (call,) = ordercloud.token_calls
    assert (call.method, str(call.url)) == ("POST", f"{AUTH}/oauth/token")
    assert call.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert call.content == (
        b"grant_type=client_credentials&client_id=CLIENT&client_secret=s3cret%2Fof%2Bthe.client"
        b"&scope=ProductAdmin+PriceScheduleAdmin"
    )


async def test_without_roles_no_scope_is_asked_for():
    ordercloud = FakeOrderCloud()
    await source(ordercloud, credentials=Credentials(API, f"{AUTH}/", "CLIENT", "S")).token()
    assert str(ordercloud.token_calls[0].url) == f"{AUTH}/oauth/token"
    assert b"scope" not in ordercloud.token_calls[0].content


async def test_fifty_callers_share_one_request():
    ordercloud = FakeOrderCloud()
    tokens = source(ordercloud)
    assert await asyncio.gather(*(tokens.token() for _ in range(50))) == ["T1"] * 50
    assert len(ordercloud.token_calls) == 1


@pytest.mark.parametrize(
    ("fields", "kept"),
    [({"expires_in": 600}, 570), ({"expires_in": None}, 570), ({"expires_in": "soon"}, 570), ({"expires_in": 100}, 70)],
    ids=str,
)
async def test_a_token_is_kept_until_thirty_seconds_before_it_expires(fields, kept):
    clock, ordercloud = FakeClock(), FakeOrderCloud()

    async def slow(request):
        clock.seconds += 20
        return token_answer(f"T{len(ordercloud.token_calls)}", **fields)

    ordercloud.token_steps = [slow]
    tokens = source(ordercloud, clock)
    seen = [await tokens.token()]
    for step in (kept - 20 - 0.5, 0.5):  # the request took twenty of its seconds
        clock.seconds += step
        seen.append(await tokens.token())
    assert seen == ["T1", "T1", "T2"]


async def test_a_token_that_lives_for_less_than_the_margin_serves_those_who_waited_for_it():
    ordercloud = FakeOrderCloud()
    ordercloud.token_steps = [token_answer("T1", expires_in=10)]
    tokens = source(ordercloud)
    assert await asyncio.gather(tokens.token(), tokens.token()) == ["T1", "T1"]
    await tokens.token()
    assert len(ordercloud.token_calls) == 2


async def test_an_old_token_does_not_invalidate_the_one_that_took_its_place():
    ordercloud = FakeOrderCloud()
    tokens = source(ordercloud)
    tokens.invalidate(await tokens.token())
    assert await tokens.token() == "T2"
    tokens.invalidate("T1")
    assert await tokens.token() == "T2"


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (httpx.Response(400, json={"error": "invalid_client"}), AuthenticationError),
        (refused(401, "Auth.LockedOut"), AuthenticationError),
        (refused(403), AuthenticationError),
        (refused(404), AuthenticationError),
        (refused(409, "IdExists"), AuthenticationError),
        (refused(408), UnavailableError),
        (refused(429, **{"Retry-After": "9"}), ThrottledError),
        (refused(500), UnavailableError),
        (httpx.Response(302), ProtocolError),
        (httpx.Response(200, content=b"<html>"), ResponseNotJsonError),
        (httpx.Response(200, content=b"x" * 100_000), ResponseTooLargeError),
        (httpx.Response(200, json={}), ProtocolError),
        (httpx.Response(200, json=[]), ProtocolError),
        (httpx.Response(204), ProtocolError),
        (token_answer(""), ProtocolError),
        (token_answer("T\r\nX: y"), ProtocolError),
        (httpx.ConnectError, ConnectionFailedError),
        (httpx.ReadTimeout, DeadlineExceededError),
    ],
)
async def test_only_a_refusal_is_a_failed_authentication(step, kind):
    ordercloud = FakeOrderCloud()
    ordercloud.token_steps = [step]
    with pytest.raises(OrderCloudError) as raised:
        await source(ordercloud).token()
    assert (type(raised.value), raised.value.outcome_unknown) == (kind, False)
    assert (raised.value.method, raised.value.path) == ("POST", "/oauth/token")


async def test_a_refusal_says_what_the_token_endpoint_said():
    ordercloud = FakeOrderCloud()
    said = {"error": "invalid_grant", "error_description": "No such client."}
    ordercloud.token_steps = [httpx.Response(400, json=said)]
    with pytest.raises(AuthenticationError) as raised:
        await source(ordercloud).token()
    assert (raised.value.status, raised.value.errors) == (400, (ApiError("invalid_grant", "No such client."),))
