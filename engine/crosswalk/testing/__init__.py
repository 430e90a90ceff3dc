"""Contract kits for plugin authors: subclass the one for your kind in five lines, and run pytest."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .executor_contract import ExecutorContract as ExecutorContract
    from .format_contract import FormatContract as FormatContract
    from .path_contract import PathContract as PathContract
    from .resolver_contract import ResolverContract as ResolverContract
    from .secret_contract import SecretContract as SecretContract
    from .sink_contract import SinkContract as SinkContract
    from .source_contract import SourceContract as SourceContract
    from .state_contract import StateContract as StateContract
    from .surroundings import context as context

_HOME_OF = {
    "ExecutorContract": "executor_contract",
    "FormatContract": "format_contract",
    "PathContract": "path_contract",
    "ResolverContract": "resolver_contract",
    "SecretContract": "secret_contract",
    "SinkContract": "sink_contract",
    "SourceContract": "source_contract",
    "StateContract": "state_contract",
    "context": "surroundings",
}
_CHECKS = (
    "component_checks",
    "format_claims",
    "format_reading",
    "format_writing",
    "parts_checks",
    "resume_checks",
    "sink_claims",
    "sink_crash",
    "sink_values",
    "state_crash",
)

__all__ = list(_HOME_OF)


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'crosswalk.testing' has no attribute {name!r}")
    _explain_asserts()
    value = getattr(importlib.import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def _explain_asserts() -> None:
    """Let pytest show both sides of the asserts in the kits, as it does for those in tests."""
    try:
        import pytest
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("the contract kits need pytest: pip install pytest", name="pytest") from error
    import sys

    names = [f"{__name__}.{home}" for home in (*_HOME_OF.values(), *_CHECKS)]
    pytest.register_assert_rewrite(*(name for name in names if name not in sys.modules))
