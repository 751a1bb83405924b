"""Create, read, list, replace, patch and delete, for every resource alike; what differs is in the resource's row.

Runs inside the caller's transaction and raises Refusal for everything that OrderCloud refuses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localdev.sandbox.dates import written
from localdev.sandbox.description import Description
from localdev.sandbox.errors import Answer, Problem, Refusal, id_exists, invalid, not_found, not_implemented
from localdev.sandbox.fields import Model
from localdev.sandbox.filters import fold
from localdev.sandbox.listing import Listable, page_of
from localdev.sandbox.resources import Doc, Reference, Resource
from localdev.sandbox.shapes import completed, merged
from localdev.sandbox.store import Store
from localdev.sandbox.tokens import Caller
from localdev.sandbox.validation import checked, too_long


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
        parent = self.parent(resource, call)
        values = self._checked(resource, call.body, partial=False)
        values["ID"] = values.get("ID") or self.new_id()
        doc = self.save(resource, call, parent, None, completed(self._model(resource), values))
        return Answer(201, doc, {"Location": f"{call.path.rstrip('/')}/{doc['ID']}"})

    def read(self, resource: Resource, call: Call) -> Answer:
        """GET of one record."""
        return Answer(200, self.shown(resource, self.current(resource, call, writable=False)))

    def list(self, resource: Resource, call: Call) -> Answer:
        """GET of a list."""
        operation = self.description.operations[resource.collection]["GET"]
        for name, _ in call.query:
            if name in operation.query:
                raise not_implemented(f"the parameter {name} of {resource.collection}")
        docs = [
            self.shown(resource, doc)
            for doc in self.store.all(resource.name, self.parent(resource, call))
            if self._reachable(resource, call.caller, doc, writable=False)
        ]
        rules = Listable(self.description.models, self._model(resource), operation.searchable, operation.sortable)
        return Answer(200, page_of(docs, call.query, rules))

    def replace(self, resource: Resource, call: Call) -> Answer:
        """PUT: the whole record, created when it is not there; the server's own fields stay."""
        parent, uri_id = self.parent(resource, call), call.parameters[resource.parameters[-1]]
        found = self.store.get(resource.name, parent, uri_id)
        before = self.current(resource, call) if found else None
        body = {**call.body, "ID": call.body.get("ID") or (before["ID"] if before else uri_id)}
        model = self._model(resource)
        doc = completed(model, self._checked(resource, body, partial=False))
        if before:
            doc |= {name: before[name] for name, one in model.items() if one.read_only}
        return Answer(200, self.save(resource, call, parent, before, doc))

    def patch(self, resource: Resource, call: Call) -> Answer:
        """PATCH: the fields sent, the rest as it was."""
        before = self.current(resource, call)
        changes = self._checked(resource, call.body, partial=True)
        changes["ID"] = changes.get("ID") or before["ID"]
        doc = merged(self.description.models, self._model(resource), before, changes, deep_xp=self.deep_xp)
        return Answer(200, self.save(resource, call, self.parent(resource, call), before, doc))

    def delete(self, resource: Resource, call: Call) -> Answer:
        """DELETE: the record and everything below it; who referred to it refers to nothing."""
        doc = self.current(resource, call)
        key = (resource.name, self.parent(resource, call), doc["ID"])
        self.store.delete(*key)
        self.store.delete_below(*key)
        self._point(resource, doc["ID"], None)
        return Answer(204)

    def parent(self, resource: Resource, call: Call) -> str:
        """Return the path of IDs above a record, after checking that each of them is there for this caller."""
        if resource.owned and call.caller.user_type == "buyer":
            message = "User is not authorized to administer this resource."
            raise Refusal(403, Problem("Auth.UserNotAuthorizedToAdmin", message))
        above: list[str] = []
        for parameter in resource.parameters[:-1]:
            template = resource.template[: resource.template.index(f"{{{parameter}}}") + len(parameter) + 2]
            owner = next(one for one in self.resources if one.template == template)
            found = self.store.get(owner.name, "/".join(above), call.parameters[parameter])
            if found is None or not self._reachable(owner, call.caller, found, writable=False):
                raise not_found(owner.model, call.parameters[parameter])
            above.append(call.parameters[parameter])
        return "/".join(above)

    def current(self, resource: Resource, call: Call, *, writable: bool = True) -> Doc:
        """Return the record that a path means; 404 also for one that the caller may not see (or not write)."""
        record_id = call.parameters[resource.parameters[-1]]
        doc = self.store.get(resource.name, self.parent(resource, call), record_id)
        if doc is None or not self._reachable(resource, call.caller, doc, writable=writable):
            raise not_found(resource.model, record_id)
        return completed(self._model(resource), doc)

    def save(self, resource: Resource, call: Call, parent: str, before: Doc | None, doc: Doc) -> Doc:
        """Write a whole object, new or changed, perhaps under a new ID; return it as it is shown."""
        moved = before is None or fold(before["ID"]) != fold(doc["ID"])
        if moved and self.store.get(resource.name, parent, doc["ID"]) is not None:
            raise id_exists(resource.model, doc["ID"])
        if problems := [*resource.rules(doc), *too_long(doc)]:
            raise invalid(problems)
        now = written(self.clock())
        if resource.owned:
            doc = {**doc, "OwnerID": before["OwnerID"] if before else self._owner(call.caller, doc["OwnerID"])}
        if before is None and "DateCreated" in doc:
            doc = {**doc, "DateCreated": now}
        for reference in resource.references:
            if before is None or doc[reference.field] != before[reference.field]:
                doc = {**doc, reference.field: self._referred(reference, call.caller, doc[reference.field])}
        doc = resource.stamped(doc, before, now)
        if before is not None and moved:
            self.store.delete(resource.name, parent, before["ID"])
            self.store.move(resource.name, parent, before["ID"], doc["ID"])
        self.store.put(resource.name, parent, doc)
        if before is not None and before["ID"] != doc["ID"]:
            self._point(resource, before["ID"], doc["ID"])
        return self.shown(resource, doc)

    def shown(self, resource: Resource, doc: Doc) -> Doc:
        """Return a kept object as an answer has it: every field of its model but the write-only ones."""
        model = self._model(resource)
        whole = resource.shown(completed(model, doc), written(self.clock()))
        return {name: value for name, value in whole.items() if not model[name].write_only}

    def _model(self, resource: Resource) -> Model:
        return self.description.models[resource.model]

    def _checked(self, resource: Resource, body: Mapping[str, Any], *, partial: bool) -> Doc:
        values, problems = checked(self.description.models, self._model(resource), body, partial=partial)
        if problems:
            raise invalid(problems)
        return values

    def _reachable(self, resource: Resource, caller: Caller, doc: Doc, *, writable: bool) -> bool:
        if not resource.owned or caller.company is None:
            return True  # the seller's users reach everything
        own = fold(doc["OwnerID"] or "") == fold(caller.company)
        return own or (not writable and resource.shared(doc, caller.company))

    def _owner(self, caller: Caller, given: str | None) -> str:
        if caller.company is not None:
            return caller.company
        if not given or fold(given) == fold(self.marketplace):
            return self.marketplace
        return self._referred(Reference("OwnerID", "suppliers", "Supplier"), caller, given) or self.marketplace

    def _referred(self, reference: Reference, caller: Caller, record_id: str | None) -> str | None:
        if not record_id:
            return None
        found = self.store.get(reference.resource, "", record_id)
        target = next((one for one in self.resources if one.name == reference.resource), None)
        if found is not None and (target is None or self._reachable(target, caller, found, writable=False)):
            return str(found["ID"])
        if found is None and reference.trusted_unseen and not self.store.knows_any(reference.resource):
            return record_id
        raise not_found(reference.model, record_id)

    def _point(self, target: Resource, old_id: str, new_id: str | None) -> None:
        for resource in self.resources:
            for reference in resource.references:
                if reference.resource == target.name:
                    self.store.point(resource.name, reference.field, old_id, new_id)
