"""Which installed plugins may be used: lists such as `acme,crosswalk` (only these) or `-acme` (not this one)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import UsageError
from ..lean import lean_dataclass

VARIABLE = "CROSSWALK_PLUGINS"
"""The environment variable that holds such a list, separated by commas."""


@lean_dataclass(frozen=True, slots=False)
class Choice:
    """One list. A plugin goes by its own name or by that of its package; `-`, `_`, `.` and case make no difference.

    `allow`: only these, None for all; `deny`: not these, whatever is allowed. `home` says where the list stands.
    """

    allow: frozenset[str] | None = None
    deny: frozenset[str] = frozenset()
    home: str = "plugins"

    @classmethod
    def parse(cls, given: str | Iterable[str], home: str) -> Choice:
        """From `"a,b"`, `"-a"` or `["a", "-b"]`; an empty text allows all, an empty list none.

        Raises UsageError X106 for what is no name.
        """
        words = [word for word in re.split(r"[,\s]+", given) if word] if isinstance(given, str) else list(given)
        for word in words:
            if not isinstance(word, str) or not re.fullmatch(r"-?\w[\w.-]*", word):
                raise UsageError("X106", f"{home}: {word!r} is no plugin's name", fix="name, or -name to leave it out")
        deny = frozenset(plain(word[1:]) for word in words if word.startswith("-"))
        allow = frozenset(plain(word) for word in words if not word.startswith("-"))
        everything = not allow and (bool(deny) or isinstance(given, str))
        return cls(None if everything else allow, deny, home)

    def takes(self, *names: str) -> bool:
        """Whether the list lets in a plugin of these names (its own, its package's)."""
        found = {plain(name) for name in names}
        return not found & self.deny and (self.allow is None or bool(found & self.allow))

    def unknown(self, names: Iterable[str]) -> list[str]:
        """The words of the list that are the name of nothing in `names`: a misspelt denial would deny nothing."""
        known = {plain(name) for name in names}
        return sorted(((self.allow or frozenset()) | self.deny) - known)


def plain(name: str) -> str:
    """A name as package indexes compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()
