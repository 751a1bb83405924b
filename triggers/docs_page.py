"""The API's description as one HTML page: made from the OpenAPI document alone, without anything from outside.

Text becomes HTML in `element` only, which escapes it, so no text of the document can become markup.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from models.field_rows import FieldRow, field_rows
from models.record import Json

STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --link: #8ab4f8; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1rem; }
h1, h2, h3 { line-height: 1.2; } h2 { border-bottom: 1px solid var(--line); margin-top: 2.5rem; }
a { color: var(--link); } nav a { display: inline-block; margin-right: 1rem; }
code, pre { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--soft); overflow-x: auto; overflow-wrap: normal; padding: .75rem; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

PAGE_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What a browser is told about the page: it may use its own style and nothing else."""


class Html(str):
    """Text that is HTML already; any other text is escaped where it is put into an element."""

    __slots__ = ()


def element(tag: str, *inside: str, **attributes: str) -> Html:
    """Return an element; an attribute's name may end in `_` where Python has that word."""
    shown = "".join(f' {name.rstrip("_")}="{escape(value)}"' for name, value in attributes.items())
    return Html(f"<{tag}{shown}>{_joined(inside)}</{tag}>")


def docs_page(document: Json) -> str:
    """Return the page of an OpenAPI document of ours."""
    info, schemas = document["info"], document["components"]["schemas"]
    types = {name: schema for name, schema in schemas.items() if "x-record-type" in schema}
    answers = {name: schema for name, schema in schemas.items() if name[0].isupper() and "properties" in schema}
    body = [
        element("h1", f"{info['title']} {info['version']}"),
        element("p", info["description"]),
        element("p", "Routes begin with ", element("code", document["servers"][0]["url"]), ". ", *_token(document)),
        element("nav", *(element("a", name, href=f"#{name.lower()}") for name in _SECTIONS)),
        *_section("Routes", (_operation(document, *each) for each in _operations(document))),
        *_section("Records", (_record_type(name, schema) for name, schema in types.items())),
        *_section("Answers", (_schema(name, schema) for name, schema in answers.items())),
        *_section("Errors", [_errors(document)]),
    ]
    head = element(
        "head",
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", info["title"]),
        element("style", Html(STYLE)),
    )
    return f"<!DOCTYPE html>\n{element('html', head, element('body', *body), lang='en')}"


_SECTIONS = ("Routes", "Records", "Answers", "Errors")


def _section(name: str, inside: Iterable[Html]) -> Iterator[Html]:
    yield element("h2", name, id=name.lower())
    yield from inside


def _token(document: Json) -> Iterator[str]:
    for scheme in document["components"]["securitySchemes"].values():
        yield f"Unless a route says otherwise it takes a {scheme['scheme']} token: {scheme['description']}"


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _operation(document: Json, method: str, path: str, operation: Json) -> Html:
    parameters = [_resolved(document, each) for each in operation["parameters"]]
    body = _resolved(document, operation["requestBody"]) if "requestBody" in operation else None
    inside = [
        element("p", operation["description"]) if "description" in operation else Html(),
        element("p", "No token is needed.") if operation.get("security") == [] else Html(),
        _table("Parameters", ("name", "in", "required", "means"), (_parameter(each) for each in parameters)),
        element("p", "Body: ", body["description"]) if body else Html(),
        _table("Answers", ("status", "means", "body"), _answers(document, operation["responses"])),
    ]
    summary = element("summary", element("code", f"{method} {path}"), f" {operation['summary']}")
    return element("details", summary, *inside, id=operation["operationId"])


def _parameter(parameter: Json) -> tuple[str, ...]:
    names = parameter["schema"].get("enum", ())
    means = [parameter["description"], *([f"One of {', '.join(names)}."] if names else [])]
    return _code(parameter["name"]), parameter["in"], "yes" if parameter["required"] else "no", " ".join(means)


def _answers(document: Json, responses: Json) -> Iterator[tuple[str, ...]]:
    for status, response in responses.items():
        resolved = _resolved(document, response)
        for media, content in resolved["content"].items():
            name = content["schema"].get("$ref", media).rpartition("/")[2]
            known = "$ref" in content["schema"]
            yield status, resolved["description"], _link(name) if known else media


def _record_type(name: str, schema: Json) -> Html:
    row = schema["x-record-type"]
    facts = (
        ("keys", _code("/".join(row["Keys"]))),
        ("role", _code(row["Role"])),
        ("family", row["Family"]),
        ("posted below its buyer", "yes" if row["BuyerOwned"] else "no"),
    )
    examples = [element("pre", json.dumps(each, indent=2, ensure_ascii=False)) for each in schema["examples"]]
    return _schema(name, schema, _table("", ("", ""), facts), *examples)


def _schema(name: str, schema: Json, *more: Html) -> Html:
    fields = _table("Fields", ("name", "type", "limits", "note", "about"), map(_field, field_rows(schema)))
    described = element("p", schema.get("description", ""))
    return element("details", element("summary", name), described, *more, fields, id=f"schema-{name}")


def _field(row: FieldRow) -> tuple[str, ...]:
    return _code(row.path), row.type, row.limit, row.marks, row.about


def _errors(document: Json) -> Html:
    rows = (
        (_code(each["ErrorCode"]), ", ".join(map(str, each["Statuses"])), each["Meaning"])
        for each in document["x-error-codes"]
    )
    return _table("", ("code", "status", "means"), rows)


def _table(caption: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Html:
    """Return a table under its caption, or nothing where there are no rows."""
    lines = [element("tr", *(element("td", cell) for cell in row)) for row in rows]
    if not lines:
        return Html()
    heads = [element("thead", element("tr", *(element("th", name) for name in head)))] if any(head) else []
    table = element("table", *heads, element("tbody", *lines))
    named = element("h3", caption) if caption else Html()
    return Html(named + element("div", table, class_="wide", tabindex="0"))


def _resolved(document: Json, node: Json) -> Json:
    """Return what a node of the document refers to, or the node where it is no reference."""
    found: Any = node
    if "$ref" in node:
        found = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            found = found[name]
    return dict(found)


def _code(text: str) -> Html:
    return element("code", text)


def _link(schema: str) -> Html:
    return element("a", schema, href=f"#schema-{schema}")


def _joined(inside: Iterable[str]) -> str:
    return "".join(each if isinstance(each, Html) else escape(each) for each in inside)
