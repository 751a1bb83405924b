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
    """Who calls, as a verified token and OrderCloud say: the client, its user's side, its roles."""

    client: str
    user_type: str
    roles: frozenset[str]
    supplier: str | None = None
    buyer: str | None = None

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
    allowed = (profile.supplier is None or record_type.family is Family.PRODUCT) and (
        profile.buyer is None or record_type.family is Family.BUYER
    )
    if not allowed:
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


def authorise_record(profile: Profile, posted: Json) -> None:
    """Check that a record is the resource's own where its keys name an owner: a buyer's client writes its own buyer's.

    Raises:
        RejectionError: 403.
    """
    if profile.buyer is not None and str(posted.get("BuyerID", "")).casefold() != profile.buyer.casefold():
        raise RejectionError(403, "NotYourResource", f"A client of {profile.resource} posts records of its buyer only.")


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
