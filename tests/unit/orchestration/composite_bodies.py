"""Postings of whole products."""

from models.record import Json
from orchestration.paths import QueuePath, RecordPath


def hydrated(key: str = "P1", *, specs: int = 12, options: int = 10, defining: int = 2, markup: float = 0) -> Json:
    """Return a product with four price breaks, and specs of which the first ones define variants.

    `markup` is that of the last option of the last spec.
    """
    breaks = [{"Quantity": quantity, "Price": price} for quantity, price in [(1, 10), (10, 9), (50, 8), (100, 7)]]
    return {
        "ID": key,
        "Product": {"Name": "Mug", "Active": True, "xp": {"a": 1}},
        "PriceSchedule": {"Name": "Prices", "PriceBreaks": breaks},
        "Specs": [spec(f"{key}-S{n:02}", n, options, defines=n < defining) for n in range(specs - 1)]
        + [spec(f"{key}-S{specs - 1:02}", specs - 1, options, defines=specs <= defining, markup=markup)],
    }


def spec(key: str, place: int, options: int, *, defines: bool, markup: float = 0) -> Json:
    """Return a spec with its options."""
    made = [{"ID": f"O{n}", "Value": f"v{n}", "ListOrder": n} for n in range(options)]
    if markup and made:
        made[-1] |= {"PriceMarkupType": "AmountPerQuantity", "PriceMarkup": markup}
    variants = {"DefinesVariant": True, "Required": True} if defines else {}
    return {"ID": key, "Name": f"Spec {place}", "ListOrder": place, **variants, "Options": made}


def composite_path(key: str = "P1", client: str = "erp") -> QueuePath:
    """Return where the posting of a whole product lies."""
    return QueuePath(RecordPath("acme", "hydratedproduct", (key,)), client)
