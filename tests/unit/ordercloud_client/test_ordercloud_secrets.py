import traceback

import httpx
import pytest
from ordercloud_fakes import CREDENTIALS, SECRET, FakeClock, FakeOrderCloud, client, refused, token_answer

from ordercloud import OrderCloudError
from ordercloud.tokens import TokenSource, _request

TOKEN = "eyJ.the-access.token"


async def echo(request: httpx.Request) -> httpx.Response:
    seen = f"{request.headers.get('Authorization')} {SECRET if b'client_secret' in request.content else ''}"
    return refused(400, seen, data={"Headers": [seen]})


async def echo_html(request: httpx.Request) -> httpx.Response:
    return httpx.Response(502, content=f"<html>{request.headers.get('Authorization')}{SECRET}</html>".encode())


STEPS = [echo, echo_html, refused(401), httpx.ReadTimeout, httpx.ConnectError]


async def failure(ordercloud: FakeOrderCloud) -> OrderCloudError:
    with pytest.raises(OrderCloudError) as raised:
        await client(ordercloud).send("PUT", "/v1/products/A", body={})
    return raised.value


def shown(error: OrderCloudError) -> str:
    return "".join([str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)])


@pytest.mark.parametrize("step", STEPS)
async def test_no_error_of_the_api_shows_the_token(step):
    ordercloud = FakeOrderCloud(step)
    ordercloud.token_steps = [token_answer(TOKEN)]
    assert TOKEN not in shown(await failure(ordercloud))
    assert TOKEN in ordercloud.tokens_used


@pytest.mark.parametrize("step", STEPS)
async def test_no_error_of_the_token_endpoint_shows_the_secret(step):
    ordercloud = FakeOrderCloud()
    ordercloud.token_steps = [step]
    assert SECRET not in shown(await failure(ordercloud))


async def test_a_token_that_cannot_be_sent_is_not_shown_either():
    ordercloud = FakeOrderCloud()
    ordercloud.token_steps = [token_answer(f"{TOKEN}\nmore")]
    assert TOKEN not in shown(await failure(ordercloud))


def test_what_holds_a_secret_does_not_show_it():
    holders = [CREDENTIALS, _request(CREDENTIALS), TokenSource(CREDENTIALS, FakeOrderCloud().pool(), FakeClock())]
    assert [text for holder in holders for text in (repr(holder), str(holder)) if "s3cret" in text] == []
    assert repr(CREDENTIALS).startswith("Credentials(api_url='https://api.example.com'")
