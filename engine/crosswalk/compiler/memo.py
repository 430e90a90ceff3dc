"""Results of resolvers by the text they were made of: many columns hold few distinct values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .plan_step import CallStep

_LASTING = {str, int, float, bool, bytes, Decimal, dt.date, dt.datetime, dt.time, dt.timedelta}
_MOST_TEXTS = 1000
_MOST_LETTERS = 64
_ENOUGH = 2 * _MOST_TEXTS
_OFTEN = 0.3
_ASK = 2 * _ENOUGH


class Memo(dict[str, Any]):
    """What a step gives for texts; a text that is not here yet goes to the step. Failures are not kept.

    `pointer`: the place of the step. Now and then a text is refused, so that the record goes to the careful code, where
    somebody asks whether the memo is idle.
    """

    def __init__(self, step: CallStep) -> None:
        super().__init__()
        self.pointer = step.pointer
        self._function: Callable[[str], Any] = step.bound
        self._missed = 0

    def __missing__(self, text: str) -> Any:
        self._missed += 1
        if self._missed % _ASK == 0:
            raise LookupError
        found = self._function(text)
        if len(self) < _MOST_TEXTS and len(text) <= _MOST_LETTERS:
            self[text] = found
        return found

    def is_idle(self, records: int) -> bool:
        """Whether after so many records most texts are new, so that looking them up is in vain."""
        return self._missed > max(_ENOUGH, records * _OFTEN)


def remembers(step: CallStep) -> bool:
    """Whether the results of the step may be kept and are worth it: more than a method of text makes them."""
    resolver = step.resolver
    return (
        resolver.pure and not resolver.run and not resolver.batched and not resolver.optional
        and resolver.returns is not None and set(resolver.returns) <= _LASTING
        and (resolver.inline is None or "{f}" in resolver.inline)
    )  # fmt: skip
