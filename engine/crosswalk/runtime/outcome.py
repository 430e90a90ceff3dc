"""What a run finds besides its counts: parts that are left aside, warnings, the errors of rejects."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from ..lean import lean_dataclass
from .findings import Findings
from .report import NOTICED, warning


@lean_dataclass(slots=False)
class Outcome:
    """What a run found besides its counts; it is kept over the passes of a run."""

    skipped: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    aside: set[str] = field(default_factory=set)
    """Ids of parts that are not read again in this run."""
    changed: set[str] = field(default_factory=set)
    """Names of parts that changed while they were read: whatever they are now is for the next run."""
    present: set[str] = field(default_factory=set)
    """Ids of all parts that were listed."""
    asked: bool = False
    """Whether a part was listed that was asked for by `reprocess`."""

    def warn(self, text: str, code: str = NOTICED, pointer: str = "") -> None:
        """Note a warning once."""
        found = warning(text, code, pointer)
        if found not in self.warnings and len(self.warnings) < 100:
            self.warnings.append(found)
