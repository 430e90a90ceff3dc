"""What there is to say where a whole input had no record at the path that the mapping names."""

from __future__ import annotations

from ..errors import Diagnostic
from ..reject import FieldError
from ..spec.mapping_spec import MappingSpec


def no_records(spec: MappingSpec) -> FieldError | None:
    """M414 at the mapping's record path; None where it has none, and no records are no records."""
    source = spec.data.get("source") or {}
    form = source.get("format")
    for holder, pointer in ((source, "/source/record"), (form, "/source/format/record")):
        path = holder.get("record") if isinstance(holder, dict) else None
        if path is not None and path not in ("", "/", "."):
            return FieldError("M414", f'no record was found at "{path}"', pointer=pointer, path=str(path))
    return None


def no_records_told(spec: MappingSpec) -> list[Diagnostic]:
    """The same for people, at its place in the document; [] for none."""
    missed = no_records(spec)
    if missed is None:
        return []
    return [spec.diagnostic(missed.code, missed.message, missed.pointer, label="misspelt?", level="warning")]
