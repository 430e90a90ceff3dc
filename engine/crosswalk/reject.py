"""Rejects: records that could not be mapped, with every reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .batch import BadRecord


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why one field of one record failed.

    `field`: the target ("" for the record as a whole). `pointer`: JSON Pointer into the mapping, of the step or origin
    that failed. `path`: the source path as written; where a field names several, all. `sample`: the value in
    short, "" when there is none and "***" when the field is sensitive.
    """

    code: str
    message: str
    field: str = ""
    pointer: str = ""
    path: str = ""
    sample: str = ""

    def to_dict(self) -> dict[str, str]:
        """The `errors[]` member of `schemas/reject.schema.json`."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Reject:
    """One refused record. `number` counts records of the source from 1, `line` text lines (0: unknown).

    `stage`: where it fell: read (could not be decoded), map, check, schema (`target.schema`),
    write (the sink cannot carry the output).
    """

    record: Any
    errors: tuple[FieldError, ...]
    number: int = 0
    line: int = 0
    file: str | None = None
    stage: Literal["read", "map", "check", "schema", "write"] = "map"

    @classmethod
    def of_bad(cls, bad: BadRecord, file: str | None) -> Reject:
        """The reject of a record that a format could not read."""
        return cls(bad.raw, (FieldError(bad.code, bad.message),), bad.number, bad.line, file, "read")

    def _repr_html_(self) -> str:
        """For notebooks: the errors, and the record."""
        from . import html

        return html.shown(html.rejects([self]), html.caption("record"), html.records([self.record]))
