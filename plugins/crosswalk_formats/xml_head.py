"""The head of an XML document: what stands before the first record, so that parts of the rest can be parsed alone."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any

from .xml_record_path import RecordPath

_LONGEST = 1 << 16
_DECLARED = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z][\w.\-]*)[\"']")
# Their bytes below 128 are ASCII characters, whatever stands before them.
_PLAIN = frozenset({"utf-8", "ascii", "iso8859-1", "cp1252"})


@dataclass(frozen=True)
class Head:
    """`text`: all up to the first record, whose ancestors `open` (their names as written) it leaves open.

    `name`: that of the record as written. `encoding`: that of the document.
    """

    text: bytes
    open: tuple[str, ...]
    name: str
    encoding: str

    @property
    def end(self) -> bytes:
        """What closes the ancestors."""
        return "".join(f"</{name}>" for name in reversed(self.open)).encode(self.encoding)

    @property
    def record_end(self) -> bytes:
        """The end tag of a record, as it is mostly written."""
        return f"</{self.name}>".encode(self.encoding)


class NotCut(Exception):
    """Why the records of a document must be read one by one; completes "read record by record: ..."."""


def head_of(text: bytes, path: RecordPath) -> Head:
    """The head of a document by its first bytes; raises NotCut where parts cannot be told without all before them."""
    _, _, name = path.steps[-1]
    encoding = _encoding(text)
    if encoding is None:
        raise NotCut("in its encoding, tags cannot be told by their bytes; UTF-8 can be cut")
    if name == "*":
        raise NotCut('the record path ends in "*", which names no element')
    wanted = re.escape(name.encode(encoding, "xmlcharrefreplace"))
    first = re.search(rb"<((?:[^\s<>/:!?&\"'=]+:)?" + wanted + rb")[\s/>]", text[:_LONGEST])
    if first is None:
        raise NotCut(f"there is no record in its first {_LONGEST:,} bytes")
    head = text[: first.start()]
    open_ = _left_open(head)
    if not open_:
        raise NotCut("it has a document type, or its root is the record")
    return Head(head, open_, first[1].decode(encoding), encoding)


def _encoding(text: bytes) -> str | None:
    """The encoding, None for one in which tags cannot be told by their bytes."""
    text = text.removeprefix(codecs.BOM_UTF8)
    if not text.startswith(b"<") or b"\0" in text[:4]:
        return None
    declared = _DECLARED.match(text)
    try:
        name = codecs.lookup(declared[1].decode()).name if declared is not None else "utf-8"
    except LookupError:
        return None
    return name if name in _PLAIN else None


def _left_open(head: bytes) -> tuple[str, ...]:
    """The names of the elements that are open at the end; none for what expat cannot read or a document type."""
    from xml.parsers import expat

    names: list[str] = []
    types: list[Any] = []
    parser: Any = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: names.append(name)
    parser.EndElementHandler = lambda name: names.pop()
    parser.StartDoctypeDeclHandler = lambda *declared: types.append(declared)
    try:
        parser.Parse(head, False)
    except (expat.ExpatError, ValueError, LookupError):
        return ()
    return () if types else tuple(names)
