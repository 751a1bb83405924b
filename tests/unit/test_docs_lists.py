"""What the documents list and the code also knows is compared here, so that neither drifts."""

import inspect
import json
import re
from pathlib import Path

import pytest

import function_app
import ordercloud
from models.record_types import REGISTRY
from orchestration import failures
from orchestration.profile import Policies
from orchestration.settings import Settings
from ordercloud import errors as ordercloud_errors

ROOT = Path(__file__).resolve().parents[2]
TREE_LINE = re.compile(r"^[ │├└─]*(?P<name>[A-Z]\w+)", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def settings() -> dict[str, str]:
    return {
        field.alias or name.upper(): "required" if field.is_required() else str(field.default or "")
        for name, field in Settings.model_fields.items()
    }


def test_the_readme_lists_the_record_types_of_the_registry():
    line = next(line for line in read("README.md").splitlines() if line.startswith("Record types of this version:"))
    assert re.findall(r"`(\w+)`", line) == [row.name for row in REGISTRY]


def test_the_api_document_lists_each_record_type_with_its_role():
    table = read("docs/http-api.md").split("| record type | role |")[1]
    assert dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|$", table, re.MULTILINE)) == {
        row.name: row.role for row in REGISTRY
    }


def test_the_api_document_lists_the_record_types_below_a_buyer():
    listed = read("docs/http-api.md").split("Types that live below a buyer (")[1].split(")")[0]
    assert re.findall(r"`(\w+)`", listed) == [row.name for row in REGISTRY if row.buyer_owned]


def test_the_development_document_lists_the_settings_with_their_defaults():
    rows = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`|(required|)) \|", read("docs/development.md"), re.MULTILINE)
    assert {name: default or required for name, default, required in rows} == settings()


def test_the_settings_example_has_known_settings_only():
    host_and_worker = {"FUNCTIONS_WORKER_RUNTIME"}
    values = json.loads(read("local.settings.json.example"))["Values"]
    assert values.keys() - host_and_worker <= settings().keys()
    assert {name for name, default in settings().items() if default == "required"} <= values.keys()


def test_the_architecture_document_lists_the_policies_with_their_defaults():
    table = read("docs/architecture.md").split("| policy | default |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", table, re.MULTILINE)
    assert [name for name, _ in rows] == [field.alias for field in Policies.model_fields.values()]
    defaults = {name: json.loads(text) if text.startswith("{") else text for name, text in rows}
    assert Policies.model_validate(defaults) == Policies()


def routes() -> set[tuple[str, str]]:
    found = set()
    for function in function_app.app.get_functions():
        trigger = function.get_trigger().get_dict_repr()
        if trigger["type"] == "httpTrigger":
            route = re.sub(r":\w+\([^)]*\)", "", trigger["route"])  # people need not know what keeps routes apart
            found |= {(str(getattr(method, "value", method)), route) for method in trigger["methods"]}
    return found


def test_the_api_document_lists_the_routes_of_the_app():
    documented = re.findall(r"^\| `([A-Z]+) ([^`?]+)` \|", read("docs/http-api.md"), re.MULTILINE)
    assert set(documented) == routes()


def tree(module: object) -> list[str]:
    return TREE_LINE.findall(str(inspect.getdoc(module)))


def subclasses(module: object, root: type[Exception]) -> set[str]:
    return {name for name, each in vars(module).items() if inspect.isclass(each) and issubclass(each, root)}


@pytest.mark.parametrize(
    ("module", "root"),
    [(failures, failures.Failure), (ordercloud_errors, ordercloud.OrderCloudError)],
    ids=["failures", "client errors"],
)
def test_the_error_tree_of_a_docstring_is_the_tree_of_the_code(module, root):
    drawn = [name for name in tree(module) if hasattr(module, name)]
    assert len(drawn) == len(set(drawn))
    assert subclasses(module, root) <= set(drawn)


def test_the_development_document_lists_the_targets_of_the_makefile():
    targets = re.findall(r"^(\w+):.*## ", read("Makefile"), re.MULTILINE)
    documented = re.findall(r"^\| `make (\w+)` \|", read("docs/development.md"), re.MULTILINE)
    assert set(documented) == set(targets) - {"help", "install", "format"}


def test_the_lock_files_name_no_download_host_and_hold_every_direct_dependency():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = read(name)
        assert not re.search(r"^\s*(-i|--index-url|--extra-index-url|--find-links)|://", text, re.MULTILINE)
        assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-zA-Z])", text.strip()))
    assert "resolved" not in read("package-lock.json")
