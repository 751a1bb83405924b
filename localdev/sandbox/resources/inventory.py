"""Stock by location: the inventory records of products and variants, and what their sums make of a product's stock."""

from collections.abc import Iterator

from localdev.sandbox.errors import Problem
from localdev.sandbox.resources.addresses import GOODS, seller_addresses
from localdev.sandbox.resources.row import Doc, Place, Reference, Resource

OF_PRODUCT = "products/inventoryrecords"
OF_VARIANT = "products/variants/inventoryrecords"


def stocked(product: Doc, place: Place) -> Doc:
    """Return a product with the sum of its inventory records as its quantity, when it has any."""
    return _summed(product, _quantities(product["ID"], place, by_variant=_by_variant(product)))


def variant_stocked(variant: Doc, place: Place) -> Doc:
    """Return a variant with the sum of its inventory records as its quantity, when it has any."""
    return _summed(variant, _quantities_at(OF_VARIANT, f"{place.parent}/{variant['ID']}", place))


def tracking_rules(product: Doc, before: Doc | None, place: Place) -> list[Problem]:
    """Return the objection to another level of tracking while there are records at the present one."""
    if before is None or _by_variant(product) == _by_variant(before):
        return []
    if next(_quantities(before["ID"], place, by_variant=_by_variant(before)), None) is None:
        return []
    message = "VariantLevelTracking cannot change while the product has inventory records."
    return [_refused("CannotChangeVariantLevelTracking", message)]


def _record_rules(_doc: Doc, before: Doc | None, place: Place) -> list[Problem]:
    above = place.parent.split("/")
    product = place.store.get("products", "", above[0])
    if before is not None or product is None:
        return []
    if not product.get("Inventory"):
        return [_refused("ProductInventoryMustExist", "The product has no inventory.")]
    if _by_variant(product) != (len(above) > 1):
        message = "VariantLevelTracking decides whether products or variants have inventory records."
        return [_refused("InvalidVariantLevelTracking", message)]
    return []


def _record_stamped(doc: Doc, before: Doc | None, place: Place) -> Doc:
    moved = before is None or before["QuantityAvailable"] != doc["QuantityAvailable"]
    return {**doc, "LastUpdated": place.now} if moved else doc


def _record_shown(doc: Doc, place: Place) -> Doc:
    found = (place.store.get(*where, doc["AddressID"] or "") for where in seller_addresses(doc, place))
    return {**doc, "Address": next(filter(None, found), None)}


def _by_variant(product: Doc) -> bool:
    return bool(product["Inventory"] and product["Inventory"].get("VariantLevelTracking"))


def _quantities(product_id: str, place: Place, *, by_variant: bool) -> Iterator[int]:
    if not by_variant:
        yield from _quantities_at(OF_PRODUCT, product_id, place)
        return
    for variant in list(place.store.all("products/variants", product_id)):
        yield from _quantities_at(OF_VARIANT, f"{product_id}/{variant['ID']}", place)


def _quantities_at(resource: str, parent: str, place: Place) -> Iterator[int]:
    return (record.get("QuantityAvailable", 0) for record in place.store.all(resource, parent))


def _summed(doc: Doc, quantities: Iterator[int]) -> Doc:
    given = list(quantities) if doc["Inventory"] else []
    return {**doc, "Inventory": {**doc["Inventory"], "QuantityAvailable": sum(given)}} if given else doc


def _refused(code: str, message: str) -> Problem:
    return Problem(f"InventoryConfiguration.{code}", message)


def _records(template: str) -> Resource:
    return Resource(
        template,
        "InventoryRecord",
        owned=True,
        references=(Reference("AddressID", "Address", GOODS, seller_addresses),),
        narrowings={"includeAddress": lambda _text, _doc, _place: True},
        rules=_record_rules,
        stamped=_record_stamped,
        shown=_record_shown,
    )


INVENTORY_RECORDS = _records("/products/{productID}/inventoryrecords/{inventoryRecordID}")
VARIANT_INVENTORY_RECORDS = _records("/products/{productID}/variants/{variantID}/inventoryrecords/{inventoryRecordID}")
