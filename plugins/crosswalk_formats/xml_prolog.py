"""Looks at what stands before an XML document's root element, and refuses entity declarations there."""

from __future__ import annotations

from typing import Any

from crosswalk import ConnectorError


class PrologGuard:
    """Fed the same bytes as the parser, ahead of it, until the root element starts.

    expat reports a declaration before anything that could expand it, so no entity is ever expanded or fetched.
    `feed` raises ConnectorError C203. What expat cannot read it leaves to the parser's own limits.
    """

    def __init__(self) -> None:
        from xml.parsers import expat

        self._failure: type[Exception] = expat.ExpatError
        parser: Any = expat.ParserCreate()
        parser.EntityDeclHandler = self._declared
        parser.StartElementHandler = self._started
        self._parser: Any = parser

    @property
    def watching(self) -> bool:
        """Whether the root element is still to come."""
        return self._parser is not None

    def feed(self, block: bytes) -> None:
        """Look at the next bytes."""
        if self._parser is None:
            return
        try:
            self._parser.Parse(block, False)
        except (self._failure, _RootStarted, ValueError, LookupError):
            self._parser = None

    def _declared(self, name: str, parameter: bool, value: str | None, *rest: Any) -> None:
        raise refused_entity(name)

    def _started(self, name: str, attributes: Any) -> None:
        raise _RootStarted


class _RootStarted(Exception):
    """Leaves expat at the root element."""


def refused_entity(name: str) -> ConnectorError:
    """The error for a document that declares entities."""
    return ConnectorError(
        "C203",
        f'the document declares the entity "{name}": entities are refused, they can expand without bound or read files',
        fix="have the sender write the text itself; &amp; &lt; &gt; &quot; &apos; and &#...; are understood",
    )


def check_dtd(element: Any) -> None:
    """Refuse declared entities (C203) in encodings that the prolog guard cannot read."""
    dtd = element.getroottree().docinfo.internalDTD
    for entity in dtd.iterentities() if dtd is not None else ():
        raise refused_entity(entity.name)
