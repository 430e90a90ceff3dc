"""Record paths that stream: `/orders/order`, `//item`, `o:feed/*/o:item`; turned into a test on elements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crosswalk import PathError

_STEP = re.compile(r"(//?)(?:([^\W\d][\w.\-]*):)?([^\W\d][\w.\-]*|\*)")
_FORMS = 'a record path is names only, such as "/o:orders/o:order", "orders/order", "//item" or "/*/item"'


@dataclass(frozen=True, slots=True)
class RecordPath:
    """The steps from the root to a record: (any depth, namespace or None for any, name or `*`)."""

    steps: tuple[tuple[bool, str | None, str], ...]

    @property
    def tag(self) -> str:
        """The last step as an lxml tag filter."""
        _, namespace, name = self.steps[-1]
        if namespace is None:
            return "*"
        return f"{{{namespace}}}{name}" if namespace or name == "*" else name

    @property
    def nests(self) -> bool:
        """Whether a record may lie inside another one."""
        return any(deep for deep, _, _ in self.steps)

    def matches(self, element: Any) -> bool:
        """Whether the path leads from the document's root to the element."""
        return self._leads_to(element, len(self.steps) - 1)

    def _leads_to(self, element: Any, last: int) -> bool:
        deep, namespace, name = self.steps[last]
        if not _named(element.tag, namespace, name):
            return False
        parent = element.getparent()
        if last == 0:
            return deep or parent is None
        while parent is not None:
            if self._leads_to(parent, last - 1):
                return True
            if not deep:
                return False
            parent = parent.getparent()
        return False


def record_path(text: str, namespaces: Mapping[str, str]) -> RecordPath:
    """The path of a text; raises PathError for what cannot be found while streaming, and for undeclared prefixes."""
    rooted = text if text.startswith("/") else f"/{text}"
    shift = len(rooted) - len(text)
    steps: list[tuple[bool, str | None, str]] = []
    at = 0
    while at < len(rooted):
        match = _STEP.match(rooted, at)
        if match is None:
            place = max(0, min(at - shift, len(text) - 1))
            raise PathError("this cannot be found while streaming", offset=place, fix=f'{_FORMS}; filter with "filter"')
        prefix, name = match[2], match[3]
        if prefix is not None and prefix not in namespaces:
            known = ", ".join(sorted(namespaces)) or "none"
            raise PathError(
                f'the prefix "{prefix}" is not declared; declared: {known}',
                offset=max(0, match.start(2) - shift),
                length=len(prefix),
                fix=f'"namespaces": {{"{prefix}": "..."}}',
            )
        namespace = namespaces[prefix] if prefix is not None else None if name == "*" else ""
        steps.append((match[1] == "//", namespace, name))
        at = match.end()
    if not steps:
        raise PathError("a record path cannot be empty", fix=_FORMS)
    return RecordPath(tuple(steps))


def _named(tag: Any, namespace: str | None, name: str) -> bool:
    if not isinstance(tag, str):
        return False
    found, _, local = tag[1:].partition("}") if tag[:1] == "{" else ("", "", tag)
    return (namespace is None or found == namespace) and name in ("*", local)
