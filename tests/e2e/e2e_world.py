"""A running stack as these tests use it: postings, bounded waits, and what OrderCloud, storage and the log were asked.

Every test uses record IDs of its own, by which it finds what concerns it, so tests do not disturb each other.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import quote, unquote

import httpx
from azure.storage.blob import BlobServiceClient, ContainerClient
from e2e_at_rest import files_holding, kept_secrets
from type_table import ROWS

from localdev.provisioning import OWN_TIMEOUT
from localdev.stack import Stack, StackOptions, running_stack

type Json = dict[str, Any]

PATIENCE_SECONDS = 30.0
POSTED_SECRETS: set[str] = set()
"""What tests of this process have posted in write-only fields, on whichever stack."""
ORDERED_ANSWERS: list[Json] = []
"""What tests of this process have had answered in OrderCloud's place, on whichever stack."""
COLLECTIONS = {row.name: row.held[0] for row in ROWS}
"""The sandbox's resources by type."""
READ_ONLY = {
    "product": {"OwnerID", "IsBundle", "SpecCount", "VariantCount", "DateCreated"},
    "priceschedule": {"OwnerID", "IsOnSale"},
}


class Call(NamedTuple):
    """One call that OrderCloud got, whether it was answered or not."""

    method: str
    path: str
    body: Any


def wait_for[T](look: Callable[[], T | None], seconds: float = PATIENCE_SECONDS, *, what: str = "it") -> T:
    """Look again and again until there is something to see; fail when there is nothing in time."""
    deadline = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.03)


class World:
    """One running stack, by its ready line."""

    def __init__(self, ready: Mapping[str, Any]) -> None:
        self.ready = ready
        self.state = Path(ready["state"])
        self._exit = ExitStack()
        self._clients: dict[str, httpx.Client] = {}
        self._tokens: list[str] = []

    def __enter__(self) -> Self:
        self._control = self._exit.enter_context(_http(self.ready["sandbox"]["control"]))
        self._blobs = self._exit.enter_context(
            BlobServiceClient.from_connection_string(
                self.ready["storage"]["connection_string"], api_version="2025-11-05"
            )
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    # Calls of our API

    def credentials(self, name: str) -> Json:
        """Return an API client as the ready line shows it."""
        return next(client for client in self.ready["clients"] if client["name"] == name)

    def new_token(self, name: str) -> str:
        """Ask the sandbox for a token that nobody has used yet."""
        form = {key: self.credentials(name)[key] for key in ("client_id", "client_secret")}
        url = f"{self.ready['sandbox']['auth']}/oauth/token"
        answer = httpx.post(url, data={"grant_type": "client_credentials", **form}, verify=False, trust_env=False)
        token: str = answer.raise_for_status().json()["access_token"]
        self._tokens.append(token)
        return token

    @property
    def secrets(self) -> list[str]:
        """What must not be found at rest: the clients' secrets, and every token that was used."""
        return [client["client_secret"] for client in self.ready["clients"]] + self._tokens

    @staticmethod
    def posted_secret(text: str) -> str:
        """Return a text that a test is about to post in a write-only field, and have every search look for it."""
        POSTED_SECRETS.add(text)
        return text

    def api(self, name: str | None = "seller", token: str | None = None) -> httpx.Client:
        """Return an HTTP client of our API that speaks for one API client, or for a given token, or for nobody."""
        key = token or name or ""
        if key not in self._clients:
            http = self._clients[key] = self._exit.enter_context(_http(self.ready["api"]))
            if name or token:
                http.headers["Authorization"] = f"Bearer {token or self.new_token(name or '')}"
        return self._clients[key]

    def forget_tokens(self) -> None:
        """Sign every client in anew when it is used next: the tokens that are in use are good for nothing any more."""
        self._clients.clear()

    def post(self, record_type: str, body: Any, client: str = "seller", **headers: str) -> str:
        """Post one record, which must be accepted, and return its version."""
        return accepted(
            self.api(client).post(f"/orchestration/{record_type}", json=body, headers=_dashed(headers)), body["ID"]
        )

    def delete(self, record_type: str, key: str, client: str = "seller") -> str:
        """Delete one record, which must be accepted, and return the deletion's version."""
        return accepted(self.api(client).delete(f"/orchestration/{record_type}/{quote(key)}"), key)

    def standing(self, record_type: str, key: str, client: str = "seller") -> Json | None:
        """Return where a record stands for a client; none where the client never posted it."""
        answer = self.api(client).get(f"/orchestration/{record_type}/{quote(key)}")
        if answer.status_code == 404:
            return None
        found: Json = answer.raise_for_status().json()
        return found

    def outcome(
        self, record_type: str, key: str, version: str, client: str = "seller", seconds: float = PATIENCE_SECONDS
    ) -> Json:
        """Wait until a posting has left the queue and return where its record stands then."""

        def through() -> Json | None:
            found = self.standing(record_type, key, client)
            done = found and found["State"] != "queued" and (found["LastEvent"] or {}).get("Version") == version
            return found if done else None

        return wait_for(through, seconds, what=f"the outcome of {record_type} {key}, version {version}")

    def posted(self, record_type: str, body: Json, client: str = "seller") -> Json:
        """Post a record, wait until it is through, and return where it stands."""
        return self.outcome(record_type, body["ID"], self.post(record_type, body, client), client)

    def deleted(self, record_type: str, key: str, client: str = "seller") -> Json:
        """Delete a record, wait until that is through, and return where it stands."""
        return self.outcome(record_type, key, self.delete(record_type, key, client), client)

    # OrderCloud

    def ordercloud(self, record_type: str, key: str) -> Json | None:
        """Return what OrderCloud holds, or none."""
        held: dict[str, dict[str, Json]] = self._control.get("/state").raise_for_status().json()
        return held[COLLECTIONS[record_type]].get(key)

    def everything(self) -> dict[str, dict[str, Json]]:
        """Return all that OrderCloud holds, by its resource names and IDs."""
        held: dict[str, dict[str, Json]] = self._control.get("/state").raise_for_status().json()
        return held

    def put_in_ordercloud(self, record_type: str, key: str, fields: Json) -> None:
        """Make or change an object behind our back."""
        self._control.put(f"/state/{COLLECTIONS[record_type]}/{key}", json=fields).raise_for_status()

    def take_from_ordercloud(self, record_type: str, key: str) -> None:
        """Take an object away behind our back."""
        self._control.delete(f"/state/{COLLECTIONS[record_type]}/{key}").raise_for_status()

    def change_client(self, name: str, change: Json) -> None:
        """Change an API client in OrderCloud."""
        url = f"/clients/{self.credentials(name)['client_id']}"
        self._control.patch(url, json=change).raise_for_status()

    @contextmanager
    def faults(self, *faults: Json) -> Iterator[None]:
        """Let OrderCloud misbehave for the length of a block."""
        ORDERED_ANSWERS.extend(fault["value"] for fault in faults if fault["kind"] == "status")
        self._control.post("/faults", json=list(faults)).raise_for_status()
        try:
            yield
        finally:
            self._control.delete("/faults").raise_for_status()

    @contextmanager
    def slow(self, path: str, seconds: float = 1.5) -> Iterator[None]:
        """Let the next write to a path take so long that a test can do something meanwhile."""
        with self.faults({"path": path, "kind": "latency", "value": seconds, "times": 1}):
            yield

    def hold(self, method: str, seconds: float = 1.0) -> None:
        """Wait until the next call of a kind has begun, and return while OrderCloud takes its time over it."""
        held = {"method": method, "path": "^/v1/", "kind": "latency", "value": seconds, "times": 1}
        self._control.post("/faults", json=[held]).raise_for_status()
        wait_for(lambda: not self._control.get("/faults").raise_for_status().json()["Items"], what=f"a {method}")

    def journal(self, key: str) -> list[Json]:
        """Return the journal's entries that concern an object, oldest first."""
        items = self._control.get("/journal").raise_for_status().json()["Items"]
        return [entry for entry in items if _names(entry, key)]

    def calls(self, key: str, after: int = 0) -> list[Call]:
        """Return the calls that concern an object, but for the first so many."""
        return [Call(entry["method"], entry["path"], entry["request"]) for entry in self.journal(key)][after:]

    def mentions(self, text: str, after: int = 0) -> list[Json]:
        """Return the journal's entries in which a text stands anywhere, oldest first, from the number after one on."""
        items = self._control.get("/journal", params={"after": after}).raise_for_status().json()["Items"]
        return [each for each in items if text in f"{each['path']}?{each['query']} {each['request']}"]

    # Storage and the log

    def container(self, role: str) -> ContainerClient:
        """Return a container of storage by its role."""
        return self._blobs.get_container_client(self.ready["storage"]["containers"][role])

    def set_policies(self, name: str, policies: Json) -> None:
        """Write the policies into a client's integration profile; one that was read already counts for a minute."""
        blob = self.container("profiles").get_blob_client(f"{self.credentials(name)['client_id'].lower()}.json")
        profile = json.loads(blob.download_blob(timeout=OWN_TIMEOUT).readall())
        blob.upload_blob(json.dumps({**profile, "Policies": policies}).encode(), overwrite=True, timeout=OWN_TIMEOUT)

    def blobs(self, role: str, fragment: str) -> list[str]:
        """Return the names of the blobs of a container that contain a text."""
        names = self.container(role).list_blob_names(timeout=OWN_TIMEOUT)
        return [name for name in names if fragment.lower() in name.lower()]

    def storage_requests(self, fragment: str) -> list[str]:
        """Return the app's storage requests that name a text, as method and container, oldest first."""
        lines = Path(self.ready["logs"]["azurite"]).read_text(errors="replace").splitlines()
        named = [line for line in lines if fragment.lower() in line.lower() and f"timeout={OWN_TIMEOUT}" not in line]
        requests = (line.split('"')[1].split() for line in named)
        return [f"{method} {target.split('/')[2]}" for method, target, _ in requests]

    def events(self, fragment: str) -> list[str]:
        """Return the actions or error types of the events whose record path contains a text, oldest first."""
        outcome = "COALESCE(action, json_extract(event, '$.ErrorType'))"
        query = f"SELECT {outcome} FROM events WHERE instr(record, ?) ORDER BY time"
        file = Path(self.ready["event_log"]["address"])
        if not file.exists():  # it is made with the first event
            return []
        address = f"file:{file}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as log:
            if log.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone() is None:
                return []
            return [outcome for (outcome,) in log.execute(query, (fragment.lower(),))]


class OwnStack:
    """A stack that one test has for itself, whose parts it may end: they are started again as `up` does it."""

    def __init__(self, stack: Stack, world: World) -> None:
        self.stack = stack
        self.world = world

    @property
    def pids(self) -> dict[str, int]:
        """The process ids by role, as they are now."""
        pids: dict[str, int] = self.stack.ready["pids"]
        return pids

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Start again what ends, for the length of a block."""
        stop = threading.Event()
        failures: list[Exception] = []

        def watch() -> None:
            while not stop.wait(0.1):
                try:
                    self.stack.revive()
                except Exception as failure:  # noqa: BLE001 - raised again where the block ends
                    failures.append(failure)
                    return

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            stop.set()
            watcher.join()
        if failures:
            raise failures[0]


@contextmanager
def own_stack(options: StackOptions) -> Iterator[OwnStack]:
    """Run a stack for one test; when it has ended, no secret lies in its directory."""
    with running_stack(options) as stack, World(stack.ready) as world:
        yield OwnStack(stack, world)
    assert secrets_at_rest(options.state, world.secrets) == []


def accepted(answer: httpx.Response, keys: str | Json) -> str:
    """Return the version of the one record that was accepted; a text is the ID that is its only key."""
    assert answer.status_code == 202, answer.text
    [item] = answer.json()["Items"]
    named = {"ID": keys} if isinstance(keys, str) else keys
    assert (item["Index"], item["Keys"], answer.json()["Errors"]) == (0, named, [])
    version: str = item["Version"]
    return version


def errors_of(answer: httpx.Response) -> tuple[int, list[tuple[str, Any]]]:
    """Return the status of a refusal, and code and data of each error, whose shape must be OrderCloud's."""
    errors = answer.json()["Errors"]
    assert [set(error) for error in errors] == [{"ErrorCode", "Message", "Data"}] * len(errors)
    assert all(error["Message"] for error in errors)
    return answer.status_code, [(error["ErrorCode"], error["Data"]) for error in errors]


def nothing_is_stored(world: World, key: str) -> None:
    """Check that no write to storage and no event names an object: not even for a moment was anything of it kept."""
    assert [request for request in world.storage_requests(key) if not request.startswith("GET ")] == []
    assert world.events(key) == []


def writable(record_type: str, held: Json) -> Json:
    """Return an object of OrderCloud's without the fields that OrderCloud computes."""
    return {name: value for name, value in held.items() if name not in READ_ONLY[record_type]}


def lacking(posted: Any, held: Any, path: str = "") -> list[str]:
    """Return the paths of what was posted that OrderCloud does not hold so; what it holds besides is its own."""
    if isinstance(posted, dict) and isinstance(held, dict):
        return [each for name in posted for each in lacking(posted[name], held.get(name), f"{path}.{name}")]
    if isinstance(posted, list) and isinstance(held, list) and len(posted) == len(held):
        return [
            each for n, pair in enumerate(zip(posted, held, strict=True)) for each in lacking(*pair, f"{path}[{n}]")
        ]
    return [] if posted == held else [f"{path} is {held!r}, not {posted!r}"]


def shown(event: Json) -> tuple[Any, ...]:
    """Return what of an event says what was decided: action, reason and level."""
    return event["Action"], event["Reason"], event["Level"]


def secrets_at_rest(state: Path, secrets: Iterable[str] = ()) -> list[Path]:
    """Return the files where a secret lies that does not belong there: of these, of the laptop's keys, or posted."""
    return files_holding(state, [*secrets, *kept_secrets(state), *POSTED_SECRETS])


def _http(base: str) -> httpx.Client:
    return httpx.Client(base_url=base, timeout=httpx.Timeout(40.0), trust_env=False, verify=False)


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _names(entry: Json, key: str) -> bool:
    """Tell whether an entry of the journal is about an object: by its path's last segment, or by the posted ID."""
    request = entry["request"] if isinstance(entry["request"], dict) else {}
    return unquote(entry["path"].rpartition("/")[2]) == key or (entry["method"] == "POST" and request.get("ID") == key)
