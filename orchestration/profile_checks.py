"""Check an integration profile from end to end, each finding with its cure in words. Nothing secret is told."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from models.record import Json
from models.registry import OWN_USER, RecordType, Registry
from orchestration.authorisation import FULL_ACCESS, authorise_write, side_of_user, stand_in
from orchestration.failures import AccountFault, Failure
from orchestration.ports import Ports, Secrets
from orchestration.profile import Profile
from orchestration.rejections import RejectionError
from orchestration.requests import Request

SECONDS = 30.0
_ME = Request("GET", OWN_USER)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one thing; the cure is empty where all is well."""

    about: str
    ok: bool
    message: str
    cure: str = ""

    def to_json(self) -> Json:
        """Return it by the names that the HTTP API would give."""
        return {"About": self.about, "Ok": self.ok, "Message": self.message, "Cure": self.cure or None}


async def check_profile(
    ports: Ports, secrets: Secrets, registry: Registry, client: str, types: Collection[str] = ()
) -> AsyncIterator[Finding]:
    """Yield what is found of a client's profile, in the order in which one thing needs the other; a fault ends it.

    Args:
        ports: the pipeline's.
        secrets: where references lead.
        registry: the record types.
        client: whose profile.
        types: the types that the client has to be able to write; any one where none are named.
    """
    try:
        profile = await ports.profiles.get(client)
    except AccountFault as fault:
        yield Finding("Profile", ok=False, message=fault.cause, cure="Write it anew: orchestrate profiles add.")
        return
    yield Finding("Profile", ok=True, message=f"{profile.resource} of {profile.marketplace}")
    try:
        await secrets.resolve(profile.client_secret)
    except Failure as failure:
        cure = "Set what ClientSecret refers to, and let the app (and this command) read it."
        yield Finding("Secret", ok=False, message=failure.cause, cure=cure)
        return
    yield Finding("Secret", ok=True, message="its reference resolves")
    try:
        answer = await ports.marketplaces.connect(profile).send(_ME, budget=SECONDS)
    except AccountFault as fault:
        cure = (
            "See in OrderCloud that the API client has this ID and secret, is active, and has a default context user."
        )
        yield Finding("Token", ok=False, message=fault.cause, cure=cure)
        return
    except Failure as failure:
        cure = f"See that ApiUrl and AuthUrl are those of the marketplace's region, and that {profile.api_url} answers."
        yield Finding("Marketplace", ok=False, message=failure.cause, cure=cure)
        return
    yield Finding("Token", ok=True, message="OrderCloud grants one")
    yield _of_user(profile, answer.body)
    yield _of_roles(profile, registry, frozenset(answer.body.get("AvailableRoles") or ()), types)


def _of_user(profile: Profile, user: Json) -> Finding:
    """Say whether the marketplace knows the client's user as active, and of the side that the profile writes for."""
    about = "Marketplace"
    if user.get("Active") is not True:
        cure = "Activate the API client's default context user in OrderCloud."
        return Finding(about, ok=False, message=f"the user {user.get('ID')} is not active", cure=cure)
    side = side_of_user(user)
    if side.casefold() != profile.resource.casefold():
        cure = f"Set Resource to {side}, or give the API client a user of {profile.resource} in OrderCloud."
        return Finding(about, ok=False, message=f"the client's user is of {side}", cure=cure)
    return Finding(about, ok=True, message=f"it answers, and knows the user {user.get('ID')}")


def _of_roles(profile: Profile, registry: Registry, roles: frozenset[str], types: Collection[str]) -> Finding:
    """Say whether the client's roles suffice for the types that it has to write, and which others it may."""
    about = "Roles"
    own = [row for row in registry if _is_own(profile, row)]
    may = [row.name for row in own if roles & {row.role, FULL_ACCESS}]
    wanted = [row for row in registry if row.name in {name.lower() for name in types}]
    foreign = sorted(row.name for row in wanted if row not in own)
    if foreign:
        cure = "Post these as a client of the seller's, or change Resource."
        return Finding(about, ok=False, message=f"a client of {profile.resource} may not write {foreign}", cure=cure)
    missing = sorted({row.role for row in wanted if row.name not in may})
    if missing or not may:
        roles_wanted = ", ".join(missing or sorted({row.role for row in own}))
        cure = f"Give the API client's user a security profile with {'' if missing else 'one of '}{roles_wanted}."
        return Finding(about, ok=False, message=f"it has {', '.join(sorted(roles)) or 'none'}", cure=cure)
    return Finding(about, ok=True, message=f"it may write {', '.join(may)}")


def _is_own(profile: Profile, row: RecordType) -> bool:
    try:
        authorise_write(stand_in(profile), profile, row)
    except RejectionError:
        return False
    return True
