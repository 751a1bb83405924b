"""The host's log as JSON, one object a line, with the trace and the record that each line is about."""

import json
import logging
from datetime import UTC, datetime

from orchestration.tracing import current

LONGEST = 16_000
"""The most characters of a message, and of a traceback."""


class JsonFormatter(logging.Formatter):
    """Formats log records; what a line is not about is left out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; control characters in what it says are escaped."""
        about = current()
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage()[:LONGEST],
            "trace_id": about.trace_id,
            "span_id": about.span_id,
            "record": about.record,
            "client": about.client,
            "function": about.function,
            "run": about.run,
            "exception": self.formatException(record.exc_info)[-LONGEST:] if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in line.items() if value is not None})


def use_json_logs() -> None:
    """Have every handler of the root logger write JSON; Azure's worker has one there that hands lines to its host."""
    for handler in logging.getLogger().handlers:
        if not isinstance(handler.formatter, JsonFormatter):
            handler.setFormatter(JsonFormatter())
