"""The demo's scenarios: what is posted, what should become of it, and what it may cost."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from localdev.demo import families
from localdev.demo.catalogue import Item

SHARE = 10
"""How many records a scenario about single changes touches."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One record as a source posts it; a deletion has the key alone."""

    record_type: str
    body: dict[str, Any]
    delete: bool = False
    client: str = "seller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One chapter of the demo.

    Attributes:
        name: what it shows.
        waves: postings, wave by wave; the next wave starts when the last is through.
        expected: what becomes of each posting of all waves, counted by action or error type.
        calls: how many OrderCloud calls that takes.
        cost: which figure of requests per record it gives, if any.
        before: what happens behind everyone's back first: (resource, ID, fields).
    """

    name: str
    waves: list[list[Posting]]
    expected: dict[str, int]
    calls: int
    cost: str | None = None
    before: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)


type Edit = Callable[[dict[str, Any]], None]


class Story:
    """Tells the scenarios in order and keeps what OrderCloud should hold in the end, by type and ID."""

    def __init__(self, items: list[Item]) -> None:
        self._items = items
        self.expected: dict[str, dict[str, dict[str, Any]]] = {"priceschedules": {}, "products": {}}
        self.removed_xp: dict[str, list[str]] = {}

    def scenarios(self) -> Iterator[Scenario]:
        """Yield each scenario when the one before is through."""
        schedules = [Posting("priceschedule", item.price_schedule) for item in self._items]
        products = [Posting("product", item.product) for item in self._items]
        both = len(schedules) + len(products)
        for posting in (*schedules, *products):
            self._expect(posting)
        yield Scenario(
            name="create", waves=[schedules, products], expected={"Create": both}, calls=both, cost="created"
        )
        yield Scenario(
            name="repost unchanged", waves=[schedules, products], expected={"Ignore": both}, calls=0, cost="unchanged"
        )
        yield self._changed(
            "patch one field", 0, "Patch", 1, lambda body: body.update(ShipWeight=body["ShipWeight"] + 1)
        )
        yield self._changed("patch an xp key", 1, "Patch", 1, lambda body: body["xp"].update(Season="all year, tested"))
        yield self._changed("remove an xp property", 2, "Update", 2, self._without_warranty)
        yield self._changed("clear a field with null", 3, "Patch", 1, lambda body: body.update(Description=None))
        yield from self._drift()
        yield self._deleted()
        yield self._refused()
        yield self._parked()
        yield from self._buyers()
        yield from self._whole_product()

    def _changed(self, name: str, share: int, action: str, calls: int, edit: Edit) -> Scenario:
        """Repost one share of the products with one edit each."""
        postings = []
        for item in self._items[share * SHARE : (share + 1) * SHARE]:
            body = copy.deepcopy(self.expected["products"][item.id])
            edit(body)
            postings.append(Posting("product", body))
            self._expect(postings[-1])
        count = len(postings)
        cost = "changed" if calls == 1 else None
        return Scenario(name=name, waves=[postings], expected={action: count}, calls=calls * count, cost=cost)

    def _without_warranty(self, body: dict[str, Any]) -> None:
        del body["xp"]["Warranty"]
        self.removed_xp.setdefault(body["ID"], []).append("Warranty")

    def _drift(self) -> Iterator[Scenario]:
        """A source whose profile refreshes always: its products are changed by hand, and reposted as they were."""
        postings = [
            Posting("product", {"ID": f"demo-watched-{number}", "Name": f"Watched {number}"}, client="watcher")
            for number in range(SHARE)
        ]
        for posting in postings:
            self._expect(posting)
        count = len(postings)
        yield Scenario(name="create for a watched source", waves=[postings], expected={"Create": count}, calls=count)
        meddled = [("products", posting.body["ID"], {"Name": "changed by hand"}) for posting in postings]
        yield Scenario(
            name="changed behind our back, corrected",
            waves=[postings],
            expected={"Patch": count},
            calls=2 * count,
            before=meddled,
        )

    def _deleted(self) -> Scenario:
        """Delete a share of the products."""
        gone = self._items[-SHARE:]
        for item in gone:
            del self.expected["products"][item.id]
        postings = [Posting("product", {"ID": item.id}, delete=True) for item in gone]
        return Scenario(name="delete", waves=[postings], expected={"Delete": len(gone)}, calls=len(gone))

    def _refused(self) -> Scenario:
        """A product without a name, which OrderCloud refuses."""
        nameless = Posting("product", {"ID": "demo-nameless", "Active": True})
        return Scenario(name="refused", waves=[[nameless]], expected={"RefusedByOrderCloud": 1}, calls=1)

    def _parked(self) -> Scenario:
        """A product whose price schedule comes only after it: it waits, and is released at once."""
        product = {"ID": "demo-early", "Name": "Too early", "DefaultPriceScheduleID": "demo-late-prices"}
        prices = {"ID": "demo-late-prices", "Name": "Late", "PriceBreaks": [{"Quantity": 1, "Price": 9.5}]}
        waves = [[Posting("product", product)], [Posting("priceschedule", prices)]]
        for wave in waves:
            self._expect(wave[0])
        return Scenario(name="parked, then released", waves=waves, expected={"Create": 2}, calls=3)

    def _buyers(self) -> Iterator[Scenario]:
        """Buyers and their users: a password is written when it changes, and nobody sees it."""
        buyers = [Posting("buyer", body) for body in families.buyers()]
        users = [Posting("user", body) for body in families.users()]
        count = len(buyers) + len(users)
        self.expected["buyers"] = {each.body["ID"]: each.body for each in buyers}
        self.expected["buyers/users"] = {
            f"{each.body['BuyerID']}/{each.body['ID']}": _shown(each.body) for each in users
        }
        waves = [buyers, users]
        yield Scenario(name="create buyers and users", waves=waves, expected={"Create": count}, calls=count)
        yield Scenario(name="repost them unchanged", waves=waves, expected={"Ignore": count}, calls=0)
        changed = [Posting("user", families.with_new_password(each.body)) for each in users[:1]]
        yield Scenario(name="change a password", waves=[changed], expected={"Patch": 1}, calls=1)

    def _whole_product(self) -> Iterator[Scenario]:
        """A product with its prices, specs, options and variants as one posting."""
        whole, dearer = families.poster(), families.poster(oak=14.0)
        for resource, records in families.held(dearer).items():
            self.expected.setdefault(resource, {}).update(records)

        def scenario(name: str, body: dict[str, Any], action: str, calls: int) -> Scenario:
            return Scenario(name=name, waves=[[Posting("hydratedproduct", body)]], expected={action: 1}, calls=calls)

        yield scenario("create a hydrated product", whole, "Create", families.POSTER_CALLS)
        yield scenario("repost it unchanged", whole, "Ignore", 0)
        yield scenario("change one option's markup", dearer, "Patch", 1)

    def _expect(self, posting: Posting) -> None:
        """Remember what OrderCloud should hold."""
        self.expected[f"{posting.record_type}s"][posting.body["ID"]] = copy.deepcopy(posting.body)


def _shown(user: dict[str, Any]) -> dict[str, Any]:
    """Return a user as OrderCloud shows it: below its buyer, and without the password."""
    return {name: value for name, value in user.items() if name not in ("BuyerID", "Password")}
