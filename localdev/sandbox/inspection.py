"""Looking at and changing the sandbox's records past OrderCloud's rules, as tests do through the control API."""

from collections.abc import Mapping
from typing import Any

from localdev.sandbox.assignment_rows import ASSIGNMENTS, parties_of
from localdev.sandbox.engine import Engine
from localdev.sandbox.errors import Problem, Refusal
from localdev.sandbox.resources import Doc, Resource
from localdev.sandbox.shapes import completed


def state_of(engine: Engine) -> dict[str, dict[str, Doc]]:
    """Return all records by resource and ID, as answers show them; below another record the IDs above come first."""
    models = {kind.name: engine.description.models[kind.model] for kind in ASSIGNMENTS}
    state: dict[str, dict[str, Doc]] = {name: {} for name in (*(one.name for one in engine.resources), *models)}
    for name, parent, doc in engine.store.everything():
        resource = _resource(engine, name)
        shown = engine.shown(resource, parent, doc) if resource else doc
        if name in models:
            shown = completed(models[name], doc)
        state.setdefault(name, {})[f"{parent}/{doc['ID']}".lstrip("/")] = shown
    return state


def located(engine: Engine, path: str) -> tuple[str, str]:
    """Split `specs/options/S/O` into resource and IDs; where no resource is known by name, it is the first word."""
    words = path.split("/")
    for name, template in sorted(_collections(engine).items(), key=lambda one: -len(one[0])):
        rest = words[name.count("/") + 1 :]
        if path.startswith(f"{name}/") and len(rest) > template.count("{"):
            return name, "/".join(rest)
    return words[0], "/".join(words[1:])


def overwrite(engine: Engine, name: str, path: str, body: Mapping[str, Any]) -> Doc:
    """Lay fields over a record, or make it: somebody else's change, or a record to refer to. Nothing is checked."""
    parent, record_id = _divided(engine, name, path)
    resource = _resource(engine, name)
    if name not in _collections(engine) and f"/{name}" not in engine.description.operations:
        raise Refusal(404, Problem("NotFound", f"OrderCloud has no resource {name!r}."))
    doc = engine.store.get(name, parent, record_id)
    if doc is None:
        doc = {**_blank(engine, name, record_id), "ID": record_id}
    doc = {**doc, **body, "ID": doc["ID"]}
    engine.store.put(name, parent, doc)
    return engine.shown(resource, parent, doc) if resource else doc


def remove(engine: Engine, name: str, path: str) -> None:
    """Take a record away, with what lies below it; references to it stay as they are."""
    parent, record_id = _divided(engine, name, path)
    engine.store.delete(name, parent, record_id)
    engine.store.delete_below(name, parent, record_id)


def _blank(engine: Engine, name: str, record_id: str) -> Doc:
    models, resource = engine.description.models, _resource(engine, name)
    if resource is not None:
        return completed(models[resource.model], {"OwnerID": engine.marketplace})
    kind = next((one for one in ASSIGNMENTS if one.name == name), None)
    return completed(models[kind.model], parties_of(kind, record_id)) if kind else {}


def _divided(engine: Engine, name: str, path: str) -> tuple[str, str]:
    ids, above = path.split("/"), _collections(engine).get(name, "").count("{")
    return "/".join(ids[:above]), "/".join(ids[above:])


def _collections(engine: Engine) -> dict[str, str]:
    rows = {one.name: one.collection for one in engine.resources}
    return rows | {kind.name: kind.collection for kind in ASSIGNMENTS}


def _resource(engine: Engine, name: str) -> Resource | None:
    return next((resource for resource in engine.resources if resource.name == name), None)
