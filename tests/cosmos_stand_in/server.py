"""The stand-in as an ASGI app: paths, headers and authorization as the REST reference has them."""

import base64
import hashlib
import hmac
import itertools
import json
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cosmos_stand_in.account import RANGES, Container, RefusedError

PAGE = 100


@dataclass(frozen=True)
class Throttle:
    """An answer of 429 that is to be given."""

    retry_after_ms: int


class StandIn:
    """One account: `requests` keeps method, path and body of each, `queries` the SQL of each query.

    `faults` are answered first, one a request for documents: a Throttle, or a status. While `down` it does nothing.
    While it does not tell its ranges it answers every query at once, as a server does that has one: it has no such
    resource, or tells them again and again, not knowing If-None-Match.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.url = ""
        self.databases: dict[str, dict[str, Container]] = {}
        self.requests: list[tuple[str, str]] = []
        self.queries: list[dict[str, Any]] = []
        self.faults: list[Throttle | int] = []
        self.down = False
        self.ranges: Literal["told", "unknown", "repeated"] = "told"
        self._rids = itertools.count(1)
        self.app = Starlette(
            routes=[
                Route("/", self._handled(self._account), methods=["GET"]),
                Route("/dbs", self._handled(self._make_database), methods=["POST"]),
                Route("/dbs/{db}", self._handled(self._database), methods=["GET"]),
                Route("/dbs/{db}/colls", self._handled(self._make_container), methods=["POST"]),
                Route("/dbs/{db}/colls/{coll}", self._handled(self._container), methods=["GET"]),
                Route("/dbs/{db}/colls/{coll}/pkranges", self._handled(self._ranges), methods=["GET"]),
                Route("/dbs/{db}/colls/{coll}/docs", self._handled(self._documents), methods=["POST"]),
                Route("/dbs/{db}/colls/{coll}/docs/{doc}", self._handled(self._document), methods=["GET", "PUT"]),
            ]
        )
        self.app.router.redirect_slashes = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request; the SDK ends the paths of feeds with a slash."""
        if scope["type"] == "http":
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        await self.app(scope, receive, send)

    def _handled(self, answer: Any) -> Any:
        async def handle(request: Request) -> Response:
            self.requests.append((request.method, request.url.path))
            if self.down:
                return self._fault(503)
            try:
                self._authorize(request)
                if "/docs" in request.url.path and self.faults:
                    return self._fault(self.faults.pop(0))
                response: Response = await answer(request)
            except RefusedError as refused:
                response = JSONResponse({"code": str(refused.status), "message": str(refused)}, refused.status)
                if refused.sub_status:
                    response.headers["x-ms-substatus"] = str(refused.sub_status)
            response.headers.update(
                {"x-ms-request-charge": "1", "x-ms-session-token": "0:-1#1", "x-ms-activity-id": "0"}
            )
            return response

        return handle

    def _fault(self, fault: Throttle | int) -> Response:
        status = 429 if isinstance(fault, Throttle) else fault
        response = JSONResponse({"code": str(status), "message": "as asked"}, status)
        if isinstance(fault, Throttle):
            response.headers["x-ms-retry-after-ms"] = str(fault.retry_after_ms)
        return response

    def _authorize(self, request: Request) -> None:
        """Check the signature by the account's key: over method, resource type, resource link and date."""
        parts = [part for part in request.url.path.split("/") if part]
        of_feed = len(parts) % 2 == 1
        kind = "" if not parts else parts[-1] if of_feed else parts[-2]
        link = "/".join(parts[:-1] if of_feed else parts)
        date = request.headers.get("x-ms-date", "").lower()
        text = f"{request.method.lower()}\n{kind}\n{link}\n{date}\n\n"
        digest = hmac.new(base64.b64decode(self.key), text.encode(), hashlib.sha256).digest()
        wanted = f"type=master&ver=1.0&sig={base64.b64encode(digest).decode()}"
        if not hmac.compare_digest(unquote(request.headers.get("authorization", "")), wanted):
            raise RefusedError(401, "The input authorization token can't serve the request.")

    async def _account(self, _: Request) -> Response:
        # Emulators give the name that they have in their container, or https where they speak http.
        here = [{"name": "Here", "databaseAccountEndpoint": "https://not-reached.invalid/"}]
        consistency = {"defaultConsistencyLevel": "Session"}
        return JSONResponse(
            {
                "id": "stand-in",
                "writableLocations": here,
                "readableLocations": here,
                "enableMultipleWriteLocations": False,
                "userConsistencyPolicy": consistency,
            }
        )

    async def _make_database(self, request: Request) -> Response:
        name = (await request.json())["id"]
        if name in self.databases:
            raise RefusedError(409, "the database is there already")
        self.databases[name] = {}
        return JSONResponse({"id": name, "_rid": name, "_self": f"dbs/{name}"}, 201)

    async def _database(self, request: Request) -> Response:
        name = request.path_params["db"]
        self._containers(request)
        return JSONResponse({"id": name, "_rid": name, "_self": f"dbs/{name}"})

    async def _make_container(self, request: Request) -> Response:
        containers, properties = self._containers(request), await request.json()
        if properties["id"] in containers:
            raise RefusedError(409, "the container is there already")
        rid = base64.b64encode(next(self._rids).to_bytes(8)).decode().replace("/", "-")
        containers[properties["id"]] = Container({**properties, "_rid": rid, "_self": f"dbs/x/colls/{rid}/"}, rid)
        return JSONResponse(containers[properties["id"]].properties, 201)

    async def _container(self, request: Request) -> Response:
        return JSONResponse(self._found(request).properties)

    async def _ranges(self, request: Request) -> Response:
        self._found(request)
        if self.ranges == "unknown":
            raise RefusedError(404, "no such resource")
        edges = ["", *(f"{number * 0x55:02X}" for number in range(1, RANGES)), "FF"]
        ranges = [
            {"id": str(n), "minInclusive": edges[n], "maxExclusive": edges[n + 1], "_rid": str(n), "parents": []}
            for n in range(RANGES)
        ]
        etag = {"etag": '"1"'}
        if self.ranges == "told" and request.headers.get("if-none-match") == etag["etag"]:
            return Response(status_code=304, headers=etag)
        return JSONResponse({"PartitionKeyRanges": ranges, "_count": RANGES, "_rid": "x"}, headers=etag)

    async def _documents(self, request: Request) -> Response:
        container, body = self._found(request), await request.body()
        if request.headers.get("x-ms-documentdb-isquery", "").lower() == "true":
            return self._query(container, request, json.loads(body))
        upsert = request.headers.get("x-ms-documentdb-is-upsert", "").lower() == "true"
        status, stored = container.put(body, partition_header(request) or "", upsert=upsert)
        return self._written(request, status, stored)

    async def _document(self, request: Request) -> Response:
        container, name, partition = self._found(request), request.path_params["doc"], partition_header(request) or ""
        if request.method == "GET":
            found = container.get(name, partition)
            return JSONResponse(found, headers={"etag": found["_etag"]})
        stored = container.replace(name, await request.body(), partition, request.headers.get("if-match"))
        return self._written(request, 200, stored)

    def _query(self, container: Container, request: Request, body: dict[str, Any]) -> Response:
        self.queries.append(body)
        partition, of_range = partition_header(request), request.headers.get("x-ms-documentdb-partitionkeyrangeid")
        if partition is None and request.headers.get("x-ms-documentdb-query-enablecrosspartition", "") != "True":
            raise RefusedError(400, "Cross partition query is required but disabled.")
        found = container.find(body, partition, of_range, across=self.ranges != "told")
        start = int(request.headers.get("x-ms-continuation", "0"))
        size = int(request.headers.get("x-ms-max-item-count", PAGE))
        page = found[start : start + size]
        response = JSONResponse({"_rid": container.rid, "Documents": page, "_count": len(page)})
        if len(found) > start + size:
            response.headers["x-ms-continuation"] = str(start + size)
        return response

    def _written(self, request: Request, status: int, stored: dict[str, Any]) -> Response:
        headers = {"etag": stored["_etag"]}
        if "return=minimal" in request.headers.get("prefer", ""):
            return Response(status_code=status, headers=headers)
        return JSONResponse(stored, status, headers=headers)

    def _containers(self, request: Request) -> dict[str, Container]:
        found = self.databases.get(request.path_params["db"])
        if found is None:
            raise RefusedError(404, "no such database", 1003)
        return found

    def _found(self, request: Request) -> Container:
        name = request.path_params["coll"]
        found = self._containers(request)
        by_rid = [each for each in found.values() if each.rid == name]
        container = found.get(name) or (by_rid[0] if by_rid else None)
        if container is None:
            raise RefusedError(404, "no such container", 1003)
        return container


def partition_header(request: Request) -> str | None:
    """Return the partition that a request names."""
    header = request.headers.get("x-ms-documentdb-partitionkey")
    return None if header is None else str(json.loads(header)[0])
