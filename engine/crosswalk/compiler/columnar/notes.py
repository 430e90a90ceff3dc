"""What the planner decided about each part of a mapping, and why: what `explain --plan` prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from ...lean import lean_dataclass
from .column import Column, Frame

Eval = Callable[[Frame], Column]
"""Computes a column for the rows of a frame."""
Test = Callable[[Frame], Any]
"""Computes a mask without nulls for the rows of a frame."""

Kind = Literal["V", "G", "D", "R"]


class Unsupported(Exception):
    """A part of a plan that columns do not do. `reason` completes the sentence "this runs row by row: ...".

    `fields`: where too many fields have no columnar form, all of them by pointer, each with the reason.
    """

    def __init__(self, reason: str, pointer: str = "", advice: str = "") -> None:
        self.fields: list[tuple[str, Unsupported]] = []
        super().__init__(reason)
        self.reason = reason
        self.pointer = pointer
        self.advice = advice


@lean_dataclass(frozen=True)
class Note:
    """One step's class: V exact kernel, G guarded kernel, D once per distinct value, R per record.

    `why` and `advice`: what makes it slow, always or with some data, and what to write instead.
    """

    pointer: str
    target: str
    what: str
    kind: Kind
    why: str = ""
    advice: str = ""

    def to_dict(self) -> dict[str, str]:
        """For `--json`."""
        return {name: getattr(self, name) for name in self.__match_args__}
