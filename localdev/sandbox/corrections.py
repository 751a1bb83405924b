"""Where OrderCloud's API description is silent or older than the service: data only.

Versions up to 1.0.470 are taken in; which value types may be null is never said in the description itself.
"""

from collections.abc import Mapping

# Models, in the notation of `fields`; those that the description has not are whole here.
CORRECTIONS: Mapping[str, str] = {
    "Product": (
        "QuantityMultiplier:int?(=1) ShipWeight:num? ShipHeight:num? ShipWidth:num? ShipLength:num? "
        "ParentID:str IsParent:bool IsBundle:bool(RO) DateCreated:date(RO)"
    ),
    "Inventory": "NotificationPoint:int? QuantityAvailable:int?",
    "PriceSchedule": "MinQuantity:int?(=1) MaxQuantity:int?",
    "Variant": "Name:str(≤100) ShipWeight:num? ShipHeight:num? ShipWidth:num? ShipLength:num?",
    "VariantInventory": "QuantityAvailable:int? NotificationPoint:int?",
    "VariantSpec": "PriceMarkup:num?",
    "PriceBreak": "Quantity*:int Price*:num SalePrice:num? SubscriptionPrice:num? BundlePrice:num?",
    "SpecOption": "PriceMarkup:num?",
    "SpecProductAssignment": "SpecID*:str ProductID*:str",
    "CatalogAssignment": "BuyerGroupID:str",
    "CategoryAssignment": "Visible:bool? ViewAllProducts:bool?",
    "CategoryProductAssignment": "ListOrder:int?",
    "UserGroupAssignment": "UserGroupID*:str UserID*:str",
    "ProductFacet": "MinCount:int(=1)",
    "InventoryRecord": "AllowAllBuyers:bool(=true) NotificationPoint:int?",
    "InventoryRecordAssignment": "InventoryRecordID*:str BuyerID*:str UserGroupID:str",
    "Category": "ListOrder:int?",
    "Buyer": "GroupID:str",
    "User": "CompanyID:str(RO) FailedLoginAttempts:int(RO) LastActive:date(RO)",
    # Only some countries need the two; a rule says which.
    "Address": "State:str Zip:str",
    "MeUser": "CompanyID:str(RO) LastActive:date(RO)",
}

# Query parameters, by verb and path.
NEWER_PARAMETERS: Mapping[str, str] = {
    "POST /catalogs/{catalogID}/categories": "adjustListOrders",
    "PUT /catalogs/{catalogID}/categories/{categoryID}": "adjustListOrders",
    "PATCH /catalogs/{catalogID}/categories/{categoryID}": "adjustListOrders",
    "GET /products/{productID}/inventoryrecords": "includeAddress",
    "GET /products/{productID}/variants/{variantID}/inventoryrecords": "includeAddress",
}

# Operations, each with one of the description whose roles hold for it (which is inferred) and its query parameters.
NEWER_OPERATIONS: Mapping[str, tuple[str, str]] = {
    "GET /buyerusers": ("GET /buyers/{buyerID}/users", ""),
    "DELETE /buyers/{buyerID}/users/{userID}/tokens": ("DELETE /buyers/{buyerID}/users/{userID}", ""),
    "POST /buyers/{buyerID}/users/{userID}/unlock": ("POST /buyers/{buyerID}/users", ""),
    "DELETE /suppliers/{supplierID}/users/{userID}/tokens": ("DELETE /suppliers/{supplierID}/users/{userID}", ""),
    "POST /suppliers/{supplierID}/users/{userID}/unlock": ("POST /suppliers/{supplierID}/users", ""),
    "GET /products/{productID}/inventoryrecords/assignments": (
        "GET /products/{productID}/inventoryrecords",
        "buyerID inventoryRecordID level userGroupID",
    ),
    "POST /products/{productID}/inventoryrecords/assignments": ("POST /products/{productID}/inventoryrecords", ""),
    "DELETE /products/{productID}/inventoryrecords/{inventoryRecordID}/assignments": (
        "DELETE /products/{productID}/inventoryrecords/{inventoryRecordID}",
        "buyerID userGroupID userID",
    ),
    "GET /products/{productID}/variants/{variantID}/inventoryrecords/assignments": (
        "GET /products/{productID}/variants/{variantID}/inventoryrecords",
        "buyerID inventoryRecordID level userGroupID",
    ),
    "POST /products/{productID}/variants/{variantID}/inventoryrecords/assignments": (
        "POST /products/{productID}/variants/{variantID}/inventoryrecords",
        "",
    ),
    "DELETE /products/{productID}/variants/{variantID}/inventoryrecords/{inventoryRecordID}/assignments": (
        "DELETE /products/{productID}/variants/{variantID}/inventoryrecords/{inventoryRecordID}",
        "buyerID userGroupID userID",
    ),
}
