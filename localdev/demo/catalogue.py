"""Read the demo's catalogue, and say what a source posts for each row: a price schedule, then a product."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).with_name("catalogue.csv")


@dataclass(frozen=True, slots=True)
class Item:
    """One row as the source posts it."""

    price_schedule: dict[str, Any]
    product: dict[str, Any]

    @property
    def id(self) -> str:
        """The product's ID."""
        return str(self.product["ID"])


def read_catalogue(limit: int | None = None) -> list[Item]:
    """Return the rows of the catalogue, in its order."""
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [_item(row) for row in rows[:limit]]


def _item(row: dict[str, str]) -> Item:
    prices = f"{row['ID']}-prices"
    return Item(
        price_schedule={
            "ID": prices,
            "Name": f"Prices of {row['Name']}",
            "MinQuantity": int(row["MinQuantity"]),
            "Currency": row["Currency"],
            "ApplyTax": True,
            "PriceBreaks": [
                {"Quantity": 1, "Price": float(row["Price"])},
                {"Quantity": 10, "Price": float(row["PriceFrom10"])},
            ],
        },
        product={
            "ID": row["ID"],
            "Name": row["Name"],
            "Description": row["Description"],
            "Active": row["Active"] == "true",
            "DefaultPriceScheduleID": prices,
            "ShipWeight": float(row["ShipWeight"]),
            "ShipLength": float(row["ShipLength"]),
            "ShipWidth": float(row["ShipWidth"]),
            "ShipHeight": float(row["ShipHeight"]),
            "xp": {
                "Status": "Published",
                "ProductType": "Standard",
                "SizeTier": row["SizeTier"],
                "Tax": {"Category": row["TaxCategory"], "Code": row["TaxCode"]},
                "UnitOfMeasure": {"Qty": int(row["UnitOfMeasureQuantity"]), "Unit": row["UnitOfMeasure"]},
                "Facets": {"Color": [row["Color"]], "Size": [row["Size"]], "Category": [row["Category"]]},
                "Brand": row["Brand"],
                "Season": row["Season"],
                "Warranty": row["Warranty"],
            },
        },
    )
