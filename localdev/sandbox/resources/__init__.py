"""The resources that the sandbox keeps, one row each; fields, lengths, roles and lists come from the description.

To add one, add a row to the module of its family and to RESOURCES: its path, its model, and only what OrderCloud does
beyond plain records.
"""

from localdev.sandbox.resources.addresses import ADMIN_ADDRESSES, BUYER_ADDRESSES, SUPPLIER_ADDRESSES
from localdev.sandbox.resources.catalogs import CATALOGS, CATEGORIES
from localdev.sandbox.resources.companies import BUYERS, COST_CENTERS, SUPPLIERS, USER_GROUPS
from localdev.sandbox.resources.inventory import INVENTORY_RECORDS, VARIANT_INVENTORY_RECORDS
from localdev.sandbox.resources.people import BUYER_USERS, SUPPLIER_USERS
from localdev.sandbox.resources.products import PRICE_SCHEDULES, PRODUCT_FACETS, PRODUCTS, VARIANTS
from localdev.sandbox.resources.row import Doc, Place, Reference, Resource, Where
from localdev.sandbox.resources.specs import SPEC_OPTIONS, SPECS

__all__ = [
    "PRICE_SCHEDULES",
    "PRODUCTS",
    "RESOURCES",
    "VARIANTS",
    "Doc",
    "Place",
    "Reference",
    "Resource",
    "Where",
]

RESOURCES = (
    PRODUCTS,
    VARIANTS,
    INVENTORY_RECORDS,
    VARIANT_INVENTORY_RECORDS,
    PRICE_SCHEDULES,
    PRODUCT_FACETS,
    SPECS,
    SPEC_OPTIONS,
    CATALOGS,
    CATEGORIES,
    SUPPLIERS,
    SUPPLIER_USERS,
    SUPPLIER_ADDRESSES,
    ADMIN_ADDRESSES,
    BUYERS,
    BUYER_USERS,
    USER_GROUPS,
    BUYER_ADDRESSES,
    COST_CENTERS,
)
