"""Domain resolvers that check an identifier or address and give it back unchanged."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv6Address
from urllib.parse import urlsplit

from crosswalk import DataError, Example, resolver

_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(rf"(?!.*_)(?:{_LABEL}\.)*{_LABEL}\.?")
_MAILBOX = re.compile(rf"[\w!#$%&'*+/=?^`{{|}}~-]+(?:\.[\w!#$%&'*+/=?^`{{|}}~-]+)*@((?:{_LABEL}\.)+{_LABEL})")
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f<>\"{}|\\^`]|%(?![0-9A-Fa-f]{2})")

WEB = ["http", "https"]


@resolver(
    "gtin",
    group="domain",
    examples=[
        Example("4006381333931", "4006381333931"),
        Example("036000291452", "036000291452"),
        Example("96385074", "96385074"),
        Example("10614141000415", "10614141000415"),
        Example("4006381333932", error="M344"),
        Example("400638133393", error="M344"),
        Example("4006381 333931", error="M344"),
        Example(4006381333931, error="M313"),
    ],
)
def gtin(value: str) -> str:
    """Check a GTIN (GTIN-8, -12, -13 or -14; also EAN and UPC) by length and check digit; M344 when it is none.

    Spaces and hyphens are not allowed: `remove` them first. Check digit: GS1 General Specifications, section 7.9.
    """
    if _GTIN.fullmatch(value) is None:
        raise DataError("M344", "not a GTIN: 8, 12, 13 or 14 digits", value)
    # From the right, the digits weigh 1 (the check digit), 3, 1, 3, ...; the sum is a multiple of ten.
    digits = [int(digit) for digit in reversed(value)]
    if (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10:
        raise DataError("M344", "not a GTIN: the check digit is wrong", value)
    return value


@resolver(
    "email",
    group="domain",
    examples=[
        Example("jo.smith+tag@mail.example.com", "jo.smith+tag@mail.example.com"),
        Example("zoë@exämple.com", "zoë@exämple.com"),
        Example("jo@example", error="M344"),
        Example("jo..smith@example.com", error="M344"),
        Example("jo smith@example.com", error="M344"),
        Example("jo@-example.com", error="M344"),
        Example("Jo <jo@example.com>", error="M344"),
    ],
)
def email(value: str) -> str:
    """Check that a text is one plausible e-mail address; M344 when it is not.

    Plausible is: at most 64 characters of letters, digits and ``.!#$%&'*+/=?^_`{|}~-`` without leading, trailing or
    double dots, an `@`, and a host name of two or more labels; 254 characters in all. Letters of any script pass.
    Quoted names and IP addresses, legal but unused, do not. Nothing is looked up.
    """
    match = _MAILBOX.fullmatch(value) if len(value) <= 254 else None
    if match is None or match.start(1) > 65 or not _is_name(match[1]):
        raise DataError("M344", "not an e-mail address", value)
    return value


def _is_name(host: str) -> bool:
    """Whether this is a host name, whose last label is not a number."""
    return len(host) <= 253 and _HOST.fullmatch(host) is not None and not host.rstrip(".").rpartition(".")[2].isdigit()


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            return bool(IPv6Address(host))
        except ValueError:
            return False
    parts = host.split(".")
    if len(parts) == 4 and all(re.fullmatch("[0-9]{1,3}", part) for part in parts):
        return all(int(part) < 256 and str(int(part)) == part for part in parts)
    return _is_name(host)


@resolver(
    "url",
    factory=True,
    group="domain",
    examples=[
        Example("https://example.com:8080/a%20b?q=1#x", "https://example.com:8080/a%20b?q=1#x"),
        Example("HTTP://[::1]/", "HTTP://[::1]/"),
        Example("sftp://files.example.com/in", "sftp://files.example.com/in", {"schemes": ["sftp"]}),
        Example("javascript:alert(1)", error="M344"),
        Example("example.com", error="M344"),
        Example("http://", error="M344"),
        Example("http://a b.com", error="M344"),
        Example("http://example.com:99999/", error="M344"),
        Example("http://1.2.3.256/", error="M344"),
    ],
)
def url(*, schemes: list[str] = WEB) -> Callable[[str], str]:
    """Check that a text is an absolute URL with a host (RFC 3986); M344 when it is not.

    The host is a name, an IPv4 or a bracketed IPv6 address; the port at most 65535. White space, control characters,
    ``<>"{}|\\^` `` and stray `%` are refused; letters of other scripts pass. Nothing is looked up.

    `schemes`: the schemes allowed, whatever their letter case.
    """
    allowed = frozenset(scheme.lower() for scheme in schemes)

    def check(value: str) -> str:
        try:
            parts = urlsplit(value)
            host, port_ok = parts.hostname or "", parts.port != 0
        except ValueError:
            host, port_ok = "", False
        if not (host and port_ok and parts.scheme in allowed and _is_host(host)) or _UNSAFE.search(value):
            raise DataError("M344", f"not a URL with a host and the scheme {' or '.join(schemes)}", value)
        return value

    return check


RESOLVERS = (gtin, email, url)
