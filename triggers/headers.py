"""What a source may say about itself in a header."""

import azure.functions as func

from orchestration.rejections import RejectionError

SOURCE_NAME = "X-Source-Name"
MAX_SOURCE_NAME = 100
"""The most characters of a source's name, which every record of its request keeps."""


def source_name_of(req: func.HttpRequest) -> str | None:
    """Return the name of the system that the records come from, or none.

    Raises:
        RejectionError: 400 when it is too long, or has what could move a terminal, or what hosts read differently.
    """
    name: str | None = req.headers.get(SOURCE_NAME.lower())
    if name is None or (len(name) <= MAX_SOURCE_NAME and name.isascii() and name.isprintable()):
        return name
    message = f"The name of a source has at most {MAX_SOURCE_NAME} characters, each of ASCII and fit to print."
    raise RejectionError(400, "InvalidValue", message, Field=SOURCE_NAME)
