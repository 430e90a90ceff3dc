"""Records to XML text: names checked, text escaped, every character that XML forbids refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from crosswalk import MISSING, Batch, ConnectorError, DataError, Encoder, text_of, type_name

if TYPE_CHECKING:
    from .xml_format import Xml

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NC = f"[{_START}][{_START}\\-.0-9\u00b7\u0300-\u036f\u203f\u2040]*"
_NAME = re.compile(f"(?:({_NC}):)?({_NC})")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


class XmlEncoder(Encoder):
    """Writes one document; the root opens with the first record, or at the end when there is none."""

    def __init__(self, stream: BinaryIO, config: Xml) -> None:
        self._stream = stream
        self._config = config
        self._around = config.root.split("/")
        problems = name_problems([*self._around, config.row], config.root_attributes, config.namespaces)
        if problems:
            raise ConnectorError("C201", f"the xml format cannot write: {problems[0]}")
        self._records = _RecordText(config.namespaces, config.indent)
        self._opened = False

    def write(self, batch: Batch) -> None:
        """Append one element per record. Raises DataError M316 for a name or character that XML does not allow."""
        depth = len(self._around)
        row = self._config.row
        parts: list[str] = [] if self._opened else [self._opening()]
        for record in batch.rows:
            parts.extend(self._records.element(row, record, depth))
        self._stream.write("".join(parts).encode("utf-8"))
        self._opened = True

    def finish(self) -> None:
        """Close the elements around the records."""
        text = "" if self._opened else self._opening()
        for depth in reversed(range(len(self._around))):
            text += self._records.margin(depth) + f"</{self._around[depth]}>"
        self._stream.write(f"{text}\n".encode())

    def _opening(self) -> str:
        attributes = {
            **{f"xmlns:{prefix}" if prefix else "xmlns": uri for prefix, uri in self._config.namespaces.items()},
            **self._config.root_attributes,
        }
        text = '<?xml version="1.0" encoding="UTF-8"?>' if self._config.declaration else ""
        for depth, name in enumerate(self._around):
            given = attributes if depth == 0 else {}
            shown = "".join(f' {key}="{value.translate(_ATTRIBUTE)}"' for key, value in given.items())
            margin = self._records.margin(depth)
            text += f"{margin if text else ''}<{name}{shown}>"
        return text if self._config.indent else text.replace("?><", "?>\n<", 1)


class _RecordText:
    """Turns values into pieces of XML text."""

    def __init__(self, namespaces: Mapping[str, str], indent: bool) -> None:
        self._namespaces = namespaces
        self._indent = indent
        self._good: set[str] = set()
        declared = namespaces.get("xsi") == _XSI
        self._nil = ' xsi:nil="true"' if declared else f' xmlns:xsi="{_XSI}" xsi:nil="true"'

    def margin(self, depth: int) -> str:
        """The line break and indentation before an element."""
        return "\n" + "  " * depth if self._indent else ""

    def element(self, name: str, value: Any, depth: int, inline: bool = False) -> Iterator[str]:
        """An element with its margin, unless it stands `inline` in mixed text."""
        self._check(name, name)
        start = ("" if inline else self.margin(depth)) + f"<{name}"
        if isinstance(value, dict):
            yield from self._object(name, value, depth, start, inline)
        elif value is None:
            yield f"{start}{self._nil}/>"
        elif isinstance(value, list):
            raise DataError("M313", f'"{name}" cannot hold a list of lists', value)
        elif hasattr(value, "itertext"):
            yield from self._copied(value, depth, inline)
        else:
            text = self._text(name, value).translate(_TEXT)
            yield f"{start}>{text}</{name}>" if text else f"{start}/>"

    def _object(self, name: str, value: dict[str, Any], depth: int, start: str, inline: bool) -> Iterator[str]:
        yield start
        for key, each in value.items():
            if key[:1] == "@" and each is not None and each is not MISSING:
                self._check(key[1:], key)
                yield f' {key[1:]}="{self._text(key, each).translate(_ATTRIBUTE)}"'
        children = [(key, each) for key, each in value.items() if key[:1] != "@" and not _absent(key, each)]
        if not children:
            yield "/>"
            return
        yield ">"
        inline = inline or any(key == "#text" for key, _ in children)
        for key, each in children:
            if key == "#text":
                yield self._text(key, each).translate(_TEXT)
            else:
                for one in each if isinstance(each, list) else [each]:
                    yield from self.element(key, one, depth + 1, inline)
        yield f"{'' if inline else self.margin(depth)}</{name}>"

    def _copied(self, element: Any, depth: int, inline: bool) -> Iterator[str]:
        from lxml import etree

        yield "" if inline else self.margin(depth)
        yield etree.tostring(element, encoding="unicode", with_tail=False)

    def _text(self, name: str, value: Any) -> str:
        if isinstance(value, dict | list):
            raise DataError("M313", f'"{name}" takes one text, not {type_name(value)}', value)
        text = text_of(value)
        bad = _FORBIDDEN.search(text)
        if bad:
            raise DataError("M316", f'"{name}" holds U+{ord(bad[0]):04X}, which XML does not allow', value)
        return text

    def _check(self, name: str, key: str) -> None:
        if name in self._good:
            return
        problem = _name_problem(name, self._namespaces)
        if problem:
            raise DataError("M316", f'"{key}" {problem}', key)
        self._good.add(name)


def _absent(key: str, value: Any) -> bool:
    return value is MISSING or (isinstance(value, list) and not value) or (key == "#text" and value is None)


def name_problems(elements: Iterable[str], attributes: Iterable[str], namespaces: Mapping[str, str]) -> list[str]:
    """Sentences about configured names that XML does not allow."""
    names = [*elements, *attributes]
    found = [f'"{name}" {problem}' for name in names if (problem := _name_problem(name, namespaces))]
    return found + [f'"{prefix}" is not a prefix' for prefix in namespaces if prefix and not re.fullmatch(_NC, prefix)]


def _name_problem(name: str, namespaces: Mapping[str, str]) -> str:
    match = _NAME.fullmatch(name)
    if match is None:
        return "is not an XML name"
    if match[1] and match[1] not in namespaces and match[1] != "xml":
        return f'uses the prefix "{match[1]}", which "namespaces" does not declare'
    return ""
