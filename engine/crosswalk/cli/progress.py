"""Progress on stderr, only on a terminal, and only for jobs that take longer than a moment."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

PATIENCE = 0.7
"""Seconds before the bar appears: short jobs neither flicker nor pay for loading it."""


class Progress:
    """Records, rate, bytes, the time left where the total is known, rejects."""

    def __init__(self, *, total: int | None = None, enabled: bool = True) -> None:
        self._enabled = enabled and sys.stderr.isatty()
        self._total = total
        self._begun = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def update(self, *, records: int, bytes: int, rejected: int) -> None:
        """Totals so far."""
        if not self._enabled:
            return
        seconds = time.monotonic() - self._begun
        if self._bar is None:
            if seconds < PATIENCE:
                return
            self._start()
        rate = f"{records / seconds:,.0f}/s"
        self._bar.update(self._task, completed=bytes, records=f"{records:,}", rate=rate, rejected=f"{rejected:,}")

    def _start(self) -> None:
        from rich import progress
        from rich.console import Console

        columns: list[Any] = [progress.SpinnerColumn()]
        if self._total:
            columns += [progress.BarColumn(), progress.TimeRemainingColumn()]
        columns += [
            progress.TextColumn("{task.fields[records]} records  {task.fields[rate]}"),
            progress.TextColumn("{task.fields[rejected]} rejected"),
            progress.DownloadColumn() if self._total else progress.TimeElapsedColumn(),
        ]
        self._bar = progress.Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=self._total, records="0", rate="", rejected="0")
        self._bar.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
