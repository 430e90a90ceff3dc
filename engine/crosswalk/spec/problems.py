"""`Spec`: what mappings and pipelines share: problems noted at their place in the right file, and file references."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from ..errors import Diagnostic, Level, SpecError
from .document import Document
from .files import is_inside, near_file
from .pointer import nearest


class Spec:
    """A loaded document. `data` is what holds after `extends` and `include`; `problems` what was found so far.

    `path` is None for a spec given as a dict. Pointers are those of `data`.
    """

    def __init__(self, data: Any, path: Path | None, root: Path) -> None:
        self.data: Any = data
        self.path = path
        self.project_root = root
        self.problems: list[Diagnostic] = []
        self._noted: set[tuple[str, str, str]] = set()

    def origin(self, pointer: str) -> tuple[Document, str, Path | None]:
        """The document that says what stands at `pointer`, the pointer within it, and its path on disk."""
        raise NotImplementedError

    def problem(
        self,
        code: str,
        message: str,
        pointer: str,
        *,
        of: Literal["value", "key"] = "value",
        within: tuple[int, int] | None = None,
        label: str = "",
        notes: Sequence[str] = (),
        fix: str = "",
        level: Level = "error",
    ) -> None:
        """Note a problem of the value (or key) at `pointer`; `within` narrows it to offset and length of a string.

        The same code and message at the same pointer is noted once.
        """
        if (code, message, pointer) in self._noted:
            return
        self._noted.add((code, message, pointer))
        self.problems.append(
            self.diagnostic(
                code, message, pointer, of=of, within=within, label=label, notes=notes, fix=fix, level=level
            )
        )

    def diagnostic(
        self,
        code: str,
        message: str,
        pointer: str,
        *,
        of: Literal["value", "key"] = "value",
        within: tuple[int, int] | None = None,
        label: str = "",
        notes: Sequence[str] = (),
        fix: str = "",
        level: Level = "error",
    ) -> Diagnostic:
        """A problem at its place, as `problem` notes it, for whoever raises it."""
        there = nearest(self.data, pointer)
        document, local, _ = self.origin(there)
        whole = there == pointer
        place = document.span(local, of if whole else "value", within if whole else None)
        excerpt = document.line(place[0])
        return Diagnostic(code, message, level, pointer, document.file, *place, excerpt, label, tuple(notes), fix)

    def add(self, found: Diagnostic) -> None:
        """Note a problem that was located elsewhere."""
        self.problems.append(found)

    @property
    def warnings(self) -> list[Diagnostic]:
        """The problems that do not stop anything (M4xx), in order of place."""
        return [problem for problem in self.in_order() if problem.level == "warning"]

    def in_order(self) -> list[Diagnostic]:
        """All problems by file (the spec's own first), line and column."""
        own = self.origin("")[0].file or ""
        return sorted(self.problems, key=lambda p: ((p.file or "") != own, p.file or "", p.line, p.column))

    def raise_if_errors(self) -> None:
        """Raise SpecError with every problem in order of place, unless there are only warnings."""
        if any(problem.level == "error" for problem in self.problems):
            raise SpecError(self.in_order())

    def resolve_file(self, pointer: str, name: str) -> Path | None:
        """The existing file `name`, relative to the file that says it at `pointer`; a problem and None otherwise.

        Noted are M207 (missing, or not a file) and M208 (outside the project folder).
        """
        _, _, said_in = self.origin(nearest(self.data, pointer))
        folder = said_in.parent if said_in else self.project_root
        found = folder / name
        if not is_inside(found, self.project_root):
            self.problem(
                "M208",
                f'the file "{name}" lies outside the project folder',
                pointer,
                label="leads out of the project",
                notes=(f"the project folder is {self.project_root.name}/",),
                fix="move or copy the file into the project",
            )
            return None
        if not found.is_file():
            what = "is a folder" if found.is_dir() else "does not exist"
            near = near_file(found)
            label = f'did you mean "{near}"?' if near else "not there"
            note = "files are looked up relative to the file that names them"
            fix = f'"{name.removesuffix(found.name)}{near}"' if near else ""
            self.problem("M207", f'the file "{name}" {what}', pointer, label=label, notes=(note,), fix=fix)
            return None
        return found
