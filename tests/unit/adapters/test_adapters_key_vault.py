"""Secrets of Key Vault, on answers made up here."""

import json
import time
from types import TracebackType
from typing import Any, Self

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl

from orchestration.adapters.key_vault import KeyVaults
from orchestration.failures import AccountFault, Failure, Unavailable

CHALLENGE = 'Bearer authorization="https://login.test/tenant", resource="https://vault.azure.net"'


class Closable:
    """What can be closed."""

    async def close(self) -> None:
        pass


class Credential(Closable):
    """Gives any token that is asked for."""

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken("token", int(time.time()) + 3600)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass


class Vault(AsyncHttpTransport[Any, Any]):
    """Asks for a token, as a vault does, and then gives one answer; None: no connection."""

    def __init__(self, status: int | None, body: Any) -> None:
        self._status = status
        self._body = body
        self.urls: list[str] = []

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        pass

    async def sleep(self, duration: float) -> None:
        pass

    async def send(self, request: Any, **options: Any) -> Any:
        if self._status is None:
            raise ServiceRequestError("no connection")
        if "Authorization" not in request.headers:
            return await answered(request, 401, {}, {"WWW-Authenticate": CHALLENGE})
        self.urls.append(request.url)
        return await answered(request, self._status, self._body, {})


async def answered(request: Any, status: int, body: Any, headers: dict[str, str]) -> Any:
    content = json.dumps(body).encode()

    async def stream(*_: Any, **__: Any) -> Any:
        yield content

    response = AsyncHttpResponseImpl(
        request=request,
        internal_response=Closable(),
        status_code=status,
        headers={"Content-Type": "application/json", **headers},
        reason="",
        content_type="application/json",
        stream_download_generator=stream,
    )
    await response.read()
    return response


async def test_a_secret_is_read_from_the_vault_that_is_named() -> None:
    transport = Vault(200, {"value": "hush", "id": "https://vault-1.vault.azure.net/secrets/erp/1"})
    vaults = KeyVaults(Credential, transport)
    assert await vaults.read("vault-1", "erp") == "hush"
    await vaults.close()
    assert [url.partition("?")[0] for url in transport.urls] == ["https://vault-1.vault.azure.net/secrets/erp/"]


@pytest.mark.parametrize(
    ("status", "body", "failure", "said"),
    [
        (404, {}, AccountFault, "key vault vault-1: the secret erp cannot be read (404)"),
        (403, {}, AccountFault, "key vault vault-1: the secret erp cannot be read (403)"),
        (200, {"value": ""}, AccountFault, "key vault vault-1: the secret erp is empty"),
        (503, {}, Unavailable, "key vault vault-1 answered 503"),
        (429, {}, Unavailable, "key vault vault-1 answered 429"),
        (None, {}, Unavailable, "key vault vault-1: ServiceRequestError"),
    ],
    ids=["none", "forbidden", "empty", "down", "throttled", "no connection"],
)
async def test_what_a_vault_does_not_give_is_a_fault_of_the_account_or_passes(
    status: int | None, body: Any, failure: type[Failure], said: str
) -> None:
    vaults = KeyVaults(Credential, Vault(status, {"id": "https://vault-1.vault.azure.net/secrets/erp/1", **body}))
    with pytest.raises(failure) as raised:
        await vaults.read("vault-1", "erp")
    await vaults.close()
    assert raised.value.cause == said
