"""How many irregular texts a reader of columns puts up with, and how long it then reads rows before it tries again."""

from __future__ import annotations

_SPARE, _MOST_SPARE = 3, 10
"""How many irregular texts are put up with, at first and after many regular ones."""
_PAUSE = 4
"""So many texts are read as rows then; twice as many each time, until many in a row were regular."""


class Patience:
    """What is known of how regular the texts of a stream are; several threads may note it."""

    def __init__(self) -> None:
        self._balance = _SPARE
        self._pause = _PAUSE

    def note(self, regular: bool) -> None:
        """Count a text that had columns, or had none."""
        if not regular:
            self._balance -= 1
            return
        self._balance = min(self._balance + 1, _MOST_SPARE)
        if self._balance == _MOST_SPARE:
            self._pause = _PAUSE

    @property
    def gone(self) -> bool:
        """Whether so many texts were irregular that rows are the cheaper way to read what follows."""
        return self._balance < 0

    def pause(self) -> int:
        """As how many texts of the usual size rows are read now."""
        found, self._pause = self._pause, 2 * self._pause
        return found

    def try_again(self) -> None:
        """Put up with one more irregular text."""
        self._balance = max(self._balance, 0)
