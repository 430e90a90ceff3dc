"""Text resolvers that take a part of a string, by position or by what stands around it."""

from __future__ import annotations

from collections.abc import Callable

from crosswalk import MISSING, ArgumentError, Example, Missing, resolver

from . import _text_vectors


@resolver(
    "substring",
    vector=_text_vectors.substring,
    factory=True,
    group="text",
    examples=[
        Example("ABC-123", "123", 4),
        Example("ABC-123", "BC", {"start": 1, "length": 2}),
        Example("ABC-123", "12", {"start": -3, "length": 2}),
        Example("ABC", "C", {"start": -1, "length": 5}),
        Example("ABC", "", 9),
        Example("ABC", "", {"start": -9, "length": 2}),
        Example("ABC", error="M106", args={"start": 0, "length": -1}),
    ],
)
def substring(*, start: int, length: int | None = None) -> Callable[[str], str]:
    """Take the characters from a position on.

    Positions outside of the text hold no characters: the result is shorter, never an error.

    `start`: counted from 0; negative counts from the end, -1 being the last character.
    `length`: the most characters to take; without it, all to the end.
    """
    if length is None:
        return lambda value: value[start:]
    if length < 0:
        raise ArgumentError("a length is not negative", argument="length")
    stop: int | None = start + length
    if start < 0 <= start + length:
        stop = None
    return lambda value: value[start:stop]


def _checked_count(n: int) -> None:
    if n < 0:
        raise ArgumentError("a number of characters is not negative", argument="n")


@resolver(
    "left",
    vector=_text_vectors.left,
    factory=True,
    group="text",
    examples=[Example("ABC-123", "ABC", 3), Example("A", "A", 3), Example("A", "", 0)],
)
def left(*, n: int) -> Callable[[str], str]:
    """Take the first characters; a shorter text stays as it is.

    `n`: how many.
    """
    _checked_count(n)
    return lambda value: value[:n]


@resolver(
    "right",
    vector=_text_vectors.right,
    factory=True,
    group="text",
    examples=[
        Example("ABC-123", "123", 3),
        Example("A", "A", 3),
        Example("A", "", 0),
        Example("A", error="M106", args=-1),
    ],
)
def right(*, n: int) -> Callable[[str], str]:
    """Take the last characters; a shorter text stays as it is.

    `n`: how many.
    """
    _checked_count(n)
    return (lambda value: value[-n:]) if n else (lambda value: "")


def _checked_mark(text: str, argument: str) -> None:
    if not text:
        raise ArgumentError("an empty text stands everywhere", argument=argument)


@resolver(
    "before",
    vector=_text_vectors.before,
    factory=True,
    group="text",
    examples=[
        Example("a@b@c", "a", "@"),
        Example("@b", "", "@"),
        Example("abc", MISSING, "@"),
        Example("a", error="M106", args=""),
    ],
)
def before(*, sep: str) -> Callable[[str], str | Missing]:
    """Take what stands before the first occurrence of a separator; missing when there is none.

    `sep`: the separator, taken literally.
    """
    _checked_mark(sep, "sep")

    def cut(value: str) -> str | Missing:
        at = value.find(sep)
        return MISSING if at < 0 else value[:at]

    return cut


@resolver(
    "after",
    vector=_text_vectors.after,
    factory=True,
    group="text",
    examples=[Example("a@b@c", "b@c", "@"), Example("abc", MISSING, "@")],
)
def after(*, sep: str) -> Callable[[str], str | Missing]:
    """Take what stands after the first occurrence of a separator; missing when there is none.

    `sep`: the separator, taken literally.
    """
    _checked_mark(sep, "sep")
    skip = len(sep)

    def cut(value: str) -> str | Missing:
        at = value.find(sep)
        return MISSING if at < 0 else value[at + skip :]

    return cut


@resolver(
    "between",
    vector=_text_vectors.between,
    factory=True,
    group="text",
    examples=[
        Example("Shirt (blue) (M)", "blue", {"open": "(", "close": ")"}),
        Example("a|b|c", "b", {"open": "|", "close": "|"}),
        Example("Shirt (blue", MISSING, {"open": "(", "close": ")"}),
    ],
)
def between(*, open: str, close: str) -> Callable[[str], str | Missing]:
    """Take what stands between the first opening mark and the next closing mark; missing when either is not there.

    `open`: the text before it, taken literally.
    `close`: the text after it.
    """
    _checked_mark(open, "open")
    _checked_mark(close, "close")
    skip = len(open)

    def cut(value: str) -> str | Missing:
        start = value.find(open)
        end = value.find(close, start + skip) if start >= 0 else -1
        return MISSING if end < 0 else value[start + skip : end]

    return cut


RESOLVERS = (substring, left, right, before, after, between)
