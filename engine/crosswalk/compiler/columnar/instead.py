"""What may be written in place of bundled resolvers that have no kernel."""

from __future__ import annotations

_NUMBERS = 'where all values are plain numbers, "int", "float" and { "decimal": { "scale": 2 } } have kernels'
_CODES = 'for a known set of values, "map" and "lookup" have kernels'
_WORDS = 'where the texts have one pattern, "lower" and { "replace": { "find": " ", "with": "-" } } have kernels'
_MEMBERS = '"fields" that names each member has kernels'
_INSTEAD = {
    **dict.fromkeys(("number", "parse_number"), _NUMBERS),
    **dict.fromkeys(("divide", "mod", "minor_units", "from_minor_units"), '"calc" has kernels'),
    **dict.fromkeys(("country", "currency_code"), _CODES),
    **dict.fromkeys(("slug", "snake_case", "kebab_case", "camel_case"), _WORDS),
    **dict.fromkeys(("pick", "omit", "rename", "merge"), _MEMBERS),
    "sort_by": '"each" with "sort" has kernels',
    "avg": '"sum" and "count" have kernels, and "calc" divides them',
}
_OTHERS = "a resolver of yours may have a kernel, its `vector`"


def instead_of(resolver: str) -> str:
    """The advice for a resolver that is called once per distinct value."""
    return f"leave it where values repeat; {_INSTEAD.get(resolver, _OTHERS)}"
