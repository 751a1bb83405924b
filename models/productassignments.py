"""Product assignments: who may buy a product, at which price. Source: OrderCloud's ProductAssignment."""

from models.fields import ID
from models.record import Record
from models.registry import Family, RecordType, Reference, paths


class ProductAssignment(Record):
    """That a buyer, or one of its user groups, may buy a product; its own price schedule overrides the default one."""

    product_id: ID
    buyer_id: ID
    user_group_id: ID | None = None
    price_schedule_id: ID | None = None


PRODUCT_ASSIGNMENT = RecordType(
    name="productassignment",
    model=ProductAssignment,
    role="ProductAdmin",
    family=Family.PRODUCT,
    keys=("ProductID", "BuyerID", "UserGroupID"),
    collection="/v1/products/assignments",
    object_type="ProductAssignment",
    owned_by=Reference("product", ("ProductID",)),
    references=(
        Reference("product", ("ProductID",)),
        Reference("buyer", ("BuyerID",)),
        Reference("usergroup", ("BuyerID", "UserGroupID")),
        Reference("priceschedule", ("PriceScheduleID",)),
    ),
    premature=frozenset({"Product.CannotAssignNotInBuyerCatalog"}),
    assigned=True,
    removal="/v1/products/{ProductID}/assignments/{BuyerID}?userGroupID={UserGroupID}",
    read_only=paths("ID"),
)
