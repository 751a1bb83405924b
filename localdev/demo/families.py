"""What the demo posts besides its catalogue: buyers with their users, and one product with all that belongs to it."""

import copy
from collections.abc import Mapping
from typing import Any

type Body = dict[str, Any]

BUYERS = 3
USERS = 2
"""How many users each buyer has."""

POSTER = "demo-poster"
COLORS = ("black", "cream", "rust")
SIZES = ("small", "medium", "large")
FRAMES = {"plain": 0.0, "oak": 12.5}

POSTER_CALLS = 2 + 3 + (len(COLORS) + len(SIZES) + len(FRAMES)) + 3 + 4
"""Price schedule and product; specs; options; assignments; and for the variants two lists, their making and a look."""


def buyers() -> list[Body]:
    """Return buyers."""
    return [{"ID": f"demo-buyer-{n}", "Name": f"Buyer {n}", "Active": True} for n in range(BUYERS)]


def users() -> list[Body]:
    """Return the users of the buyers. Their passwords are sealed on the way and never shown."""
    return [_user(buyer["ID"], number) for buyer in buyers() for number in range(USERS)]


def _user(buyer: str, number: int) -> Body:
    name = f"{buyer}-user-{number}"
    return {
        "BuyerID": buyer,
        "ID": name,
        "Username": f"{name}@laptop.example",
        "FirstName": "Demo",
        "LastName": f"User {number}",
        "Email": f"{name}@laptop.example",
        "Active": True,
        "Password": f"Welcome-{name}-1!",
    }


def with_new_password(user: Body) -> Body:
    """Return a user with another password."""
    return {**user, "Password": f"Changed-{user['ID']}-2!"}


def poster(oak: float = FRAMES["oak"]) -> Body:
    """Return a poster as one composite; two of its specs define its nine variants. `oak`: what that frame adds."""
    frames = {**FRAMES, "oak": oak}
    return {
        "ID": POSTER,
        "Product": {"Name": "Poster of the harbour", "Active": True},
        "PriceSchedule": {"Name": "Prices of the poster", "PriceBreaks": [{"Quantity": 1, "Price": 24.0}]},
        "Specs": [
            _spec("color", 1, [{"ID": color, "Value": color} for color in COLORS], variant=True),
            _spec("size", 2, [{"ID": size, "Value": size} for size in SIZES], variant=True),
            _spec("frame", 3, [_frame(name, markup) for name, markup in frames.items()], variant=False),
        ],
    }


def _spec(name: str, place: int, options: list[Body], *, variant: bool) -> Body:
    flags = {"DefinesVariant": variant, "Required": variant}
    return {"ID": f"{POSTER}_{name}", "Name": name, "ListOrder": place, **flags, "Options": options}


def _frame(name: str, markup: float) -> Body:
    return {"ID": name, "Value": name, "PriceMarkupType": "AmountPerQuantity", "PriceMarkup": markup}


def held(composite: Body) -> Mapping[str, Mapping[str, Body]]:
    """Return what OrderCloud should hold of a composite, by resource and ID."""
    whole = copy.deepcopy(composite)
    schedule, product = {**whole["PriceSchedule"], "ID": POSTER}, {**whole["Product"], "ID": POSTER}
    options = {f"{spec['ID']}/{option['ID']}": option for spec in whole["Specs"] for option in spec.pop("Options")}
    variants = {f"{POSTER}/{POSTER}-{color}-{size}": {"Active": True} for color in COLORS for size in SIZES}
    return {
        "priceschedules": {POSTER: schedule},
        "products": {POSTER: {**product, "DefaultPriceScheduleID": POSTER, "VariantCount": len(variants)}},
        "specs": {spec["ID"]: spec for spec in whole["Specs"]},
        "specs/options": options,
        "products/variants": variants,
    }
