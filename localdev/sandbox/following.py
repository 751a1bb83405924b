"""What becomes of other records when one is renamed or deleted. Rules are asked before, by the engine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from localdev.sandbox import assignment_rows, variant_specs
from localdev.sandbox.filters import fold
from localdev.sandbox.resources import Place, Resource


@dataclass(frozen=True, slots=True)
class Pointer:
    """A field of a kept record that means another record."""

    resource: str
    parent: str
    record_id: str
    field: str


def rename(resources: Sequence[Resource], resource: Resource, place: Place, old_id: str, new_id: str) -> None:
    """Move what is known of a record, and what lies below it, to a new ID; the record itself is then to be written."""
    pointers = list(_pointers(resources, place, resource.name, old_id))
    place.store.delete(resource.name, place.parent, old_id)
    place.store.move(resource.name, place.parent, old_id, new_id)
    _point(place, pointers, new_id)
    if resource.name == "suppliers":
        for one in resources:
            if one.owned:
                place.store.point(one.name, "OwnerID", old_id, new_id)
    assignment_rows.follow(place.store, resource.name, place.parent, old_id, new_id)
    variant_specs.follow(place.store, resource.name, place.parent, old_id, new_id)


def delete(resources: Sequence[Resource], resource: Resource, place: Place, record_id: str) -> None:
    """Delete a record and everything below it; what pointed there points to nothing, assignments of it are gone."""
    store, record = place.store, (resource.name, place.parent, record_id)
    doomed = [record, *store.below(*record)]
    pointers = [
        pointer
        for name, parent, one_id in doomed
        for pointer in _pointers(resources, replace(place, parent=parent), name, one_id)
    ]
    store.delete(*record)
    store.delete_below(*record)
    _point(place, pointers, None)
    for one in doomed:
        assignment_rows.follow(store, *one, None)


def _pointers(resources: Sequence[Resource], place: Place, name: str, record_id: str) -> Iterator[Pointer]:
    """Yield what points to a record that is still there, at `place`."""
    store, target = place.store, (name, fold(place.parent))
    for resource in resources:
        for reference in resource.references:
            if name not in reference.to:
                continue
            for parent, doc in list(store.referring(resource.name, reference.field, record_id)):
                places = ((one, fold(above)) for one, above in reference.places(doc, replace(place, parent=parent)))
                if next((one for one in places if store.get(*one, record_id) is not None), None) == target:
                    yield Pointer(resource.name, parent, doc["ID"], reference.field)


def _point(place: Place, pointers: Sequence[Pointer], new_id: str | None) -> None:
    for pointer in pointers:
        doc = place.store.get(pointer.resource, pointer.parent, pointer.record_id)
        if doc is not None:  # it may have been deleted, or renamed, in the same go
            place.store.put(pointer.resource, pointer.parent, {**doc, pointer.field: new_id})
