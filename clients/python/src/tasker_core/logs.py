"""A formatter for structured logs."""

from __future__ import annotations

import datetime
import json
import logging


class JsonFormatter(logging.Formatter):
    """Writes each record as a line of JSON, with the members of ``extra["tasker"]``:

    ids, names, attempt, outcome, seconds.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc)
        line = {"at": at.isoformat(), "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        line.update(getattr(record, "tasker", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)
