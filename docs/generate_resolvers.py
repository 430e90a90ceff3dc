"""The pages of resolvers: one for each group, and the index of all names."""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk import Resolver
from crosswalk.cli.reference import cell
from crosswalk.cli.reference_resolvers import anchor, resolver_section
from crosswalk.registry import Registry

GROUPS = {
    "text": "clean, cut, compare and build text",
    "number": "read, round and calculate numbers, exactly",
    "date": "read, write and calculate dates, times and durations",
    "type": "turn a value into another type",
    "list": "sort, filter, count and sum lists",
    "object": "take objects apart and put them together",
    "table": "pivot rows to columns, and back",
    "identity": "identifiers, hashes and encodings",
    "domain": "codes of countries, currencies, articles and the like",
}

INTRO = """# Resolvers

A resolver is a step that a value goes through: `["SKU", "trim", "upper"]`. Each is a function from one value to one
value. `crosswalk resolvers` lists those that are installed, plugins included; `crosswalk resolvers NAME` describes one.

**How to call one.** Without arguments write its name: `"trim"`. With arguments write an object of its name:
`{ "round": { "scale": 2 } }`. Where the first argument is all you give, it may stand bare: `{ "round": 2 }`.
An argument that takes a `$variable` may be a path such as `"$context.zone"` instead of a constant.

**Missing and null.** A resolver is not called on a missing or null value: the value passes as it is. Those marked
*called on missing and null* are the exceptions.

**Types.** A value of a type that the resolver does not take is error [M313](../errors/M313.md). Numbers are never
made of text in passing: say `"int"` or `"decimal"` first.

**Six steps belong to the language**, not to this list: `map`, `each`, `filter`, `lookup`, `get` and `check`. See
[language steps](../language-steps.md).
"""


def pages() -> Iterator[tuple[str, str]]:
    """The index, then one page for each group."""
    resolvers = sorted(Registry().resolvers.values(), key=lambda r: r.name)
    groups = [*GROUPS, *sorted({r.group for r in resolvers} - set(GROUPS))]
    index = [INTRO]
    for group in groups:
        members = [r for r in resolvers if r.group == group]
        if not members:
            continue
        about = GROUPS.get(group, "")
        index.append(f"## [{group.capitalize()}]({group}.md): {about}\n\n| name | what it does |\n|---|---|")
        index[-1] += "".join(f"\n| [`{r.name}`]({group}.md#{anchor(r.name)}) | {cell(r.summary)} |" for r in members)
        head = f"# {group.capitalize()} resolvers\n\nTo {about}.\n\n" if about else f"# {group.capitalize()}\n\n"
        names = " ".join(f"[`{r.name}`](#{anchor(r.name)})" for r in members)
        yield f"reference/resolvers/{group}.md", head + names + "\n\n" + "\n\n".join(_section(r) for r in members)
    yield "reference/resolvers/index.md", "\n\n".join(index)


def _section(resolver: Resolver) -> str:
    return resolver_section(resolver, f"## `{resolver.name}` {{ #{anchor(resolver.name)} }}", _linked)


def _linked(code: str) -> str:
    return f"[{code}](../errors/{code}.md)"
