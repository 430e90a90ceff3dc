"""Text resolvers that change letter case or write a name in another style."""

from __future__ import annotations

import unicodedata

from crosswalk import Example, resolver

from . import _text_vectors, _vectors

_FOLDED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i"}
    | {"'": "", "’": ""}
)
"""Latin letters that Unicode does not decompose, and the apostrophes that a slug drops."""


@resolver(
    "upper",
    inline="{v}.upper()",
    vector=_vectors.upper,
    group="text",
    examples=[Example("ab1", "AB1"), Example("straße", "STRASSE")],
)
def upper(value: str) -> str:
    """Write all letters in upper case, by Unicode's full mapping."""
    return value.upper()


@resolver(
    "lower",
    inline="{v}.lower()",
    vector=_vectors.lower,
    group="text",
    examples=[Example("AB1", "ab1"), Example("ΟΔΟΣ", "οδος")],
)
def lower(value: str) -> str:
    """Write all letters in lower case, by Unicode's full mapping."""
    return value.lower()


@resolver(
    "capitalize",
    vector=_text_vectors.capitalize,
    inline="{v}.capitalize()",
    group="text",
    examples=[Example("jOHN smith", "John smith"), Example("", "")],
)
def capitalize(value: str) -> str:
    """Write the first letter in upper case and all others in lower case."""
    return value.capitalize()


@resolver(
    "title",
    vector=_text_vectors.title,
    inline="{v}.title()",
    group="text",
    examples=[Example("jOHN smith-jones", "John Smith-Jones"), Example("o'neil's", "O'Neil'S")],
)
def title(value: str) -> str:
    """Write every letter that follows a non-letter in upper case and all others in lower case."""
    return value.title()


def words_of(text: str) -> list[str]:
    """The words of a name in any style: `XMLHttpId2`, `xml-http id2` and `XML_HTTP_ID2` are xml, http, id2.

    Words end at characters that are neither letters nor digits, before a capital after a small letter or digit, and
    before the last capital of a run that a small letter follows. Digits stay with the word before them.
    """
    words: list[str] = []
    text = unicodedata.normalize("NFC", text)
    last, start = len(text), -1
    for i, char in enumerate(text):
        if not (char.isalnum() or unicodedata.combining(char)):
            if start >= 0:
                words.append(text[start:i])
            start = -1
        elif start < 0:
            start = i
        elif char.isupper() and (not text[i - 1].isupper() or (i + 1 < last and text[i + 1].islower())):
            words.append(text[start:i])
            start = i
    if start >= 0:
        words.append(text[start:])
    return words


@resolver(
    "camel_case",
    group="text",
    examples=[
        Example("XMLHttpId", "xmlHttpId"),
        Example("order line-no", "orderLineNo"),
        Example("ORDER_ID", "orderId"),
        Example("", ""),
    ],
)
def camel_case(value: str) -> str:
    """Write a name as `camelCase`."""
    first, *rest = words_of(value) or [""]
    return first.lower() + "".join(word.capitalize() for word in rest)


@resolver(
    "snake_case",
    group="text",
    examples=[
        Example("XMLHttpId", "xml_http_id"),
        Example("Order Line No.", "order_line_no"),
        Example("address2Line", "address2_line"),
        Example("__x__", "x"),
        Example("naïveCafé", "naïve_café"),
    ],
)
def snake_case(value: str) -> str:
    """Write a name as `snake_case`."""
    return "_".join(words_of(value)).lower()


@resolver(
    "kebab_case", group="text", examples=[Example("XMLHttpId", "xml-http-id"), Example("order_line", "order-line")]
)
def kebab_case(value: str) -> str:
    """Write a name as `kebab-case`."""
    return "-".join(words_of(value)).lower()


@resolver(
    "slug",
    group="text",
    examples=[
        Example("Crème Brûlée & Co.", "creme-brulee-co"),
        Example("Straße №5", "strasse-no5"),
        Example("Don't panic!", "dont-panic"),
        Example("東京 タワー", "東京-タワー"),
        Example("***", ""),
    ],
)
def slug(value: str) -> str:
    """Write a text in the form used in web addresses: small letters, digits and single hyphens.

    Latin letters lose their accents, letters of other scripts stay, apostrophes vanish, all else becomes a hyphen.
    """
    folded = "".join(map(_plain, unicodedata.normalize("NFC", value).lower().translate(_FOLDED)))
    return "-".join("".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded).split())


def _plain(char: str) -> str:
    """The ASCII characters that a character decomposes to; itself when there are none."""
    if char.isascii():
        return char
    return "".join(c for c in unicodedata.normalize("NFKD", char) if c.isascii()).lower() or char


RESOLVERS = (upper, lower, capitalize, title, camel_case, snake_case, kebab_case, slug)
