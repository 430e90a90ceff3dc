"""The resolver that reads XML held in a text value into an object."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from crosswalk import DataError, Example, resolver

from ._utf8 import utf8

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL = _XSI + "nil"
# A document type is legal only in the prolog. Atomic groups: no backtracking on hostile prologs.
_DOCTYPE = re.compile(r"\ufeff?(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)


@resolver(
    "parse_xml",
    group="type",
    examples=[
        Example('<order id="7"><sku>A</sku><sku>B</sku></order>', {"order": {"@id": "7", "sku": ["A", "B"]}}),
        Example("<a/>", {"a": ""}),
        Example('<qty unit="kg">5</qty>', {"qty": {"@unit": "kg", "#text": "5"}}),
        Example('<o:a xmlns:o="urn:x"><o:b>1</o:b></o:a>', {"a": {"b": "1"}}),
        Example(
            '<a xmlns:x="urn:x" xmlns:y="urn:y"><x:b>1</x:b><y:b>2</y:b></a>',
            {"a": {"{urn:x}b": "1", "{urn:y}b": "2"}},
        ),
        Example("<p>one <b>two</b> three</p>", {"p": {"b": "two", "#text": "one  three"}}),
        Example('<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><b xsi:nil="true"/></a>', {"a": {"b": None}}),
        Example("<a><b></a>", error="M310"),
        Example('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', error="M310"),
        Example("", error="M310"),
    ],
)
def parse_xml(value: str) -> dict[str, Any]:
    """Read XML text into an object with one member, the root element.

    An element with only text is that text, as it stands (`""` when empty); any other is an object: attributes as
    `@name`, child elements by name (a list when a name occurs more than once), and text beside them, without pieces
    of mere white space, joined under `#text`. `xsi:nil="true"` without content is null. Comments and processing
    instructions are dropped. Names are local; where names of two namespaces clash within one element both are
    written `{namespace}name`.

    All values are texts: cast them. One occurrence of a child is no list: use `each`, which takes both.
    Raises M310 with line and column when the text is not well-formed, has a document type or custom entities, is
    nested more than 256 levels deep or holds a text of more than 10 MB. Nothing is ever fetched.
    """
    from lxml import etree

    if _DOCTYPE.match(value):
        raise DataError("M310", "XML with a document type, which is refused for safety")
    # The text is decoded already: an encoding in its declaration says nothing any more.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(utf8(value), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise DataError("M310", f"not well-formed XML, at line {line}, column {column}") from error
    return {etree.QName(root).localname: _content(root)}


def _content(element: Any) -> Any:
    attributes = dict(element.attrib)
    nil = attributes.pop(_NIL, "false").strip() in ("true", "1")
    pieces = [element.text, *(child.tail for child in element)]
    if not attributes and len(element) == 0:
        return None if nil and not element.text else element.text or ""
    found: dict[str, Any] = {}
    names = _names(list(attributes))
    for name, text in attributes.items():
        found["@" + names[name]] = text
    names = _names([child.tag for child in element])
    many = Counter(names[child.tag] for child in element)
    for child in element:
        name = names[child.tag]
        if many[name] == 1:
            found[name] = _content(child)
        else:
            found.setdefault(name, []).append(_content(child))
    text = "".join(piece for piece in pieces if piece and (len(element) == 0 or not piece.isspace()))
    if text:
        found["#text"] = text
    return found


def _names(tags: list[str]) -> dict[str, str]:
    """For each tag (`{namespace}local`) the name to write: local, or the whole tag where two namespaces clash."""
    local = {tag: tag.rpartition("}")[2] for tag in tags}
    used = Counter(local.values())
    return {tag: name if used[name] == 1 else tag for tag, name in local.items()}


RESOLVERS = (parse_xml,)
