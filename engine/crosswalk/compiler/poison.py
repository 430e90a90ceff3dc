"""Poison: what stands for the value of a failed `let`, so that its failure is told once."""

from __future__ import annotations

from typing import Any, Final


class Poisoned(Exception):
    """A value depends on a let that failed already; reported there, not again."""


class _Poison:
    """Stands for the value of a failed let; whatever looks at it raises Poisoned."""

    def _refuse(self, *_: Any) -> Any:
        raise Poisoned

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __len__ = __iter__ = __str__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = _refuse
    __hash__ = _refuse


POISON: Final = _Poison()
