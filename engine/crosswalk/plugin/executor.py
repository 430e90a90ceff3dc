"""Executors: where partitions of work run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

from .component import Component


class Executor(Component):
    """Runs a function over items, in order, with bounded look-ahead."""

    kind: ClassVar[str] = "executor"

    @abstractmethod
    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Results in the order of the items; never holds more than a few items at once.

        Items are taken on the caller's thread. What items or function raise comes out as it is, behind the results of
        the items before. Closing the iterator ends the work.
        """
