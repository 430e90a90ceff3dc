"""Guards the calls into components: what a plugin breaks is told with the plugin's name, and ends as documented."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, TypeVar

from ..batch import Batch
from ..errors import RunFailed
from ..plugin.calls import Overdue, noted
from ..plugin.executor import Executor
from ..plugin.fault import guarded, kind_of, wrong
from ..plugin.format import Encoding
from ..plugin.handles import ended
from ..plugin.sink import Sink, SupportsCommit, SupportsEncoded, SupportsHold, SupportsPrepare

T = TypeVar("T")
_as_json = json.JSONEncoder(allow_nan=False).encode
_PLAIN = (type(None), int, str)


class Blocked(RunFailed):
    """R143: a source did not come back after the run was asked to stop."""


def checked_batches(
    component: Any, doing: str, start: Callable[[], Any], *also: type[Exception]
) -> Generator[Batch, None, None]:
    """The batches of a source: each of the right type, its cursor one that state can hold; closed at the end.

    Raises PluginError X105 and X108, EnvironmentFailure X109, what sources declare, and `also` as it is.
    """
    stream: Any = None
    try:
        with guarded(component, doing, *also):
            stream = start()
            if not isinstance(stream, Iterator):
                if not hasattr(stream, "__iter__") or isinstance(stream, str | bytes | dict | Batch):
                    raise _no_batch(component, f"returned {kind_of(stream)} from {doing}")
                stream = iter(stream)
        while True:
            with guarded(component, doing, *also):
                try:
                    batch = next(stream)
                except StopIteration:
                    return
                except Overdue as overdue:
                    raise Blocked("R143", str(overdue)) from None
                _check(component, doing, batch)
            yield batch
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            with guarded(component, f"{doing}, while it was closed", *also):
                close()
        ended(component)


def _check(component: Any, doing: str, batch: Any) -> None:
    if not isinstance(batch, Batch):
        raise _no_batch(component, f"gave {kind_of(batch)} in {doing}")
    if type(batch.cursor) not in _PLAIN:
        try:
            _as_json(batch.cursor)
        except (TypeError, ValueError, RecursionError) as error:
            fix = "make the cursor of texts, numbers, lists and objects"
            raise wrong(component, f"gave a cursor that is no JSON value: {error}", fix) from None


def _no_batch(component: Any, what: str) -> Exception:
    return wrong(component, f"{what}, not batches", fix="yield Batch.of_rows([{...}, ...])")


class GuardedWriter:
    """A sink's session whose failures name the sink. Everything else of the writer shows through."""

    def __init__(self, sink: Any, writer: Any) -> None:
        for name in ("write", "flush"):
            if not callable(getattr(writer, name, None)):
                fix = "open() gives a context manager whose value has write(batch) and flush()"
                raise wrong(sink, f"opened {kind_of(writer)}, which has no {name}()", fix)
        self._sink = sink
        self._writer = writer

    def write(self, batch: Batch) -> None:
        """See Writer."""
        with guarded(self._sink, "write"):
            self._writer.write(batch)

    def prepare(self, batch: Batch) -> None:
        """See SupportsPrepare; does nothing for a writer that does nothing ahead."""
        if isinstance(self._writer, SupportsPrepare):
            with guarded(self._sink, "prepare"):
                self._writer.prepare(batch)

    def encoding(self) -> Encoding | None:
        """See SupportsEncoded; None for a writer that needs the records."""
        if not isinstance(self._writer, SupportsEncoded):
            return None
        with guarded(self._sink, "encoding"):
            return self._writer.encoding()

    def keep(self, batch: Batch, data: bytes | memoryview) -> None:
        """Give the writer a batch's records encoded, ahead of writing them."""
        batch.keep(self._writer, data)

    def flush(self) -> None:
        """See Writer."""
        with guarded(self._sink, "flush"):
            self._writer.flush()


class GuardedHolder(GuardedWriter):
    """The same for a writer that cannot flush everywhere."""

    @property
    def can_commit(self) -> bool:
        """See SupportsHold."""
        with guarded(self._sink, "can_commit"):
            return bool(self._writer.can_commit)


class GuardedCommitter(GuardedHolder):
    """The same for a writer that stores the cursor with the records."""

    @property
    def committed(self) -> Any:
        """See SupportsCommit."""
        with guarded(self._sink, "committed"):
            return self._writer.committed

    def commit(self, cursor: Any, *, final: bool = False) -> None:
        """See SupportsCommit."""
        with guarded(self._sink, "commit"):
            self._writer.commit(cursor, final=final)


@contextmanager
def opened(sink: Sink) -> Iterator[GuardedWriter]:
    """A session on a sink, whose failures name it."""
    with guarded(sink, "open"):
        manager = sink.open()
        if not hasattr(manager, "__exit__"):
            fix = "put @contextmanager above open and yield the writer"
            raise wrong(sink, f"returned {kind_of(manager)} from open, which is no context manager", fix)
        writer = manager.__enter__()
    try:
        yield _guarded_writer(sink, writer)
    except BaseException as error:
        with guarded(sink, "its end"), same(error):
            manager.__exit__(type(error), error, error.__traceback__)
        ended(sink)
        raise
    with guarded(sink, "its end"):
        manager.__exit__(None, None, None)
    ended(sink)


def _guarded_writer(sink: Sink, writer: Any) -> GuardedWriter:
    if isinstance(writer, SupportsCommit):
        return GuardedCommitter(sink, writer)
    return (GuardedHolder if isinstance(writer, SupportsHold) else GuardedWriter)(sink, writer)


@contextmanager
def same(error: BaseException) -> Iterator[None]:
    """Takes no offence when a session raises what it was left with."""
    try:
        yield
    except BaseException as again:
        if again is not error:
            raise


def in_order(executor: Executor, work: Callable[[Any], T], items: Iterator[Any]) -> Iterator[T]:
    """What `work` made of each item, through an executor that must neither lose nor reorder one.

    What work and items raise passes as it is; what the executor itself raises names it.
    """
    given = 0

    def numbered() -> Iterator[tuple[int, Any]]:
        nonlocal given
        with _foreign():
            for item in items:
                given += 1
                yield given, item

    def worked(pair: tuple[int, Any]) -> tuple[int, T]:
        with _foreign():
            return pair[0], work(pair[1])

    with _own(executor):
        results = iter(executor.map(worked, numbered()))
    for taken in count(1):
        with _own(executor):
            try:
                number, made = next(results)
            except StopIteration:
                break
        if number != taken:
            raise wrong(executor, "gave its results out of order", fix="use another executor")
        yield made
    if taken - 1 != given:
        raise wrong(executor, f"gave {taken - 1} results for {given} batches", fix="use another executor")


@contextmanager
def _foreign() -> Iterator[None]:
    """Marks what is raised inside as no fault of the executor that it passes through, from thread or process."""
    try:
        yield
    except Exception as error:
        with suppress(AttributeError):
            error.crosswalk_foreign = True  # type: ignore[attr-defined]
        raise


@contextmanager
def _own(executor: Executor) -> Iterator[None]:
    """Around calls of an executor: what is marked passes, the rest names it."""
    try:
        with noted(executor, "map"):
            yield
    except Exception as error:
        if getattr(error, "crosswalk_foreign", False):
            raise
        with guarded(executor, "map"):
            raise
