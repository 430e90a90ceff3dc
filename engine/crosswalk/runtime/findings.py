"""What a run tells of its rejects: the errors of each source, aggregated, and the first documents as samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import Diagnostic
from ..reject import Reject
from ..spec.data_report import DataReport
from ..spec.problems import Spec

SAMPLES = 5
"""How many rejects a report shows."""


class Findings:
    """Rejects since the run began. Those since the last `keep` are dropped when what they came from is read again."""

    def __init__(self) -> None:
        self.samples: list[dict[str, Any]] = []
        self._kept: dict[str, DataReport] = {}
        self._new: dict[str, DataReport] = {}
        self._sure = 0

    def add(self, feed: str, spec: Spec | None, rejects: Sequence[Reject], documents: Sequence[dict[str, Any]]) -> None:
        """Rejects of a source, and their documents; `spec` is its mapping, where it has one."""
        self.samples += documents[: max(0, SAMPLES - len(self.samples))]
        report = self._new.setdefault(feed, DataReport(spec, name_files=True))
        for reject in rejects:
            report.add(reject)

    def keep(self) -> None:
        """What was added is durable."""
        for feed, report in self._new.items():
            self._kept.setdefault(feed, DataReport(report.spec, name_files=True)).merge(report)
        self._new = {}
        self._sure = len(self.samples)

    def drop(self) -> None:
        """What was added since the last `keep` is rolled back."""
        self._new = {}
        del self.samples[self._sure :]

    def diagnostics(self, total_records: int = 0) -> list[Diagnostic]:
        """One per source, field and code, with a count and examples. `total_records` (0: unknown) gives percentages."""
        self.keep()
        # A share of all sources together would say nothing of the one.
        total = total_records if len(self._kept) == 1 else 0
        return [diagnostic for report in self._kept.values() for diagnostic in report.diagnostics(total)]
