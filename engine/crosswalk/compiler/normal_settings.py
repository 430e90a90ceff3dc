"""What a mapping says about the whole: source, target, parameters, tables, error policy; for comparison."""

from __future__ import annotations

import hashlib
from typing import Any

from .mapper import Mapper
from .normal_op import constant
from .plan import Plan
from .plan_path import PathPlan
from .plan_step import LookupStep
from .walk import walk

_TARGET = {"missing": "omit", "decimals": "number", "null_token": "", "columns": None, "format": None, "schema": None}


def settings(mapper: Mapper) -> dict[str, str]:
    """Each setting by its place in the document, as text; what is left out counts as its default."""
    data, plan = mapper.spec.data, mapper.plan
    source, target, policy = (data.get(name) or {} for name in ("source", "target", "on_error"))
    found: dict[str, Any] = {
        "source.format": _format(source.get("format")),
        "source.record": source.get("record"),
        "source.paths": plan.root.language,
        "source.namespaces": source.get("namespaces") or None,
        "source.empty": _empty(plan, source.get("empty")),
        "source.schema": source.get("schema"),
        "on_error.record": policy.get("record", "reject"),
        "on_error.max_rejects": policy.get("max_rejects"),
        "nondeterministic": bool(data.get("nondeterministic")),
    }
    for name, default in _TARGET.items():
        value = target.get(name, default)
        found[f"target.{name}"] = _format(value) if name == "format" else value
    for param in plan.params.values():
        about = [param.type, *["required"] * param.required, *["sensitive"] * param.sensitive]
        default = "***" if param.sensitive else param.default
        found[f"params.{param.name}"] = [*about, *([default] if param.default is not None else [])]
    for step in (node for node in walk(plan) if isinstance(node, LookupStep)):
        text = constant([[repr(key), row] for key, row in step.table.rows.items()])
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        found[f"tables.{step.table.name}"] = f"{step.table.size:,} rows, {digest}"
    return {name: constant(value) for name, value in found.items() if value is not None}


def _format(config: Any) -> Any:
    return {"type": config} if isinstance(config, str) else config


def _empty(plan: Plan, stated: Any) -> Any:
    paths = (node for node in walk(plan) if isinstance(node, PathPlan) and node.var is None and node.ctx.id == 0)
    return next((path.empty for path in paths), stated)
