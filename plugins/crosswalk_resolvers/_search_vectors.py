"""Columnar forms of the resolvers that look for a text or a regular expression."""

from __future__ import annotations

from typing import Any

from ._re2 import named, shared, template_in_re2
from ._vectors import raw_bytes

_PRINTABLE = bytes(range(32, 127))


def _is_plain(data: Any) -> bool:
    """Whether all texts are printable ASCII, where the classes of both kinds of regular expressions are the same."""
    return not raw_bytes(data).translate(None, _PRINTABLE)


def starts_with(data: Any, *, text: str) -> Any:
    """`str.startswith`."""
    import pyarrow.compute as pc

    return pc.starts_with(data, text), None


def ends_with(data: Any, *, text: str) -> Any:
    """`str.endswith`."""
    import pyarrow.compute as pc

    return pc.ends_with(data, text), None


def contains(data: Any, *, text: str) -> Any:
    """Whether a text stands somewhere."""
    import pyarrow.compute as pc

    return pc.match_substring(data, text), None


def is_in(data: Any, *, values: list[str]) -> Any:
    """Whether it is one of several texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.is_in(data, value_set=pa.array(values, pa.string()))
    return (pc.if_else(data.is_valid(), found, None) if data.null_count else found), None


def index_of(data: Any, *, text: str) -> Any:
    """`str.find`, where characters are bytes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not raw_bytes(data).isascii():
        return NotImplemented
    return pc.find_substring(data, text).cast(pa.int64()), None


def split(data: Any, *, by: str, limit: int | None = None) -> Any:
    """`str.split`."""
    import pyarrow.compute as pc

    return pc.split_pattern(data, by, max_splits=None if limit is None else limit - 1), None


def matches(data: Any, *, pattern: str) -> Any:
    """Whether a regular expression matches somewhere."""
    import pyarrow.compute as pc

    if shared(pattern) is None or not _is_plain(data):
        return NotImplemented
    return pc.match_substring_regex(data, pattern), None


def replace_regex(data: Any, *, pattern: str, with_: str) -> Any:
    """Every match replaced."""
    import pyarrow.compute as pc

    template = template_in_re2(with_)
    if template is None or not _consumes(pattern) or not _is_plain(data):
        return NotImplemented
    return pc.replace_substring_regex(data, pattern, template), None


def extract(data: Any, *, pattern: str, group: int | str | None = None, required: bool = False) -> Any:
    """The whole of the first match, or its one group; what does not match is missing, or not sure."""
    import pyarrow as pa
    import pyarrow.compute as pc

    expression = named(pattern, "found")
    if expression is None or (group == 0 and "(" in pattern) or not _is_plain(data):
        return NotImplemented
    if pa.types.is_null(data.type) or not len(data):
        return NotImplemented
    found = pc.struct_field(pc.extract_regex(data, expression), "found")
    absent = pc.and_(data.is_valid(), found.is_null())
    return (found, pc.invert(absent)) if required else (found, None, absent)


def split_regex(data: Any, *, pattern: str) -> Any:
    """Split at every match of an expression without groups."""
    import pyarrow.compute as pc

    if "(" in pattern or not _consumes(pattern) or not _is_plain(data):
        return NotImplemented
    return pc.split_pattern_regex(data, pattern), None


def _consumes(pattern: str) -> bool:
    """Whether both find the same parts, none of which is empty: what follows an empty match is their own."""
    found = shared(pattern)
    return found is not None and found.parts and found.least > 0
