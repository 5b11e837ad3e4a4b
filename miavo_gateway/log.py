"""The gateway's logger: one JSON line an event, in `logs/gateway.log` of the home.

Prompts, replies, keys and secrets are never logged.
"""

from __future__ import annotations

import logging
import logging.handlers
from datetime import UTC, datetime

import orjson

from miavo_gateway.home import Home

__all__ = ["close_log", "log", "open_log", "set_log_level"]

log = logging.getLogger("miavo")

_LOGGERS = ("miavo", "quart.app", "quart.serving", "hypercorn.error")
_MOST_BYTES = 10 * 1024 * 1024
_KEPT_FILES = 3
_EXTRA_FIELDS = ("request_id", "method", "path", "status", "duration_ms")


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object; an exception as its traceback, without the values of variables."""
        if getattr(record, "as_it_is", False):
            return record.getMessage()
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        for name in _EXTRA_FIELDS:
            if (value := getattr(record, name, None)) is not None:
                line[name] = value
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def open_log(home: Home, level: str) -> logging.Handler:
    """Begin logging to the home. The terminal belongs to the app, so nothing goes there."""
    handler = logging.handlers.RotatingFileHandler(
        home.logs / "gateway.log",
        maxBytes=_MOST_BYTES,
        backupCount=_KEPT_FILES,
        encoding="utf-8",
        delay=True,
    )
    handler.setFormatter(_JsonLines())
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.addHandler(handler)
    set_log_level(level)
    return handler


def set_log_level(level: str) -> None:
    """Log lines of this severity and above from now on."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(level.upper())


def close_log(handler: logging.Handler) -> None:
    """Stop logging to the file."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.removeHandler(handler)
        logger.propagate = True
    handler.close()
