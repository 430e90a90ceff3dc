"""Columnar forms of the resolvers that clean, lengthen, shorten and cut texts; see _vectors for what such a form is."""

from __future__ import annotations

from typing import Any

from ._vectors import BLANKS, by_alphabet, raw_bytes

_ASCII_RUN = "[\t-\r\x1c- ]+"
_RUN = "[" + "".join(f"\\x{{{ord(char):x}}}" for char in BLANKS) + "]+"


def _literal(text: str) -> Any:
    import pyarrow as pa

    return pa.scalar(text, pa.string())


def _glued(*parts: Any) -> Any:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*parts, _literal(""))


def capitalize(data: Any) -> Any:
    """`str.capitalize`."""
    import pyarrow.compute as pc

    return by_alphabet(data, pc.ascii_capitalize, str.capitalize), None


def title(data: Any) -> Any:
    """`str.title`."""
    import pyarrow.compute as pc

    return by_alphabet(data, pc.ascii_title, str.title), None


def collapse_space(data: Any) -> Any:
    """Runs of white space as one space, none at the ends."""
    import pyarrow.compute as pc

    raw = raw_bytes(data)
    if not raw.isascii():
        data = pc.replace_substring_regex(data, _RUN, " ")
    elif b"  " in raw or len(raw.translate(None, b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f")) < len(raw):
        data = pc.replace_substring_regex(data, _ASCII_RUN, " ")
    return pc.ascii_trim(data, " "), None


def length(data: Any) -> Any:
    """The number of characters."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.utf8_length(data).cast(pa.int64()), None


def replace(data: Any, *, find: str, with_: str) -> Any:
    """`str.replace`."""
    import pyarrow.compute as pc

    return pc.replace_substring(data, find, with_), None


def remove(data: Any, *, chars: str) -> Any:
    """Texts without some characters."""
    import pyarrow.compute as pc

    for char in dict.fromkeys(chars):
        data = pc.replace_substring(data, char, "")
    return data, None


def prefix(data: Any, *, text: str) -> Any:
    """A text in front."""
    return _glued(_literal(text), data), None


def suffix(data: Any, *, text: str) -> Any:
    """A text behind."""
    return _glued(data, _literal(text)), None


def ensure_prefix(data: Any, *, text: str) -> Any:
    """A text in front where it is not there."""
    import pyarrow.compute as pc

    return pc.if_else(pc.starts_with(data, text), data, _glued(_literal(text), data)), None


def strip_prefix(data: Any, *, text: str) -> Any:
    """`str.removeprefix`."""
    import pyarrow.compute as pc

    return pc.if_else(pc.starts_with(data, text), pc.utf8_slice_codeunits(data, len(text)), data), None


def strip_suffix(data: Any, *, text: str) -> Any:
    """`str.removesuffix`."""
    import pyarrow.compute as pc

    if not text:
        return data, None
    return pc.if_else(pc.ends_with(data, text), pc.utf8_slice_codeunits(data, 0, -len(text)), data), None


def pad_left(data: Any, *, width: int, char: str = " ") -> Any:
    """`str.rjust`."""
    import pyarrow.compute as pc

    return pc.utf8_lpad(data, width, char), None


def pad_right(data: Any, *, width: int, char: str = " ") -> Any:
    """`str.ljust`."""
    import pyarrow.compute as pc

    return pc.utf8_rpad(data, width, char), None


def zero_pad(data: Any, *, width: int) -> Any:
    """`str.zfill`."""
    import pyarrow.compute as pc

    return pc.utf8_zero_fill(data, width), None


def truncate(data: Any, *, max: int, ellipsis: str = "", on_long: str = "cut") -> Any:
    """Texts of so many characters at most; longer ones that are an error are not sure."""
    import pyarrow as pa
    import pyarrow.compute as pc

    fits = pc.less_equal(pc.utf8_length(data), pa.scalar(max, pa.int32()))
    if on_long == "error":
        return data, fits.fill_null(True)
    cut = pc.utf8_slice_codeunits(data, 0, max - len(ellipsis))
    return pc.if_else(fits, data, _glued(cut, _literal(ellipsis)) if ellipsis else cut), None


def unicode_normalize(data: Any, *, form: str = "NFC") -> Any:
    """What is ASCII is in every normal form; of other characters Arrow may know another version of Unicode."""
    from unicodedata import normalize

    def other(text: str) -> str:
        return normalize(form, text)  # type: ignore[arg-type]

    return by_alphabet(data, lambda texts: texts, other), None


def substring(data: Any, *, start: int, length: int | None = None) -> Any:
    """The characters from a position on."""
    import pyarrow.compute as pc

    stop = None if length is None or (start < 0 <= start + length) else start + length
    return pc.utf8_slice_codeunits(data, start, stop), None


def left(data: Any, *, n: int) -> Any:
    """The first characters."""
    import pyarrow.compute as pc

    return pc.utf8_slice_codeunits(data, 0, n), None


def right(data: Any, *, n: int) -> Any:
    """The last characters."""
    import pyarrow.compute as pc

    return pc.utf8_slice_codeunits(data, -n if n else 0, None if n else 0), None


def before(data: Any, *, sep: str) -> Any:
    """What stands before the first separator."""
    return _part(data, sep, 0)


def after(data: Any, *, sep: str) -> Any:
    """What stands after the first separator."""
    return _part(data, sep, 1)


def between(data: Any, *, open: str, close: str) -> Any:
    """What stands after the first opening mark and before the next closing one."""
    import pyarrow.compute as pc

    behind, _, absent = _part(data, open, 1)
    found, _, further = _part(behind, close, 0)
    return found, None, pc.or_(absent, further)


def _part(data: Any, sep: str, place: int) -> Any:
    """One side of the first separator of each text; missing where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = pc.split_pattern(data, sep, max_splits=1)
    cut = pc.equal(pc.list_value_length(parts), pa.scalar(2, pa.int32())).fill_null(False)
    starts = parts.offsets[:-1]
    places = pc.if_else(cut, pc.add(starts, pa.scalar(place, starts.type)), pa.scalar(None, starts.type))
    return parts.values.take(places), None, pc.and_(data.is_valid(), pc.invert(cut))


def mask(data: Any, *, keep_last: int = 4, char: str = "*") -> Any:
    """All but the last characters hidden; a text that is not longer than these is hidden whole."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sizes = pc.utf8_length(data)
    longer = pc.greater(sizes, pa.scalar(keep_last, sizes.type))
    hidden = pc.if_else(longer, pc.subtract(sizes, pa.scalar(keep_last, sizes.type)), sizes)
    shown = right(data, n=keep_last)[0]
    return _glued(pc.binary_repeat(_literal(char), hidden), pc.if_else(longer, shown, _literal(""))), None
