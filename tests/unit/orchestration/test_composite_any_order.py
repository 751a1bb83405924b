"""A small catalogue in the worst orders: whatever comes first, all of it is there in the end, and soon."""

import itertools
import random
from collections.abc import Sequence

import pytest
from fakes.sandbox import House

from models.record import Json

type Posting = tuple[str, Json]

CATALOGUE: list[Posting] = [
    ("priceschedule", {"ID": "P", "Name": "Retail", "PriceBreaks": [{"Quantity": 1, "Price": 5}]}),
    ("product", {"ID": "P", "Name": "Mug", "DefaultPriceScheduleID": "P"}),
    ("spec", {"ID": "S", "Name": "Size", "DefinesVariant": True, "Required": True, "DefaultOptionID": "L"}),
    ("specoption", {"SpecID": "S", "ID": "L", "Value": "Large"}),
    ("specproductassignment", {"SpecID": "S", "ProductID": "P", "DefaultOptionID": "L"}),
    ("variant", {"ProductID": "P", "ID": "mug-l", "Specs": [{"SpecID": "S", "OptionID": "L"}], "Name": "Large mug"}),
]
SHOP: list[Posting] = [
    ("catalog", {"ID": "C", "Name": "Mugs"}),
    ("category", {"CatalogID": "C", "ID": "K", "Name": "Large", "ParentID": "J"}),
    ("category", {"CatalogID": "C", "ID": "J", "Name": "All"}),
    ("product", {"ID": "P", "Name": "Mug"}),
    ("categoryproductassignment", {"CatalogID": "C", "CategoryID": "K", "ProductID": "P"}),
    ("catalogproductassignment", {"CatalogID": "C", "ProductID": "P"}),
]


def keyed(posting: Posting, number: int) -> Posting:
    """Return a posting with the keys of its own round: every ID and reference but those of options and names."""
    record_type, posted = posting
    fields = {"Name", "Value", "PriceBreaks", "DefinesVariant", "Required"}

    def renamed(name: str, value: object) -> object:
        if name == "Specs" and isinstance(value, list):
            return [{inner: renamed(inner, each[inner]) for inner in each} for each in value]
        return value if name in fields else f"{value}-{number}"

    return record_type, {name: renamed(name, value) for name, value in posted.items()}


async def post_all(house: House, postings: Sequence[Posting]) -> None:
    for record_type, posted in postings:
        await house.apply(posted, record_type=record_type)


@pytest.mark.parametrize(
    ("postings", "most"),
    [pytest.param(CATALOGUE, 120, id="a product that is sold in sizes"), pytest.param(SHOP, 120, id="a shop")],
)
async def test_in_whatever_order_records_come_they_are_all_there_without_waiting(
    house: House, postings: list[Posting], most: int
) -> None:
    orders = list(itertools.permutations(postings))
    chosen = random.Random(5).sample(orders, most) if most < len(orders) else orders
    for number, order in enumerate(chosen):
        began = house.world.clock.elapsed()
        await post_all(house, [keyed(posting, number) for posting in order])
        names = [record_type for record_type, _ in order]
        await house.settle()
        assert (house.blobs("deadletters"), names) == ([], names)
        waited = house.world.clock.elapsed() - began
        assert (waited, names) == (0, names)
