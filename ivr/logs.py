"""Log lines: a static message and ids; never names, numbers, digits, answers or the text of an exception."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

FIELDS = (
    "call_id",
    "task_id",
    "campaign_id",
    "recording_id",
    "carrier_sid",
    "count",
    "error_code",
    "kind",
    "code",
)
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Line(logging.Formatter):
    """One line a record, ids as fields; of an exception the type and the places, not its words."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it where an exception came from."""
        fields = [f" {name}={getattr(record, name)}" for name in FIELDS if hasattr(record, name)]
        head = f"{self.formatTime(record)} {record.levelname} {record.name}"
        line = f"{head} {record.getMessage()}{''.join(fields)}"
        if record.exc_info and record.exc_info[0]:
            line += "\n" + self.formatException(record.exc_info)
        return line

    def formatException(self, ei: ExcInfo) -> str:
        """Return type and places of the exception without its message, which may hold private values."""
        places = "".join(traceback.format_tb(ei[2]))
        return f"{places}{ei[0].__name__ if ei[0] else ''}"


def begin(level: int = logging.INFO) -> None:
    """Send our lines to standard error; third parties are heard from warnings upwards."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for room in ("huifang", "ivr", "dialer", "recordings", "ledger", "exchange"):
        logging.getLogger(room).setLevel(level)
