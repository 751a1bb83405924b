"""Specs and their options."""

from localdev.sandbox.errors import Problem
from localdev.sandbox.resources.row import Doc, Place, Reference, Resource, Where


def _own_options(doc: Doc, _place: Place) -> list[Where]:
    return [("specs/options", doc["ID"])]


def _spec_rules(doc: Doc, _before: Doc | None, _place: Place) -> list[Problem]:
    if not doc["DefinesVariant"]:
        return []
    problems = []
    if not doc["Required"]:
        message = "A spec that defines variants must be required."
        problems.append(Problem("Spec.MustBeRequired", message, {"Field": "Required"}))
    if doc["AllowOpenText"]:
        message = "A spec that defines variants cannot allow open text."
        problems.append(Problem("Spec.CannotAllowOpenText", message, {"Field": "AllowOpenText"}))
    return problems


def _spec_shown(doc: Doc, place: Place) -> Doc:
    options = sorted(place.store.all("specs/options", doc["ID"]), key=lambda option: option.get("ListOrder", 0))
    return {**doc, "OptionCount": len(options), "Options": options}


SPECS = Resource(
    "/specs/{specID}",
    "Spec",
    owned=True,
    references=(Reference("DefaultOptionID", "SpecOption", ("specs/options",), _own_options),),
    rules=_spec_rules,
    shown=_spec_shown,
)
SPEC_OPTIONS = Resource("/specs/{specID}/options/{optionID}", "SpecOption")
