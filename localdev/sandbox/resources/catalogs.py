"""Catalogs and their trees of categories."""

from collections.abc import Iterator

from localdev.sandbox.errors import Problem, bad_request
from localdev.sandbox.filters import fold
from localdev.sandbox.resources.row import Doc, Place, Reference, Resource, Where

CATEGORY_NAME = "catalogs/categories"


def _catalog_shown(doc: Doc, place: Place) -> Doc:
    return {**doc, "CategoryCount": place.store.count(CATEGORY_NAME, doc["ID"])}


def _catalog_needed(doc: Doc, place: Place) -> list[Problem]:
    if not any(place.store.referring("buyers", "DefaultCatalogID", doc["ID"])):
        return []
    return [Problem("Catalog.CannotDelete", "The catalog is the default catalog of a buyer.", {"CatalogID": doc["ID"]})]


def _siblings(_doc: Doc, place: Place) -> list[Where]:
    return [(CATEGORY_NAME, place.parent)]


def _category_rules(doc: Doc, before: Doc | None, place: Place) -> list[Problem]:
    own = {fold(doc["ID"]), fold(before["ID"]) if before else fold(doc["ID"])}
    if not any(fold(one) in own for one in _upwards(doc, place)):
        return []
    return [Problem("Category.CircularReference", "A category cannot lie below itself.", {"Field": "ParentID"})]


def _upwards(doc: Doc, place: Place) -> Iterator[str]:
    """Yield the IDs of the categories above one; an ID comes twice, and last, when they go round in a circle."""
    seen: set[str] = set()
    above = doc.get("ParentID")
    while above:
        yield above
        if fold(above) in seen:
            return
        seen.add(fold(above))
        above = (place.store.get(CATEGORY_NAME, place.parent, above) or {}).get("ParentID")


def _children(category_id: str, place: Place) -> list[str]:
    found = place.store.referring(CATEGORY_NAME, "ParentID", category_id)
    return [doc["ID"] for parent, doc in found if parent == fold(place.parent)]


def _category_shown(doc: Doc, place: Place) -> Doc:
    return {**doc, "ChildCount": len(_children(doc["ID"], place))}


def _descendants(doc: Doc, place: Place) -> list[str]:
    found = [doc["ID"]]
    for category_id in found:
        found += [child for child in _children(category_id, place) if child not in found]
    return found[1:]


def _within_depth(text: str | None, doc: Doc, place: Place) -> bool:
    if text is not None and text.lower() == "all":
        return True
    text = text or "1"
    if not (text.isascii() and text.isdigit() and int(text)):
        message = "Depth must be a whole number above 0, or all."
        raise bad_request("Category.InvalidDepth", message, {"Field": "depth"})
    return sum(1 for _ in _upwards(doc, place)) < int(text)


CATALOGS = Resource("/catalogs/{catalogID}", "Catalog", owned=True, shown=_catalog_shown, against=_catalog_needed)
CATEGORIES = Resource(
    "/catalogs/{catalogID}/categories/{categoryID}",
    "Category",
    references=(Reference("ParentID", "Category", (CATEGORY_NAME,), _siblings),),
    narrowings={"depth": _within_depth},
    rules=_category_rules,
    shown=_category_shown,
    along=_descendants,
)
