"""How messages name what comes from plugins: components, modules, and the package that each is of."""

from __future__ import annotations

import sys
from typing import Any

from .entry_points import entry_points


def name_of(component: Any) -> str:
    """A component as messages name it: the source 'files'."""
    kind = getattr(component, "kind", "component")
    name = getattr(component, "type", None) or getattr(component, "name", None) or type(component).__name__
    return f"the {kind} {name!r}"


def plugin_of(thing: Any) -> str:
    """The plugin that a component, class or function comes from: `acme (acme-crosswalk 1.2)`; else its module."""
    thing = getattr(thing, "function", thing)  # a resolver comes from where its function does
    return plugin_of_module(str(getattr(thing, "__module__", None) or type(thing).__module__))


def plugin_of_module(module: str) -> str:
    """The same for a module."""
    root = module.partition(".")[0]
    owners = [e for e in entry_points() if e.value.partition(".")[0] == root]
    found = max(owners, key=lambda e: len(_shared(e.module, module)), default=None)
    if found is None:
        file = getattr(sys.modules.get(root), "__file__", None)
        return f"{module} ({file})" if file and root == "__main__" else module
    return f"{found.name} ({found.dist.name} {found.dist.version})" if found.dist else found.name


def _shared(one: str, other: str) -> list[str]:
    pairs = zip(one.split("."), other.split("."), strict=False)
    return [a for a, b in pairs if a == b]
