"""Inventory records: the stock of a product at one address. Source: OrderCloud's InventoryRecord."""

from typing import Any

from models.fields import ID, Integer
from models.record import Record
from models.registry import Family, RecordType, Reference, paths


class InventoryRecord(Record):
    """The stock of a product at an address."""

    product_id: ID
    id: ID
    address_id: ID = ""
    allow_all_buyers: bool = True
    order_can_exceed: bool = False
    quantity_available: Integer = 0
    notification_point: Integer | None = None
    xp: dict[str, Any] | None = None


INVENTORY_RECORD = RecordType(
    name="inventoryrecord",
    model=InventoryRecord,
    role="ProductAdmin",
    family=Family.PRODUCT,
    keys=("ProductID", "ID"),
    collection="/v1/products/{ProductID}/inventoryrecords",
    object_type="InventoryRecord",
    owner="OwnerID",
    references=(Reference("product", ("ProductID",)), Reference("adminaddress", ("AddressID",))),
    read_only=paths("OwnerID", "Address", "LastUpdated"),
    volatile=paths("QuantityAvailable"),
)
