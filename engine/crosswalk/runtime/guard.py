"""Guards the calls into components: what a plugin breaks is told with the plugin's name, and ends as documented."""

from __future__ import annotations

import errno
import json
import logging
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ..batch import Batch
from ..errors import ConnectorError, CrosswalkError, DataError, EnvironmentFailure, PluginError
from ..plugin.executor import Executor
from ..plugin.sink import Sink, SupportsCommit, SupportsPrepare
from ..plugin.source import PartChanged, PartVanished
from ..plugin.state import StateBackend, Store

T = TypeVar("T")
log = logging.getLogger("crosswalk.plugins")
_DECLARED = (CrosswalkError, DataError, PartChanged, PartVanished, BrokenPipeError)
"""What components may raise; everything else is their bug."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_PLAIN = (type(None), int, float, str)


def name_of(component: Any) -> str:
    """A component as messages name it: the source 'files'."""
    kind = getattr(component, "kind", "component")
    return f"the {kind} {getattr(component, 'type', type(component).__name__)!r}"


def broke(component: Any, doing: str, error: BaseException) -> CrosswalkError:
    """The expected error for an unexpected one: X109 for a missing package, X105 for everything else."""
    where = _where(error)
    if isinstance(error, ModuleNotFoundError) and error.name and not _is_own(component, error.name):
        extra = getattr(component, "extra", "") or error.name.partition(".")[0]
        return EnvironmentFailure(
            "X109", f"{name_of(component)} needs {error.name}, which is not installed", fix=f"pip install '{extra}'"
        )
    return PluginError(
        "X105",
        f"{name_of(component)} broke in {doing}: {type(error).__name__}: {error}",
        notes=(f"at {where}", "this is a bug of the plugin, not of the data; -v logs the traceback"),
    )


def _is_own(component: Any, name: str) -> bool:
    return type(component).__module__.partition(".")[0] == name.partition(".")[0]


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown place"
    last = frames[-1]
    return f"{last.filename}:{last.lineno} in {last.name}"


@contextmanager
def guarded(component: Any, doing: str) -> Iterator[None]:
    """Around calls of a component: what it declares passes, anything else becomes an error that names it."""
    try:
        yield
    except _DECLARED:
        raise
    except OSError as error:
        raise _refused(component, error) from error
    except Exception as error:
        log.debug("%s broke in %s", name_of(component), doing, exc_info=True)
        raise broke(component, doing, error) from error


def _refused(component: Any, error: OSError) -> CrosswalkError:
    """The operating system or a network said no, and the component did not translate it."""
    code = "C103" if error.errno in _FULL else "C104" if error.errno in _DENIED else "C105"
    place = f"{error.filename}: " if error.filename else ""
    kind: Any = "transient" if isinstance(error, ConnectionError | TimeoutError) else "permanent"
    text = error.strerror or str(error) or type(error).__name__
    return ConnectorError(code, f"{name_of(component)}: {place}{text}", kind=kind)


def checked_batches(component: Any, doing: str, start: Callable[[], Any]) -> Generator[Batch, None, None]:
    """The batches of a source: each of the right type, its cursor one that state can hold; closed at the end.

    Raises PluginError X105 and X108, EnvironmentFailure X109, and what sources declare.
    """
    stream: Any = None
    try:
        with guarded(component, doing):
            stream = start()
            if not isinstance(stream, Iterator):
                if not hasattr(stream, "__iter__") or isinstance(stream, str | bytes | dict | Batch):
                    raise _wrong(component, f"returned {_kind(stream)} from {doing}")
                stream = iter(stream)
        while True:
            with guarded(component, doing):
                try:
                    batch = next(stream)
                except StopIteration:
                    return
                _check(component, doing, batch)
            yield batch
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            with guarded(component, f"{doing}, while it was closed"):
                close()


def _check(component: Any, doing: str, batch: Any) -> None:
    if not isinstance(batch, Batch):
        raise _wrong(component, f"gave {_kind(batch)} in {doing}")
    if not isinstance(batch.cursor, _PLAIN):
        try:
            json.dumps(batch.cursor)
        except (TypeError, ValueError, RecursionError) as error:
            raise PluginError(
                "X108", f"{name_of(component)} gave a cursor that is no JSON value: {error}",
                fix="make the cursor of texts, numbers, lists and objects",
            ) from None  # fmt: skip


def _wrong(component: Any, what: str) -> PluginError:
    return PluginError("X108", f"{name_of(component)} {what}, not batches", fix="yield Batch.of_rows([{...}, ...])")


def _kind(value: Any) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


class GuardedWriter:
    """A sink's session whose failures name the sink. Everything else of the writer shows through."""

    def __init__(self, sink: Any, writer: Any) -> None:
        for name in ("write", "flush"):
            if not callable(getattr(writer, name, None)):
                raise PluginError(
                    "X108", f"{name_of(sink)} opened {_kind(writer)}, which has no {name}()",
                    fix="open() gives a context manager whose value has write(batch) and flush()",
                )  # fmt: skip
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

    def flush(self) -> None:
        """See Writer."""
        with guarded(self._sink, "flush"):
            self._writer.flush()


class GuardedCommitter(GuardedWriter):
    """The same for a writer that stores the cursor with the records."""

    @property
    def committed(self) -> Any:
        """See SupportsCommit."""
        with guarded(self._sink, "committed"):
            return self._writer.committed

    @property
    def can_commit(self) -> bool:
        """See SupportsCommit."""
        with guarded(self._sink, "can_commit"):
            return bool(self._writer.can_commit)

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
            raise PluginError(
                "X108", f"{name_of(sink)} returned {_kind(manager)} from open, which is no context manager",
                fix="put @contextmanager above open and yield the writer",
            )  # fmt: skip
        writer = manager.__enter__()
    try:
        yield GuardedCommitter(sink, writer) if isinstance(writer, SupportsCommit) else GuardedWriter(sink, writer)
    except BaseException as error:
        with guarded(sink, "its end"), _same(error):
            manager.__exit__(type(error), error, error.__traceback__)
        raise
    with guarded(sink, "its end"):
        manager.__exit__(None, None, None)


@contextmanager
def opened_state(backend: StateBackend) -> Iterator[Store]:
    """A store, whose failure to open names the backend."""
    with guarded(backend, "open"):
        manager = backend.open()
        store = manager.__enter__()
    try:
        yield store
    except BaseException as error:
        with guarded(backend, "its end"), _same(error):
            manager.__exit__(type(error), error, error.__traceback__)
        raise
    with guarded(backend, "its end"):
        manager.__exit__(None, None, None)


@contextmanager
def _same(error: BaseException) -> Iterator[None]:
    """Takes no offence when a session raises what it was left with."""
    try:
        yield
    except BaseException as again:
        if again is not error:
            raise


def in_order(executor: Executor, work: Callable[[Any], T], items: Iterator[Any]) -> Iterator[T]:
    """What `work` made of each item, through an executor that must neither lose nor reorder one."""
    given = 0

    def numbered() -> Iterator[tuple[int, Any]]:
        nonlocal given
        for item in items:
            given += 1
            yield given, item

    taken = 0
    for number, made in executor.map(lambda pair: (pair[0], work(pair[1])), numbered()):
        taken += 1
        if number != taken:
            raise PluginError("X108", f"{name_of(executor)} gave its results out of order", fix="use another executor")
        yield made
    if taken != given:
        raise PluginError(
            "X108", f"{name_of(executor)} gave {taken} results for {given} batches", fix="use another executor"
        )
