"""Logs: one line per event as text or JSON, with the run's id, and never with a secret in it."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Collection
from typing import Any, Literal, TextIO

LOGGER = "crosswalk"
_MIN = 4
"""Shorter secrets are not masked: they would blot out half of every line."""


class Redaction(logging.Filter):
    """Masks the values of secrets; `seen` is asked at every record, so that it may grow."""

    def __init__(self, seen: Collection[str]) -> None:
        super().__init__()
        self._seen = seen

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True; the record's message is changed in place."""
        text = record.getMessage()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        for name, value in (("msg", text), ("exc_text", record.exc_text)):
            if value and any(secret in value for secret in self._seen if len(secret) >= _MIN):
                setattr(record, name, masked(value, self._seen))
                record.args = None
        return True


def masked(text: str, secrets: Collection[str]) -> str:
    """The text with `***` for every secret in it."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _MIN:
            text = text.replace(secret, "***")
    return text


class JsonLines(logging.Formatter):
    """One JSON object per line: time, level, logger, message, run, and the traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        data: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        run = getattr(record, "run", None)
        if run is not None:
            data["run"] = run
        if record.exc_text or record.exc_info:
            data["traceback"] = record.exc_text or self.formatException(record.exc_info)  # type: ignore[arg-type]
        return json.dumps(data, ensure_ascii=False)


def log_to(stream: TextIO, form: Literal["text", "json"] = "text", level: int = logging.INFO) -> logging.Handler:
    """Send crosswalk's log to a stream; returns the handler, to be removed again."""
    handler = logging.StreamHandler(stream)
    plain = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else plain)
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    logger.setLevel(level)
    return handler
