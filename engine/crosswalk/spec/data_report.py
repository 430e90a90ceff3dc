"""`DataReport` gathers rejects into one diagnostic per field and code: a count, three examples, fixes to paste."""

from __future__ import annotations

import re
from dataclasses import field

from ..errors import Diagnostic
from ..lean import lean_dataclass
from ..reject import FieldError, Reject
from .data_fixes import fixes_for
from .pointer import nearest
from .problems import Spec

_EXAMPLES = 3
_MESSAGES = 4


@lean_dataclass
class _Group:
    """What is kept of all errors of one (field, code, pointer)."""

    first: FieldError
    stage: str
    count: int = 0
    records: int = 0
    messages: list[str] = field(default_factory=list)
    examples: list[tuple[str, str]] = field(default_factory=list)


class DataReport:
    """Counts the errors of rejects. Memory grows with the distinct (field, code, pointer), never with the records.

    `spec` locates the messages in the mapping; without one they have no place. Examples name their file when there
    are several, or always with `name_files`.
    """

    def __init__(self, spec: Spec | None = None, *, name_files: bool = False) -> None:
        self.spec = spec
        self._name_files = name_files
        self._groups: dict[tuple[str, str, str], _Group] = {}
        self._files: set[str] = set()

    def add(self, reject: Reject) -> None:
        """Count every error of one reject."""
        if reject.file and len(self._files) < 2:
            self._files.add(reject.file)
        counted = set()
        for error in reject.errors:
            key = (error.field, error.code, error.pointer)
            group = self._groups.get(key)
            if group is None:
                group = self._groups[key] = _Group(error, reject.stage)
            group.count += 1
            if key not in counted:
                counted.add(key)
                group.records += 1
            if len(group.messages) < _MESSAGES and error.message not in group.messages:
                group.messages.append(error.message)
            if len(group.examples) < _EXAMPLES and all(error.sample != sample for _, sample in group.examples):
                group.examples.append((self._where(reject), error.sample))

    def merge(self, other: DataReport) -> None:
        """Count what another report over the same mapping has counted."""
        for key, found in other._groups.items():
            group = self._groups.setdefault(key, _Group(found.first, found.stage))
            group.count += found.count
            group.records += found.records
            group.messages += [m for m in found.messages if m not in group.messages][: _MESSAGES - len(group.messages)]
            known = {sample for _, sample in group.examples}
            fresh = [example for example in found.examples if example[1] not in known]
            group.examples += fresh[: _EXAMPLES - len(group.examples)]

    def diagnostics(self, total_records: int = 0) -> list[Diagnostic]:
        """One per group, the most frequent first. `total_records` (0: unknown) gives the percentages."""
        groups = sorted(self._groups.values(), key=lambda g: -g.count)
        return [self._diagnostic(group, total_records) for group in groups]

    def _where(self, reject: Reject) -> str:
        name = (reject.file or "").rsplit("/", 1)[-1]
        prefix = f"{name} " if name and (self._name_files or len(self._files) > 1) else ""
        if reject.number:
            return f"{prefix}row {reject.number}"
        return f"{prefix}line {reject.line}" if reject.line else prefix.strip()

    def _diagnostic(self, group: _Group, total: int) -> Diagnostic:
        error = group.first
        message = f"{_sentence(group)}{_aside(group, total)}"
        shown = [f"{where} {sample}".strip() for where, sample in group.examples]
        notes = [f"examples: {'   '.join(shown)}"] if any(shown) else []
        if error.message == "required, but missing" and error.path not in ("", error.field):
            notes.append(f"read from: {error.path}")
        if len(group.messages) > 1:
            notes.append(f"also: {'; '.join(group.messages[1:])}")
        samples = [sample for _, sample in group.examples]
        if self.spec is None or not error.pointer:
            fix = fixes_for(error, None, samples, group.messages)
            if group.stage == "write":
                fix = "map the field to something the format has, or write another format"
            return Diagnostic(error.code, message, pointer=error.pointer, notes=tuple(notes), fix=fix)
        fix = fixes_for(error, self.spec.data, samples, group.messages)
        there = nearest(self.spec.data, error.pointer)
        document, local, _ = self.spec.origin(there)
        place = document.span(local)
        excerpt = document.line(place[0])
        label = group.messages[0]
        return Diagnostic(
            error.code, message, "error", error.pointer, document.file, *place, excerpt, label, tuple(notes), fix
        )


def _sentence(group: _Group) -> str:
    """`1,204 values of "Qty" are not whole numbers`."""
    error, count = group.first, group.count
    one = count == 1
    message = group.messages[0]
    name = error.path or error.field
    if group.stage == "read":
        return f"{count:,} record{'' if one else 's'} could not be read: {message}"
    if group.stage == "write":
        return f"{count:,} record{'' if one else 's'} could not be written: {message}"
    if message.startswith("required, but "):
        where = "in 1 record" if one else f"in {count:,} records"
        return f'"{error.field or name}" is required, but {message.removeprefix("required, but ")} {where}'
    if not name:
        return f"{count:,} record{'' if one else 's'}: {message}"
    subject = f'{count:,} value{"" if one else "s"} of "{name}"'
    if not message.startswith("not "):
        return f"{subject}: {message}"
    if one:
        return f"{subject} is {message}"
    plural = re.fullmatch(r"not an? ([A-Za-z0-9 ]+[a-rt-xz])(: .*)?", message)
    return f"{subject} are not {plural[1]}s{plural[2] or ''}" if plural else f"{subject} are {message}"


def _aside(group: _Group, total: int) -> str:
    """What stands in parentheses: the field, the share, the fate."""
    parts = [f"field {group.first.field}"] if group.first.field else []
    if total:
        percent = 100 * group.records / total
        share = f"{percent:.1f}".removesuffix(".0") if percent >= 0.1 else "under 0.1"
        parts.append(f"{share} % of {total:,} records")
    return f" ({', '.join([*parts, 'rejected'])})"
