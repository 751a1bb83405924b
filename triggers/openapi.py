"""The description of the HTTP API as an OpenAPI 3.1 document, made from the registry, the models and the routes."""

from collections.abc import Iterable
from functools import cache
from http import HTTPStatus

from models.examples import example_of
from models.record import Json
from models.registry import RecordType, Registry
from models.schemas import schema_of
from orchestration.deadletter_listing import LARGEST_PAGE, PAGE
from triggers.answer_schemas import ANSWER_SCHEMAS
from triggers.error_codes import ERROR_CODES, codes_of
from triggers.headers import MAX_SOURCE_NAME, SOURCE_NAME
from triggers.list_parameters import list_parameters, parameter
from triggers.operations import OPERATIONS, Operation
from triggers.pause_requests import MAX_REASON, NO_CONTROLS, WHOSE
from triggers.selection_schema import filter_fields, selection_schema
from triggers.selections import LONGEST_KEY, LONGEST_SEALED_KEY, LONGEST_TEXT

VERSION = "0.1.0"
"""The version of this API, which is the project's."""

_ABOUT = (
    "Post records; what OrderCloud lacks of them is written there, once and in order. 202 means that a record is "
    "stored; where it stands since, GET tells. Names are OrderCloud's."
)
_TOKEN = "An OrderCloud access token of an active user."  # noqa: S105 - words about a token
_PAUSE: Json = {
    "type": "object",
    "properties": {
        "Reason": {"type": ["string", "null"], "minLength": 1, "maxLength": MAX_REASON, "pattern": NO_CONTROLS}
    },
    "additionalProperties": False,
}
_SOURCE_VERSION: Json = {
    "type": ["integer", "string"],
    "description": "The source's own version: an integer of at most 18 digits, or an RFC 3339 time. "
    "An older one never replaces a newer one. Without one, the order of arrival counts.",
}


@cache
def openapi_document(registry: Registry) -> Json:
    """Return the document for the record types of a registry; it is shared, so it must not be changed."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Product Orchestration", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/api"}],
        "security": [{"OrderCloud": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in OPERATIONS)],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "OrderCloud": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": _TOKEN}
            },
            "parameters": _parameters(registry) | _filters(registry) | list_parameters(),
            "requestBodies": {
                "records": _request_body("Record", {row.name: example_of(row) for row in registry}),
                "recordsOfBuyer": _request_body(
                    "RecordOfBuyer", {row.name: _without_buyer(example_of(row)) for row in _buyer_owned(registry)}
                ),
                "selection": {
                    "required": True,
                    "description": "Which dead letters are meant.",
                    "content": {"application/json": {"schema": _ref("schemas", "Selection")}},
                },
                "pause": {
                    "required": False,
                    "description": "Why it is paused.",
                    "content": {"application/json": {"schema": _PAUSE}},
                },
            },
            "responses": {_refusal(status): _refused(status) for status in _statuses()},
            "schemas": _schemas(registry) | {"Selection": selection_schema(registry)} | ANSWER_SCHEMAS,
        },
        "x-error-codes": [
            {"ErrorCode": code.name, "Statuses": list(code.statuses), "Meaning": code.meaning} for code in ERROR_CODES
        ],
    }


def described(row: RecordType) -> Json:
    """Return what the API says of a record type besides its schema."""
    return {
        "RecordType": row.name,
        "Family": row.family.value,
        "Role": row.role,
        "Keys": list(row.keys),
        "BuyerOwned": row.buyer_owned,
        "ReadOnly": sorted(".".join(path) for path in row.read_only),
    }


def _paths() -> Json:
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return paths


def _operation(operation: Operation) -> Json:
    answers = {str(status): _answer(*answer) for status, answer in operation.answers.items()}
    refusals = {str(status): _ref("responses", _refusal(status)) for status in operation.errors}
    said: Json = {
        "operationId": operation.function,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": [_ref("parameters", name) for name in operation.parameters],
        "responses": answers | refusals,
    }
    if operation.about:
        said["description"] = operation.about
    if operation.body:
        said["requestBody"] = _ref("requestBodies", operation.body)
    if operation.public:
        said["security"] = []
    return said


def _answer(description: str, content: str) -> Json:
    match content:
        case "text/html":
            media: Json = {content: {"schema": {"type": "string"}}}
        case "application/json":
            media = {content: {"schema": {"type": "object"}}}
        case schema:
            media = {"application/json": {"schema": _ref("schemas", schema)}}
    return {"description": description, "content": media}


def _statuses() -> list[int]:
    return sorted({status for operation in OPERATIONS for status in operation.errors})


def _refusal(status: int) -> str:
    """Return the name of the component that says how requests are refused by a status."""
    return HTTPStatus(status).name.title().replace("_", "")


def _refused(status: int) -> Json:
    codes = ", ".join(f"`{code}`" for code in codes_of(status))
    refused = _answer(f"Nothing is stored. Codes: {codes}.", "Errors")
    if status == HTTPStatus.UNAUTHORIZED:
        refused["headers"] = {"WWW-Authenticate": {"schema": {"type": "string", "const": "Bearer"}}}
    return refused


def _parameters(registry: Registry) -> Json:
    every, of_buyers = ([row.name for row in rows] for rows in (registry, _buyer_owned(registry)))
    identifier: Json = {"type": "string", "minLength": 1}
    keys = "The record's keys in order, each percent-encoded, with `/` between them; `~` for an optional one without."
    source = "The name of the system that the records come from, in printable ASCII."
    trace = "A W3C trace context to go on with; without one a trace begins here."
    client = "The API client whose record is meant, in place of the caller's own; for operators."
    whose = "A client id, or a resource: `seller`, `supplier:ID` or `buyer:ID`. A resource's name is never a client id."
    of_type = "Only this record type, in any case; all without it."
    return {
        "recordType": parameter("recordType", "path", "The record type, in any case.", enum=every),
        "buyerOwnedType": parameter("recordType", "path", "A record type that buyers own.", enum=of_buyers),
        "buyerID": parameter("buyerID", "path", "The buyer whose records are posted.", **identifier),
        "keys": parameter("keys", "path", keys, **identifier),
        "sourceVersion": parameter("X-Source-Version", "header", _SOURCE_VERSION["description"]),
        "sourceName": parameter(SOURCE_NAME, "header", source, maxLength=MAX_SOURCE_NAME),
        "traceparent": parameter("traceparent", "header", trace),
        "client": parameter("client", "query", client, minLength=1, maxLength=LONGEST_TEXT),
        "pausedClient": parameter("client", "path", whose, pattern=WHOSE),
        "pausedType": parameter("recordType", "query", of_type, enum=every),
    }


def _filters(registry: Registry) -> Json:
    """Return the parameters that choose dead letters, as the fields of a filter in a body do."""
    fields = filter_fields(registry)
    of_keys = "The record's keys as in its path; for one `recordType`."
    after_text = "The key after which the list goes on: a `NextKey`."
    after: Json = {"maxLength": LONGEST_KEY}
    after_record: Json = {"maxLength": LONGEST_SEALED_KEY}
    size: Json = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}
    named = {
        "ofClient": "Client",
        "ofType": "RecordType",
        "errorType": "ErrorType",
        "errorCode": "ErrorCode",
        "errorField": "Field",
        "errorStatus": "Status",
    }
    return {
        **{key: parameter(f"{name[0].lower()}{name[1:]}", "query", **fields[name]) for key, name in named.items()},
        "ofKeys": parameter("keys", "query", of_keys, minLength=1),
        "after": parameter("after", "query", after_text, **after),
        "afterRecord": parameter("after", "query", f"{after_text} Only its list can read it.", **after_record),
        "pageSize": parameter("pageSize", "query", f"The most items of a page; {PAGE} by default.", **size),
        "group": parameter("group", "query", "`cause`: count the causes.", enum=["cause"]),
    }


def _request_body(schema: str, examples: dict[str, Json]) -> Json:
    one = _ref("schemas", schema)
    array: Json = {"type": "array", "items": one, "minItems": 1, "description": "Records of one type."}
    shown = {name: {"summary": name, "value": example} for name, example in examples.items()}
    return {
        "required": True,
        "description": "One record, or an array of records of the type that the path names.",
        "content": {"application/json": {"schema": {"oneOf": [one, array]}, "examples": shown}},
    }


def _schemas(registry: Registry) -> Json:
    """Return the schemas of what may be posted, by record type, and of any of them."""
    posted = {row.name: _posted(row) for row in registry}
    of_buyers = {f"{row.name}OfBuyer": _of_buyer(posted[row.name]) for row in _buyer_owned(registry)}
    one_of_all: Json = {
        "Record": {"description": "A record of any type.", "anyOf": _refs(posted)},
        "RecordOfBuyer": {"description": "A record of a type that buyers own.", "anyOf": _refs(of_buyers)},
    }
    return posted | of_buyers | one_of_all


def _posted(row: RecordType) -> Json:
    """Return the schema of a record as it is posted: with the source's version, which is none of its fields."""
    schema = schema_of(row)
    properties = {**schema["properties"], "SourceVersion": _SOURCE_VERSION}
    return schema | {"properties": properties, "examples": [example_of(row)], "x-record-type": described(row)}


def _of_buyer(schema: Json) -> Json:
    """Return the schema of a record that is posted below its buyer, whose ID it need not say."""
    kept = {name: value for name, value in schema.items() if name != "x-record-type"}
    required = [name for name in schema["required"] if name != "BuyerID"]
    return kept | {"required": required, "examples": [_without_buyer(example) for example in schema["examples"]]}


def _without_buyer(example: Json) -> Json:
    return {name: value for name, value in example.items() if name != "BuyerID"}


def _buyer_owned(registry: Registry) -> list[RecordType]:
    return [row for row in registry if row.buyer_owned]


def _refs(names: Iterable[str]) -> list[Json]:
    return [_ref("schemas", name) for name in names]


def _ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}
