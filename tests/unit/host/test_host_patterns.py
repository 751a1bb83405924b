import pytest

from localdev.host.patterns import BlobPattern


@pytest.mark.parametrize(
    ("path", "taken", "refused"),
    [
        pytest.param("queue", ["a", "a/b%2Fc"], [], id="container-alone"),
        pytest.param("queue/{name}", ["a", "market/product/ab%2Fc/client"], [], id="one-placeholder-takes-slashes"),
        pytest.param("queue/{*path}", ["a/b", "a"], [], id="rest"),
        pytest.param(
            "queue/in/{name}.json", ["in/a.json", "in/.json", "in/b/a.json"], ["a.json", "in/ajson"], id="mix"
        ),
        pytest.param("queue/{a}/{b}", ["x/y", "x/y/z", "/"], ["x"], id="two-placeholders"),
        pytest.param("queue/{{x}}/{name}", ["{x}/a"], ["x/a"], id="escaped-braces"),
        pytest.param("queue/a.b", ["a.b"], ["axb", "A.B"], id="literal"),
    ],
)
def test_a_pattern_takes_names(path: str, taken: list[str], refused: list[str]) -> None:
    pattern = BlobPattern.parse(path)
    assert [name for name in taken + refused if pattern.takes(name)] == taken


def test_the_container_is_compared_in_lower_case() -> None:
    assert BlobPattern.parse("Queue/{name}").container == "queue"


@pytest.mark.parametrize("path", ["", "/x", "{c}/x", "queue/{x", "queue/x}", "queue/{}"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no valid path"):
        BlobPattern.parse(path)
