"""Path languages: how the text of a path finds values in a record."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from ..values import MISSING

PathForm = Literal["value", "values", "node", "nodes"]
"""Which of a path's answers is asked for: see the methods of these names of CompiledPath."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A path of names through lists, `lines[*].sku`: what `each` finds below the items of the list at `base`.

    What is null or missing is left out; where there is no list at `base`, nothing is found. `flat`: items that are
    lists themselves are replaced by theirs first. `where`: a path that gives True for the items that are looked at (all
    by default), whose `needs` are known. `comparison`: the same, where it is no more than that. `then`: what is found
    of the list in the end, `lines[?gift].sku | [0]`; the list itself by default. `order`: the list is put in
    order by what stands there, `sort_by(lines, &qty)`, the least first and equals as they were; `backwards`: that list
    is turned round, `reverse(sort_by(lines, &qty))`; `extreme`: one item of
    it is taken, `max_by(lines, &qty).sku`. For either, there must be a list, and the path fails, however it does, where
    the keys are not all numbers or all texts.
    """

    base: tuple[str | int, ...] | Projection
    each: tuple[str | int, ...] | Projection
    flat: bool = False
    where: CompiledPath | None = None
    comparison: Comparison | None = None
    then: tuple[str | int, ...] = ()
    order: tuple[str | int, ...] | None = None
    backwards: bool = False
    extreme: Extreme | None = None


@dataclass(frozen=True, slots=True)
class Extreme:
    """The first of the items with the largest (else smallest) value at `key`, nothing where there is no item."""

    key: tuple[str | int, ...]
    largest: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition: what stands at `path` below a value (null where there is nothing), compared with `constant`.

    `op`: eq, ne, lt, lte, gt or gte. Values of unlike types are not equal, and nothing but numbers has an order; true
    and false are no numbers.
    """

    path: tuple[str | int, ...]
    op: str
    constant: str | int


@dataclass(frozen=True, slots=True)
class Needs:
    """What the evaluation of a path looks at of a value, so that it may be given no more.

    `whole`: all of it. `size`: how many items or members it has, or of what type it is; `sizes`: the same of its items,
    where it is a list. `members`: what it looks at of members by name, of those of the items where it is a list.
    `objects`: members are looked at, by name or all of them, so that only an object, or a list of them, makes sense.
    """

    whole: bool = False
    size: bool = False
    sizes: bool = False
    members: Mapping[str, Needs] = field(default_factory=dict)
    objects: bool = False


class CompiledPath(ABC):
    """One path, compiled once and called per record.

    `segments`: the names (str) and indexes (int) when the path is only that, else None; the compiler then generates
    code and never calls the object. `projection`: the same for a path through lists, which columns are read by; the
    object must mean just that. `needs`: what any other path looks at of its context; with it, columns evaluate the path
    on no more than that (contexts are then plain Python objects and lists), without it they leave it to the row
    functions. `variables`: scope variables (without `$`) that the text refers to inside;
    their values come in `variables` of each call. `definite`: whether the path tells null from missing.
    """

    segments: tuple[str | int, ...] | None = None
    projection: Projection | None = None
    needs: Needs | None = None
    variables: frozenset[str] = frozenset()
    definite: bool = True

    @abstractmethod
    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        """The one value, None for null, or MISSING. Raises DataError M312 for several values where one is asked."""

    def values(self, context: Any, variables: Mapping[str, Any]) -> Any:
        """What a step that takes a list gets; languages with node sets return them all as a list here."""
        return self.value(context, variables)

    def node(self, context: Any, variables: Mapping[str, Any]) -> Any:
        """The match itself as a new context (`use ... at`), MISSING when there is none."""
        return self.value(context, variables)

    def nodes(self, context: Any, variables: Mapping[str, Any]) -> list[Any]:
        """The matches as contexts to iterate (`each`, `explode`): missing or null `[]`, one value a list of one."""
        found = self.value(context, variables)
        if found is None or found is MISSING:
            return []
        return found if isinstance(found, list) else [found]


class PathLanguage(ABC):
    """A language of paths; `name` is what `source.paths` says."""

    kind: ClassVar[str] = "path language"
    name: ClassVar[str]
    variable_separator: ClassVar[str] = "."
    """What stands between a leading scope variable and the rest: `$line.sku` here, `$line/sku` in XPath."""
    over_nodes: ClassVar[bool] = False
    """Whether contexts are nodes of a document, in which paths search, and not objects with members by name. Where
    records are read as columns, there is then one for each path, under the name that `column` gives."""

    @abstractmethod
    def compile(self, text: str, namespaces: Mapping[str, str]) -> CompiledPath:
        """Compile one path; raises PathError with offset and length of the culprit."""

    def scalar(self, value: Any) -> Any:
        """A context (such as `$line`) as a field's value; contexts that are values already are returned as they are."""
        return value

    def column(self, path: CompiledPath | None, form: PathForm) -> str | None:
        """For languages `over_nodes`: the name of the column that has what a path (None: the context itself) finds.

        It stands in `ReadOptions.names`, for a format that reads columns to evaluate: for "node" and "nodes" with what
        is read below each match as its tree, for "values" with {} where nothing but the number of matches counts. A
        null in the column is no match; records with a null, or with several matches for one, are unsure. None when only
        the path itself can tell.
        """
        return None

    def reads(self, text: str, namespaces: Mapping[str, str]) -> list[tuple[str, bool]]:
        """The plain paths that a path reads, for lineage, each with whether the value is made of it (else it only
        decides, as the condition of a filter does). By default the text itself, whatever it is."""
        return [(text, True)]

    def lint(self, text: str, namespaces: Mapping[str, str]) -> list[PathWarning]:
        """Warnings about a path that compiles but probably does not mean what it says (M4xx)."""
        return []


@dataclass(frozen=True, slots=True)
class PathWarning:
    """A lint finding about a path text: a code M4xx, the sentence, the span in the text, a fix."""

    code: str
    message: str
    offset: int = 0
    length: int = 1
    fix: str = ""
