"""The shapes of kept objects: whole ones after POST and PUT, merged ones after PATCH. Pure; nothing is checked here."""

from collections.abc import Mapping
from typing import Any

from localdev.sandbox.fields import Kind, Model, Models


def completed(model: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole object: what is given, and each other field at its default."""
    return {field.name: values.get(field.name, [] if field.many else field.default) for field in model.values()}


def merged(
    models: Models, model: Model, current: Mapping[str, Any], changes: Mapping[str, Any], *, deep_xp: bool
) -> dict[str, Any]:
    """Return an object with the changes of a PATCH made.

    Sub-models merge field by field and lists are replaced; of `xp` the first level merges, or all (`deep_xp`).
    """
    result = dict(current)
    for name, value in changes.items():
        field, old = model[name], current.get(name)
        if field.kind is Kind.MODEL and not field.many and value is not None:
            part = models[field.model or ""]
            result[name] = merged(models, part, old or completed(part, {}), value, deep_xp=deep_xp)
        elif name == "xp" and value is not None and old is not None:
            result[name] = _deep(old, value) if deep_xp else {**old, **value}
        else:
            result[name] = value
    return result


def _deep(old: Any, new: Any) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return {**old, **{key: _deep(old.get(key), value) for key, value in new.items()}}
