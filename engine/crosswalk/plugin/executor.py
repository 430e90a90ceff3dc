"""Executors: where partitions of work run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol, runtime_checkable

from .component import Component


class Executor(Component):
    """Runs a function over items, in order, with bounded look-ahead."""

    kind: ClassVar[str] = "executor"

    @abstractmethod
    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Results in the order of the items; never holds more than a few items at once.

        Items are taken on the caller's thread. What items or function raise comes out as it is, behind the results of
        the items before. Closing the iterator ends the work. The function can work on any thread of this process, and
        on several at once.
        """


class Remote(Protocol):
    """A function at work in other processes, or on other machines."""

    @property
    def ready(self) -> bool:
        """Whether workers are up, so that a call is begun at once. Never waits."""

    def __call__(self, item: Any, /) -> Any:
        """What the function makes of the item; waits for it. Called from the threads of `Executor.map`.

        Raises whatever it likes where there is no result, for example as the worker died: the engine then does this
        item itself, and after a few failures all of them.
        """


@runtime_checkable
class SupportsRemote(Protocol):
    """An executor that has workers beside the threads of this process: rows gain nothing by threads."""

    def remote(self, function: Callable[[Any], Any], /) -> AbstractContextManager[Remote] | None:
        """Workers for a function, up until the context is left; None where there are none.

        Returns at once, and workers start in the background. The function, its items and its results are pickled; it
        may be called again for the same item. Leaving the context ends the workers, whatever they do: nothing that
        they still had is asked for.
        """


@runtime_checkable
class SupportsForks(Protocol):
    """An executor whose workers may also be copies of this process, which are up at once."""

    def forks(self, function: Callable[[Any], Any], /) -> AbstractContextManager[Remote] | None:
        """Workers for a function as it is now, ready when the context is entered; None where a copy might not work.

        Asked for before the engine has threads, and only for functions that need nothing of this process. Items and
        results are pickled, with protocol 5 and its buffers; the function may be called again for the same item.
        Leaving the context ends the workers.
        """
