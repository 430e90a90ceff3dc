"""The shape that JSON values were seen to have, and its Arrow type; what the columns of that type leave open."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from crosswalk import NameTree

_SCALARS = (str, int, float, bool)


class Irregular(ValueError):
    """Values that no single Arrow type holds without a change."""


MISSING, NULL, INTEGER = 1, 2, 4
"""What an Arrow value may leave open: a null stands for a missing member, or for `null`; a float for an integer."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """What columns leave open of a record: MISSING, INTEGER, and NULL for nulls that are not of its own members; `null`
    has the names of those that are."""

    found: int
    null: list[str]


@dataclass(slots=True)
class Shape:
    """What a value was seen to be: the Python type (None: only null so far), and what is read of what it holds."""

    kind: type | None = None
    members: dict[str, Shape] = field(default_factory=dict)
    item: Shape | None = None

    def see(self, value: Any, names: NameTree | None) -> None:
        """Widen by a value, of which `names` are read. Raises Irregular.

        An object of which everything is read is irregular, since columns do not keep the order of its members.
        """
        if value is None:
            return
        kind = float if type(value) is Decimal else type(value)
        if kind is not self.kind:
            self.kind = _joined(self.kind, kind)
        if kind is dict:
            if names is None:
                raise Irregular("an object is read as a whole")
            for name, below in names.items():
                if name in value:
                    self.members.setdefault(name, Shape()).see(value[name], below)
        elif kind is list:
            if self.item is None:
                self.item = Shape()
            for item in value:
                self.item.see(item, names)
        elif self.kind is int and not -(2**63) <= value < 2**63:
            raise Irregular("an integer beyond 64 bits")

    def gaps(self, value: Any, names: NameTree | None) -> int:
        """What columns of this shape leave open of a list or object that they hold: MISSING, NULL and INTEGER, or-ed.

        A name that was never seen has no column in the end, which says that it is missing; so a null there is both.
        """
        found = 0
        if self.kind is list:
            item = self.item or Shape()
            if item.kind is float:
                return INTEGER if int in map(type, value) else 0
            for part in value if item.kind in (dict, list) else ():
                if part is not None:
                    found |= item.gaps(part, names)
            return found
        for name, below in (names or {}).items():
            shape = self.members.get(name)
            if name not in value:
                found |= MISSING if shape else 0
                continue
            part = value[name]
            if part is None:
                found |= NULL if shape else NULL | MISSING
            elif shape and shape.kind is float:
                found |= INTEGER if type(part) is int else 0
            elif shape and (shape.kind is dict or shape.kind is list):
                found |= shape.gaps(part, below)
        return found

    def record_gaps(self, row: dict[str, Any], names: NameTree) -> Gaps:
        """What columns leave open of a whole record, and which of its own members are null."""
        found, null, members = 0, [], self.members
        for name, below in names.items():
            shape = members.get(name)
            if name not in row:
                found |= MISSING if shape else 0
                continue
            part = row[name]
            if part is None:
                if shape:
                    null.append(name)
                else:
                    found |= NULL | MISSING
            elif shape and shape.kind is float:
                found |= INTEGER if type(part) is int else 0
            elif shape and (shape.kind is dict or shape.kind is list):
                found |= shape.gaps(part, below)
        return Gaps(found, null)

    def copy(self) -> Shape:
        """A copy that may be widened on its own."""
        members = {name: shape.copy() for name, shape in self.members.items()}
        return Shape(self.kind, members, self.item and self.item.copy())

    def float_names(self) -> set[str] | None:
        """How the members that are floats are called, at any depth; None where there are others, as items of lists."""
        if self.item is not None and self.item.kind is float:
            return None
        found = {name for name, shape in self.members.items() if shape.kind is float}
        for below in [*self.members.values(), *([self.item] if self.item else ())]:
            inner = below.float_names()
            if inner is None:
                return None
            found |= inner
        return found

    def schema(self, names: NameTree) -> pa.Schema:
        """The Arrow schema of records of this shape."""
        import pyarrow as pa

        return pa.schema(list(self.arrow(names)))

    def arrow(self, names: NameTree | None) -> pa.DataType:
        """The Arrow type, with a place for each of `names`; of type null while nothing was seen there."""
        import pyarrow as pa

        if self.kind is dict:
            below = (names or {}).items()
            return pa.struct([(name, self.members.get(name, Shape()).arrow(tree)) for name, tree in below])
        if self.kind is list:
            return pa.list_((self.item or Shape()).arrow(names))
        scalars = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
        return scalars[self.kind] if self.kind is not None else pa.null()


def _joined(held: type | None, kind: type) -> type:
    if held is None and (kind in _SCALARS or kind in (dict, list)):
        return kind
    if held in (int, float) and kind in (int, float):
        return float
    raise Irregular("values of several kinds")
