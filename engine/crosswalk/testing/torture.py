"""Values that careless code damages: quotes, line breaks, unicode, texts that look like numbers, long numbers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

QUOTES = (
    '"',
    '""',
    "'",
    '"a"',
    'a"b',
    "a,b",
    "a;b",
    "a\tb",
    "\\",
    "\\n",
    "a\\",
    '","',
    "<a>&amp;</a>",
    "{}",
    "]]>",
    "`$x`",
)
"""Texts with what formats use for themselves."""
LINE_BREAKS = ("a\nb", "a\r\nb", "a\rb", "\na", "a\n", "a\n\nb", '"\n"')
"""Texts with line breaks."""
UNICODE = (
    "é",
    "e\u0301",
    "ß",
    "İ",
    "日本",
    "שלום",
    "\U0001f600",
    "\U0001f468\u200d\U0001f469",
    "a\u00a0b",
    "\u2028",
    "\ufeffa",
    "ΑΣ",
    "١٢",
)
"""Texts beyond ASCII: composed and not, right to left, beyond the first plane, odd spaces, byte order mark, a letter
that is another one at the end of a word, digits that are not 0 to 9."""
NUMBER_LIKE = (
    "00501",
    "1E5",
    "1e-3",
    "1.0",
    "+1",
    "-0",
    "0x10",
    "1_000",
    "NaN",
    "inf",
    "true",
    "null",
    "None",
    "2024-02-30",
)
"""Texts that a guess would turn into something else."""
BLANKS = (" ", " a", "a ", "\ta")
"""Texts that trimming would change."""
INTEGERS = (0, -1, 2**31, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 12345678901234567890)
"""Whole numbers that a float, or 64 bits, cannot hold."""
DECIMALS = (Decimal("19.00"), Decimal("0.10"), Decimal("-0.001"), Decimal("1234567890123456.789"))
"""Numbers with fractions, one of them beyond the digits of a float."""
VALUES: tuple[Any, ...] = (
    True, 1.5, 2**53 + 1, 2**70, Decimal("19.00"), dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 23, 59),
    dt.datetime(2024, 2, 29, 23, 59, tzinfo=dt.UTC), dt.time(23, 59), dt.timedelta(hours=1), b"\x00\xff", ["a", None],
    {"a": {"b": 1}}, [], {}, "",
)  # fmt: skip
"""One value of each type that a mapping can give a field."""
