"""Our HTTP API as operators call it: that of a laptop's running stack, or any other with a token for it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from localdev.clients import clients_file

TIMEOUT = httpx.Timeout(180.0, connect=10.0)
"""A plan goes on to further records for 100 s, and comes to its end after that."""

ENCODED = "%~"
"""What stays as it is in a segment of a path beside what every URL may have: keys come percent-encoded."""

OPERATOR = "operator"

_NAME = re.compile(r"[^!|*]+")
"""What the signs of a filter leave."""


class NotReachedError(Exception):
    """There is no API to be asked, or it does not let this caller in."""


class RefusedError(Exception):
    """The API refuses what it was asked; the message holds every error."""


class OperatorApi:
    """The API, for one operator.

    Args:
        api: its base URL, up to and with `/api`.
        token: the operator's OrderCloud access token.
        names: ids of API clients by the names that people know them by.
    """

    def __init__(self, api: str, token: str, names: Mapping[str, str] | None = None) -> None:
        self._api = api.rstrip("/")
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False, headers={"Authorization": f"Bearer {token}"})
        self._names = names or {}

    def knows(self, name: str) -> bool:
        """Tell whether a client has this name here: only a laptop's have names."""
        return name in self._names

    def client_id[Name: str | None](self, name: Name) -> Name | str:
        """Return the id of a client that is given by its name or its id, also in a filter; none where none is given."""
        return name if name is None else _NAME.sub(lambda found: self._names.get(found[0], found[0]), name)

    def unknown(self, name: str) -> list[str]:
        """Return the names that clients have here where this is neither one of them nor an id; none where it may be."""
        ids = {each.casefold() for each in self._names.values()}
        known = name in self._names or name.casefold() in ids or _NAME.fullmatch(name) is None
        return [] if known else list(self._names)

    def get(self, path: str, **params: object) -> Any:
        """Ask for something; parameters that are none are left out, and a list is as many of the name.

        Raises:
            NotReachedError: nobody answers, or the caller may not ask.
            RefusedError: the question is refused.
        """
        return self._answer("GET", path, params=_given(params))

    def post(self, path: str, body: object, **params: object) -> Any:
        """Have something done; raises as `get` does."""
        given = {name: str(value) for name, value in params.items() if value is not None}
        return self._answer("POST", path, json=body, params=given)

    def put(self, path: str, body: Mapping[str, object], **params: object) -> Any:
        """Have something be as it is given; raises as `get` does."""
        return self._answer("PUT", path, json=dict(body), params=_given(params))

    def delete(self, path: str, **params: object) -> Any:
        """Have something be no more; raises as `get` does."""
        return self._answer("DELETE", path, params=_given(params))

    def pages(self, path: str, **params: object) -> Iterator[Any]:
        """Ask for a list page by page, to its end."""
        after = None
        while True:
            page = self.get(path, after=after, **params)
            yield page
            after = page["NextKey"]
            if after is None:
                return

    def _answer(self, method: str, path: str, **request: Any) -> Any:
        try:
            answer = self._http.request(method, f"{self._api}/{path}", **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotReachedError(
                f"nobody answers at {self._api}: {error}. Is it running, and is this its address?"
            ) from error
        try:
            told = answer.json() if answer.is_success else _errors(answer)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            message = f"{self._api} answers {answer.status_code}: is this the API, with /api at its end?"
            raise NotReachedError(message) from error
        if answer.is_success:
            return told
        if answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.NOT_FOUND, httpx.codes.CONFLICT):
            raise RefusedError(told)
        raise NotReachedError(f"{self._api} answers {answer.status_code}: {told}")


def laptop_operator(state: Path) -> OperatorApi:
    """Return the API of the stack that runs on a state directory, for its client `operator`.

    Raises:
        NotReachedError: none runs there.
    """
    try:
        ports = json.loads((state / "ports.json").read_text())
        clients = {each["name"]: each for each in json.loads(clients_file(state).read_text())}
        form = {name: clients[OPERATOR][name] for name in ("client_id", "client_secret")}
        url = f"http://127.0.0.1:{ports['sandbox']}/oauth/token"
        granted = httpx.post(url, data={"grant_type": "client_credentials", **form}, timeout=TIMEOUT, trust_env=False)
        token = granted.raise_for_status().json()["access_token"]
    except (OSError, ValueError, KeyError, httpx.HTTPError) as error:
        message = f"nothing runs on {state}: start it with `orchestrate up --state {state}`, or give --api and --token"
        raise NotReachedError(message) from error
    names = {name: client["client_id"] for name, client in clients.items()}
    return OperatorApi(f"http://127.0.0.1:{ports['host']}/api", token, names)


def _given(params: Mapping[str, object]) -> dict[str, str | list[str]]:
    return {
        name: value if isinstance(value, list) else str(value) for name, value in params.items() if value is not None
    }


def _errors(answer: httpx.Response) -> str:
    """Return the errors of an answer in words, a line each; raise as what is no answer of the API is read."""
    errors = answer.json()["Errors"]
    return "\n".join(f"{(each['Data'] or {}).get('Field') or each['ErrorCode']}: {each['Message']}" for each in errors)
