"""Which packages a component's `extra` asks for are not installed; found from package metadata, nothing is imported."""

from __future__ import annotations

import re
from typing import Any

from ..errors import EnvironmentFailure
from .naming import name_of, plugin_of

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[([^\]]*)\])?")
_OF_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


def missing_packages(requirement: str) -> list[str]:
    """The distributions behind `name` or `name[extra]` that are not installed, in order.

    A requirement whose marker says more than its extra (a platform, a version of Python) is not judged.
    """
    match = _REQUIREMENT.match(requirement)
    if match is None:
        return []
    import importlib.metadata  # 10 ms, and few components ask for more packages

    name, wanted = match[1], {_normal(extra) for extra in (match[2] or "").split(",") if extra.strip()}
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return [name]
    missing: list[str] = []
    for said in (found.requires or []) if wanted else []:
        needed, _, marker = said.partition(";")
        extra = _OF_EXTRA.fullmatch(marker.strip())
        if extra is not None and _normal(extra[1]) in wanted:
            missing += [one for one in missing_packages(needed) if one not in missing]
    return missing


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def check_installed(component: Any) -> None:
    """Raise EnvironmentFailure X109 when a component says what it needs, and that is not there."""
    extra = getattr(component, "extra", "")
    missing = missing_packages(extra) if extra else []
    if missing:
        raise EnvironmentFailure(
            "X109", f"{name_of(component)} needs {', '.join(missing)}, which is not installed",
            notes=(f"plugin: {plugin_of(component)}",), fix=f"pip install '{extra}'",
        )  # fmt: skip
