"""Calls of the laptop's own tools: our HTTP API as a source calls it, and the sandbox's token and control APIs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

TIMEOUT = httpx.Timeout(30.0)


class ApiClient:
    """One API client of a running stack, with a token of its own."""

    def __init__(self, ready: Mapping[str, Any], name: str) -> None:
        credentials = next(client for client in ready["clients"] if client["name"] == name)
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False)
        self._api = ready["api"]
        answer = self._http.post(
            f"{ready['sandbox']['auth']}/oauth/token",
            data={
                "grant_type": "client_credentials",
                "client_id": credentials["client_id"],
                "client_secret": credentials["client_secret"],
            },
        )
        self._http.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def post(self, record_type: str, body: Any) -> httpx.Response:
        """Post one record or an array of records."""
        return self._http.post(f"{self._api}/orchestration/{record_type}", json=body)

    def delete(self, record_type: str, *keys: str) -> httpx.Response:
        """Delete one record."""
        return self._http.delete(self._url(record_type, keys))

    def get(self, record_type: str, *keys: str) -> httpx.Response:
        """Ask where one record stands."""
        return self._http.get(self._url(record_type, keys))

    def _url(self, record_type: str, keys: tuple[str, ...]) -> str:
        return "/".join([self._api, "orchestration", record_type, *(quote(key, safe="~") for key in keys)])


class SandboxControl:
    """The sandbox's control API."""

    def __init__(self, control: str) -> None:
        self._control = control
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def journal(self, after: int = 0) -> list[dict[str, Any]]:
        """Return the journal's entries after one, without token, key and `me` calls."""
        items = self._http.get(f"{self._control}/journal", params={"after": after}).raise_for_status().json()["Items"]
        return [entry for entry in items if entry["path"].startswith("/v1/") and entry["path"] != "/v1/me"]

    def last(self) -> int:
        """Return the number of the journal's last entry."""
        items = self._http.get(f"{self._control}/journal", params={"after": 0}).raise_for_status().json()["Items"]
        return int(items[-1]["n"]) if items else 0

    def state(self) -> dict[str, dict[str, Any]]:
        """Return all that the sandbox holds, by resource and ID."""
        found: dict[str, dict[str, Any]] = self._http.get(f"{self._control}/state").raise_for_status().json()
        return found

    def change(self, resource: str, identifier: str, fields: Mapping[str, Any]) -> None:
        """Change an object behind everyone's back."""
        url = f"{self._control}/state/{resource}/{quote(identifier, safe='')}"
        self._http.put(url, json=dict(fields)).raise_for_status()

    @contextmanager
    def faults(self, *faults: Mapping[str, Any]) -> Iterator[None]:
        """Let OrderCloud misbehave for the length of a block; each fault as the control API describes it."""
        self._http.post(f"{self._control}/faults", json=list(faults)).raise_for_status()
        try:
            yield
        finally:
            self._http.delete(f"{self._control}/faults").raise_for_status()
