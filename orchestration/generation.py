"""Records that OrderCloud generates and nobody posts: find the one that is meant, have it generated where it is not.

What a posting means is a combination, as a product's variant is one of its specs' options. All that OrderCloud has
generated is listed once; whoever works on several such records of one parent hands the lists on.
"""

import itertools
from collections.abc import Awaitable, Callable, Iterator

from models.record import Json
from models.registry import Generation, Keys, RecordType
from orchestration.failures import MissingReference, RefusedByOrderCloud
from orchestration.ports import Answer
from orchestration.requests import Request

PAGE = 100
TOLD = 50
"""The most combinations that a refusal tells."""

type Send = Callable[[Request], Awaitable[Answer]]
type Lists = dict[str, list[Json]]
"""What OrderCloud listed, by path."""
type Combination = frozenset[tuple[str, str]]


class Generator:
    """Finds the record of one posting among those that OrderCloud generates."""

    def __init__(self, record_type: RecordType, generation: Generation, keys: Keys, send: Send, lists: Lists) -> None:
        self._type = record_type
        self._generation = generation
        self._keys = keys
        self._send = send
        self._lists = lists

    async def find(self, managed: Json) -> tuple[Json, bool]:
        """Return the record as OrderCloud has it, under whatever ID, and whether it was generated just now.

        Raises:
            MissingReference: what is combined is not there yet, or not joined to the parent.
            RefusedByOrderCloud: there can be no such combination; the message says which there can be.
            NotFound: the parent is not there.
        """
        wanted = self._generation.combination_of(managed)
        collection = self._type.collection_path(self._keys)
        found = self._match(await self._listed(collection), wanted)
        if found is not None:
            return found, False
        combinations = await self._possible(wanted)
        await self._send(Request("POST", self._type.filled(self._generation.generate, self._keys), {}, repeatable=True))
        del self._lists[collection]
        found = self._match(await self._listed(collection), wanted)
        if found is None:
            raise self._impossible(combinations)
        return found, True

    def replaced(self, before: Json, after: Json) -> None:
        """Note that a listed record has become another."""
        listed = self._lists.get(self._type.collection_path(self._keys), [])
        listed[:] = [after if each is before else each for each in listed]

    def _match(self, listed: list[Json], wanted: Combination) -> Json | None:
        """Return the record of the combination; where none is named, the one with the ID."""
        if wanted:
            return next((each for each in listed if self._generation.combination_of(each) == wanted), None)
        own = (self._keys[-1] or "").casefold()
        return next((each for each in listed if str(each.get("ID")).casefold() == own), None)

    async def _possible(self, wanted: Combination) -> list[Json]:
        """Return the sources that are combined, after checking that the wanted combination takes one of each."""
        source_field, choice_field = self._generation.members
        sources = await self._listed(self._type.filled(self._generation.sources, self._keys))
        known = {str(source["ID"]).casefold(): source for source in sources}
        combined = [source for source in sources if source[self._generation.counts]]
        for source_id, choice_id in sorted(wanted):
            names = {**self._named(), source_field: source_id}
            if source_id not in known:
                cause = f"{source_field} {source_id} is not joined to its parent yet"
                raise MissingReference(cause, awaits=(self._generation.joins, names))
            if choice_id not in {
                str(choice["ID"]).casefold() for choice in known[source_id][self._generation.offers] or ()
            }:
                cause = f"{source_field} {source_id} has no {choice_field} {choice_id} yet"
                raise MissingReference(cause, awaits=(self._generation.choices, {**names, "ID": choice_id}))
        if not combined:
            raise MissingReference("nothing is joined to its parent yet that could be combined")
        if wanted and {source_id for source_id, _ in wanted} != {str(each["ID"]).casefold() for each in combined}:
            raise self._impossible(combined)
        return combined

    def _impossible(self, combined: list[Json]) -> RefusedByOrderCloud:
        can = list(itertools.islice(self._combinations(combined), TOLD + 1))
        told = "; ".join(can[:TOLD]) + ("; …" if len(can) > TOLD else "")
        cause = f"there can be no such combination in {self._generation.combination}; there can be: {told or 'none'}"
        return RefusedByOrderCloud(cause)

    def _combinations(self, combined: list[Json]) -> Iterator[str]:
        """Yield the combinations that there can be, as people read them."""
        choices = [
            [f"{source['ID']}={choice['ID']}" for choice in source[self._generation.offers] or ()]
            for source in combined
        ]
        return (", ".join(each) for each in itertools.product(*choices) if each)

    def _named(self) -> dict[str, str]:
        return {name: key for name, key in self._type.named(self._keys).items() if key is not None and name != "ID"}

    async def _listed(self, path: str) -> list[Json]:
        """Return all items of a list, every page of it."""
        if path not in self._lists:
            items: list[Json] = []
            for page in itertools.count(1):
                query = {"page": str(page), "pageSize": str(PAGE), "sortBy": "ID"}
                answer = await self._send(Request("GET", path, query=query))
                items += answer.body["Items"]
                if page >= answer.body["Meta"]["TotalPages"]:
                    break
            self._lists[path] = items
        return self._lists[path]
