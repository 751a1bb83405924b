"""Saving, listing and deleting assignments, for every kind alike; what differs is in the kind's row.

Runs inside the caller's transaction and raises Refusal for everything that OrderCloud refuses.
"""

from collections.abc import Callable, Mapping

from localdev.sandbox.assignment_rows import Assignment, Party, keyed
from localdev.sandbox.engine import Call, Engine
from localdev.sandbox.errors import Answer, bad_request, invalid, not_found
from localdev.sandbox.fields import Model
from localdev.sandbox.filters import comparable, fold, operands
from localdev.sandbox.listing import Listable, page_of
from localdev.sandbox.shapes import completed
from localdev.sandbox.store import Doc
from localdev.sandbox.tokens import Caller
from localdev.sandbox.validation import checked, failure

type Test = Callable[[Doc], bool]

# What assignment lists take beside the fields that they filter on.
PAGING = frozenset({"page", "pagesize", "pagekey"})
LEVELS: Mapping[str, Test] = {
    "User": lambda doc: bool(doc.get("UserID")),
    "Group": lambda doc: bool(doc.get("UserGroupID")),
    "Company": lambda doc: not any(doc.get(field) for field in ("UserID", "UserGroupID", "BuyerGroupID")),
    "BuyerGroup": lambda doc: bool(doc.get("BuyerGroupID")),
}


def save(engine: Engine, kind: Assignment, call: Call) -> Answer:
    """POST: make the assignment, or replace the one between the same parties; nothing is answered."""
    parent, model = _parent(engine, kind, call, writable=True), engine.description.models[kind.model]
    values, problems = checked(engine.description.models, model, call.body, partial=False)
    if problems:
        raise invalid(problems)
    doc, named = completed(model, values), {}
    if "SellerID" in doc:
        doc["SellerID"] = _seller(engine, call.caller, doc["SellerID"])
    for party in kind.parties:
        record = _named(engine, party, call.caller, parent, doc)
        doc[party.field] = record["ID"] if record else None
        if record:
            named[party.field] = record
    if problems := kind.rules(engine.store, doc, named):
        raise invalid(problems)
    engine.store.put(kind.name, parent, keyed(kind, doc))
    return Answer(204)


def listed(engine: Engine, kind: Assignment, call: Call) -> Answer:
    """GET: a page of the assignments that the caller reaches; most kinds are filtered by IDs and level alone."""
    parent, model = _parent(engine, kind, call, writable=False), engine.description.models[kind.model]
    operation = engine.description.operations[kind.collection]["GET"]
    docs = [doc for doc in engine.store.all(kind.name, parent) if _reached(engine, kind, call.caller, parent, doc)]
    query = list(call.query)
    if not operation.sortable:
        known = operation.query | {party.parameter for party in kind.parties}
        tests = [_test(model, known, *pair) for pair in query if pair[0].lower() not in PAGING]
        docs = [doc for doc in docs if all(test(doc) for test in tests)]
        query = [pair for pair in query if pair[0].lower() in PAGING]
    rules = Listable(engine.description.models, model, operation.searchable, operation.sortable)
    return Answer(200, page_of([completed(model, doc) for doc in docs], query, rules))


def delete(engine: Engine, kind: Assignment, call: Call) -> Answer:
    """DELETE: the assignment between exactly the parties that path and query name."""
    parent = _parent(engine, kind, call, writable=True)
    parties = [party for party in kind.parties if party.key]
    asked = {name.lower(): text for name, text in call.query if text}
    given = asked | {name.lower(): text for name, text in call.parameters.items()}
    doc = {party.field: given.get(party.parameter.lower()) for party in parties}
    if problems := [
        failure(party.parameter, "is required.") for party in parties if not (doc[party.field] or party.optional)
    ]:
        raise invalid(problems)
    key = keyed(kind, doc)["ID"]
    found = engine.store.get(kind.name, parent, key)
    # A party that this kind cannot have, say a user, means an assignment that cannot be.
    strangers = asked.keys() - {party.parameter.lower() for party in parties}
    if found is None or strangers or not _reached(engine, kind, call.caller, parent, found):
        raise not_found(kind.model, key)
    engine.store.delete(kind.name, parent, key)
    return Answer(204)


def _parent(engine: Engine, kind: Assignment, call: Call, *, writable: bool) -> str:
    # Whoever may not administer the records that the path is about may not administer their assignments.
    row = next(one for one in engine.resources if one.name == kind.parties[0].resource)
    return engine.parent(row, call, writable=writable)


def _named(engine: Engine, party: Party, caller: Caller, parent: str, doc: Doc) -> Doc | None:
    if not doc[party.field]:
        return None
    record = engine.found(party.resource, party.parent(parent, doc), doc[party.field], caller, writable=True)
    if record is None:
        raise not_found(party.model, doc[party.field])
    return record


def _reached(engine: Engine, kind: Assignment, caller: Caller, parent: str, doc: Doc) -> bool:
    if caller.company is None:
        return True  # the seller's users reach everything
    first = kind.parties[0]
    return engine.found(first.resource, first.parent(parent, doc), doc[first.field], caller, writable=True) is not None


def _seller(engine: Engine, caller: Caller, given: str | None) -> str | None:
    # Only the marketplace owner can sell in another's name, and need not say so when it sells in its own.
    return None if caller.company or fold(given or "") == fold(engine.marketplace) else given


def _test(model: Model, known: frozenset[str], name: str, text: str) -> Test:
    if name not in known:
        raise bad_request("List.InvalidProperty", f"{name!r} cannot be filtered on.", {"Property": name})
    if name == "level":
        chosen = next((test for level, test in LEVELS.items() if level.lower() == text.lower()), None)
        if chosen is None:
            message = f"level must be one of {', '.join(LEVELS)}."
            raise bad_request("ValidationFailure", message, {"Field": "level"})
        return chosen
    field = model.get(name[0].upper() + name[1:])
    if field is None:  # the description lets one ask for users also where none can be assigned
        return lambda _doc: False
    wanted = operands(name, field.kind, text)
    return lambda doc: comparable(doc[field.name]) in wanted
