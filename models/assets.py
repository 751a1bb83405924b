"""Files that belong to a product, such as images. OrderCloud has none of its own: they are kept in a product's xp."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from models.fields import ID, OneOf, ShortText, Text
from models.record import Json, Part

ASSET_LISTS = ("Images", "Attachments")
"""The lists of files that a product may have, by their names in a composite and in xp."""


def _split(value: object) -> object:
    """Return the tags that a text names, between commas; anything else as it is."""
    if not isinstance(value, str):
        return value
    return [tag for each in value.split(",") if (tag := each.strip())]


_Tag = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Tags = Annotated[list[_Tag], Field(max_length=40), BeforeValidator(_split)]
"""Words to find a file by: a list, or a text that has commas between them."""

_TYPES = "Image Text Audio Video Presentation SpreadSheet PDF Compressed Code JSON Markup Unknown"
AssetType = Annotated[str, OneOf(*_TYPES.split())]


class Asset(Part):
    """A file of a product: where it is and what it shows."""

    id: ID | None = None
    title: ShortText | None = None
    active: bool = False
    url: Text | None = None
    type: AssetType | None = None
    tags: Tags | None = None
    file_name: ShortText | None = None
    metadata: Any = None


def lay_assets(xp: Json | None, posted: Mapping[str, Any]) -> Json | None:
    """Return a product's xp with the lists of files that were posted beside it; a list that is null was not posted."""
    assets = {name: posted[name] for name in ASSET_LISTS if posted.get(name) is not None}
    return {**(xp or {}), **assets} if assets else xp
