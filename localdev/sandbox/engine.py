"""Create, read, list, replace, patch and delete, for every resource alike; what differs is in the resource's row.

Runs inside the caller's transaction and raises Refusal for everything that OrderCloud refuses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localdev.sandbox import following
from localdev.sandbox.dates import written
from localdev.sandbox.description import Description
from localdev.sandbox.errors import Answer, Problem, Refusal, id_exists, invalid, not_found, not_implemented
from localdev.sandbox.fields import Field, Model
from localdev.sandbox.filters import fold
from localdev.sandbox.listing import Listable, page_of
from localdev.sandbox.resources import Doc, Place, Reference, Resource
from localdev.sandbox.shapes import completed, merged
from localdev.sandbox.store import Store
from localdev.sandbox.tokens import Caller
from localdev.sandbox.validation import checked, too_long

OWNER = Reference("OwnerID", "Supplier", ("suppliers",))


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised API call: who, on which path IDs, with which query and body."""

    caller: Caller
    path: str
    parameters: Mapping[str, str]
    query: Sequence[tuple[str, str]] = ()
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Engine:
    """The rules that all resources share. `marketplace` is the seller's own ID; `deep_xp` how a PATCH merges xp."""

    store: Store
    description: Description
    resources: Sequence[Resource]
    marketplace: str
    deep_xp: bool
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def create(self, resource: Resource, call: Call) -> Answer:
        """POST: a new record, 201; an ID that is taken answers 409."""
        self._heed(call, resource.collection, "POST")
        parent = self.parent(resource, call, writable=True)
        values = self._checked(resource, call.body, partial=False)
        values["ID"] = values.get("ID") or self.new_id()
        doc = self.save(resource, call, parent, None, completed(self._model(resource), values))
        return Answer(201, doc, {"Location": f"{call.path.rstrip('/')}/{doc['ID']}"})

    def read(self, resource: Resource, call: Call) -> Answer:
        """GET of one record."""
        doc = self.current(resource, call, writable=False)
        return Answer(200, self.shown(resource, self.parent(resource, call), doc))

    def list(self, resource: Resource, call: Call) -> Answer:
        """GET of a list."""
        operation = self.description.operations[resource.collection]["GET"]
        own = {name: text for name, text in call.query if name in operation.query}
        for name in own.keys() - resource.narrowings.keys():
            raise not_implemented(f"the parameter {name} of {resource.collection}")
        place = self._place(self.parent(resource, call))
        docs = [
            self.shown(resource, place.parent, doc)
            for doc in self.store.all(resource.name, place.parent)
            if self._reachable(resource, call.caller, doc, writable=False)
            and all(passes(own.get(name), doc, place) for name, passes in resource.narrowings.items())
        ]
        rules = Listable(self.description.models, self._model(resource), operation.searchable, operation.sortable)
        return Answer(200, page_of(docs, [pair for pair in call.query if pair[0] not in own], rules))

    def replace(self, resource: Resource, call: Call) -> Answer:
        """PUT: the whole record, created when it is not there; the server's own fields stay."""
        self._heed(call, resource.template, "PUT")
        parent, uri_id = self.parent(resource, call, writable=True), call.parameters[resource.parameters[-1]]
        found = self.store.get(resource.name, parent, uri_id)
        before = self.current(resource, call) if found or not resource.creatable else None
        body = {**call.body, "ID": call.body.get("ID") or (before["ID"] if before else uri_id)}
        model = self._model(resource)
        doc = completed(model, self._checked(resource, body, partial=False))
        if before:
            doc |= {name: before[name] for name, one in model.items() if _survives(one, body)}
        return Answer(200, self.save(resource, call, parent, before, doc))

    def patch(self, resource: Resource, call: Call) -> Answer:
        """PATCH: the fields sent, the rest as it was."""
        self._heed(call, resource.template, "PATCH")
        before = self.current(resource, call)
        changes = self._checked(resource, call.body, partial=True)
        changes["ID"] = changes.get("ID") or before["ID"]
        doc = merged(self.description.models, self._model(resource), before, changes, deep_xp=self.deep_xp)
        return Answer(200, self.save(resource, call, self.parent(resource, call), before, doc))

    def delete(self, resource: Resource, call: Call) -> Answer:
        """DELETE: the record and everything below it; who referred to it refers to nothing."""
        doc = self.current(resource, call)
        place = self._place(self.parent(resource, call))
        if problems := resource.against(doc, place):
            raise invalid(problems)
        for record_id in (doc["ID"], *resource.along(doc, place)):
            following.delete(self.resources, resource, place, record_id)
        return Answer(204)

    def parent(self, resource: Resource, call: Call, *, writable: bool = False) -> str:
        """Return the path of IDs above a record, after checking that each of them is there for this caller.

        To write (`writable`) what has no owner of its own, the caller must be able to write what is above it.
        """
        if call.caller.user_type not in resource.users:
            raise _not_authorised()
        writable = writable and not resource.owned
        above: list[str] = []
        for parameter in resource.parameters[:-1]:
            template = resource.template[: resource.template.index(f"{{{parameter}}}") + len(parameter) + 2]
            owner = next(one for one in self.resources if one.template == template)
            found = self.store.get(owner.name, "/".join(above), call.parameters[parameter])
            if found is None or not self._reachable(owner, call.caller, found, writable=writable):
                raise not_found(owner.model, call.parameters[parameter])
            above.append(call.parameters[parameter])
        return "/".join(above)

    def current(self, resource: Resource, call: Call, *, writable: bool = True) -> Doc:
        """Return the record that a path means; 404 also for one that the caller may not see (or not write)."""
        record_id = call.parameters[resource.parameters[-1]]
        doc = self.store.get(resource.name, self.parent(resource, call, writable=writable), record_id)
        if doc is None or not self._reachable(resource, call.caller, doc, writable=writable):
            raise not_found(resource.model, record_id)
        return completed(self._model(resource), doc)

    def found(self, name: str, parent: str, record_id: str, caller: Caller, *, writable: bool) -> Doc | None:
        """Return a record by the name of its resource, unless the caller may not see it (or not write it)."""
        doc = self.store.get(name, parent, record_id)
        resource = next((one for one in self.resources if one.name == name), None)
        if doc is None or resource is None:
            return doc
        return doc if self._reachable(resource, caller, doc, writable=writable) else None

    def save(self, resource: Resource, call: Call, parent: str, before: Doc | None, doc: Doc) -> Doc:
        """Write a whole object, new or changed, perhaps under a new ID; return it as it is shown."""
        moved = before is None or fold(before["ID"]) != fold(doc["ID"])
        if moved and self.store.get(resource.name, parent, doc["ID"]) is not None:
            raise id_exists(resource.model, doc["ID"])
        if before is None and resource.company and call.caller.company is not None:
            raise _not_authorised()
        place = self._place(parent)
        if problems := [*resource.rules(doc, before, place), *too_long(doc)]:
            raise invalid(problems)
        doc = resource.stamped(self._settled(resource, call.caller, place, before, doc), before, place)
        if before is not None and before["ID"] != doc["ID"]:
            following.rename(self.resources, resource, place, before["ID"], doc["ID"])
        self.store.put(resource.name, parent, doc)
        resource.saved(doc, before, place)
        return self.shown(resource, parent, doc)

    def shown(self, resource: Resource, parent: str, doc: Doc) -> Doc:
        """Return a kept object as an answer has it: every field of its model but the write-only ones."""
        model = self._model(resource)
        whole = resource.shown(completed(model, doc), self._place(parent))
        return {name: value for name, value in whole.items() if not model[name].write_only}

    def _settled(self, resource: Resource, caller: Caller, place: Place, before: Doc | None, doc: Doc) -> Doc:
        """Return an object with its owner, its age, and the records it refers to as those are written."""
        if resource.owned:
            doc = {**doc, "OwnerID": before["OwnerID"] if before else self._owner(caller, place, doc["OwnerID"])}
        if before is None and "DateCreated" in doc:
            doc = {**doc, "DateCreated": place.now}
        kept = {**doc, "ID": before["ID"]} if before else doc  # what lies below it is still below its old ID
        for reference in resource.references:
            if before is None or doc[reference.field] != before[reference.field]:
                doc = {**doc, reference.field: self._referred(reference, caller, place, kept)}
        return doc

    def _place(self, parent: str) -> Place:
        return Place(self.store, parent, self.marketplace, written(self.clock()))

    def _heed(self, call: Call, template: str, method: str) -> None:
        for name, _ in call.query:
            if name in self.description.operations[template][method].query:
                raise not_implemented(f"the parameter {name} of {method} {template}")

    def _model(self, resource: Resource) -> Model:
        return self.description.models[resource.model]

    def _checked(self, resource: Resource, body: Mapping[str, Any], *, partial: bool) -> Doc:
        values, problems = checked(self.description.models, self._model(resource), body, partial=partial)
        if problems:
            raise invalid(problems)
        return values

    def _reachable(self, resource: Resource, caller: Caller, doc: Doc, *, writable: bool) -> bool:
        if caller.company is None:
            return True  # the seller's users reach everything
        if resource.company:
            # Who has no business with such companies is turned away at their path, and may name any of them.
            return fold(doc["ID"]) == fold(caller.company) or caller.user_type not in resource.users
        if not resource.owned:
            return True
        own = fold(doc["OwnerID"] or "") == fold(caller.company)
        return own or (not writable and resource.shared(doc, caller.company))

    def _owner(self, caller: Caller, place: Place, given: str | None) -> str:
        if caller.company is not None:
            return caller.company
        if not given or fold(given) == fold(self.marketplace):
            return self.marketplace
        return self._referred(OWNER, caller, place, {"OwnerID": given}) or self.marketplace

    def _referred(self, reference: Reference, caller: Caller, place: Place, doc: Doc) -> str | None:
        record_id = doc[reference.field]
        if not record_id:
            return None
        for name, parent in reference.places(doc, place):
            record = self.found(name, parent, record_id, caller, writable=False)
            if record is not None:
                return str(record["ID"])
        raise not_found(reference.model, record_id)


def _survives(field: Field, body: Mapping[str, Any]) -> bool:
    return field.read_only or (field.write_only and field.name not in body)


def _not_authorised() -> Refusal:
    return Refusal(403, Problem("Auth.UserNotAuthorizedToAdmin", "User is not authorized to administer this resource."))
