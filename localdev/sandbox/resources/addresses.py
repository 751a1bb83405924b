"""Addresses: the seller's own, the suppliers' and the buyers'."""

from localdev.sandbox.errors import Problem
from localdev.sandbox.filters import fold
from localdev.sandbox.resources.row import BUYING, SELLER, Doc, Place, Resource, Where
from localdev.sandbox.validation import failure

# Where the addresses are that goods can be at.
GOODS = ("addresses", "suppliers/addresses")
# The countries whose addresses need a state and a postal code.
DIVIDED = frozenset({"US", "CA"})


def seller_addresses(doc: Doc, place: Place) -> list[Where]:
    """Return where goods can be: at an address of the owner, of the default supplier or of the seller."""
    companies = (doc["OwnerID"], doc.get("DefaultSupplierID"), place.marketplace)
    return [
        ("addresses", "") if company == fold(place.marketplace) else ("suppliers/addresses", company)
        for company in dict.fromkeys(fold(one) for one in companies if one)
    ]


def _address_rules(doc: Doc, _before: Doc | None, _place: Place) -> list[Problem]:
    if (doc["Country"] or "").upper() not in DIVIDED:
        return []
    return [failure(name, "is required.") for name in ("State", "Zip") if not (doc[name] or "").strip()]


ADMIN_ADDRESSES = Resource("/addresses/{addressID}", "Address", users=SELLER, rules=_address_rules)
SUPPLIER_ADDRESSES = Resource("/suppliers/{supplierID}/addresses/{addressID}", "Address", rules=_address_rules)
BUYER_ADDRESSES = Resource("/buyers/{buyerID}/addresses/{addressID}", "Address", users=BUYING, rules=_address_rules)
