"""Suppliers. Source: OrderCloud's Supplier."""

from typing import Any

from models.fields import ID, Name
from models.record import Record
from models.registry import Family, RecordType, paths


class Supplier(Record):
    """An organization that sells through the marketplace."""

    id: ID
    name: Name = ""
    active: bool = False
    all_buyers_can_order: bool = False
    xp: dict[str, Any] | None = None


SUPPLIER = RecordType(
    name="supplier",
    model=Supplier,
    role="SupplierAdmin",
    family=Family.SUPPLIER,
    party="ID",
    collection="/v1/suppliers",
    object_type="Supplier",
    read_only=paths("DateCreated"),
)
