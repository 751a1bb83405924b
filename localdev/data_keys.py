"""The data key of a laptop, by which write-only values are sealed.

It is made once for a state directory and kept there, in a file that only its owner may read.
"""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

KEY_BYTES = 32
VARIABLE = "ORCHESTRATION_DATA_KEY"


def data_key_settings(state: Path) -> Mapping[str, str]:
    """Return the app's settings that name the key of a state directory, made now if it has none yet, and the key."""
    return {"DATA_KEYS": f"env:{VARIABLE}", VARIABLE: _data_key(data_key_file(state))}


def data_key_file(state: Path) -> Path:
    """Return the file of a state directory that holds the data key."""
    return state / "keys" / "data.key"


def _data_key(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".new")  # so that a key that is there is a whole one, whenever we are killed
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
            output.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        unfinished.replace(file)
    return file.read_text()
