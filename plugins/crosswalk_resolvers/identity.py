"""Identity resolvers: identifiers that are derived, random or counted, and hashes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from crosswalk import MISSING, ArgumentError, DataError, Example, Missing, Ref, RunInfo, Secret, UsageError, resolver

from ._json_text import json_text
from ._utf8 import utf8

_NAMESPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}


@resolver(
    "uuid5",
    factory=True,
    group="identity",
    examples=[
        Example("www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2", "dns"),
        Example(
            "python.org", "886313e1-3b8a-5372-9b90-0c9aee199e5d", {"namespace": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}
        ),
        Example("x", error="M106", args="nowhere"),
    ],
)
def uuid5(*, namespace: str) -> Callable[[str], str]:
    """Derive a UUID from a text: the same text always gives the same UUID (RFC 9562, version 5).

    `namespace`: a UUID of your own, or one of the standard's: dns, url, oid, x500.
    """
    space = _NAMESPACES.get(namespace)
    if space is None:
        try:
            space = uuid.UUID(namespace)
        except ValueError as error:
            raise ArgumentError(
                f"{namespace!r} is neither a UUID nor dns, url, oid, x500", argument="namespace"
            ) from error
    known = space

    def derive(value: str) -> str:
        utf8(value)
        return str(uuid.uuid5(known, value))

    return derive


@resolver("uuid4", pure=False, takes_input=False, group="identity", examples=[])
def uuid4() -> str:
    """Make a random UUID (RFC 9562, version 4); takes no input.

    A mapping that uses it is not reproducible, and must say so (M430).
    """
    return str(uuid.uuid4())


@resolver(
    "sequence",
    pure=False,
    takes_input=False,
    run=True,
    group="identity",
    examples=[Example(None, 1, "line"), Example(None, 100, {"name": "order", "start": 100})],
)
def sequence(*, name: str, start: int = 1, run: RunInfo) -> int:
    """Count up by one with every call, within one run; takes no input.

    A field of a rejected record has used up its number, and the next run starts again.

    `name`: which counter; steps with the same name share it.
    `start`: the first number.
    """
    found = run.sequences[name] = run.sequences.get(name, start - 1) + 1
    return found


@resolver(
    "md5",
    group="identity",
    examples=[Example("abc", "900150983cd24fb0d6963f7d28e17f72"), Example(b"abc", "900150983cd24fb0d6963f7d28e17f72")],
)
def md5(value: str | bytes) -> str:
    """Give the MD5 hash of a text in UTF-8, or of bytes, in hex; only to match what others hash: it is not secure."""
    import hashlib

    return hashlib.md5(utf8(value), usedforsecurity=False).hexdigest()


@resolver(
    "sha256",
    group="identity",
    examples=[
        Example("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        Example("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        Example(5, error="M313"),
    ],
)
def sha256(value: str | bytes) -> str:
    """Give the SHA-256 hash of a text in UTF-8, or of bytes, in hex.

    Short secrets such as card or phone numbers can be guessed from it: use `hmac_sha256` for these.
    """
    import hashlib

    return hashlib.sha256(utf8(value)).hexdigest()


@resolver(
    "hmac_sha256",
    sensitive_args=("key",),
    group="identity",
    examples=[
        Example(
            "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            {"key": "Jefe"},
        ),
    ],
)
def hmac_sha256(value: str | bytes, *, key: Ref[str]) -> str:
    """Give the keyed SHA-256 hash (RFC 2104) of a text in UTF-8, or of bytes, in hex.

    `key`: the secret, from a sensitive parameter (`"$context.key"`); M206 when it is absent or empty.
    """
    import hmac

    found: Any = key
    if isinstance(found, Secret):
        found = found.reveal()
    if found is None or found is MISSING or found == "":
        raise UsageError("M206", "the key of hmac_sha256 is absent", fix="give the parameter that holds it")
    if not isinstance(found, str | bytes):
        raise DataError("M313", "the argument key needs a text")
    return hmac.new(utf8(found), utf8(value), "sha256").hexdigest()


@resolver(
    "hash_row",
    null="aware",
    group="identity",
    examples=[
        Example({"b": 1, "a": "x"}, "cdab067e9f3beb32d1252cfd63e492592fecbf591b0d08cadb24bb17f3864246"),
        Example({"b": 1, "a": "x"}, "bac82bcae3ff0e486fd02d6dce53dc6444bcbd21f6ab5dea0a69e86e8b723b7f", ["a", "z"]),
        Example(None, "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b"),
        Example("x", error="M313"),
    ],
)
def hash_row(value: dict[str, Any] | Missing | None, *, fields: list[str] | None = None) -> str:
    """Give a hash of an object that changes when, and only when, its content changes.

    It is the SHA-256, in hex, of the compact JSON text with keys in order of code points, exact digits, and missing
    members left out. The order of keys does not matter; null and missing objects count as `null`.

    `fields`: the members to look at; without it, all.
    """
    import hashlib

    row = None if value is MISSING else value
    if row is not None and not isinstance(row, dict):
        raise DataError("M313", "not an object", value)
    if row is not None and fields is not None:
        row = {name: row[name] for name in fields if name in row}
    return hashlib.sha256(utf8(json_text(row, sort_keys=True))).hexdigest()


RESOLVERS = (uuid5, uuid4, sequence, md5, sha256, hmac_sha256, hash_row)
