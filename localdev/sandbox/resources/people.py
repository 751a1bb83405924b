"""The users of buyers and suppliers. Their passwords are kept as digests; nobody signs in with them here."""

from collections.abc import Callable, Iterator

from localdev.sandbox.clients import digest
from localdev.sandbox.errors import Problem, Refusal
from localdev.sandbox.filters import fold
from localdev.sandbox.resources.row import BUYING, SELLING, Doc, Place, Resource

BUYER_USER_NAME = "buyers/users"
SUPPLIER_USER_NAME = "suppliers/users"


def _users(template: str, name: str, field: str, users: frozenset[str]) -> Resource:
    """Return the row for the users of one kind of company; `field` holds it in the users of API clients."""
    return Resource(
        template,
        "User",
        users=users,
        rules=_unique_name(name, field),
        stamped=_password_stamped,
        shown=_with_company(name.partition("/")[0]),
        against=_not_a_client(field),
    )


def _unique_name(name: str, field: str) -> Callable[[Doc, Doc | None, Place], list[Problem]]:
    def rules(doc: Doc, before: Doc | None, place: Place) -> list[Problem]:
        own = (name, fold(place.parent), fold((before or doc)["ID"]))
        if any(user != own for user in _bearers(doc["Username"], place)):
            message = "Another user has this username."
            raise Refusal(409, Problem("User.UsernameMustBeUnique", message, {"Field": "Username"}))
        return []

    def _bearers(username: str, place: Place) -> Iterator[tuple[str, str, str]]:
        for resource in (BUYER_USER_NAME, SUPPLIER_USER_NAME):
            for parent, user in place.store.referring(resource, "Username", username):
                yield resource, parent, fold(user["ID"])
        for client in place.store.clients():
            user = client["user"]
            if fold(user["Username"]) == fold(username):
                yield (name if user[field] else "", fold(user[field] or ""), fold(user["ID"]))

    return rules


def _password_stamped(doc: Doc, before: Doc | None, place: Place) -> Doc:
    given, old = doc["Password"], before["Password"] if before else None
    return doc if given == old or not given else {**doc, "Password": digest(given), "PasswordLastSetDate": place.now}


def _with_company(resource: str) -> Callable[[Doc, Place], Doc]:
    def shown(doc: Doc, place: Place) -> Doc:
        company = place.store.get(resource, "", place.parent)
        return {**doc, "CompanyID": company["ID"] if company else None}

    return shown


def _not_a_client(field: str) -> Callable[[Doc, Place], list[Problem]]:
    def against(doc: Doc, place: Place) -> list[Problem]:
        own = (fold(place.parent), fold(doc["ID"]))
        users = [client["user"] for client in place.store.clients()]
        if own not in [(fold(user[field] or ""), fold(user["ID"])) for user in users]:
            return []
        return [Problem("User.CannotDeleteDefaultContextUser", "An API client acts as this user.")]

    return against


BUYER_USERS = _users("/buyers/{buyerID}/users/{userID}", BUYER_USER_NAME, "BuyerID", BUYING)
SUPPLIER_USERS = _users("/suppliers/{supplierID}/users/{userID}", SUPPLIER_USER_NAME, "SupplierID", SELLING)
