"""The parameters of a request's query, one by one: the host joins those of one name, which is for nobody to undo."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

type Parameters = Sequence[tuple[str, str]]

ONCE = "must be given once"
"""The rule of what names a page or the whole question: of two values, neither is more likely meant."""


def parameters_of(req: func.HttpRequest) -> Parameters:
    """Return names and values in their order; a parameter without a value has an empty one."""
    return parse_qsl(urlsplit(req.url).query, keep_blank_values=True)
