"""What OrderCloud's objects look like: the fields it answers, what it requires, and what refers to what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.record import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One collection of OrderCloud's.

    Attributes:
        object_type: its name in errors.
        defaults: every field that is answered, with its value when nobody gave one.
        parts: the fields of objects inside it, which a PATCH merges.
        elements: the fields of the elements of its lists.
        required: what a POST and a PUT must have.
        read_only: what is ignored when it is sent.
        references: fields that name a record of another collection, by that collection's path.
    """

    object_type: str
    defaults: Json = field(default_factory=dict)
    parts: Mapping[str, Json] = field(default_factory=dict)
    elements: Mapping[str, Json] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    read_only: frozenset[str] = frozenset({"OwnerID"})
    references: Mapping[str, str] = field(default_factory=dict)

    def completed(self, values: Json) -> Json:
        """Return an object with all its fields."""
        whole = {**self.defaults, **values}
        for name, defaults in self.parts.items():
            if whole.get(name) is not None:
                whole[name] = {**defaults, **whole[name]}
        for name, defaults in self.elements.items():
            whole[name] = [{**defaults, **element} for element in whole.get(name) or []]
        return whole

    def merged(self, before: Json, changes: Json) -> Json:
        """Return an object after a PATCH: the first level of xp and the objects inside it are merged."""
        merged = {**before, **changes}
        for name in ("xp", *self.parts):
            if isinstance(before.get(name), dict) and isinstance(changes.get(name), dict):
                merged[name] = {**before[name], **changes[name]}
        return merged


SHAPES: Mapping[str, Shape] = {
    "/v1/products": Shape(
        object_type="Product",
        defaults={
            "OwnerID": None,
            "DefaultPriceScheduleID": None,
            "AutoForward": False,
            "ID": None,
            "Name": None,
            "Description": None,
            "QuantityMultiplier": 1,
            "ShipWeight": None,
            "ShipHeight": None,
            "ShipWidth": None,
            "ShipLength": None,
            "Active": False,
            "SpecCount": 0,
            "VariantCount": 0,
            "ShipFromAddressID": None,
            "Inventory": None,
            "DefaultSupplierID": None,
            "AllSuppliersCanSell": False,
            "Returnable": False,
            "xp": None,
            "ParentID": None,
            "IsParent": False,
            "IsBundle": False,
            "DateCreated": None,
        },
        parts={
            "Inventory": {
                "Enabled": False,
                "NotificationPoint": None,
                "VariantLevelTracking": False,
                "OrderCanExceed": False,
                "QuantityAvailable": None,
                "LastUpdated": None,
            }
        },
        required=("Name",),
        read_only=frozenset({"OwnerID", "SpecCount", "VariantCount", "IsBundle", "DateCreated"}),
        references={"DefaultPriceScheduleID": "/v1/priceschedules", "ParentID": "/v1/products"},
    ),
    "/v1/priceschedules": Shape(
        object_type="PriceSchedule",
        defaults={
            "OwnerID": None,
            "ID": None,
            "Name": None,
            "ApplyTax": False,
            "ApplyShipping": False,
            "MinQuantity": 1,
            "MaxQuantity": None,
            "UseCumulativeQuantity": False,
            "RestrictedQuantity": False,
            "PriceBreaks": [],
            "Currency": None,
            "SaleStart": None,
            "SaleEnd": None,
            "IsOnSale": False,
            "xp": None,
        },
        elements={
            "PriceBreaks": {
                "Quantity": None,
                "Price": None,
                "SalePrice": None,
                "SubscriptionPrice": None,
                "BundlePrice": None,
            }
        },
        required=("Name",),
        read_only=frozenset({"OwnerID", "IsOnSale"}),
    ),
}


def shape_of(collection: str) -> Shape:
    """Return the shape of a collection; of one that is not listed nothing is known but its name."""
    return SHAPES.get(collection) or Shape(object_type=collection.rsplit("/", 1)[-1])
