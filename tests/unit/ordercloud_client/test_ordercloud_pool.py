import httpx
from ordercloud_fakes import FakeOrderCloud

from ordercloud import connection_pool


async def test_the_environment_is_not_trusted():
    async with connection_pool() as pool:
        assert pool.trust_env is False


async def test_cookies_of_one_account_are_not_sent_for_another():
    ordercloud = FakeOrderCloud(httpx.Response(200, headers={"Set-Cookie": "session=1; Path=/"}))
    async with ordercloud.pool() as pool:
        for _ in range(2):
            await pool.get("https://api.example.com/v1/x")
    assert [call.headers.get("Cookie") for call in ordercloud.calls] == [None, None]


async def test_a_redirect_is_not_followed():
    ordercloud = FakeOrderCloud(httpx.Response(302, headers={"Location": "https://elsewhere.example.com/"}))
    async with ordercloud.pool() as pool:
        assert (await pool.get("https://api.example.com/v1/x")).status_code == 302
    assert len(ordercloud.calls) == 1


async def test_every_phase_of_a_request_has_a_timeout():
    async with connection_pool(connections=7) as pool:
        assert pool.timeout.as_dict() == {"connect": 5, "read": 20, "write": 20, "pool": 5}
