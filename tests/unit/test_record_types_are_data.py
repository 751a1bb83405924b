"""What differs between record types is in their rows: no code that handles records says the name of a type or its path.

Docstrings and messages may speak of a product; a constant that is the name of a type, or holds a path, decides by it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.record_types import REGISTRY

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for folder in ("orchestration", "triggers") for path in (ROOT / folder).rglob("*.py"))

NAMES = {row.name for row in REGISTRY}
FAMILIES = {row.model.__module__ for row in REGISTRY}
WORDS = {word for row in REGISTRY for word in re.findall(r"/(\w+)", row.collection)} - {"v1"}
PATH = re.compile(rf"/v1\b|/({'|'.join(sorted(WORDS))})\b|\b({'|'.join(sorted(WORDS))})/", re.IGNORECASE)

SIDES = {"orchestration/authorisation.py": {"buyer", "supplier"}, "orchestration/profile.py": {"buyer", "supplier"}}
"""Whom a client writes for, and whom a user belongs to: sides of a marketplace that types are called after."""


def constants(code: str) -> Iterator[str]:
    """Yield the texts of a module that are no docstrings."""
    tree = ast.parse(code)
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.value


def named_in(code: str) -> set[str]:
    """Return the names and paths of types that a module says."""
    texts = set(constants(code))
    return {text for text in texts if text.strip(":/").lower() in NAMES or PATH.search(text)}


def families_in(code: str) -> set[str]:
    """Return the modules of models that hold types and that a module imports from."""
    nodes = ast.walk(ast.parse(code))
    found = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module is not None}
    return found & FAMILIES


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_that_handles_records_names_a_type(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    allowed = SIDES.get(str(path.relative_to(ROOT)), set())
    assert {text for text in named_in(code) if text.strip(":").lower() not in allowed} == set()
    assert families_in(code) == set()


@pytest.mark.parametrize(
    ("code", "named"),
    [
        pytest.param('"""A product."""\nnote = "the product of two"', set(), id="prose"),
        pytest.param('if row.name == "product":\n    pass', {"product"}, id="a name"),
        pytest.param('match kind:\n    case "SpecOption":\n        pass', {"SpecOption"}, id="a name in another case"),
        pytest.param('path = f"/v1/{kind}"', {"/v1/"}, id="a path"),
        pytest.param('path = base + "products/" + key', {"products/"}, id="part of a path"),
    ],
)
def test_a_name_is_told_from_prose(code: str, named: set[str]) -> None:
    assert named_in(code) == named


def test_a_type_that_is_imported_is_found() -> None:
    assert families_in("from models.products import PRODUCT\nfrom models.registry import Registry") == {
        "models.products"
    }
