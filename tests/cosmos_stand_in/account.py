"""What the stand-in holds: databases, containers and documents, by the rules of Cosmos DB."""

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from cosmos_stand_in.sql import Query, SqlError

LARGEST = 2 * 1024 * 1024
RANGES = 3
"""How many ranges of partitions a container has."""

CROSS_PARTITION_NEEDS_A_PLAN = 1004


class RefusedError(Exception):
    """What is asked for is refused, by HTTP status and Cosmos DB's sub-status."""

    def __init__(self, status: int, message: str, sub_status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.sub_status = sub_status


@dataclass
class Container:
    """A container: its properties as they were posted, and its documents by partition and id."""

    properties: dict[str, Any]
    rid: str
    documents: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    states: Any = field(default_factory=lambda: itertools.count(1))

    def partition_of(self, document: dict[str, Any]) -> str:
        """Return the value of the partition key in a document."""
        (path,) = self.properties["partitionKey"]["paths"]
        return str(document[path.removeprefix("/")])

    def ordered_by_index(self, query: Query) -> bool:
        """Tell whether the indexing policy can order so: a path by itself, several by a composite index."""
        policy = self.properties["indexingPolicy"]
        if len(query.order) <= 1:
            indexed = {each["path"] for each in policy["includedPaths"]}
            return all(f"/{order.path}/?" in indexed for order in query.order)
        wanted = [(f"/{order.path}", order.descending) for order in query.order]
        for index in policy["compositeIndexes"]:
            has = [(each["path"], each["order"] == "descending") for each in index]
            if wanted in (has, [(path, not descending) for path, descending in has]):
                return True
        return False

    def put(self, body: bytes, partition: str, *, upsert: bool) -> tuple[int, dict[str, Any]]:
        """Create a document, or replace the one with its id where that is asked for."""
        document = self._parsed(body, partition)
        place = (partition, document["id"])
        if place in self.documents and not upsert:
            raise RefusedError(409, "Entity with the specified id already exists in the system.")
        status = 200 if place in self.documents else 201
        return status, self._store(place, document)

    def replace(self, name: str, body: bytes, partition: str, if_match: str | None) -> dict[str, Any]:
        """Replace a document, in the state that an ETag names if one is given."""
        found = self.get(name, partition)
        if if_match not in (None, found["_etag"]):
            raise RefusedError(412, "One of the specified pre-condition is not met.")
        return self._store((partition, name), self._parsed(body, partition))

    def get(self, name: str, partition: str) -> dict[str, Any]:
        """Return a document."""
        found = self.documents.get((partition, name))
        if found is None:
            raise RefusedError(404, "Entity with the specified id does not exist in the system.")
        return found

    def find(
        self, body: dict[str, Any], partition: str | None, of_range: str | None, *, across: bool = False
    ) -> list[Any]:
        """Return all that a query finds in one partition or one range.

        Across them it refuses what a gateway refuses, unless it is told to be a server of one range, which does not.
        """
        try:
            query = Query(body["query"], {each["name"]: each["value"] for each in body.get("parameters", [])})
        except (SqlError, KeyError) as error:
            raise RefusedError(400, f"Syntax error: {error}") from error
        if partition is None and of_range is None and not across and (query.order or query.counts):
            message = "Cross partition query with ORDER BY or an aggregate can not be directly served by the gateway."
            raise RefusedError(400, message, CROSS_PARTITION_NEEDS_A_PLAN)
        if not self.ordered_by_index(query):
            raise RefusedError(
                400, "The order by query does not have a corresponding index that it can be served from."
            )
        chosen = [
            document
            for (key, _), document in self.documents.items()
            if partition in (None, key) and of_range in (None, range_of(key))
        ]
        return query.run(chosen)

    def _parsed(self, body: bytes, partition: str) -> dict[str, Any]:
        if len(body) > LARGEST:
            raise RefusedError(413, "Request size is too large")
        try:
            document: dict[str, Any] = json.loads(body, parse_constant=_refuse)
            json.dumps(document, ensure_ascii=False).encode()
        except ValueError as error:
            raise RefusedError(400, f"The input content is invalid: {error}") from error
        if self.partition_of(document) != partition:
            raise RefusedError(
                400, "PartitionKey extracted from document doesn't match the one specified in the header"
            )
        if not 0 < len(document["id"].encode()) <= 1_023 or set(document["id"]) & set("/\\?#"):
            raise RefusedError(400, "The id is not valid")
        if len(partition.encode()) > 2_048:
            raise RefusedError(400, "Partition key value is too large")
        return document

    def _store(self, place: tuple[str, str], document: dict[str, Any]) -> dict[str, Any]:
        state = next(self.states)
        system = {
            "_rid": f"{self.rid}{state}",
            "_self": "",
            "_etag": f'"{state:08x}"',
            "_attachments": "",
            "_ts": state,
        }
        self.documents[place] = {**document, **system}
        return self.documents[place]


def range_of(partition: str) -> str:
    """Return the id of the range that a partition lies in."""
    return str(hashlib.sha256(partition.encode()).digest()[0] % RANGES)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
