"""How values become the bytes of a blob and back: compact UTF-8 JSON whose keys are sorted.

Equal values have equal bytes, which is how a write whose answer was lost is told from another's.
"""

import json
from datetime import datetime
from typing import Any

from models.record import Json


def encode(value: Json) -> bytes:
    """Return the bytes of a JSON object."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    # OrderCloud may hold a text with half a surrogate pair; JSON readers take these bytes as they take the escape.
    return text.encode(errors="surrogatepass")


def decode(content: bytes) -> Any:
    """Return the JSON value of bytes that anybody may have written.

    Raises:
        ValueError: they are no JSON, or nest too deep to be read.
    """
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("the JSON nests too deep") from None


def time_text(moment: datetime | None) -> str | None:
    """Return a moment as it is stored, or none where there is none."""
    return None if moment is None else moment.isoformat()


def time_of(text: str | None) -> datetime | None:
    """Return the moment that was stored, or none.

    Raises:
        ValueError: it is no time.
    """
    return None if text is None else datetime.fromisoformat(text)
