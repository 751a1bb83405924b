"""Which account a command works on, as its notes in the state directory name it."""

import pytest

from localdev.account import account_of
from orchestration.settings import Settings

KEY = "AccountKey=c2VjcmV0=="


@pytest.mark.parametrize(
    ("fields", "account"),
    [
        ({"storage_connection": f"DefaultEndpointsProtocol=https;AccountName=acme;{KEY}"}, "acme"),
        (
            {"storage_connection": f"AccountName=acme;{KEY};BlobEndpoint=http://127.0.0.1:10000/acme;"},
            "http://127.0.0.1:10000/acme",
        ),
        ({"storage_blob_uri": "https://acme.blob.core.windows.net"}, "https://acme.blob.core.windows.net"),
    ],
    ids=["by its name", "by its endpoint", "by its address"],
)
def test_an_account_is_named_without_its_key(
    fields: dict[str, str], account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AzureWebJobsStorage", "AzureWebJobsStorage__blobServiceUri"):
        monkeypatch.delenv(name, raising=False)
    assert account_of(Settings(ordercloud_api_url="https://x", **fields)) == account  # type: ignore[arg-type]  # texts alone
