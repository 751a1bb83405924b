"""Addresses of buyers, suppliers and the seller, and who of a buyer's uses which.

Source: OrderCloud's Address, AddressAssignment, and the xp parts that the first version typed.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from models.fields import ID, Country, Instant, Integer, Name, Number, OneOf, ShortText
from models.record import OpenPart, Record
from models.registry import Family, RecordType, Reference, paths
from models.rules import Broken, RuledRecord

_ACCESSORIALS = {
    3: "DestinationInsideDelivery",
    4: "DestinationLiftGate",
    9: "LimitedAccessDelivery",
    15: "ResidentialDelivery",
}
DestinationAccessorial = Annotated[str, OneOf(*_ACCESSORIALS.values(), original=_ACCESSORIALS)]


class Coordinates(OpenPart):
    """Where on earth an address is."""

    latitude: Number | None = None
    longitude: Number | None = None


class BuyerAddressXp(OpenPart):
    """The parts of a buyer address's xp that are known; any other key passes."""

    accessorials: list[DestinationAccessorial] | None = None
    email: str | None = None
    location_id: str | None = None
    coordinates: Coordinates | None = None
    avalara_certificate_id: Integer | None = None
    avalara_certificate_expiration: Instant | None = None
    opening_date: Instant | None = None
    billing_number: str | None = None
    status: str | None = None
    legal_entity: str | None = None
    primary_contact_name: str | None = None


class _Address(Record):
    """An address of anybody's; OrderCloud wants a state and a zip code in the US and Canada only."""

    id: ID
    company_name: ShortText | None = None
    first_name: ShortText | None = None
    last_name: ShortText | None = None
    street1: Name = ""
    street2: ShortText | None = None
    city: Name = ""
    state: ShortText | None = None
    zip: ShortText | None = None
    country: Country = ""
    phone: ShortText | None = None
    address_name: ShortText | None = None


class Address(_Address):
    """An address of a buyer's."""

    buyer_id: ID
    xp: BuyerAddressXp | None = None


class AdminAddress(_Address):
    """An address of the seller's: where products are shipped from, or stock lies."""

    xp: dict[str, Any] | None = None


class SupplierAddress(_Address):
    """An address of a supplier's."""

    supplier_id: ID
    xp: dict[str, Any] | None = None


class AddressAssignment(RuledRecord):
    """That a user, a user group, or else the whole buyer may ship to an address, or be billed there."""

    buyer_id: ID
    address_id: ID
    user_id: ID | None = None
    user_group_id: ID | None = None
    is_shipping: bool = False
    is_billing: bool = False

    def broken(self) -> Iterator[Broken]:
        """Yield the rules that the posting breaks."""
        if self.user_id is not None and self.user_group_id is not None:
            yield Broken("ExclusiveFields", "UserGroupID", "UserID and UserGroupID exclude each other.")
        if not self.is_shipping and not self.is_billing:
            yield Broken("Required", "IsShipping", "IsShipping or IsBilling must be true.")


ADDRESS = RecordType(
    name="address",
    model=Address,
    role="AddressAdmin",
    family=Family.BUYER,
    keys=("BuyerID", "ID"),
    party="BuyerID",
    collection="/v1/buyers/{BuyerID}/addresses",
    object_type="Address",
    references=(Reference("buyer", ("BuyerID",)),),
    read_only=paths("DateCreated"),
)

ADDRESS_ASSIGNMENT = RecordType(
    name="addressassignment",
    model=AddressAssignment,
    role="AddressAdmin",
    family=Family.BUYER,
    keys=("BuyerID", "AddressID", "UserID", "UserGroupID"),
    party="BuyerID",
    collection="/v1/buyers/{BuyerID}/addresses/assignments",
    object_type="AddressAssignment",
    references=(
        Reference("buyer", ("BuyerID",)),
        Reference("address", ("BuyerID", "AddressID")),
        Reference("user", ("BuyerID", "UserID")),
        Reference("usergroup", ("BuyerID", "UserGroupID")),
    ),
    assigned=True,
    removal="/v1/buyers/{BuyerID}/addresses/{AddressID}/assignments?userID={UserID}&userGroupID={UserGroupID}",
    read_only=paths("ID"),
)

ADMIN_ADDRESS = RecordType(
    name="adminaddress",
    model=AdminAddress,
    role="AdminAddressAdmin",
    family=Family.SELLER,
    collection="/v1/addresses",
    object_type="Address",
    read_only=paths("DateCreated"),
)

SUPPLIER_ADDRESS = RecordType(
    name="supplieraddress",
    model=SupplierAddress,
    role="SupplierAddressAdmin",
    family=Family.SUPPLIER,
    keys=("SupplierID", "ID"),
    party="SupplierID",
    collection="/v1/suppliers/{SupplierID}/addresses",
    object_type="Address",
    references=(Reference("supplier", ("SupplierID",)),),
    read_only=paths("DateCreated"),
)
