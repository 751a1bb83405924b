"""Whose records a request asks about: its query has the client and nothing else, and no client without a name."""

from types import SimpleNamespace
from typing import Any, cast

import azure.functions as func
import pytest
from fakes.clock import START
from fakes.profiles import MemoryProfiles, profile_of

from models.record_types import REGISTRY
from orchestration.authorisation import stand_in
from orchestration.bootstrap import App
from orchestration.rejections import RejectionsError
from triggers.records import profile_asked_for
from triggers.selections import Paging
from triggers.stats_questions import question_of


async def asked(params: dict[str, str], **query: Any) -> str:
    profile = profile_of("erp")
    app = cast("App", SimpleNamespace(ports=SimpleNamespace(profiles=MemoryProfiles(profile))))
    request = func.HttpRequest("GET", "/api/explain/product/P1", params=params, body=b"")
    return (await profile_asked_for(app, stand_in(profile), request, **query)).client


async def test_without_parameters_the_caller_asks_about_its_own() -> None:
    assert await asked({}) == "erp"


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        ({"client": ""}, [("TooShort", "client")]),
        ({"Client": "erp", "foo": ""}, [("UnknownParameter", "Client"), ("UnknownParameter", "foo")]),
        ({"pageSize": "5"}, [("UnknownParameter", "pageSize")]),
    ],
    ids=str,
)
async def test_all_that_is_wrong_with_a_query_is_told(params: dict[str, str], wrong: list[tuple[str, str]]) -> None:
    with pytest.raises(RejectionsError) as refused:
        await asked(params)
    assert [(each.status, each.code, each.data["Field"]) for each in refused.value.errors] == [
        (400, *each) for each in wrong
    ]


async def test_a_list_has_parameters_of_its_own() -> None:
    assert await asked({"pageSize": "5"}, query=Paging) == "erp"


def test_statistics_are_of_no_client_without_a_name() -> None:
    with pytest.raises(RejectionsError) as refused:
        question_of([("client", "")], REGISTRY, START)
    assert [each.data["Field"] for each in refused.value.errors] == ["client"]
