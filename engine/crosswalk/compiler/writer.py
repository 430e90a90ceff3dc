"""A writer of generated Python: indentation, fresh names, constants, and which line came from where in the mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .memo import Memo

Mark = tuple[str, str, str, str]
"""JSON Pointer, local that holds the value at hand, source path text, resolver name."""


class Writer:
    """Collects the lines of one module of generated code and the objects it refers to by name."""

    def __init__(self, *, tracing: bool = False) -> None:
        self._lines: list[tuple[str, Mark | None] | None] = []
        self._depth = 0
        self._ids = count(1)
        self._constants: dict[Any, str] = {}
        self._mark: Mark | None = None
        self.blocks = 0
        self.namespace: dict[str, Any] = {}
        self.tracing = tracing
        self.memos: list[Memo] = []
        self.lean = False
        """Whether the function `record` works without a list of errors; see `emit_plan`."""
        self.marks: dict[int, Mark] = {}
        self.path = ""
        """The source path of marks that name none."""

    def __call__(self, line: str) -> None:
        """Write one line at the current indentation."""
        self._lines.append((" " * self._depth + line, self._mark))

    def hole(self) -> int:
        """A line to be filled later by `fill`, or left out."""
        self._lines.append(None)
        return len(self._lines) - 1

    def fill(self, hole: int, lines: list[str], depth: int) -> None:
        """Put text in a hole (one line holding all, joined by semicolons)."""
        self._lines[hole] = (" " * depth + "; ".join(lines), None)

    def mentions(self, name: str) -> bool:
        """Whether any line so far uses a name, the first one (a function's header) aside."""
        word = re.compile(rf"\b{name}\b")
        return any(line is not None and word.search(line[0]) for line in self._lines[1:])

    @property
    def depth(self) -> int:
        """The current indentation."""
        return self._depth

    def indent(self) -> None:
        """One level in."""
        self._depth += 1

    def dedent(self) -> None:
        """One level out."""
        self._depth -= 1

    @contextmanager
    def block(self, header: str, *, nests: bool = False) -> Iterator[None]:
        """An indented block; `nests` for loops and try, of which Python allows twenty inside each other."""
        self(header)
        self._depth += 1
        self.blocks += nests
        try:
            yield
        finally:
            self.blocks -= nests
            self._depth -= 1

    def mark(self, pointer: str, local: str, path: str = "", name: str = "") -> None:
        """From here on lines stand for `pointer`, and `local` holds the value at hand."""
        self._mark = (pointer, local, path or self.path, name)

    def unmark(self) -> None:
        """Lines stand for nothing in particular."""
        self._mark = None

    def temp(self, prefix: str = "t") -> str:
        """A fresh local name."""
        return f"{prefix}{next(self._ids)}"

    def const(self, value: Any, prefix: str = "K") -> str:
        """An expression for a constant: a literal where that is short, else a name in the namespace."""
        if value is None or value is True or value is False:
            return repr(value)
        if type(value) is int and abs(value) < 2**62:
            return repr(value)
        if type(value) is str and len(value) < 200:
            return repr(value)
        key = (type(value), id(value))
        if key not in self._constants:
            self._constants[key] = name = f"{prefix}{next(self._ids)}"
            self.namespace[name] = value
        return self._constants[key]

    def source(self) -> str:
        """The text of all lines; fills `marks` (line number to mark)."""
        text = []
        for line in self._lines:
            if line is not None:
                text.append(line[0])
                if line[1] is not None:
                    self.marks[len(text)] = line[1]
        return "\n".join(text) + "\n"
