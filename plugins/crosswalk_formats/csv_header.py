"""The column names of a csv file: from its header, or made up."""

from __future__ import annotations

from crosswalk import ConnectorError


def checked_names(names: list[str], line: int) -> list[str]:
    """The names as they are; raises ConnectorError C201 for an empty or a repeated one. `line` 0: not from a file."""
    where = f"the header on line {line}" if line else "the header setting"
    seen: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        if not name:
            raise ConnectorError(
                "C201",
                f"{where} has no name for column {place}",
                fix='name the columns yourself: "skip_rows": 1, "header": ["...", "..."]',
            )
        if name in seen:
            raise ConnectorError(
                "C201",
                f"{where} has the name {name!r} twice, for columns {seen[name]} and {place}",
                fix='name the columns yourself: "skip_rows": 1, "header": ["...", "..."]',
            )
        seen[name] = place
    return names


def numbered_names(count: int) -> list[str]:
    """c1, c2, ... for a file without a header."""
    return [f"c{place}" for place in range(1, count + 1)]
