"""The record types of this version. To add one, see docs/adding-a-record-type.md."""

from models.addresses import ADDRESS, ADDRESS_ASSIGNMENT, ADMIN_ADDRESS, SUPPLIER_ADDRESS
from models.buyers import BUYER, COST_CENTER, USER_GROUP, USER_GROUP_ASSIGNMENT
from models.catalogs import CATALOG, CATALOG_ASSIGNMENT, CATALOG_PRODUCT_ASSIGNMENT
from models.categories import CATEGORY, CATEGORY_PRODUCT_ASSIGNMENT
from models.composites import HYDRATED_PRODUCT
from models.inventoryrecords import INVENTORY_RECORD
from models.priceschedules import PRICE_SCHEDULE
from models.productassignments import PRODUCT_ASSIGNMENT
from models.productfacets import PRODUCT_FACET
from models.products import PRODUCT
from models.registry import Registry
from models.specs import SPEC, SPEC_OPTION, SPEC_PRODUCT_ASSIGNMENT
from models.suppliers import SUPPLIER
from models.templates import TEMPLATE_PRODUCT_FLAT
from models.users import SUPPLIER_USER, USER
from models.variants import VARIANT

REGISTRY = Registry(
    [
        PRODUCT,
        PRODUCT_FACET,
        PRICE_SCHEDULE,
        PRODUCT_ASSIGNMENT,
        SPEC,
        SPEC_OPTION,
        SPEC_PRODUCT_ASSIGNMENT,
        CATALOG,
        CATALOG_PRODUCT_ASSIGNMENT,
        CATEGORY,
        CATEGORY_PRODUCT_ASSIGNMENT,
        INVENTORY_RECORD,
        VARIANT,
        BUYER,
        USER,
        USER_GROUP,
        USER_GROUP_ASSIGNMENT,
        ADDRESS,
        ADDRESS_ASSIGNMENT,
        COST_CENTER,
        CATALOG_ASSIGNMENT,
        ADMIN_ADDRESS,
        SUPPLIER,
        SUPPLIER_ADDRESS,
        SUPPLIER_USER,
        HYDRATED_PRODUCT,
        TEMPLATE_PRODUCT_FLAT,
    ]
)
