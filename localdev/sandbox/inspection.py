"""Looking at and changing the sandbox's records past OrderCloud's rules, as tests do through the control API."""

from collections.abc import Mapping
from typing import Any

from localdev.sandbox.engine import Engine
from localdev.sandbox.errors import Problem, Refusal
from localdev.sandbox.resources import Doc, Resource
from localdev.sandbox.shapes import completed


def state_of(engine: Engine) -> dict[str, dict[str, Doc]]:
    """Return all records by resource and ID, as answers show them; below another record the IDs above come first."""
    state: dict[str, dict[str, Doc]] = {resource.name: {} for resource in engine.resources}
    for name, parent, doc in engine.store.everything():
        resource = _resource(engine, name)
        shown = engine.shown(resource, doc) if resource else doc
        state.setdefault(name, {})[f"{parent}/{doc['ID']}".lstrip("/")] = shown
    return state


def overwrite(engine: Engine, name: str, path: str, body: Mapping[str, Any]) -> Doc:
    """Lay fields over a record, or make it: somebody else's change, or a record to refer to. Nothing is checked."""
    parent, _, record_id = path.rpartition("/")
    resource = _resource(engine, name)
    if resource is None and f"/{name}" not in engine.description.operations:
        raise Refusal(404, Problem("NotFound", f"OrderCloud has no resource {name!r}."))
    doc = engine.store.get(name, parent, record_id)
    if doc is None:
        models = engine.description.models
        doc = completed(models[resource.model], {"OwnerID": engine.marketplace}) if resource else {}
        doc["ID"] = record_id
    doc = {**doc, **body, "ID": doc["ID"]}
    engine.store.put(name, parent, doc)
    return engine.shown(resource, doc) if resource else doc


def remove(engine: Engine, name: str, path: str) -> None:
    """Take a record away, with what lies below it; references to it stay as they are."""
    parent, _, record_id = path.rpartition("/")
    engine.store.delete(name, parent, record_id)
    engine.store.delete_below(name, parent, record_id)


def _resource(engine: Engine, name: str) -> Resource | None:
    return next((resource for resource in engine.resources if resource.name == name), None)
