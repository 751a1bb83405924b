"""Products, their price schedules, facets and variants. Stock that is kept by location is in `inventory`."""

from localdev.sandbox.errors import Problem
from localdev.sandbox.filters import fold
from localdev.sandbox.resources.addresses import GOODS, seller_addresses
from localdev.sandbox.resources.inventory import stocked, tracking_rules, variant_stocked
from localdev.sandbox.resources.row import SELLER, Doc, Place, Reference, Resource
from localdev.sandbox.validation import failure
from localdev.sandbox.variant_specs import as_of_now


def _product_rules(doc: Doc, before: Doc | None, place: Place) -> list[Problem]:
    both = doc["IsParent"] and doc["ParentID"]
    problems = [failure("IsParent", "must be false when ParentID has a value.")] if both else []
    return problems + tracking_rules(doc, before, place)


def _stock_stamped(doc: Doc, before: Doc | None, place: Place) -> Doc:
    inventory, old = doc["Inventory"], before["Inventory"] if before else None
    if inventory is None:
        return doc
    stamp = place.now
    if old is not None and old["QuantityAvailable"] == inventory["QuantityAvailable"]:
        stamp = old["LastUpdated"]
    return {**doc, "Inventory": {**inventory, "LastUpdated": stamp}}


def _product_shown(doc: Doc, place: Place) -> Doc:
    counts = {
        "SpecCount": sum(1 for _ in place.store.referring("specs/productassignments", "ProductID", doc["ID"])),
        "VariantCount": place.store.count("products/variants", doc["ID"]),
    }
    return stocked({**doc, **counts}, place)


def _variant_shown(doc: Doc, place: Place) -> Doc:
    return variant_stocked(as_of_now(place.store, doc), place)


def _sold_by(doc: Doc, supplier: str) -> bool:
    return doc["AllSuppliersCanSell"] or fold(doc["DefaultSupplierID"] or "") == fold(supplier)


def _price_rules(doc: Doc, _before: Doc | None, _place: Place) -> list[Problem]:
    problems = []
    quantities = [price_break["Quantity"] for price_break in doc["PriceBreaks"]]
    if len(set(quantities)) != len(quantities):
        message = "Price breaks must have different quantities."
        problems.append(Problem("PriceSchedule.DuplicatePriceBreaks", message, {"Field": "PriceBreaks"}))
    least, most = doc["MinQuantity"], doc["MaxQuantity"]
    if least is not None and most is not None and most < least:
        problems.append(failure("MaxQuantity", "must be MinQuantity or more."))
    return problems


def _breaks_sorted(doc: Doc, _before: Doc | None, _place: Place) -> Doc:
    return {**doc, "PriceBreaks": sorted(doc["PriceBreaks"], key=lambda price_break: price_break["Quantity"])}


def _sale_shown(doc: Doc, place: Place) -> Doc:
    reduced = any(price_break["SalePrice"] is not None for price_break in doc["PriceBreaks"])
    begun = doc["SaleStart"] is None or doc["SaleStart"] <= place.now
    over = doc["SaleEnd"] is not None and doc["SaleEnd"] <= place.now
    return {**doc, "IsOnSale": reduced and begun and not over}


def _facet_rules(doc: Doc, before: Doc | None, place: Place) -> list[Problem]:
    own = fold(before["ID"]) if before else None
    others = (one for one in place.store.all("productfacets", "") if fold(one["ID"]) != own)
    if any(_facet_path(one) == _facet_path(doc) for one in others):
        message = "Another facet has this XpPath."
        return [Problem("ProductFacet.XpPathInUse", message, {"Field": "XpPath"})]
    return []


def _facet_path(doc: Doc) -> str:
    return fold(doc.get("XpPath") or doc["ID"])  # without a path, the value lies at xp.{ID}


PRODUCTS = Resource(
    "/products/{productID}",
    "Product",
    owned=True,
    references=(
        Reference("DefaultPriceScheduleID", "PriceSchedule", ("priceschedules",)),
        Reference("DefaultSupplierID", "Supplier", ("suppliers",)),
        Reference("ShipFromAddressID", "Address", GOODS, seller_addresses),
        Reference("ParentID", "Product", ("products",)),
    ),
    rules=_product_rules,
    stamped=_stock_stamped,
    shown=_product_shown,
    shared=_sold_by,
)
# Variants are generated, neither posted nor deleted; the API description has no such operations.
VARIANTS = Resource(
    "/products/{productID}/variants/{variantID}",
    "Variant",
    creatable=False,
    stamped=_stock_stamped,
    shown=_variant_shown,
)
PRICE_SCHEDULES = Resource(
    "/priceschedules/{priceScheduleID}",
    "PriceSchedule",
    owned=True,
    rules=_price_rules,
    stamped=_breaks_sorted,
    shown=_sale_shown,
)
PRODUCT_FACETS = Resource("/productfacets/{productFacetID}", "ProductFacet", users=SELLER, rules=_facet_rules)
