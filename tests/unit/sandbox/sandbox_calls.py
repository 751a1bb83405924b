"""Calls to the sandbox's API as its tests make them: past HTTP and tokens, with the caller given."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from openapi.journals import expect_valid

from localdev.sandbox.api import handlers
from localdev.sandbox.description import Description
from localdev.sandbox.engine import Call, Engine
from localdev.sandbox.errors import Answer, Refusal
from localdev.sandbox.resources import RESOURCES
from localdev.sandbox.store import Store
from localdev.sandbox.tokens import Caller

DESCRIPTION = Description.load()
NOW = datetime(2024, 5, 1, tzinfo=UTC)


def caller(kind: str, **company: str) -> Caller:
    roles = frozenset({"FullAccess"})
    return Caller("CLIENT", {"UserType": kind, **company}, roles, ("FullAccess",), client_active=True)


SELLER = caller("admin")
ACME = caller("supplier", SupplierID="Acme")
GLOBEX = caller("supplier", SupplierID="Globex")
SHOPPER = caller("buyer", BuyerID="Shop")


class Sandbox:
    """An engine and its handlers. Nothing is created by a test but through calls or the store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        new_ids = (f"new-{number}" for number in range(1, 100))
        self.engine = Engine(
            store,
            DESCRIPTION,
            RESOURCES,
            marketplace="SANDBOX",
            deep_xp=False,
            clock=lambda: NOW,
            new_id=lambda: next(new_ids),
        )
        self._handlers = handlers(self.engine)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, by: Caller = SELLER) -> Answer:
        """Make one call; `path` may end with a query. The answer must be as OrderCloud's API description says."""
        path, _, query = path.partition("?")
        match = DESCRIPTION.match(path.strip("/").split("/"))
        assert match is not None
        template, parameters = match
        call = Call(by, f"/v1{path}", parameters, parse_qsl(query), body or {})
        answer = self._handlers[method, template](call)
        entry = {"method": method, "path": call.path, "status": answer.status, "response": answer.body}
        expect_valid([entry], requests=False)
        return answer

    def post(self, path: str, *bodies: dict[str, Any]) -> None:
        """Post records as the seller."""
        for body in bodies:
            assert self.call("POST", path, body).status in {201, 204}

    def items(self, path: str, by: Caller = SELLER) -> list[dict[str, Any]]:
        """Return the items of a list."""
        items: list[dict[str, Any]] = self.call("GET", path, by=by).body["Items"]
        return items

    def refusal(
        self, method: str, path: str, body: dict[str, Any] | None = None, by: Caller = SELLER
    ) -> tuple[int, list[tuple[str, Any]]]:
        """Make a call that must be refused; return the status, and code and data of each error."""
        with pytest.raises(Refusal) as refused:
            self.call(method, path, body, by)
        return refused.value.status, [(one.code, one.data) for one in refused.value.problems]


@contextmanager
def opened(directory: Path) -> Iterator[Sandbox]:
    """Give a sandbox on a directory."""
    with closing(Store(directory)) as store:
        yield Sandbox(store)


def missing(model: str, record_id: str) -> tuple[int, list[tuple[str, Any]]]:
    """Return the refusal that says that a record is not there."""
    return 404, [("NotFound", {"ObjectType": model, "ObjectID": record_id})]
