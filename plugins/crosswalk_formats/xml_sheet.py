"""A style sheet that writes what paths find in every record of a document as text, cell by cell, in one pass of C.

A cell costs a look at all children of the node. Where a node has very many, its children are walked once instead, and
each that is read writes its value, with the place of its column in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from crosswalk import NameTree

VALUE, CELL, SECTION, NIL = map(chr, range(0xFDD0, 0xFDD4))
"""What ends a value, a cell and a section, and stands for `xsi:nil`: characters that are set aside for such use."""
_XSL = "http://www.w3.org/1999/XSL/Transform"
MOST_CELLS = 40
"""With more plain paths to one value than these, the children are walked."""
PLACE = 4
"""How many digits the place of a column has."""
_PLAIN = re.compile(r"(?:[^\W\d][\w.\-]*[:/])*[^\W\d][\w.\-]*")
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass
class Level:
    """The nodes that one loop goes through, inside those of the loops of `above`, and the columns that they have."""

    above: list[str]
    columns: list[LevelColumn] = field(default_factory=list)

    @classmethod
    def of(cls, names: NameTree, namespaces: Mapping[str, str], above: list[str]) -> Level:
        """What is read of the nodes at the end of the paths `above`; for the names see XPath.column."""
        made = cls(above)
        for name, below in names.items():
            if name.endswith("/"):
                path = name.removesuffix("/").removesuffix("?")
                level = cls.of(below or {}, namespaces, [*above, path])
                made.columns.append(LevelColumn(name, path, "node" if name.endswith("?/") else "nodes", level))
            elif name.endswith("[]"):
                kind: Kind = "number" if below is not None else "all"
                made.columns.append(LevelColumn(name, name.removesuffix("[]"), kind))
            else:
                made.columns.append(LevelColumn(name, name, "one" if _finds_nodes(name, namespaces) else "text"))
        plain = [column for column in made.columns if column.kind == "one" and _PLAIN.fullmatch(column.path)]
        if len(plain) > MOST_CELLS:
            for column in plain:
                column.kind = "walked"
        return made

    @property
    def width(self) -> int:
        """How many cells a node has: for all values there is one more, with their number."""
        return sum({"walked": 0, "all": 2}.get(column.kind, 1) for column in self.columns)

    @property
    def walked(self) -> list[LevelColumn]:
        """The columns that have no cell."""
        return [column for column in self.columns if column.kind == "walked"]

    def levels(self) -> Iterator[Level]:
        """This level and those below."""
        yield self
        for column in self.columns:
            if column.level is not None:
                yield from column.level.levels()


Kind = Literal["one", "walked", "all", "number", "node", "nodes", "text"]


@dataclass
class LevelColumn:
    """A column: the value of the one node, of all nodes, their number, the nodes of a level, a computed text."""

    name: str
    path: str
    kind: Kind
    level: Level | None = None


def style_sheet(record: str, level: Level, namespaces: Mapping[str, str], *, nil: bool) -> Any:
    """A function of a document that returns the text of all sections; raises lxml's XSLTApplyError.

    For each level that has cells there is a section of them, then one of what is walked, if anything is. It must be
    called on the thread that made it. `nil`: whether elements may say that they are `xsi:nil`.
    """
    from lxml import etree

    own = next(prefix for prefix in ("xsl", *(f"x{n}" for n in range(len(namespaces) + 1))) if prefix not in namespaces)
    sheet = etree.Element(f"{{{_XSL}}}stylesheet", {"version": "1.0"}, nsmap={own: _XSL, **namespaces})
    _part(sheet, "output", method="text", encoding="UTF-8")
    template = _part(sheet, "template", match="/")
    for number, one in enumerate(level.levels()):
        if one.width:
            place = _loops(template, [record, *one.above])
            for column in one.columns:
                _cell(place, column, nil=nil)
            _text(template, SECTION)
        if one.walked:
            place = _loops(template, [record, *one.above])
            _walk(sheet, place, f"level{number}", [(c.path.split("/"), n) for n, c in enumerate(one.walked)], nil=nil)
            _text(place, CELL)
            _text(template, SECTION)
    access: Any = etree.XSLTAccessControl
    return etree.XSLT(sheet, access_control=access.DENY_ALL)


def _loops(place: Any, paths: list[str]) -> Any:
    for path in paths:
        place = _part(place, "for-each", select=path)
    return place


def _walk(sheet: Any, place: Any, mode: str, paths: list[tuple[list[str], int]], *, nil: bool) -> None:
    """Walk children by templates of a mode: one for each name that a path begins with."""
    _part(place, "apply-templates", select="*", mode=mode)
    _part(sheet, "template", match="*", mode=mode)
    for number, name in enumerate(dict.fromkeys(steps[0] for steps, _ in paths)):
        template = _part(sheet, "template", match=name, mode=mode)
        for steps, column in paths:
            if steps == [name]:
                _text(template, f"{column:0{PLACE}}")
                _value(template, nil=nil)
        below = [(steps[1:], column) for steps, column in paths if steps[0] == name and len(steps) > 1]
        if below:
            _walk(sheet, template, f"{mode}.{number}", below, nil=nil)


def _cell(place: Any, column: LevelColumn, *, nil: bool) -> None:
    if column.kind == "walked":
        return
    if column.kind in ("number", "node", "nodes"):
        _part(place, "value-of", select=f"count({column.path})")
        _text(place, VALUE)
    elif column.kind == "text":
        _part(place, "value-of", select=column.path)
        _text(place, VALUE)
    else:
        _value(_part(place, "for-each", select=column.path), nil=nil)
    _text(place, CELL)
    if column.kind == "all":
        _cell(place, LevelColumn("", column.path, "number"), nil=nil)


def _value(node: Any, *, nil: bool) -> None:
    if nil:
        said = _part(node, "if", test="@xsi:nil='true' or @xsi:nil='1'", nsmap={"xsi": _XSI})
        _text(said, NIL)
    _part(node, "value-of", select=".")
    _text(node, VALUE)


def mark_test() -> Any:
    """A function of a document that tells whether a text of an element has the mark that ends values."""
    from lxml import etree

    return etree.XPath(f"contains(/, '{VALUE}')")


def nil_test() -> Any:
    """A function of a document that tells whether an element of it may say that it is `xsi:nil`."""
    from lxml import etree

    return etree.XPath("boolean(//@xsi:nil)", namespaces={"xsi": _XSI})


def _part(parent: Any, name: str, nsmap: Mapping[str, str] | None = None, **attributes: str) -> Any:
    from lxml import etree

    return etree.SubElement(parent, f"{{{_XSL}}}{name}", attributes, nsmap=nsmap)


def _text(parent: Any, text: str) -> None:
    _part(parent, "text").text = text


def _finds_nodes(path: str, namespaces: Mapping[str, str]) -> bool:
    from lxml import etree

    return isinstance(etree.XPath(path, namespaces=dict(namespaces))(etree.Element("probe")), list)
