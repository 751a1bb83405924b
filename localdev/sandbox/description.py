"""OrderCloud's API description, read once: operations by verb and path, and the models they carry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from localdev.sandbox.corrections import CORRECTIONS, NEWER_OPERATIONS, NEWER_PARAMETERS
from localdev.sandbox.fields import Model, Models, corrected, field_of

FILE = Path(__file__).with_name("openapi.json")
# What every list understands; `filters`, an object in the description, is plain parameters on the wire.
LIST_PARAMETERS = frozenset({"search", "searchOn", "searchType", "sortBy", "page", "pageSize", "pageKey", "filters"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb on one path template, e.g. GET /products/{productID}. An empty `roles` means that any token will do."""

    name: str
    method: str
    template: str
    roles: frozenset[str]
    takes_body: bool
    query: frozenset[str]
    searchable: tuple[str, ...]
    sortable: tuple[str, ...]


type Operations = Mapping[str, Mapping[str, Operation]]


@dataclass(frozen=True, slots=True)
class Description:
    """All operations and models of the API."""

    operations: Operations
    models: Models

    @classmethod
    def load(cls) -> Self:
        """Read the description that lies beside this module, with the corrections laid over its models."""
        document = json.loads(FILE.read_text(encoding="utf-8"))
        operations = {
            template: {method.upper(): _operation(method.upper(), template, body) for method, body in methods.items()}
            for template, methods in document["paths"].items()
        }
        return cls(_with_newer(operations), _models(document))

    def match(self, segments: list[str]) -> tuple[str, dict[str, str]] | None:
        """Return the path template and the parameters of a path; words win over parameters, in any case."""
        found: list[tuple[list[bool], str, dict[str, str]]] = []
        for template in self.operations:
            parts = template.strip("/").split("/")
            if len(parts) != len(segments):
                continue
            pairs = list(zip(parts, segments, strict=True))
            if all(part[0] == "{" or part.lower() == segment.lower() for part, segment in pairs):
                parameters = {part[1:-1]: segment for part, segment in pairs if part[0] == "{"}
                found.append(([part[0] == "{" for part in parts], template, parameters))
        return min(found, key=lambda match: match[0])[1:] if found else None


def _operation(method: str, template: str, body: Mapping[str, Any]) -> Operation:
    query = {one["name"]: one["schema"] for one in body.get("parameters", ()) if one["in"] == "query"}

    def names(parameter: str) -> tuple[str, ...]:
        listed = query.get(parameter, {}).get("items", {}).get("enum", ())
        return tuple(name for name in listed if not name.startswith("!"))

    return Operation(
        name=body["operationId"],
        method=method,
        template=template,
        roles=frozenset(role for scheme in body["security"] for role in scheme["OAuth2"]),
        takes_body="requestBody" in body,
        query=frozenset(query) - LIST_PARAMETERS,
        searchable=names("searchOn"),
        sortable=names("sortBy"),
    )


def _with_newer(operations: Operations) -> Operations:
    result = {template: dict(methods) for template, methods in operations.items()}
    for known, query in NEWER_PARAMETERS.items():
        method, template = known.split()
        one = result[template][method]
        result[template][method] = replace(one, query=one.query | set(query.split()))
    for new, (like, query) in NEWER_OPERATIONS.items():
        (method, template), (like_method, like_template) = new.split(), like.split()
        one = operations[like_template][like_method]
        one = replace(one, name=new, method=method, template=template, query=frozenset(query.split()))
        result.setdefault(template, {})[method] = one
    return result


def _models(document: Mapping[str, Any]) -> Models:
    schemas = document["components"]["schemas"]
    models: dict[str, Model] = {
        name: {field: field_of(field, body, schemas) for field, body in schema["properties"].items()}
        for name, schema in schemas.items()
        if "properties" in schema
    }
    for name, field in _required(document):
        models[name] = {**models[name], field: replace(models[name][field], required=True)}
    return {
        name: corrected(name, models.get(name, {}), CORRECTIONS.get(name, "")) for name in {**models, **CORRECTIONS}
    }


def _required(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    # The description says what is required beside each request body, not in the model.
    found = set()
    for methods in document["paths"].values():
        for operation in methods.values():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            for part in schema.get("allOf", ()):
                found |= {(part["$ref"].rpartition("/")[2], field) for field in schema.get("required", ())}
    return found
