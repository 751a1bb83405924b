"""Buyers, their user groups and cost centers.

Source: OrderCloud's Buyer, UserGroup, UserGroupAssignment, CostCenter, and the xp parts that the first version typed.
"""

from typing import Any

from models.fields import ID, Integer, Name, Text
from models.record import OpenPart, Record
from models.registry import Family, RecordType, Reference, paths


class BuyerXp(OpenPart):
    """The parts of a buyer's xp that are known; any other key passes."""

    markup_percent: Integer | None = None
    chili_publish_folder: str | None = None


class Buyer(Record):
    """An organization that buys. Without a default catalog OrderCloud makes one with the buyer's ID."""

    id: ID
    name: Name = ""
    group_id: ID | None = None
    default_catalog_id: ID | None = None
    active: bool = False
    xp: BuyerXp | None = None


class UserGroupXp(OpenPart):
    """The parts of a user group's xp that are known; any other key passes."""

    type: str | None = None
    role: str | None = None


class UserGroup(Record):
    """Users of a buyer to whom things are assigned together."""

    buyer_id: ID
    id: ID
    name: Name = ""
    description: Text | None = None
    xp: UserGroupXp | None = None


class UserGroupAssignment(Record):
    """That a user is in a user group."""

    buyer_id: ID
    user_group_id: ID
    user_id: ID


class CostCenter(Record):
    """An account of a buyer's that orders are charged to."""

    buyer_id: ID
    id: ID
    name: Name = ""
    description: Text | None = None
    xp: dict[str, Any] | None = None


BUYER = RecordType(
    name="buyer",
    model=Buyer,
    role="BuyerAdmin",
    family=Family.BUYER,
    party="ID",
    collection="/v1/buyers",
    object_type="Buyer",
    references=(Reference("catalog", ("DefaultCatalogID",)),),
    read_only=paths("DateCreated"),
)

USER_GROUP = RecordType(
    name="usergroup",
    model=UserGroup,
    role="UserGroupAdmin",
    family=Family.BUYER,
    keys=("BuyerID", "ID"),
    party="BuyerID",
    collection="/v1/buyers/{BuyerID}/usergroups",
    object_type="UserGroup",
    references=(Reference("buyer", ("BuyerID",)),),
)

USER_GROUP_ASSIGNMENT = RecordType(
    name="usergroupassignment",
    model=UserGroupAssignment,
    role="UserGroupAdmin",
    family=Family.BUYER,
    keys=("BuyerID", "UserGroupID", "UserID"),
    party="BuyerID",
    collection="/v1/buyers/{BuyerID}/usergroups/assignments",
    object_type="UserGroupAssignment",
    references=(
        Reference("buyer", ("BuyerID",)),
        Reference("usergroup", ("BuyerID", "UserGroupID")),
        Reference("user", ("BuyerID", "UserID")),
    ),
    assigned=True,
    removal="/v1/buyers/{BuyerID}/usergroups/{UserGroupID}/assignments/{UserID}",
    read_only=paths("ID"),
)

COST_CENTER = RecordType(
    name="costcenter",
    model=CostCenter,
    role="CostCenterAdmin",
    family=Family.BUYER,
    keys=("BuyerID", "ID"),
    party="BuyerID",
    collection="/v1/buyers/{BuyerID}/costcenters",
    object_type="CostCenter",
    references=(Reference("buyer", ("BuyerID",)),),
)
