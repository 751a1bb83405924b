"""Who calls OrderCloud, and where; holds a secret and never shows it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API client of one marketplace. URLs stand without `/v1`; no roles means all that the client has.

    Equal credentials may share a client, and with it its token: they are hashable, the secret included.
    """

    api_url: str
    auth_url: str
    client_id: str
    client_secret: str = field(repr=False)
    roles: tuple[str, ...] = ()
