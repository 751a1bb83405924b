import pytest

from localdev.host import LoadError
from localdev.host.routing import RouteTable, decode_path, encode_path, parse_route


def match(template: str, path: str) -> dict[str, str] | None:
    found = parse_route("f", template).match(path)
    return None if found is None else dict(found)


@pytest.mark.parametrize(
    ("template", "path", "parameters"),
    [
        pytest.param("items", "items", {}, id="literal"),
        pytest.param("Items/Recent", "iTEMS/rECENT", {}, id="literal-in-any-case"),
        pytest.param("items", "items/", {}, id="trailing-slash"),
        pytest.param("items", "items/1", None, id="too-long"),
        pytest.param("items/recent", "items", None, id="too-short"),
        pytest.param("items/{id}", "items/A1", {"id": "A1"}, id="parameter-keeps-its-case"),
        pytest.param("items/{id}", "items", None, id="parameter-missing"),
        pytest.param("items/{id}/x", "items//x", None, id="parameter-empty"),
        pytest.param("items/{id?}", "items", {}, id="optional-absent"),
        pytest.param("items/{id?}", "items/1", {"id": "1"}, id="optional-present"),
        pytest.param("items/{*rest}", "items/a/b%2Fc", {"rest": "a/b%2Fc"}, id="rest"),
        pytest.param("items/{**rest}", "items/a/b", {"rest": "a/b"}, id="rest-by-two-stars"),
        pytest.param("items/{*rest}", "items", {}, id="rest-empty"),
        pytest.param("items/{*rest:minlength(1)}", "items", None, id="rest-empty-under-a-constraint"),
        pytest.param("items/{*rest:minlength(1)}", "items/a/b", {"rest": "a/b"}, id="rest-under-a-constraint"),
        pytest.param("items/{one:int?}", "items", {}, id="optional-and-absent-under-a-constraint"),
        pytest.param("{a}/{b:int}", "x/12", {"a": "x", "b": "12"}, id="two-parameters"),
        pytest.param("", "", {}, id="empty-template"),
        pytest.param("", "x", None, id="empty-template-too-long"),
    ],
)
def test_a_template_takes_a_path(template: str, path: str, parameters: dict[str, str] | None) -> None:
    assert match(template, path) == parameters


@pytest.mark.parametrize(
    ("constraint", "fits", "fails"),
    [
        ("int", ["1", "-5", "2147483647"], ["x", "1.5", "2147483648", "1_0"]),
        ("long", ["2147483648"], ["x", "9223372036854775808"]),
        ("double", ["1.5"], ["x"]),
        ("decimal", ["1.5"], ["x"]),
        ("guid", ["cd2c1638-1638-72d5-1638-deadbeef1638"], ["cd2c"]),
        ("bool", ["true", "FALSE"], ["1"]),
        ("alpha", ["abcXYZ"], ["a1"]),
        ("required", ["x"], []),
        ("min(3)", ["3", "9"], ["2", "x"]),
        ("max(3)", ["3", "-1"], ["4", "x"]),
        ("range(2,4)", ["2", "4"], ["1", "5", "x"]),
        ("length(2)", ["ab"], ["a", "abc"]),
        ("length(2,3)", ["ab", "abc"], ["a", "abcd"]),
        ("minlength(2)", ["ab"], ["a"]),
        ("maxlength(2)", ["ab"], ["abc"]),
        (r"regex(^\d+$)", ["12"], ["1a"]),
        ("int:min(3)", ["3"], ["2"]),
    ],
)
def test_a_constraint_takes_and_refuses_values(constraint: str, fits: list[str], fails: list[str]) -> None:
    taken = [value for value in fits + fails if match(f"{{x:{constraint}}}", value) is not None]
    assert taken == fits


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("admin/x", id="admin"),
        pytest.param("/Runtime/x", id="runtime"),
        pytest.param("administrators", id="a-literal-that-begins-so"),
        pytest.param("x/{a?}/y", id="optional-in-the-middle"),
        pytest.param("{*a}/y", id="rest-in-the-middle"),
        pytest.param("x/{a}-{b}", id="two-parameters-in-a-segment"),
        pytest.param("x/{a:odd}", id="unknown-constraint"),
        pytest.param("x/{a:length(1,2,3)}", id="constraint-with-too-many-arguments"),
        pytest.param("x/{a:min(y)}", id="constraint-with-a-wrong-argument"),
    ],
)
def test_a_template_is_refused(template: str) -> None:
    with pytest.raises(LoadError):
        parse_route("f", template)


def test_the_first_function_by_name_wins_and_a_literal_has_no_precedence() -> None:
    table = RouteTable([parse_route("list_recent", "items/recent"), parse_route("Get_item", "items/{id}")], "api")
    assert table.find("GET", "/api/items/recent") == ("Get_item", {"id": "recent"})


def test_a_wrong_method_is_no_match_and_another_function_may_take_it() -> None:
    table = RouteTable([parse_route("a", "items", ["get"]), parse_route("b", "items", ["POST"])], "api")
    assert [table.find(method, "/api/items") for method in ("GET", "POST", "PUT")] == [("a", {}), ("b", {}), None]


@pytest.mark.parametrize(
    ("prefix", "path", "is_found"),
    [
        ("api", "/api/items", True),
        ("api", "/API/items", True),
        ("api", "/items", False),
        ("api", "/apix/items", False),
        ("v1/api", "/v1/api/items", True),
        ("", "/items", True),
        ("", "/api/items", False),
    ],
)
def test_the_prefix_of_host_json_stands_before_every_route(prefix: str, path: str, is_found: bool) -> None:  # noqa: FBT001 - a column of the table
    table = RouteTable([parse_route("a", "items")], prefix)
    assert (table.find("GET", path) is not None) is is_found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(("items", ["GET"]), ("/Items/", ["GET", "PUT"]), id="a-shared-method"),
        pytest.param(("items", []), ("items", ["GET"]), id="all-methods"),
    ],
)
def test_two_functions_of_one_route_and_method_do_not_load(
    one: tuple[str, list[str]], other: tuple[str, list[str]]
) -> None:
    with pytest.raises(LoadError, match="is that of a"):
        RouteTable([parse_route("a", *one), parse_route("b", *other)], "api")


@pytest.mark.parametrize(
    ("raw", "decoded", "encoded"),
    [
        pytest.param("/a%20b", "/a b", "/a%20b", id="space"),
        pytest.param("/%C3%A9", "/é", "/%C3%A9", id="utf-8"),
        pytest.param("/%E9", "/%E9", "/%E9", id="no-utf-8"),
        pytest.param("/a%2Fb", "/a%2Fb", "/a%2Fb", id="slash-stays"),
        pytest.param("/a%252Fb", "/a%2Fb", "/a%2Fb", id="encoded-percent-is-lost"),
        pytest.param("/100%25", "/100%", "/100%25", id="percent"),
        pytest.param("/a+b~c", "/a+b~c", "/a+b~c", id="nothing-to-decode"),
    ],
)
def test_a_path_is_decoded_as_the_server_in_azure_does(raw: str, decoded: str, encoded: str) -> None:
    assert (decode_path(raw), encode_path(decode_path(raw))) == (decoded, encoded)
