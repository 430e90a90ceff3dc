"""Members of output objects: keys from items, spread, passthrough."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ..errors import DataError
from ..values import MISSING, type_name
from .ops_value import text, with_article
from .poison import POISON, Poisoned

if TYPE_CHECKING:
    from .plan import Passthrough

M: Final = MISSING


def put_key(target: dict[str, Any], keys: tuple[Any, ...], value: Any, duplicates: str) -> None:
    """Set a member of a keyed object, nested by the keys; a key is made text, a second one is handled as told."""
    *lead, last = [_key_name(key) for key in keys]
    for key in lead:
        target = target.setdefault(key, {})
    if duplicates == "collect":
        target.setdefault(last, []).append(value)
    elif last not in target or duplicates == "last":
        target[last] = value
    elif duplicates == "error":
        raise DataError("M316", "two items have the same key", last)


def _key_name(key: Any) -> str:
    if key is None or key is M:
        raise DataError("M315", "the key of an item is missing")
    return text(key)


def spread_into(out: dict[str, Any], value: Any) -> None:
    """Merge an object's members into the output; a name that is there already is M316."""
    if value is None or value is M:
        return
    if value is POISON:
        raise Poisoned
    if not isinstance(value, Mapping):
        raise DataError("M313", f"spread needs an object, not {with_article(type_name(value))}", value)
    for name, part in value.items():
        if name in out:
            raise DataError("M316", "spread repeats a field", name)
        out[name] = part


class CopyRest:
    """`passthrough`: which members of the record are copied; decided once per name."""

    __slots__ = ("empty", "known", "rules", "taken")

    def __init__(
        self,
        only: tuple[re.Pattern[str], ...] | None,
        exclude: tuple[re.Pattern[str], ...],
        taken: frozenset[str],
        empty: str,
    ) -> None:
        self.rules = (only, exclude)
        self.taken = taken
        self.empty = empty
        self.known: dict[str, bool] = {}

    def wanted(self, name: str) -> bool:
        """Whether a member of this name is copied."""
        only, exclude = self.rules
        wanted = name not in self.taken
        if only is not None:
            wanted = wanted and any(p.fullmatch(name) for p in only)
        wanted = wanted and not any(p.fullmatch(name) for p in exclude)
        if len(self.known) < 10_000:
            self.known[name] = wanted
        return wanted

    def __call__(self, out: dict[str, Any], record: Any) -> None:
        if not isinstance(record, Mapping):
            if record is None or record is M:
                return
            raise DataError("M313", f"passthrough needs an object, not {with_article(type_name(record))}", record)
        known, empty = self.known, self.empty
        for name, value in record.items():
            wanted = known.get(name)
            if wanted if wanted is not None else self.wanted(name):
                if value == "" and empty != "keep":
                    if empty == "null":
                        out.setdefault(name, None)
                else:
                    out.setdefault(name, value)


def copier_of(rest: Passthrough) -> CopyRest:
    """What copies members as a plan's `passthrough` says."""
    return CopyRest(
        None if rest.only is None else tuple(glob_pattern(glob) for glob in rest.only),
        tuple(glob_pattern(glob) for glob in rest.exclude),
        rest.taken,
        rest.empty,
    )


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A whole-string pattern whose groups are what the `*` and `?` of the glob stood for."""
    parts = re.split(r"([*?]|\[[^]]*\])", glob)
    text = ""
    for part in parts:
        if part == "*":
            text += "(.*)"
        elif part == "?":
            text += "(.)"
        elif part.startswith("[") and part.endswith("]") and len(part) > 2:
            text += fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z")
        else:
            text += re.escape(part)
    return re.compile(text, re.DOTALL)
