"""Tells where a mapping reads records whose members are not known by name, of which some formats have no columns."""

from __future__ import annotations

from crosswalk import Format, ReadOptions


def unnamed(form: Format, options: ReadOptions) -> tuple[str, str] | None:
    """Why there are no columns, as Format.without_columns says it; None where all names that are read are known."""
    if options.names is not None:
        return None
    return (
        f"the mapping reads all of each record, and {form.type} has columns only for names that are known",
        'say what is read: plain paths in place of expressions, fields in place of "passthrough" and "entries"',
    )
