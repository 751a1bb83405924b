import asyncio
import json
from typing import Any

import httpx
import pytest
from ordercloud_fakes import FakeClock, FakeOrderCloud, Hanging, answer, client, refused, token_answer

from ordercloud import (
    ApiError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    DeadlineExceededError,
    IdExistsError,
    InsufficientRolesError,
    NotFoundError,
    OrderCloudError,
    ProtocolError,
    RefusedError,
    Response,
    ResponseNotJsonError,
    ResponseTooLargeError,
    RetryPolicy,
    ThrottledError,
    UnavailableError,
)

ALL_ATTEMPTS = RetryPolicy().attempts
IMPATIENT = RetryPolicy(attempt_seconds=0)


def html(status: int) -> httpx.Response:
    return httpx.Response(status, content=b"<html>Gateway</html>", headers={"Content-Type": "text/html"})


OUTCOMES = [
    # what came, the error it means, whether a PUT is repeated, and whether its outcome is unknown
    pytest.param(refused(400), RefusedError, False, False, id="400"),
    pytest.param(refused(401), AuthenticationError, None, False, id="401"),
    pytest.param(refused(403), InsufficientRolesError, False, False, id="403"),
    pytest.param(refused(404), NotFoundError, False, False, id="404"),
    pytest.param(refused(408), UnavailableError, True, True, id="408"),
    pytest.param(refused(409), ConflictError, False, False, id="409"),
    pytest.param(refused(409, "IdExists"), IdExistsError, False, False, id="409-IdExists"),
    pytest.param(refused(418), RefusedError, False, False, id="418"),
    pytest.param(refused(429), ThrottledError, True, False, id="429"),
    pytest.param(refused(500), UnavailableError, True, True, id="500"),
    pytest.param(refused(503), UnavailableError, True, True, id="503"),
    pytest.param(html(502), UnavailableError, True, True, id="502-html"),
    pytest.param(html(403), InsufficientRolesError, False, False, id="403-html"),
    pytest.param(httpx.Response(521), UnavailableError, True, True, id="521-empty"),
    pytest.param(httpx.Response(302, headers={"Location": "/"}), ProtocolError, True, True, id="302"),
    pytest.param(httpx.Response(600), ProtocolError, True, True, id="600"),
    pytest.param(html(200), ResponseNotJsonError, True, True, id="200-html"),
    pytest.param(httpx.Response(200, content=b"x" * 2000), ResponseTooLargeError, False, True, id="200-too-large"),
    pytest.param(httpx.Response(400, content=b"x" * 2000), RefusedError, False, False, id="400-too-large"),
    pytest.param(httpx.ConnectError, ConnectionFailedError, True, False, id="no-connection"),
    pytest.param(httpx.ConnectTimeout, DeadlineExceededError, True, False, id="connect-timeout"),
    pytest.param(httpx.PoolTimeout, DeadlineExceededError, True, False, id="pool-timeout"),
    pytest.param(httpx.ReadTimeout, DeadlineExceededError, True, True, id="read-timeout"),
    pytest.param(httpx.WriteTimeout, DeadlineExceededError, True, True, id="write-timeout"),
    pytest.param(httpx.ReadError, ConnectionFailedError, True, True, id="connection-lost"),
    pytest.param(httpx.RemoteProtocolError, ProtocolError, True, True, id="no-http"),
]


@pytest.mark.parametrize(("step", "kind", "repeated", "unknown"), OUTCOMES)
async def test_what_comes_back_for_a_put_decides_error_repetition_and_certainty(step, kind, repeated, unknown):
    ordercloud = FakeOrderCloud(step)
    with pytest.raises(OrderCloudError) as raised:
        await client(ordercloud, max_response_bytes=1000).send("PUT", "/v1/products/A", body={})
    assert (type(raised.value), raised.value.outcome_unknown) == (kind, unknown)
    # A refused token is renewed, which is a second request and no repetition.
    assert len(ordercloud.calls) == {True: ALL_ATTEMPTS, False: 1, None: 2}[repeated]


@pytest.mark.parametrize(("step", "kind", "repeated", "unknown"), OUTCOMES)
async def test_a_post_is_repeated_only_when_it_was_certainly_not_carried_out(step, kind, repeated, unknown):
    ordercloud = FakeOrderCloud(step)
    with pytest.raises(kind) as raised:
        await client(ordercloud, max_response_bytes=1000).send("POST", "/v1/products", body={})
    assert raised.value.outcome_unknown is unknown
    assert len(ordercloud.calls) == {True: 1 if unknown else ALL_ATTEMPTS, False: 1, None: 2}[repeated]


@pytest.mark.parametrize(("step", "kind", "repeated", "unknown"), OUTCOMES)
async def test_a_get_is_repeated_like_a_put_and_never_of_unknown_outcome(step, kind, repeated, unknown):
    ordercloud = FakeOrderCloud(step)
    with pytest.raises(kind) as raised:
        await client(ordercloud, max_response_bytes=1000).send("GET", "/v1/products/A")
    assert raised.value.outcome_unknown is False
    assert len(ordercloud.calls) == {True: ALL_ATTEMPTS, False: 1, None: 2}[repeated]


async def test_a_post_that_upserts_is_repeated_when_the_caller_says_so():
    ordercloud = FakeOrderCloud(httpx.ReadTimeout, httpx.Response(204))
    response = await client(ordercloud).send("POST", "/v1/products/assignments", body={}, idempotent=True)
    assert (response, len(ordercloud.calls)) == (Response(204, None, requests=2), 2)


async def test_a_put_that_the_caller_calls_unsafe_is_not_repeated_after_a_lost_answer():
    ordercloud = FakeOrderCloud(httpx.ReadTimeout)
    with pytest.raises(DeadlineExceededError):
        await client(ordercloud).send("PUT", "/v1/products/A", body={}, idempotent=False)
    assert len(ordercloud.calls) == 1


async def test_an_error_keeps_method_path_status_and_the_error_list():
    data = {"ObjectType": "Product", "ObjectID": "A"}
    with pytest.raises(NotFoundError) as raised:
        await client(FakeOrderCloud(refused(404, "NotFound", data))).send("GET", "/v1/products/A")
    error = raised.value
    assert (error.method, error.path, error.status) == ("GET", "/v1/products/A", 404)
    assert error.errors == (ApiError("NotFound", "Said so.", data),)
    assert (error.object_type, error.object_id) == ("Product", "A")
    assert str(error) == "GET /v1/products/A: answered 404 NotFound: Said so."


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (httpx.ReadTimeout, refused(400)),
        (refused(500), refused(409)),
        (httpx.ReadError, refused(404)),
        (refused(503), httpx.ConnectError("refused")),
        (html(200), refused(401)),
    ],
    ids=["lost-then-400", "500-then-409", "lost-then-404", "503-then-no-connection", "unreadable-then-401"],
)
async def test_an_unknown_outcome_is_not_forgotten_when_a_later_attempt_is_refused(first, second):
    with pytest.raises(OrderCloudError) as raised:
        await client(FakeOrderCloud(first, second)).send("PUT", "/v1/products/A", body={})
    assert raised.value.outcome_unknown
    assert not raised.value.__cause__.outcome_unknown  # what the last attempt says by itself


@pytest.mark.parametrize(
    ("steps", "requests"),
    [
        pytest.param([answer()], 1, id="at once"),
        pytest.param([refused(502), refused(502), answer()], 3, id="repeated"),
        pytest.param([refused(401), answer()], 2, id="token renewed"),
        pytest.param([refused(503), refused(401), answer()], 3, id="repeated and token renewed"),
        pytest.param([httpx.ReadTimeout, answer()], 2, id="answer lost"),
        pytest.param([httpx.ConnectError, answer()], 1, id="no connection at first"),
    ],
)
async def test_an_answer_says_how_many_requests_were_sent_for_it(steps, requests):
    response = await client(FakeOrderCloud(*steps)).send("GET", "/v1/products/A")
    assert response == Response(200, {"ID": "A"}, requests=requests)


@pytest.mark.parametrize(
    ("steps", "requests"),
    [
        pytest.param([refused(400)], 1, id="refused at once"),
        pytest.param([refused(503)], ALL_ATTEMPTS, id="every attempt failed"),
        pytest.param([httpx.ReadTimeout, refused(400)], 2, id="answer lost, then refused"),
        pytest.param([refused(401)], 2, id="refused with a new token as well"),
        pytest.param([html(200)], ALL_ATTEMPTS, id="unreadable"),
        pytest.param([httpx.ReadError], ALL_ATTEMPTS, id="connections cut"),
        pytest.param([httpx.ConnectError], 0, id="no connection"),
        pytest.param([refused(503), httpx.ConnectError], 1, id="no connection any more"),
    ],
)
async def test_an_error_says_how_many_requests_the_call_has_sent(steps, requests):
    with pytest.raises(OrderCloudError) as raised:
        await client(FakeOrderCloud(*steps)).send("PUT", "/v1/products/A", body={})
    assert raised.value.requests == requests


async def test_a_request_counts_when_its_new_token_is_refused_and_requests_for_tokens_do_not():
    ordercloud = FakeOrderCloud(refused(401))
    ordercloud.token_steps = [token_answer("T1"), refused(400, "invalid_client")]
    with pytest.raises(AuthenticationError) as raised:
        await client(ordercloud).send("PUT", "/v1/products/A", body={})
    assert (raised.value.requests, len(ordercloud.calls), len(ordercloud.token_calls)) == (1, 1, 2)


async def test_an_unknown_outcome_is_forgotten_with_the_call():
    connected = client(FakeOrderCloud(httpx.ReadTimeout, refused(400)))
    with pytest.raises(RefusedError):
        await connected.send("PUT", "/v1/products/A", body={})
    with pytest.raises(RefusedError) as raised:
        await connected.send("PUT", "/v1/products/A", body={})
    assert not raised.value.outcome_unknown


async def test_a_failure_that_callers_share_says_unknown_only_to_the_one_whose_write_was_lost():
    clock, ordercloud, waiting = FakeClock(), FakeOrderCloud(httpx.ReadTimeout), asyncio.Event()
    ordercloud.token_steps = [token_answer("T1", expires_in=0), refused(400, "invalid_client")]

    async def sleep(seconds):
        waiting.set()

    clock.sleep = sleep
    connected = client(ordercloud, clock)

    async def meanwhile():
        await waiting.wait()
        await connected.send("PUT", "/v1/products/B", body={})

    lost = connected.send("PUT", "/v1/products/A", body={})
    results = await asyncio.gather(lost, meanwhile(), return_exceptions=True)
    assert [(type(each), each.outcome_unknown, each.requests) for each in results] == [
        (AuthenticationError, True, 1),
        (AuthenticationError, False, 0),
    ]
    assert (len(ordercloud.token_calls), len(ordercloud.calls)) == (2, 1)


async def test_a_delete_that_finds_nothing_after_a_lost_answer_has_succeeded():
    response = await client(FakeOrderCloud(httpx.ReadTimeout, refused(404))).send("DELETE", "/v1/products/A")
    assert response == Response(204, None, requests=2)


async def test_a_delete_that_finds_nothing_although_no_attempt_could_have_deleted_it_is_not_found():
    with pytest.raises(NotFoundError):
        await client(FakeOrderCloud(httpx.ConnectError, refused(404))).send("DELETE", "/v1/products/A")


async def test_a_refused_token_is_renewed_once_without_spending_an_attempt():
    ordercloud = FakeOrderCloud(refused(401), answer())
    response = await client(ordercloud, retries=RetryPolicy(attempts=1)).send("POST", "/v1/products", body={"ID": "A"})
    assert response == Response(200, {"ID": "A"}, requests=2)
    assert ordercloud.tokens_used == ["T1", "T2"]
    assert [call.content for call in ordercloud.calls] == [b'{"ID": "A"}'] * 2


async def test_a_token_refused_again_later_in_the_same_call_is_not_renewed_again():
    ordercloud = FakeOrderCloud(refused(401), refused(503), refused(401))
    with pytest.raises(AuthenticationError):
        await client(ordercloud).send("GET", "/v1/products/A")
    assert ordercloud.tokens_used == ["T1", "T2", "T2"]


async def test_many_calls_whose_token_is_revoked_renew_it_together():
    ordercloud = FakeOrderCloud()

    async def by_token(request):
        return refused(401) if request.headers["Authorization"] == "Bearer T1" else answer()

    ordercloud.steps = [by_token]
    connected = client(ordercloud, concurrency=50)
    await asyncio.gather(*(connected.send("GET", "/v1/products/A") for _ in range(50)))
    assert len(ordercloud.token_calls) == 2


@pytest.mark.parametrize("step", [refused(429), refused(500), httpx.ReadTimeout], ids=["429", "500", "timeout"])
async def test_a_post_is_repeated_when_only_its_token_could_not_be_had(step):
    ordercloud = FakeOrderCloud(answer(status=201))
    ordercloud.token_steps = [step, httpx.Response(200, json={"access_token": "T2"})]
    response = await client(ordercloud).send("POST", "/v1/products", body={})
    assert (response.status, ordercloud.tokens_used) == (201, ["T2"])


@pytest.mark.parametrize(
    ("step", "kind"),
    [(refused(429), ThrottledError), (refused(500), UnavailableError), (httpx.ReadTimeout, DeadlineExceededError)],
    ids=["429", "500", "timeout"],
)
async def test_a_write_without_a_token_has_a_known_outcome(step, kind):
    ordercloud = FakeOrderCloud(answer())
    ordercloud.token_steps = [step]
    with pytest.raises(kind) as raised:
        await client(ordercloud).send("PUT", "/v1/products/A", body={})
    assert (raised.value.outcome_unknown, raised.value.path, ordercloud.calls) == (False, "/oauth/token", [])
    assert raised.value.requests == 0


async def test_waits_grow_and_ask_for_more_time_where_ordercloud_does():
    clock = FakeClock()
    steps = [refused(503), refused(429, **{"Retry-After": "2"}), refused(429, **{"Retry-After": "999"}), answer()]
    await client(FakeOrderCloud(*steps), clock).send("GET", "/v1/products/A")
    assert clock.slept == [0.25, 2.5, 21.0]


async def test_a_wait_that_does_not_fit_into_the_budget_is_not_begun():
    clock, ordercloud = FakeClock(), FakeOrderCloud(refused(429, **{"Retry-After": "5"}))
    with pytest.raises(ThrottledError) as raised:
        await client(ordercloud, clock).send("GET", "/v1/products/A", budget=5.7)
    assert (clock.slept, raised.value.retry_after) == ([], 5.0)


async def test_a_wait_that_leaves_just_enough_for_an_attempt_is_begun():
    clock = FakeClock()
    ordercloud = FakeOrderCloud(refused(429, **{"Retry-After": "5"}), answer())
    await client(ordercloud, clock).send("GET", "/v1/products/A", budget=5.75)
    assert clock.slept == [5.25]


@pytest.mark.parametrize("budget", [0.4, 0.0, -1.0])
async def test_nothing_is_sent_when_the_budget_is_too_small_for_one_attempt(budget):
    ordercloud = FakeOrderCloud(answer())
    with pytest.raises(DeadlineExceededError) as raised:
        await client(ordercloud).send("PUT", "/v1/products/A", body={}, budget=budget)
    assert (raised.value.outcome_unknown, ordercloud.calls, ordercloud.token_calls) == (False, [], [])
    assert raised.value.requests == 0


async def test_nothing_is_sent_when_the_token_took_the_budget():
    clock, ordercloud = FakeClock(), FakeOrderCloud(answer())

    async def slow(request):
        clock.seconds += 4
        return httpx.Response(200, json={"access_token": "T1"})

    ordercloud.token_steps = [slow]
    with pytest.raises(DeadlineExceededError) as raised:
        await client(ordercloud, clock).send("PUT", "/v1/products/A", body={}, budget=4.2)
    assert (raised.value.outcome_unknown, raised.value.requests, ordercloud.calls) == (False, 0, [])


async def test_the_time_of_the_policy_bounds_a_call_with_a_larger_budget():
    clock = FakeClock()

    async def slow(request):
        clock.seconds += 12
        return refused(503)

    ordercloud = FakeOrderCloud(slow)
    with pytest.raises(UnavailableError):
        await client(ordercloud, clock).send("GET", "/v1/products/A", budget=1000)
    assert len(ordercloud.calls) == 3


@pytest.mark.parametrize(("method", "unknown"), [("PUT", True), ("POST", True), ("GET", False)])
async def test_an_attempt_that_outlives_the_budget_is_cut_off(method, unknown):
    with pytest.raises(DeadlineExceededError) as raised:
        await client(FakeOrderCloud(Hanging()), retries=IMPATIENT).send(method, "/v1/products/A", budget=0.01)
    assert (raised.value.outcome_unknown, raised.value.requests) == (unknown, 1)


async def test_a_token_that_outlives_the_budget_is_cut_off_and_the_write_certain():
    ordercloud = FakeOrderCloud(answer())
    ordercloud.token_steps = [Hanging()]
    with pytest.raises(DeadlineExceededError) as raised:
        await client(ordercloud, retries=IMPATIENT).send("PUT", "/v1/products/A", budget=0.01)
    assert (raised.value.outcome_unknown, raised.value.requests, ordercloud.calls) == (False, 0, [])


async def test_a_slot_that_does_not_come_free_within_the_budget_is_cut_off_and_the_write_certain():
    hanging = Hanging()
    ordercloud = FakeOrderCloud(hanging)
    connected = client(ordercloud, retries=IMPATIENT, concurrency=1)
    first = asyncio.create_task(connected.send("GET", "/v1/products/A"))
    await hanging.begun.wait()
    with pytest.raises(DeadlineExceededError) as raised:
        await connected.send("PUT", "/v1/products/B", body={}, budget=0.01)
    assert (raised.value.outcome_unknown, raised.value.requests, len(ordercloud.calls)) == (False, 0, 1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):  # the caller's own cancellation stays one
        await first


async def test_a_cut_off_attempt_frees_its_slot():
    ordercloud = FakeOrderCloud(Hanging(), answer())
    connected = client(ordercloud, retries=IMPATIENT, concurrency=1)
    with pytest.raises(DeadlineExceededError):
        await connected.send("PUT", "/v1/products/A", budget=0.01)
    assert await connected.send("GET", "/v1/products/A") == Response(200, {"ID": "A"})


async def test_no_more_calls_are_in_flight_than_allowed():
    running, most = 0, 0

    async def count(request):
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(3):
            await asyncio.sleep(0)
        running -= 1
        return answer()

    connected = client(FakeOrderCloud(count), concurrency=3)
    await asyncio.gather(*(connected.send("GET", "/v1/products/A") for _ in range(20)))
    assert most == 3


async def test_a_call_that_waits_for_its_next_attempt_holds_no_slot():
    clock, ordercloud = FakeClock(), FakeOrderCloud(refused(429), answer())
    connected = client(ordercloud, clock, concurrency=1)
    meanwhile = []

    async def sleep(seconds):
        meanwhile.append(await connected.send("GET", "/v1/products/B"))

    clock.sleep = sleep
    await connected.send("GET", "/v1/products/A")
    assert [call.url.path for call in ordercloud.calls] == ["/v1/products/A", "/v1/products/B", "/v1/products/A"]
    assert meanwhile == [Response(200, {"ID": "A"})]


async def test_an_endless_answer_is_given_up_soon_after_the_limit():
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 100
            yield b"x" * 100

    async def stream(request):
        return httpx.Response(200, content=endless())

    with pytest.raises(ResponseTooLargeError):
        await client(FakeOrderCloud(stream), max_response_bytes=1000).send("GET", "/v1/products/A")
    assert read == 1100


@pytest.mark.parametrize(
    ("response", "body"),
    [
        (httpx.Response(204), None),
        (httpx.Response(200), None),
        (httpx.Response(200, content=b"null"), None),
        (httpx.Response(201, content='\ufeff{"Name": "Größe"}'.encode()), {"Name": "Größe"}),
    ],
    ids=["204", "empty", "null", "byte-order-mark"],
)
async def test_a_good_answer_is_its_status_and_its_json(response, body):
    assert await client(FakeOrderCloud(response)).send("PUT", "/v1/x") == Response(response.status_code, body)


@pytest.mark.parametrize(
    ("body", "content", "kind"),
    [
        (None, b"", None),
        ({}, b"{}", "application/json"),
        ([], b"[]", "application/json"),
        (0, b"0", "application/json"),
    ],
    ids=["none", "empty-object", "empty-list", "zero"],
)
async def test_only_none_is_no_body(body, content, kind):
    ordercloud = FakeOrderCloud(answer())
    await client(ordercloud).send("PUT", "/v1/x", body=body)
    assert (ordercloud.calls[0].content, ordercloud.calls[0].headers.get("Content-Type")) == (content, kind)


async def test_a_request_goes_where_it_says_with_what_it_says():
    ordercloud = FakeOrderCloud(answer())
    headers = {"traceparent": "00-1-2-01", "authorization": "Bearer other"}
    await client(ordercloud).send("GET", "/v1/specs/a%2Fb/options", params={"ID": ">x|y"}, headers=headers)
    (call,) = ordercloud.calls
    assert str(call.url) == "https://api.example.com/v1/specs/a%2Fb/options?ID=%3Ex%7Cy"
    assert call.headers["traceparent"] == "00-1-2-01"
    assert call.headers.get_list("Authorization") == ["Bearer T1"]


@pytest.mark.parametrize(
    "path",
    ["", "v1/x", "@elsewhere/v1", "/v1//x", "/v1/x/", "/v1/../x", "/v1/.", "/v1/x?a=b", "/v1/x#y", "//else.where"],
)
async def test_a_path_that_could_lead_elsewhere_is_refused(path):
    ordercloud = FakeOrderCloud(answer())
    with pytest.raises(ValueError, match="not a path"):
        await client(ordercloud).send("DELETE", path)
    assert ordercloud.token_calls == []


async def pages(request: httpx.Request) -> httpx.Response:
    after = request.url.params.get("ID", ">")[1:]
    ids = [each for each in ("A", "B", "C") if each > after][: int(request.url.params["pageSize"])]
    return httpx.Response(200, json={"Meta": {}, "Items": [{"ID": each} for each in ids]})


async def listed(ordercloud: FakeOrderCloud, **settings: Any) -> list[Any]:
    return [item["ID"] async for item in client(ordercloud).list_all("/v1/products", **settings)]


async def test_a_list_is_read_to_its_end_by_the_last_id():
    ordercloud = FakeOrderCloud(pages)
    assert await listed(ordercloud, params={"catalogID": "X"}, page_size=2) == ["A", "B", "C"]
    common = {"catalogID": "X", "page": "1", "pageSize": "2", "sortBy": "ID"}
    asked = [dict(call.url.params) for call in ordercloud.calls]
    assert asked == [common, {**common, "ID": ">B"}, {**common, "ID": ">C"}]


@pytest.mark.parametrize(
    "body",
    [{"Items": [{"ID": "A"}]}, {"Meta": {}}, [], {"Items": [{"Name": "no id"}]}],
    ids=["the-same-page-again", "no-items", "no-page", "no-id"],
)
async def test_a_list_that_cannot_be_paged_is_an_error_and_no_endless_loop(body):
    with pytest.raises(ProtocolError):
        await listed(FakeOrderCloud(httpx.Response(200, content=json.dumps(body).encode())))
