"""What is Cosmos DB's own in the event log: requests, throttling, refusals and faults, through the real SDK."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest
from contract_cosmos import KEY, Cosmos
from contract_samples import event, path
from cosmos_stand_in.running import running_stand_in
from cosmos_stand_in.server import StandIn, Throttle

from localdev.cosmos_provisioning import make_container, make_database
from orchestration.adapters import cosmos_account, cosmos_event_log
from orchestration.adapters.cosmos_account import connected, has_regions
from orchestration.adapters.cosmos_event_log import CosmosEventLog
from orchestration.adapters.cosmos_events import Statement
from orchestration.event_text import written
from orchestration.failures import AccountFault
from orchestration.log_query import Field, LogPage, LogQuery, condition
from orchestration.paths import QueuePath
from orchestration.ports import EventRefusedError, StorageUnavailableError

OWN = QueuePath(path(), "erp")


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with running_stand_in(KEY) as running:
        yield running


@pytest.fixture
async def log(stand_in: StandIn, fresh_name: Callable[[str], str]) -> AsyncIterator[CosmosEventLog]:
    """Give a log that has been used, so that the SDK knows the account and the container."""
    async with Cosmos(stand_in.url, KEY, stand_in).log(fresh_name("events")) as log:
        await log.write(event("0"))
        await log.query(LogQuery())
        stand_in.requests.clear()
        stand_in.queries.clear()
        yield log
        stand_in.faults.clear()
        stand_in.ranges = "told"


async def test_a_write_is_one_request_and_so_are_the_newest_events_of_a_record(log, stand_in):
    await log.write(event("1"))
    await log.events(OWN, limit=5)
    assert [method for method, path in stand_in.requests if "/docs" in path] == ["POST", "POST"]
    assert len(stand_in.requests) == 2
    text = "SELECT c.position, c.written, c.event FROM c WHERE c.partition = @p0 ORDER BY c.position DESC"
    assert stand_in.queries == [{"query": text, "parameters": [{"name": "@p0", "value": str(OWN)}]}]


async def test_a_question_goes_to_each_range_once_with_its_values_as_parameters(log, stand_in):
    await log.query(LogQuery(conditions=(condition(Field.CLIENT, "x' OR"), condition(Field.LEVEL, "!a"))))
    assert [method for method, path in stand_in.requests if "/docs" in path] == ["POST"] * 3
    assert len(stand_in.requests) == 3
    text = (
        "SELECT c.position, c.event FROM c WHERE (c.client = @p0) AND (c.severity != @p1)"
        " ORDER BY c.client DESC, c.position DESC"
    )
    parameters = [{"name": "@p0", "value": "x' or"}, {"name": "@p1", "value": "a"}]
    assert stand_in.queries == [{"query": text, "parameters": parameters}] * 3


NEGATED = [
    (Field.CLIENT, "!a|b", "(c.client != @p0 AND c.client != @p1)", ["a", "b"]),
    (Field.VERSION, "!>a", "(c.version <= @p0)", ["a"]),
    (Field.VERSION, "!<a", "((c.version >= @p0 OR c.version = @p1))", ["a", ""]),
    (Field.ACTION, "!*", "(c.action = @p0)", [""]),
    (Field.RECORD_ID, "!a*", "(NOT STARTSWITH(c.record, @p0))", ["a"]),
    (Field.ERROR_CODE, "!a", "(NOT CONTAINS(c.codes, @p0))", ["|a|"]),
    (Field.TIME, "!2026-01-01", "(NOT STARTSWITH(c.position, @p0))", ["2026-01-01T00:00:00.000000+00:00 "]),
    (Field.TIME, "!>2026-01-01", "(c.position <= @p0)", ["2026-01-01T00:00:00.000000+00:00!"]),
    (Field.TIME, "!<2026-01-01", "(c.position >= @p0)", ["2026-01-01T00:00:00.000000+00:00 "]),
]


@pytest.mark.parametrize(("field", "asked", "text", "values"), NEGATED, ids=str)
def test_what_is_negated_is_asked_by_the_other_sign_and_never_by_not_of_a_group(field, asked, text, values):
    statement = Statement()
    assert statement.where(LogQuery(conditions=(condition(field, asked),))) == f" WHERE {text}"
    assert [each["value"] for each in statement.parameters] == values


@pytest.mark.parametrize("ranges", ["unknown", "repeated"])
async def test_a_server_that_tells_no_ranges_is_asked_for_all_at_once(log, stand_in, fresh_name, monkeypatch, ranges):
    monkeypatch.setattr(cosmos_account, "RANGES_SECONDS", 0.2)
    stand_in.ranges = ranges
    async with Cosmos(stand_in.url, KEY, stand_in).log(fresh_name("events")) as fresh:
        await fresh.write_all([event(version, key=version, seconds=int(version)) for version in "123"])
        page = await fresh.query(LogQuery(size=2, count=10_000))
        assert ([found["Version"] for found in page.items], page.total) == (["3", "2"], 3)
        stand_in.requests.clear()
        assert await fresh.query(replace(LogQuery(), offset=2)) == LogPage(
            (written(event("1", key="1", seconds=1).to_json()),), None, None
        )
    assert [method for method, _ in stand_in.requests] == ["POST", "POST"]
    assert [each["query"].partition(" FROM")[0] for each in stand_in.queries] == [
        "SELECT c.position, c.event",
        "SELECT VALUE COUNT(1)",
        "SELECT c.position",
        "SELECT c.position, c.event",
    ]


async def test_a_server_that_told_no_ranges_is_asked_again_after_a_while(log, stand_in, fresh_name, monkeypatch):
    monkeypatch.setattr(cosmos_account, "RANGES_SECONDS", 0.2)
    monkeypatch.setattr(cosmos_event_log, "WITHOUT_RANGES_SECONDS", 0)
    stand_in.ranges = "unknown"
    async with Cosmos(stand_in.url, KEY, stand_in).log(fresh_name("events")) as fresh:
        await fresh.query(LogQuery())
        stand_in.ranges = "told"
        stand_in.queries.clear()
        await fresh.query(LogQuery())
    assert len(stand_in.queries) == 3


async def test_a_server_that_does_not_answer_is_asked_for_its_ranges_again(log, stand_in, fresh_name):
    async with Cosmos(stand_in.url, KEY, stand_in).log(fresh_name("events")) as fresh:
        await fresh.check()
        stand_in.down = True
        with pytest.raises(StorageUnavailableError):
            await fresh.query(LogQuery())
        stand_in.down = False
        stand_in.queries.clear()
        await fresh.query(LogQuery())
    assert len(stand_in.queries) == 3


async def test_one_clients_events_are_found_in_a_container_without_the_composite_index(log, stand_in):
    list(stand_in.databases["contract"].values())[-1].properties["indexingPolicy"]["compositeIndexes"].clear()
    page = await log.query(LogQuery(conditions=(condition(Field.CLIENT, "erp"),)))
    assert [found["Version"] for found in page.items] == ["0"]
    ordered = [query["query"].rpartition(" ORDER BY ")[2] for query in stand_in.queries]
    assert ordered == ["c.client DESC, c.position DESC"] * 3 + ["c.position DESC"] * 3


async def test_a_late_event_is_one_request_and_three_where_there_is_one_already(log, stand_in):
    await log.catch_up(event("1"))
    assert [method for method, _ in stand_in.requests] == ["POST"]
    await log.catch_up(event("1", seconds=1))
    assert [method for method, _ in stand_in.requests] == ["POST", "POST", "GET", "PUT"]


async def test_a_late_event_is_stored_where_the_one_before_it_went_meanwhile(log, stand_in):
    await log.catch_up(event("1"))
    stand_in.faults += [409, 404]
    await log.catch_up(event("2"))
    assert [found["Version"] for found in await log.events(OWN, limit=5)] == ["2", "1", "0"]


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://name.documents.azure.com:443/", True),
        ("https://name.documents.azure.com", True),
        ("https://localhost:8081/", False),
        ("http://127.0.0.1:8081", False),
        ("http://emulator", False),
    ],
)
def test_regions_are_followed_where_the_address_may_be_azures(endpoint, expected):
    assert has_regions(endpoint) is expected


async def test_a_throttled_write_waits_as_asked_and_is_made(log, stand_in):
    stand_in.faults += [Throttle(1), Throttle(1)]
    await log.write(event("1"))
    assert [found["Version"] for found in await log.events(OWN, limit=5)] == ["1", "0"]
    assert [method for method, path in stand_in.requests if "/docs" in path] == ["POST"] * 4


async def test_throttling_without_end_makes_the_log_unavailable(log, stand_in):
    stand_in.faults += [Throttle(1)] * 20
    with pytest.raises(StorageUnavailableError, match="Cosmos DB: 429"):
        await log.write(event("1"))
    assert len(stand_in.requests) == 6


async def test_an_operation_is_bounded_in_time_however_long_it_is_asked_to_wait(stand_in, log):
    name = list(stand_in.databases["contract"])[-1]
    short = CosmosEventLog(Cosmos(stand_in.url, KEY, stand_in).container(name, seconds=0.5))
    await short.check()
    stand_in.faults.append(Throttle(60_000))
    with pytest.raises(StorageUnavailableError, match="Cosmos DB: TimeoutError"):
        await short.write(event("1"))
    await short.close()


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
async def test_what_the_account_does_not_do_is_unavailable(log, stand_in, status):
    stand_in.faults += [status] * 20
    for step in (log.write(event("1")), log.events(OWN, limit=1), log.query(LogQuery()), log.catch_up(event("1"))):
        with pytest.raises(StorageUnavailableError) as failed:
            await step
        assert not isinstance(failed.value, EventRefusedError)


@pytest.mark.filterwarnings("ignore:Sending a large body")  # aiohttp's, of what no event of ours gets to be
async def test_an_event_that_is_too_large_is_refused(log):
    with pytest.raises(EventRefusedError, match="Cosmos DB: 413"):
        await log.write(replace(event("1"), posted={"Text": "x" * 2_200_000}))


async def test_a_container_that_is_missing_is_said_to_be_missing_and_not_made(stand_in):
    log = CosmosEventLog(Cosmos(stand_in.url, KEY, stand_in).container("missing"))
    for step in (log.check(), log.write(event("1")), log.query(LogQuery())):
        with pytest.raises(StorageUnavailableError, match="no such database or container"):
            await step
    assert "missing" not in stand_in.databases["contract"]
    await log.close()


@pytest.mark.parametrize("key", ["d3Jvbmc=", "no base64 at all!", "ä"])
async def test_a_wrong_key_makes_the_log_unavailable_and_is_in_no_message(stand_in, key):
    log = CosmosEventLog(Cosmos(stand_in.url, key, stand_in).container("events"))
    with pytest.raises(StorageUnavailableError) as failed:
        await log.check()
    assert key not in str(failed.value) + str(failed.value.__cause__)
    await log.close()


async def test_a_key_that_cannot_be_had_makes_the_log_unavailable(stand_in):
    class Unset(Cosmos):
        async def credential(self) -> str:
            raise AccountFault("the environment variable NAME is not set")

    log = CosmosEventLog(Unset(stand_in.url, KEY).container("events"))
    with pytest.raises(StorageUnavailableError, match="NAME is not set"):
        await log.check()
    await log.close()


async def test_an_account_that_is_not_reached_is_unavailable_until_it_is(fresh_name):
    with running_stand_in(KEY) as gone:
        url = gone.url
    log = CosmosEventLog(Cosmos(url, KEY).container("events", seconds=3))
    with pytest.raises(StorageUnavailableError):
        await log.write(event("1"))
    await log.close()


async def test_provisioning_makes_what_is_missing_and_says_so(stand_in, fresh_name):
    database, container = fresh_name("db"), fresh_name("events")
    async with await connected(stand_in.url, Cosmos(stand_in.url, KEY).credential) as client:
        assert [await make_database(client, database) for _ in range(2)] == [True, False]
        proxy = client.get_database_client(database)
        assert [await make_container(proxy, container, ttl=60) for _ in range(2)] == [True, False]
    properties = stand_in.databases[database][container].properties
    assert (properties["defaultTtl"], properties["partitionKey"]["paths"]) == (60, ["/partition"])
    assert properties["indexingPolicy"]["excludedPaths"] == [{"path": "/*"}]
