"""Policies: when a commit is due, and how many rejects are too many."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..errors import UsageError
from ..lean import lean_dataclass
from ..plugin.units import duration, size

PARTS = 1000
"""A commit is due after this many finished parts, so that its record stays small."""
SAMPLE = 1000
"""A percentage of rejects is judged only after this many records, or at the end."""


@lean_dataclass(frozen=True, slots=False)
class CommitPolicy:
    """A commit is due after `records`, `bytes` (read) or `seconds`, whichever is first."""

    records: int = 65536
    bytes: int = 64_000_000
    seconds: float = 5.0

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> CommitPolicy:
        """From the pipeline's `batch`."""
        return cls(
            int(config.get("records", cls.records)),
            size(config.get("bytes", cls.bytes)),
            duration(config.get("seconds", cls.seconds)),
        )

    def due(self, records: int, read_bytes: int, parts: int, since: float) -> bool:
        """Whether to commit; `since` is the monotonic time of the last one."""
        return (
            records >= self.records
            or read_bytes >= self.bytes
            or parts >= PARTS
            or time.monotonic() - since >= self.seconds
        )


@lean_dataclass(frozen=True, slots=False)
class RejectLimit:
    """How many rejects a run may have: a count, a share, or any number."""

    count: int | None = None
    share: float | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> RejectLimit:
        """From the pipeline's `on_error`; `"record": "stop"` allows none."""
        if config.get("record") == "stop":
            return cls(count=0)
        return cls.parse(config.get("max_rejects"))

    @classmethod
    def parse(cls, value: Any) -> RejectLimit:
        """From a count (`100`) or a percentage (`"1%"`). Raises UsageError P123."""
        if value is None:
            return cls()
        text = str(value).strip()
        try:
            if text.endswith("%"):
                return cls(share=float(text[:-1]) / 100)
            return cls(count=int(text))
        except ValueError:
            raise UsageError(
                "P123", f"{value!r} is neither a count nor a percentage", fix='write 100 or "1%"'
            ) from None

    def exceeded(self, read: int, rejected: int, *, final: bool) -> bool:
        """Whether there are too many."""
        if self.count is not None and rejected > self.count:
            return True
        if self.share is None or not rejected or not (final or read >= SAMPLE):
            return False
        return rejected > self.share * read

    def __str__(self) -> str:
        return f"{self.share * 100:g}%" if self.share is not None else str(self.count)
