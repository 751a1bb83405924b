"""The command `orchestrate` as operators run it, against a stack of these tests; and what the runbook says to run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from e2e_world import World

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).parent / "orchestrate"


def orchestrate(world: World, *arguments: str, given: str = "", seconds: float = 60) -> tuple[int, str]:
    """Run a command against a stack; return its exit code and what it printed, or what it complained of."""
    command = [str(COMMAND), *arguments, "--state", str(world.state)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds, input=given)
    return done.returncode, done.stdout or done.stderr


def documented(*names: str) -> list[list[str]]:
    """Return the arguments of every command of these names that docs/operations.md shows."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    found = re.findall(rf"^\.venv/bin/orchestrate ((?:{'|'.join(names)})\b.*)$", text, re.MULTILINE)
    return [shlex.split(line) for line in found]
