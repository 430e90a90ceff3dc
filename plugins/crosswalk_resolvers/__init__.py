"""The built-in resolvers: write one with `@resolver` in the module of its group, add it to that module's RESOLVERS."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from crosswalk import hookimpl

if TYPE_CHECKING:
    from crosswalk import Resolver


@hookimpl
def crosswalk_resolvers() -> list[Resolver]:
    """All resolvers of this package's modules, in order of module name."""
    found: list[Resolver] = []
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        # Loaded here, not at the top: a run that needs no resolver does not pay for them. A helper module
        # (leading underscore) has none; any other without RESOLVERS is a mistake and raises AttributeError.
        if not module.startswith("_"):
            found += importlib.import_module(f"{__name__}.{module}").RESOLVERS
    return found
