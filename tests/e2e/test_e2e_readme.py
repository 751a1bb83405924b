"""The README's lines are run as a reader would run them."""

import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DECODER = json.JSONDecoder()


def shell_blocks(heading: str) -> list[str]:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split(f"## {heading}")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def answers(output: str) -> list[dict[str, object]]:
    """Return the JSON values that stand in the output one after the other."""
    found, rest = [], output.strip()
    while rest:
        value, end = DECODER.raw_decode(rest)
        found.append(value)
        rest = rest[end:].strip()
    return found


def test_the_lines_to_try_by_hand_do_what_the_readme_says(tmp_path, state):
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    script = "set -e\n" + "\n".join([*shell_blocks("Try it by hand"), "kill %1", "wait"])
    environment = {**os.environ, "ORCHESTRATE_STATE": str(state)}
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    posted, standing, patched, deleted, health = answers(done.stdout)
    assert standing["State"] == "applied"
    assert standing["Version"] == posted["Items"][0]["Version"]
    assert standing["LastEvent"]["Action"] == "Create"
    assert [answer["Errors"] for answer in (posted, patched, deleted)] == [[], [], []]
    assert health["Ready"] is True
