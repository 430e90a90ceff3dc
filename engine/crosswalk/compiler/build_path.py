"""Paths: split a leading scope variable off, compile the rest in its language."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import PathError
from ..plugin.fault import guarded, kind_of, wrong
from ..plugin.path import CompiledPath, PathLanguage
from ..spec.near import near_name
from .builder import Builder
from .plan_path import PathPlan, Var
from .scope import Scope

_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*|[1-9])")
_MEMBERS = {"meta": ("file", "row", "line"), "run": ("id", "started_at")}


def build_path(b: Builder, text: str, pointer: str, scope: Scope) -> PathPlan:
    """The plan of one path text; problems are reported and an empty path is returned in their place."""
    plan = PathPlan(text, pointer, scope.ctx, empty=b.empty)
    b.paths.append(plan)
    language, rest, offset = scope.ctx.language, text, 0
    if text.startswith("$"):
        match = _VARIABLE.match(text)
        if not match:
            b.problem(
                "M107", f'"{text}" is not a path', pointer, within=(0, 1), label="a variable's name follows the $",
                notes=("a literal text is written { \"const\": ... }",),
            )  # fmt: skip
            return plan
        found = _variable(b, match[1], text, pointer, scope)
        if found is None:
            return plan
        plan.var, offset = found
        plan.sensitive = plan.var.sensitive
        language, rest = plan.var.path_language, text[offset:]
        plan.empty = b.empty if plan.var.kind == "node" else "keep"
        if not rest:
            return plan
        separator = b.language(language).variable_separator
        if rest.startswith(separator):
            skip = 0 if separator == "/" and rest.startswith("//") else len(separator)
            rest = rest[skip:] if skip else "." + rest
            offset += skip
        elif not rest.startswith("[") or separator != ".":
            b.problem(
                "M107", f'"{text}" is not a path', pointer, within=(offset, len(text) - offset),
                label=f'after ${match[1]} comes "{separator}" or nothing',
            )  # fmt: skip
            return plan
    _compile(b, plan, language, rest, offset, pointer, scope)
    return plan


def _variable(b: Builder, name: str, text: str, pointer: str, scope: Scope) -> tuple[Var, int] | None:
    end = 1 + len(name)
    if name in ("context", *_MEMBERS):
        return _qualified(b, name, text, pointer, scope)
    var = scope.find(name)
    if var is None:
        known = sorted(
            {*scope.visible(), "context", "meta", "run"} - {f"{k}.{m}" for k, v in _MEMBERS.items() for m in v}
        )
        known = [k for k in known if "." not in k]
        near = near_name(name, known)
        label = f'did you mean "${near}"?' if near else "no variable of this name is in scope"
        if scope.comes_later(name):
            label = 'the "let" beside "each" is made anew for each item; declare this one further out'
        b.problem(
            "M203", f'unknown variable "${name}"', pointer, within=(0, end), label=label,
            notes=("in scope: " + ", ".join(f"${k}" for k in known),),
            fix=f'"${near}{text[end:]}"' if near else f'declare it: "let": {{ "{name}": ... }}',
        )  # fmt: skip
        return None
    b.use(var)
    return var, end


def _qualified(b: Builder, name: str, text: str, pointer: str, scope: Scope) -> tuple[Var, int] | None:
    match = re.match(r"\.([A-Za-z_][A-Za-z0-9_-]*)", text[1 + len(name) :])
    if not match:
        b.problem(
            "M203", f'"${name}" stands for several values', pointer, within=(0, 1 + len(name)),
            label=f"write ${name}. and a name",
        )  # fmt: skip
        return None
    member = match[1]
    end = 1 + len(name) + match.end()
    var = scope.find(f"{name}.{member}")
    if var is not None:
        b.use(var)
        return var, end
    known = [n.split(".", 1)[1] for n in scope.visible() if n.startswith(f"{name}.")]
    span = (2 + len(name), len(member))
    if name == "context":
        near = near_name(member, known)
        fix = f'"$context.{near}{text[end:]}"' if near else ""
        fix = fix or f'declare it: "params": {{ "{member}": {{ "type": "string" }} }}'
        b.unknown("M202", "parameter", member, known, pointer, within=span, fix=fix)
    else:
        b.unknown("M203", f"member of ${name}", member, known, pointer, within=span)
    return None


def _compile(b: Builder, plan: PathPlan, language: str, rest: str, offset: int, pointer: str, scope: Scope) -> None:
    lead = offset if rest == plan.text[offset:] else 0
    if not rest.strip():
        if not b.broken(pointer):
            b.problem("M107", "an empty path", pointer, label='write a path, or { "const": ... }')
        return
    compiler = b.language(language)
    try:
        with guarded(compiler, "compile"):
            compiled = compiler.compile(rest, b.namespaces)
    except PathError as error:
        start = min(lead + error.offset, max(len(plan.text) - 1, 0))
        before = plan.text[:lead] if lead or not plan.var else None
        b.problem(
            "M107", f'"{plan.text}" is not {_title(language)} path', pointer,
            within=(start, max(1, min(error.length, len(plan.text) - start))),
            label=error.message, fix=_path_fix(b, compiler, before, error.fix),
        )  # fmt: skip
        return
    if not isinstance(compiled, CompiledPath):
        raise wrong(compiler, f"returned {kind_of(compiled)} from compile", fix="return a CompiledPath")
    plan.compiled = compiled
    for name in sorted(compiled.variables):
        var = scope.find(name)
        if var is None:
            b.unknown("M203", "variable", f"${name}", [f"${n}" for n in scope.visible()], pointer)
            plan.compiled = None
            return
        b.use(var)
        plan.variables[name] = var
        plan.sensitive = plan.sensitive or var.sensitive
    if names := plan.all_names:
        plan.ctx.reads[names] = plan.empty
    if plan.names:
        for end in range(1, len(plan.names) + 1):
            plan.ctx.prefixes[plan.names[:end]] += 1
    with guarded(compiler, "lint"):
        warnings = list(compiler.lint(rest, b.namespaces))
    for warning in warnings:
        b.problem(
            warning.code, warning.message, pointer, level="warning",
            within=(lead + warning.offset, warning.length), fix=warning.fix,
        )  # fmt: skip


def _title(language: str) -> str:
    return {"jmespath": "a JMESPath", "xpath": "an XPath"}.get(language, f"a {language}")


def _path_fix(b: Builder, language: PathLanguage, lead: str | None, fix: str) -> str:
    """The fix as it is pasted: a path as JSON text, with the variable `lead` before it; words stay words."""
    if lead is None:
        return fix
    try:
        language.compile(fix, b.namespaces)
    except Exception:  # words are no path; the language has had its say on the path itself
        return fix
    return json.dumps(lead + fix, ensure_ascii=False)


def literal_hint(value: Any) -> str:
    """The fix that turns a bare constant into a Field."""
    return f'{{ "const": {json.dumps(value, ensure_ascii=False)} }}'
