"""Whatever is sent, the API answers as its own description says: requests made from openapi.json, the same every time.

Half of them are as described, half are not; no answer tells of the inside, and no record that was accepted is a bug.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import schemathesis
from e2e_world import Json, World, own_stack, wait_for
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi import checks

from localdev.stack import StackOptions
from models.record_types import REGISTRY
from triggers.openapi import openapi_document

EXAMPLES = 40
EXAMPLES_OF_A_TYPE = 12
AS_DESCRIBED = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
INSIDE = re.compile(r'Traceback|File "|site-packages|\.py\b|pydantic|azure|sqlite', re.IGNORECASE)
DOCUMENT: Json = json.loads(json.dumps(openapi_document(REGISTRY)))
POST = "/orchestration/{recordType}"
CALLERS = {"a seller's client": "seller", "one that may only read": "reader", "nobody we know": None}


def document_of_types() -> Json:
    """Return the description with a route for each record type, so that bodies are of the type that the route names."""
    document = copy.deepcopy(DOCUMENT)
    post = document["paths"][POST]["post"]
    given_type = {"$ref": "#/components/parameters/recordType"}
    document["paths"] = {}
    for row in REGISTRY:
        one = {"$ref": f"#/components/schemas/{row.name}"}
        body = {"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": 3}]}
        document["paths"][POST.replace("{recordType}", row.name)] = {
            "post": {
                **post,
                "operationId": row.name,
                "parameters": [each for each in post["parameters"] if each != given_type],
                "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            }
        }
    return document


SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
POSTS = [found.ok() for found in schemathesis.openapi.from_dict(document_of_types()).get_all_operations()]
with_examples = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a stack for these tests alone: what they post is nobody else's load."""
    with own_stack(StackOptions(state=tmp_path_factory.mktemp("fuzz") / "state", sweep_seconds=5)) as own:
        yield own.world


@pytest.fixture(scope="module")
def call(world: World) -> Iterator[Callable[..., Any]]:
    """Give a function that sends a made-up request for a client, and returns the answer when it is as described."""
    with requests.Session() as session:
        session.trust_env = False

        def send(case: Case, client: str | None) -> requests.Response:
            token = {} if client is None else {"Authorization": world.api(client).headers["Authorization"]}
            answer = case.call(base_url=world.ready["api"], session=session, headers=token)
            case.validate_response(answer, checks=AS_DESCRIBED)
            assert "docs" in case.path or not INSIDE.search(answer.text), answer.text
            return answer

        yield send


def test_the_description_that_these_tests_are_made_from_is_the_one_that_is_served(world: World) -> None:
    assert world.api(None).get("/openapi.json").json() == DOCUMENT


@pytest.fixture(autouse=True)
def resumed(world: World) -> Iterator[None]:
    """Resume what a test has paused: what the next one posts is to reach the pipeline whole."""
    yield
    for pause in world.api("operator").get("/pauses").raise_for_status().json()["Items"]:
        params = {"recordType": pause["RecordType"]} if pause["RecordType"] else {}
        whose = pause["Client"] or pause["Resource"]
        world.api("operator").delete(f"/pauses/{whose}", params=params).raise_for_status()


@pytest.mark.parametrize("client", CALLERS.values(), ids=CALLERS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
def test_every_answer_is_as_described(call: Callable[..., Any], operation: Any, client: str | None) -> None:
    for mode in GenerationMode if operation.definition.raw.get("parameters") else [GenerationMode.POSITIVE]:

        @with_examples
        @given(operation.as_strategy(generation_mode=mode))
        def answered_as_described(case: Case) -> None:
            call(case, client)

        answered_as_described()


@pytest.mark.parametrize("operation", POSTS, ids=lambda each: each.path.rpartition("/")[2])
def test_what_is_as_described_is_accepted_or_breaks_a_rule_and_is_told_of_as_described(
    world: World, call: Callable[..., Any], operation: Any
) -> None:
    statuses = set()

    @settings(with_examples, max_examples=EXAMPLES_OF_A_TYPE)
    @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def answered_as_described(case: Case) -> None:
        answer = call(case, "seller")
        statuses.add(answer.status_code)
        for item in answer.json().get("Items", [])[:1]:
            keys = "/".join("~" if key is None else quote(key) for key in item["Keys"].values())
            told = world.api().get(f"{operation.path}/{keys}")
            SCHEMA["/orchestration/{recordType}/{keys}"]["GET"].validate_response(told)

    answered_as_described()
    assert 202 in statuses
    assert statuses <= {202, 207, 400, 409}


def test_afterwards_the_queue_is_empty_and_no_record_has_met_a_bug(world: World) -> None:
    wait_for(lambda: not world.blobs("queue", ""), what="the end of what was accepted")
    log = Path(world.ready["logs"]["host"]).read_text(errors="replace")
    assert "Traceback" not in log
    assert world.api(None).get("/health").json()["Ready"] is True
