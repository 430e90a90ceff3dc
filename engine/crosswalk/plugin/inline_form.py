"""The inline form of a resolver, which becomes a part of generated code: what is wrong with its text."""

from __future__ import annotations

import ast
import builtins

from .resolver import Resolver

KNOWN = ("M", "Decimal")
"""What the text may name beside `{v}`, `{f}`, the arguments and Python's own functions."""
_NEVER = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)


def inline_fault(resolver: Resolver) -> str:
    """Why the text cannot stand in generated code, "" when it can: it is one expression over names that are there.

    That the expression means what the function means, the contract kit tries.
    """
    text = resolver.inline or ""
    names = {"v", "f", *(param.python_name for param in resolver.params)}
    try:
        filled = text.format(**{name: f"_{name}" for name in names})
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{name}}}" for name in sorted(names))
        return f"{error} is none of {known}" if isinstance(error, KeyError) else f"{error}; braces are doubled"
    try:
        tree = ast.parse(filled, mode="eval")
    except (SyntaxError, ValueError) as error:
        return f"{getattr(error, 'msg', error)}"
    if "\n" in filled or any(isinstance(node, _NEVER) for node in ast.walk(tree)):
        return "it is not one plain expression on one line"
    made = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    made |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    there = {*KNOWN, *dir(builtins), *(f"_{name}" for name in names), *made}
    strange = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - there)
    return f"{strange[0]} is no name that it may use" if strange else ""
