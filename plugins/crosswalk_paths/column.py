"""Column paths: the whole text is the name of one column, whatever characters it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crosswalk import MISSING, CompiledPath, PathError, PathLanguage


class ColumnPath(CompiledPath):
    """One column of a flat record."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.segments = (name,)

    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        """The column's value; MISSING when the record has no such column (or is no record)."""
        return context.get(self.name, MISSING) if isinstance(context, dict) else MISSING


class Column(PathLanguage):
    """Column names: spaces, dots and brackets need no quoting."""

    name = "column"

    def compile(self, text: str, namespaces: Mapping[str, str]) -> ColumnPath:
        """The path of one column; raises PathError for the empty name."""
        if not text:
            raise PathError("a column name cannot be empty", fix="write the column's name as in the header")
        return ColumnPath(text)
