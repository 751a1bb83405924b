"""The page of the API's description: all of the document, escaped, and nothing from anywhere else."""

import base64
import copy
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from models.field_rows import field_rows
from models.record_types import REGISTRY
from triggers.docs_page import PAGE_HEADERS, STYLE, Html, docs_page, element
from triggers.openapi import openapi_document

DOCUMENT = openapi_document(REGISTRY)
VOID = {"meta"}


class Page(HTMLParser):
    """What a page consists of: its elements with their attributes, and its text; all elements are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def values(self, attribute: str) -> list[str | None]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(docs_page(DOCUMENT))


def test_text_is_escaped_and_html_is_not():
    assert element("a", "<b> & 'c'", Html("<i></i>"), href='"x"', class_="y") == (
        '<a href="&quot;x&quot;" class="y">&lt;b&gt; &amp; &#x27;c&#x27;<i></i></a>'
    )


def test_no_text_of_the_document_becomes_markup(page):
    nasty = "<script>alert('x')</script>\"><img src=x onerror=y>&amp;"

    def spoilt(value, name=""):
        if isinstance(value, dict):
            return {each: spoilt(inner, each) for each, inner in value.items()}
        if isinstance(value, list):
            return [spoilt(each, name) for each in value]
        told = name in {"description", "summary", "Meaning", "title", "Role", "enum", "Name"}
        return value + nasty if told and isinstance(value, str) else value

    hostile = Page(docs_page(spoilt(copy.deepcopy(DOCUMENT))))
    assert hostile.elements == page.elements
    assert "".join(hostile.text).count(nasty) > 100


def test_the_page_asks_nobody_for_anything_and_runs_nothing(page):
    assert {tag for tag, _ in page.elements} == {
        *("html", "head", "meta", "title", "style", "body", "nav", "h1", "h2", "h3", "p", "a", "code", "pre", "div"),
        *("details", "summary", "table", "thead", "tbody", "tr", "th", "td"),
    }
    allowed = {"lang", "charset", "name", "content", "id", "href", "class", "tabindex"}
    assert {name for _, attributes in page.elements for name in attributes} == allowed
    assert not re.search(r"url\(|@import", STYLE)


def test_links_lead_to_places_of_the_page(page):
    places = page.values("id")
    assert len(set(places)) == len(places)
    assert {str(link) for link in page.values("href")} <= {f"#{place}" for place in places}


def test_the_browser_is_told_to_use_the_page_s_own_style_alone(page):
    style = page.text[page.text.index(STYLE)]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    } == PAGE_HEADERS


def test_the_page_is_made_for_phones_and_for_the_dark(page):
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.elements
    assert "color-scheme: light dark" in STYLE
    assert "prefers-color-scheme: dark" in STYLE


def test_the_page_says_all_that_the_document_says(page):
    told = set(page.text)
    components = DOCUMENT["components"]
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in told
            assert f" {operation['summary']}" in told
            assert set(operation["responses"]) <= told
    for parameter in components["parameters"].values():
        assert parameter["name"] in told
        assert any(text.startswith(parameter["description"]) for text in told)
    for code in DOCUMENT["x-error-codes"]:
        assert {code["ErrorCode"], code["Meaning"]} <= told
    for response in components["responses"].values():
        assert response["description"] in told
    for name, schema in components["schemas"].items():
        if "properties" in schema and not name.endswith("OfBuyer"):
            assert {name, schema["description"]} <= told
            assert {row.path for row in field_rows(schema)} <= told


@pytest.mark.parametrize("row", list(REGISTRY), ids=lambda row: row.name)
def test_a_record_type_is_shown_with_its_keys_and_role(page, row):
    opening = (row.name, DOCUMENT["components"]["schemas"][row.name]["description"])
    start = next(place for place, pair in enumerate(pairwise(page.text)) if pair == opening)
    shown = page.text[start : start + 20]
    assert [each for each in ("/".join(row.keys), row.role, row.family.value) if each not in shown] == []
