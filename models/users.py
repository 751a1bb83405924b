"""Users of buyers and suppliers. Source: OrderCloud's User."""

from typing import Annotated, Any

from pydantic import StringConstraints

from models.fields import ID, Moment, Name, ShortText
from models.record import OpenPart, Record
from models.registry import Family, RecordType, Reference, paths

Password = Annotated[str, StringConstraints(min_length=1)]
Email = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class UserXp(OpenPart):
    """The parts of a user's xp that are known; any other key passes.

    Whether mails are wanted is a text or a flag, as each shop has it.
    """

    country: str | None = None
    order_emails: Any = None
    request_info_emails: Any = None
    addtl_rcpts: list[str] | None = None


class _User(Record):
    """What a user is to any organization. OrderCloud never shows the password."""

    id: ID
    username: Name = ""
    password: Password = ""
    first_name: Name = ""
    last_name: Name = ""
    email: Email = ""
    phone: ShortText | None = None
    terms_accepted: Moment | None = None
    active: bool = False
    xp: UserXp | None = None


class User(_User):
    """A user of a buyer's."""

    buyer_id: ID


class SupplierUser(_User):
    """A user of a supplier's."""

    supplier_id: ID


_READ_ONLY = paths(
    "CompanyID",
    "AvailableRoles",
    "Locale",
    "DateCreated",
    "LastActive",
    "PasswordLastSetDate",
    "FailedLoginAttempts",
)

USER = RecordType(
    name="user",
    model=User,
    role="BuyerUserAdmin",
    family=Family.BUYER,
    keys=("BuyerID", "ID"),
    party="BuyerID",
    collection="/v1/buyers/{BuyerID}/users",
    object_type="User",
    references=(Reference("buyer", ("BuyerID",)),),
    read_only=_READ_ONLY,
    write_only=frozenset({"Password"}),
)

SUPPLIER_USER = RecordType(
    name="supplieruser",
    model=SupplierUser,
    role="SupplierUserAdmin",
    family=Family.SUPPLIER,
    keys=("SupplierID", "ID"),
    party="SupplierID",
    collection="/v1/suppliers/{SupplierID}/users",
    object_type="User",
    references=(Reference("supplier", ("SupplierID",)),),
    read_only=_READ_ONLY,
    write_only=frozenset({"Password"}),
)
