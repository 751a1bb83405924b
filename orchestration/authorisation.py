"""Who may post what: a caller's role for the type, and its own resource only."""

from dataclasses import dataclass

from models.record import Json
from models.registry import Family, RecordType
from orchestration.profile import Profile
from orchestration.rejections import RejectionError

OPERATOR = "OrchestrationOperator"
"""The OrderCloud custom role of those who run the house."""

FULL_ACCESS = "FullAccess"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as a verified token and OrderCloud say: the client, its user's side and name, its roles."""

    client: str
    user_type: str
    roles: frozenset[str]
    supplier: str | None = None
    buyer: str | None = None
    user_name: str = ""

    @property
    def is_operator(self) -> bool:
        """Tell whether the caller may see and do what operators may."""
        return OPERATOR in self.roles


def authorise_write(caller: Caller, profile: Profile, record_type: RecordType) -> None:
    """Check that a caller may post or delete records of a type.

    Raises:
        RejectionError: 403, with what is missing.
    """
    sufficient = [record_type.role, FULL_ACCESS]
    if not caller.roles & set(sufficient):
        raise RejectionError(
            403,
            "InsufficientRoles",
            f"Posting a {record_type.name} needs the role {record_type.role}.",
            SufficientRoles=sufficient,
            AssignedRoles=sorted(caller.roles),
        )
    authorise_read(caller, profile)
    if record_type.family not in _families(profile):
        raise RejectionError(
            403, "NotYourResource", f"A client of {profile.resource} may not post a {record_type.name}."
        )


def authorise_read(caller: Caller, profile: Profile) -> None:
    """Check that a caller's user is of the side for which its client's records are kept: not a shopper, say.

    Raises:
        RejectionError: 403.
    """
    if _side(caller) != profile.resource.casefold():
        raise RejectionError(
            403,
            "ResourceMismatch",
            "The token's user does not belong to the resource of this client's integration profile.",
            Resource=profile.resource,
        )


def authorise_operator(caller: Caller, profile: Profile) -> None:
    """Check that a caller is an operator.

    Roles are OrderCloud's, and all marketplaces share its host: so an operator is one of a client that has a profile,
    and only for the marketplace of that.

    Raises:
        RejectionError: 403.
    """
    authorise_read(caller, profile)
    if not caller.is_operator:
        raise RejectionError(
            403,
            "InsufficientRoles",
            f"Only operators may do this; it needs the role {OPERATOR}.",
            SufficientRoles=[OPERATOR],
            AssignedRoles=sorted(caller.roles),
        )


def stand_in(profile: Profile) -> Caller:
    """Return a caller that may do all that a profile's client may: for an operator who asks in its place."""
    side = "supplier" if profile.supplier else "buyer" if profile.buyer else "admin"
    roles = frozenset({FULL_ACCESS})
    return Caller(profile.client, side, roles, supplier=profile.supplier, buyer=profile.buyer)


def authorise_record(profile: Profile, record_type: RecordType, posted: Json) -> None:
    """Check that a record that belongs to a buyer or a supplier, as its keys say, is the resource's own.

    Raises:
        RejectionError: 403.
    """
    own = profile.buyer or profile.supplier
    if own is None or record_type.party is None:
        return
    if str(posted.get(record_type.party, "")).casefold() != own.casefold():
        message = f"A client of {profile.resource} posts its own records only."
        raise RejectionError(403, "NotYourResource", message, Field=record_type.party)


def _families(profile: Profile) -> frozenset[Family]:
    """Return the families whose records a resource's client may post."""
    if profile.buyer is not None:
        return frozenset({Family.BUYER})
    if profile.supplier is not None:
        return frozenset({Family.PRODUCT, Family.SUPPLIER})
    return frozenset(Family)


def _side(caller: Caller) -> str | None:
    """Return the resource that the caller's user belongs to, as profiles name it, without case; none if not known."""
    match caller.user_type:
        case "supplier":
            return f"supplier:{caller.supplier or ''}".casefold()
        case "buyer":
            return f"buyer:{caller.buyer or ''}".casefold()
        case "admin":
            return "seller"
        case _:
            return None


def side_of_user(user: Json) -> str:
    """Return the resource that a user belongs to, as OrderCloud shows the user and as profiles name it."""
    for kind in ("supplier", "buyer"):
        company = user.get(kind.capitalize())
        if company and company.get("ID"):
            return f"{kind}:{company['ID']}"
    return "seller"
