"""Every code crosswalk can report, explained: `explain("M310")` gives the page, `all_codes()` the whole list.

One module per family. A code is never reused for something else; a new one goes to the end of its hundred.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .code import Code

FAMILIES = {
    "structure": "M1xx: the structure of mappings",
    "names": "M2xx: names, cycles and files",
    "data": "M3xx: data",
    "lint": "M4xx: warnings",
    "pipelines": "P: pipelines",
    "runs": "R and S: runs and state",
    "connectors": "C: files, formats and connections",
    "usage": "U and X: the command line and plugins",
}
"""The modules of this package with their titles, in the order of the documentation."""


@cache
def all_codes() -> dict[str, Code]:
    """All codes in order, by code."""
    found = [code for family in FAMILIES for code in import_module(f".{family}", __name__).CODES]
    return {code.code: code for code in found}


def explain(code: str) -> str | None:
    """The page that `crosswalk explain CODE` prints; None for an unknown code. Case does not matter."""
    found = all_codes().get(code.strip().upper())
    return None if found is None else found.page()


__all__ = ["FAMILIES", "Code", "all_codes", "explain"]
