"""Keep sensitive values out of rejects: the source values that sensitive fields read are blanked."""

from __future__ import annotations

import copy
from typing import Any

from .plan import Field, Let, Plan
from .plan_path import PathPlan
from .walk import walk

HIDDEN = "***"


class Redactor:
    """Called with a source record, gives one that may be shown. Records of unclear paths are withheld whole."""

    def __init__(self, plan: Plan) -> None:
        self._paths: set[tuple[str | int, ...]] = set()
        self._withhold = False
        self._seen: set[int] = set()
        for node in walk(plan):
            if isinstance(node, Field) and node.sensitive:
                self._visit(node)
            elif isinstance(node, Let) and node.var.sensitive:
                self._visit(node.field)

    def _visit(self, node: Any) -> None:
        if id(node) in self._seen:
            return
        self._seen.add(id(node))
        for part in walk(node):
            if not isinstance(part, PathPlan):
                continue
            if part.var is not None and part.var.origin == "let":
                self._visit(part.var.plan)
            elif part.var is None and part.ctx.id == 0 and part.compiled and part.compiled.segments:
                self._paths.add(part.compiled.segments)
            elif part.var is None or part.var.origin in ("item", "rows", "key"):
                self._withhold = True

    def __call__(self, record: Any) -> Any:
        if self._withhold:
            return HIDDEN
        if not self._paths:
            return record
        if not isinstance(record, dict | list):
            return HIDDEN
        record = copy.deepcopy(record)
        for path in self._paths:
            _blank(record, path)
        return record


def sensitive_fields(plan: Plan) -> set[str]:
    """The targets (and `$lets`) whose values must not be shown."""
    found: set[str] = set()
    for node in walk(plan):
        if isinstance(node, Field) and node.sensitive:
            found.add(node.target)
        elif isinstance(node, Let) and node.var.sensitive:
            found.add(node.field.target)
    return found


def _blank(node: Any, path: tuple[str | int, ...]) -> None:
    *lead, last = path
    for part in lead:
        if isinstance(node, dict) and isinstance(part, str):
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and -len(node) <= part < len(node):
            node = node[part]
        else:
            return
    if isinstance(node, dict) and last in node:
        node[str(last)] = HIDDEN
    elif isinstance(node, list) and isinstance(last, int) and -len(node) <= last < len(node):
        node[last] = HIDDEN
