"""The records that are measured: one product of a real shape, as posted and as OrderCloud shows it."""

from typing import Any

from orchestration.profile import Profile

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def posted(number: int, weight: float = 2.5) -> dict[str, Any]:
    """Return a product as a source posts it."""
    return {
        "ID": f"bench-{number:06}",
        "Name": f"Ridge tent {number}",
        "Description": "Shelter for three seasons with taped seams and aluminium poles.",
        "Active": True,
        "QuantityMultiplier": 1,
        "ShipWeight": weight,
        "ShipHeight": 12.0,
        "ShipWidth": 18.0,
        "ShipLength": 45.0,
        "xp": {
            "Status": "Published",
            "ProductType": "Standard",
            "Tax": {"Category": "outdoor", "Code": "OD001", "Description": None},
            "UnitOfMeasure": {"Qty": 1, "Unit": "piece"},
            "Facets": {"Color": ["moss"], "Size": ["2-person"], "Season": ["spring", "summer"]},
            "Brand": "Northfell",
            "Warranty": "5 years",
        },
    }


def shown(product: dict[str, Any]) -> dict[str, Any]:
    """Return the product as OrderCloud answers it, with the fields that only OrderCloud sets."""
    computed = {"OwnerID": "SELLER", "SpecCount": 0, "VariantCount": 0, "IsParent": False, "AutoForward": False}
    empty = {"DefaultSupplierID": None, "ShipFromAddressID": None, "Inventory": None, "Returnable": False}
    return {**computed, **empty, "DateCreated": "2026-01-01T00:00:00+00:00", **product}


def profile(api: str = "http://ordercloud.example") -> Profile:
    """Return a seller's profile."""
    return Profile.model_validate(
        {
            "Marketplace": "bench",
            "ApiUrl": api,
            "AuthUrl": api,
            "ClientID": "bench",
            "ClientSecret": "env:BENCH_SECRET",
            "Resource": "seller",
        }
    )
