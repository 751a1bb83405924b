"""Where OrderCloud's API description is silent or older than the service: data only, in the notation of `fields`.

Versions up to 1.0.470 are taken in; which value types may be null is never said in the description itself.
"""

from collections.abc import Mapping

CORRECTIONS: Mapping[str, str] = {
    "Product": (
        "QuantityMultiplier:int?(=1) ShipWeight:num? ShipHeight:num? ShipWidth:num? ShipLength:num? "
        "ParentID:str IsParent:bool IsBundle:bool(RO) DateCreated:date(RO)"
    ),
    "Inventory": "NotificationPoint:int? QuantityAvailable:int?",
    "PriceSchedule": "MinQuantity:int?(=1) MaxQuantity:int?",
    "PriceBreak": "Quantity*:int Price*:num SalePrice:num? SubscriptionPrice:num? BundlePrice:num?",
    "MeUser": "FailedLoginAttempts:int(RO) LastActive:date(RO)",
}
