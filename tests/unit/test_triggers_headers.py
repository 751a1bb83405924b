"""What a source says of itself in a header is kept as it is, or refused."""

import azure.functions as func
import pytest

from orchestration.rejections import RejectionError
from triggers.headers import MAX_SOURCE_NAME, source_name_of


def request(headers: dict[str, str]) -> func.HttpRequest:
    return func.HttpRequest("POST", "/api/orchestration/product", headers=headers, body=b"")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"X-Source-Name": ""}, "", id="empty"),
        pytest.param({"X-Source-Name": "ERP 1 (north)"}, "ERP 1 (north)", id="a name"),
        pytest.param({"x-source-name": "n" * MAX_SOURCE_NAME}, "n" * MAX_SOURCE_NAME, id="the longest"),
    ],
)
def test_a_name_is_kept_as_it_is(headers, expected):
    assert source_name_of(request(headers)) == expected


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("n" * (MAX_SOURCE_NAME + 1), id="too long"),
        pytest.param("a\r\nb", id="a line end"),
        pytest.param("a\tb", id="a tab"),
        pytest.param("\x1b[2J", id="an escape"),
        pytest.param("\x9b2J", id="a C1 escape"),
        pytest.param("\x7f", id="delete"),
        pytest.param("Ä", id="not ASCII"),
    ],
)
def test_a_name_that_could_move_a_terminal_or_fill_the_storage_is_refused(name):
    with pytest.raises(RejectionError) as raised:
        source_name_of(request({"X-Source-Name": name}))
    assert (raised.value.status, raised.value.code, raised.value.data) == (
        400,
        "InvalidValue",
        {"Field": "X-Source-Name"},
    )
