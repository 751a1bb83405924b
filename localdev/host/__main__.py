"""The command line of the local Functions host; `python -m localdev.host --help` explains it."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from localdev.host import LoadError
from localdev.host.faults import TriggerFaults
from localdev.host.host import Arguments, run_host
from localdev.host.settings import apply_local_settings
from localdev.processes import end_with_parent
from orchestration.adapters.json_logs import use_json_logs


def main() -> int:
    """Run the host; 0 after SIGTERM, 1 when the app cannot be hosted."""
    parsed = _parser().parse_args()
    end_with_parent()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if os.environ.get("LOG_FORMAT") == "json":  # its own lines as well, and from the first one on
        use_json_logs()
    logging.getLogger("azure.core").setLevel(logging.WARNING)
    arguments = Arguments(
        parsed.app.resolve(), parsed.state.resolve(), parsed.port, parsed.poll_seconds, parsed.trigger_faults
    )
    # Standard output is for the ready line alone: what functions print goes to the log.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as ready:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        try:
            if parsed.settings:
                apply_local_settings(parsed.settings.resolve(), os.environ)
            asyncio.run(run_host(arguments, ready))
        except LoadError as error:
            logging.getLogger("host").critical("%s", error, exc_info=error.__cause__)
            return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localdev.host", description="Run a Functions app on this machine.")
    parser.add_argument("--app", type=Path, required=True, help="directory of function_app.py and host.json")
    parser.add_argument("--state", type=Path, required=True, help="SQLite file for what a restart must know")
    parser.add_argument("--port", type=int, default=0, help="port of 127.0.0.1 (default: a free one)")
    parser.add_argument("--poll-seconds", type=float, default=0.25, help="pause between listings of a container")
    parser.add_argument("--settings", type=Path, help="a local.settings.json; the environment wins over it")
    parser.add_argument(
        "--trigger-faults",
        type=TriggerFaults.parse,
        default=TriggerFaults(),
        help="make the blob trigger misbehave: duplicate=0.2,drop=0.1,delay=2,seed=7",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
