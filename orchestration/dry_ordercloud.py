"""OrderCloud as a dry run meets it: reads are carried out, writes are noted and answered as OrderCloud would.

Nothing but GET ever leaves. What OrderCloud alone checks, as required fields and references, is not foretold.
"""

import itertools
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, unquote

from models.record import Json
from models.registry import Generation, Keys, RecordType, Registry
from orchestration.failures import Failure, IdExists, NotFound
from orchestration.ports import Answer, Marketplaces, OrderCloud
from orchestration.profile import Profile
from orchestration.requests import Request

MOST = 1_500
"""The most records that OrderCloud generates for one parent."""

PAGE = 100

type Ask = Callable[[Request], Awaitable[Answer]]


class Pretended:
    """What OrderCloud would hold by now, as far as a dry run has read or written it; by path, without case.

    Attributes:
        there: objects by path; none where the dry run has deleted one.
        made: the paths of those that only the dry run has made.
        assigned: the assignments that were posted, by the path that they were posted to.
    """

    def __init__(self) -> None:
        self.there: dict[str, Json | None] = {}
        self.made: dict[str, None] = {}
        self.assigned: dict[str, list[Json]] = {}

    def make(self, collection: str, record: Json) -> None:
        """Have an object that OrderCloud has not."""
        path = _item(collection, record["ID"])
        self.there[path] = record
        self.made[path] = None

    def unmake(self, path: str) -> None:
        """Have an object no more."""
        self.there[path.casefold()] = None
        self.made.pop(path.casefold(), None)

    def made_in(self, collection: str) -> list[Json]:
        """Return the objects of a collection that only the dry run has made."""
        found = (self.there[path] for path in self.made if path.rpartition("/")[0] == collection.casefold())
        return [record for record in found if record is not None]

    def has_above(self, path: str) -> bool:
        """Tell whether the dry run has made what a collection is below."""
        return path.rpartition("/")[0].casefold() in self.made


class DryMarketplaces:
    """The port Marketplaces of a dry run: `sent` has every request, in order."""

    def __init__(self, marketplaces: Marketplaces, registry: Registry, pretended: Pretended | None = None) -> None:
        self._marketplaces = marketplaces
        self._registry = registry
        self._pretended = pretended or Pretended()
        self.sent: list[Request] = []

    def apart(self) -> "DryMarketplaces":
        """Return the same OrderCloud with an empty list of requests."""
        return DryMarketplaces(self._marketplaces, self._registry, self._pretended)

    def connect(self, profile: Profile) -> OrderCloud:
        """Return OrderCloud for the profile's credentials."""
        return _Connection(self._marketplaces.connect(profile), profile, self._registry, self._pretended, self.sent)


class _Connection:
    """The port OrderCloud for one profile."""

    def __init__(
        self, real: OrderCloud, profile: Profile, registry: Registry, pretended: Pretended, sent: list[Request]
    ) -> None:
        self._real = real
        self._registry = registry
        self._pretended = pretended
        self._sent = sent
        owners = {row.owner for row in registry if row.owner} if profile.supplier else set()
        self._owned: Json = dict.fromkeys(owners, profile.supplier)

    async def send(self, request: Request, *, budget: float, traceparent: str | None = None) -> Answer:
        """Carry out a read within `budget` seconds; note a write, and answer it."""
        self._sent.append(request)

        async def ask(question: Request) -> Answer:
            return await self._real.send(question, budget=budget, traceparent=traceparent)

        try:
            return await self._answered(request, ask)
        except Failure as failure:
            if not failure.requests:  # where nothing could be read, this would not have been sent either
                self._sent.remove(request)
            raise

    async def _answered(self, request: Request, ask: Ask) -> Answer:
        match request.method:
            case "GET" if request.query:
                return await self._list(request, ask)
            case "GET":
                return Answer(200, await self._get(request.path, ask))
            case "POST" if request.repeatable:
                return await self._overwrite(request, ask)
            case "POST":
                return await self._create(request, ask)
            case "DELETE":
                self._pretended.unmake(request.path)
                return Answer(204, None)
            case _:
                return self._change(request)

    async def _get(self, path: str, ask: Ask) -> Json:
        there = self._pretended.there
        if path.casefold() not in there:
            there[path.casefold()] = (await ask(Request("GET", path))).body
        found = there[path.casefold()]
        if found is None:
            raise NotFound("the dry run has deleted it", status=404, requests=1)
        return found

    async def _create(self, request: Request, ask: Ask) -> Answer:
        """Answer a POST as OrderCloud would: the ID is taken, or what the record is below is not there, or done."""
        body = {**self._owned, **(request.body or {})}
        try:
            await self._get(_item(request.path, body["ID"], fold=False), ask)
        except NotFound as missing:
            named = (missing.object_id or body["ID"]).casefold()
            if named != body["ID"].casefold() and not self._pretended.has_above(request.path):
                raise
        else:
            raise IdExists("the ID is taken", status=409, requests=1)
        self._pretended.make(request.path, body)
        return Answer(201, body)

    def _change(self, request: Request) -> Answer:
        """Answer a PUT or a PATCH with what there is after it, as far as that is known.

        A PUT of ours leaves out only what OrderCloud computes, and it stays.
        """
        path, pretended = request.path.casefold(), self._pretended
        before = pretended.there.get(path)
        after = {**self._owned, **(before or {}), **(request.body or {})}
        if request.method == "PATCH" and before and all(isinstance(each.get("xp"), dict) for each in (before, after)):
            after["xp"] = {**before["xp"], **after["xp"]}
        if before is not None:
            made = path in pretended.made
            pretended.unmake(path)
            if made:
                pretended.make(path.rpartition("/")[0], after)  # its ID may have changed
            else:
                pretended.there[path] = after
        return Answer(200, after)

    async def _overwrite(self, request: Request, ask: Ask) -> Answer:
        """Answer a POST that may be repeated: it makes OrderCloud generate records, or it assigns."""
        for row in self._registry:
            named = _names(row.generation.generate, request.path) if row.generation else None
            if row.generation and named is not None:
                await self._generate(row, row.generation, tuple(named.get(name) for name in row.keys), ask)
                return Answer(201, {})
        self._pretended.assigned.setdefault(request.path.casefold(), []).append(request.body or {})
        return Answer(204, None)

    async def _generate(self, row: RecordType, generation: Generation, keys: Keys, ask: Ask) -> None:
        """Make all combinations, by the IDs that OrderCloud is seen to give them; one that is there is found first."""
        source_field, choice_field = generation.members
        collection = row.collection_path(keys)
        sources = await self._all(row.filled(generation.sources, keys), ask)
        offered = [
            [{source_field: source["ID"], choice_field: choice["ID"]} for choice in source[generation.offers] or ()]
            for source in sources
            if source[generation.counts]
        ]
        for combination in itertools.islice(itertools.product(*offered), MOST):
            record: Json = {generation.combination: list(combination), "Active": True}
            record["ID"] = "-".join([str(keys[0]), *(str(each[choice_field]) for each in combination)])
            if combination:
                self._pretended.make(collection, record)

    async def _all(self, path: str, ask: Ask) -> list[Json]:
        items: list[Json] = []
        for page in itertools.count(1):
            answer = await self._list(Request("GET", path, query={"page": str(page), "pageSize": str(PAGE)}), ask)
            items += answer.body["Items"]
            if page >= answer.body["Meta"]["TotalPages"]:
                break
        return items

    async def _list(self, request: Request, ask: Ask) -> Answer:
        """Answer a page of a list, and with the last one what only the dry run has made."""
        try:
            body: Any = (await ask(request)).body
        except NotFound:
            if not self._pretended.has_above(request.path):
                raise
            body = {"Items": [], "Meta": {"TotalPages": 0}}
        items: list[Json] = list(body["Items"])
        last = int(request.query["page"]) >= body["Meta"]["TotalPages"]
        if last:
            items += self._pretended.made_in(request.path)
        for row in self._registry:
            named = _names(row.generation.sources, request.path) if row.generation else None
            if row.generation and named is not None:
                items = await self._sources(row.generation, items, named, ask, joined=last)
        return Answer(200, {**body, "Items": items})

    async def _sources(
        self, generation: Generation, items: list[Json], parent: dict[str, str], ask: Ask, *, joined: bool
    ) -> list[Json]:
        """Return what may be combined, with what the dry run has joined to the parent and what it offers besides."""
        joins, choices = self._registry[generation.joins], self._registry[generation.choices]
        source_field = generation.members[0]
        known = {str(item["ID"]).casefold() for item in items}
        found = [*items]
        for posted in self._pretended.assigned.get(joins.collection.casefold(), []) if joined else []:
            below = all(str(posted.get(name)).casefold() == value.casefold() for name, value in parent.items())
            if below and str(posted[source_field]).casefold() not in known:
                known.add(str(posted[source_field]).casefold())
                offers = choices.collection_path((posted[source_field], None))
                source = await self._get(offers.rpartition("/")[0], ask)
                found.append({generation.counts: False, **source})
        return [
            {**source, generation.offers: [*(source.get(generation.offers) or ()), *self._new(choices, source)]}
            for source in found
        ]

    def _new(self, choices: RecordType, source: Json) -> list[Json]:
        return self._pretended.made_in(choices.collection_path((source["ID"], None)))


def _item(collection: str, identifier: str, *, fold: bool = True) -> str:
    path = f"{collection}/{quote(identifier, safe='')}"
    return path.casefold() if fold else path


def _names(template: str, path: str) -> dict[str, str] | None:
    """Return the keys that stand in a path as a template has them, or none where it is another path."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
    found = re.fullmatch(pattern, path, re.IGNORECASE)
    return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}
