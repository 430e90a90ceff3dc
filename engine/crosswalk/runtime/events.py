"""Events: what happens in a run, one small class per kind, for progress, logs and whoever embeds the engine."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar


@dataclass(frozen=True)
class Event:
    """Something that happened in a run. `kind` is its name in JSON, `run_id` the run.

    Match on the class (`isinstance(event, BatchDone)`) or on `kind`.

    ```python
    from crosswalk import Committed, Event

    durable = []


    def listen(event: Event) -> None:
        if isinstance(event, Committed):
            durable.append(event.written)


    engine.run(document, reprocess="*", on_event=listen)
    assert durable[-1] == 2
    ```
    """

    kind: ClassVar[str] = ""
    run_id: str

    @property
    def data(self) -> dict[str, Any]:
        """All but the run's id, as JSON values."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "run_id"}


@dataclass(frozen=True)
class RunStarted(Event):
    """The lease is held. `attempt` is above 1 when an interrupted run goes on."""

    kind: ClassVar[str] = "started"
    pipeline: str
    attempt: int


@dataclass(frozen=True)
class RunRecovered(Event):
    """A sink was ahead of the state after a crash; both agree again."""

    kind: ClassVar[str] = "recovered"


@dataclass(frozen=True)
class FileStarted(Event):
    """A file (or another part of a source) is about to be read. `size` in bytes, where known."""

    kind: ClassVar[str] = "file_started"
    file: str
    size: int | None = None


@dataclass(frozen=True)
class FileDone(Event):
    """The end of the file was reached."""

    kind: ClassVar[str] = "file_done"
    file: str


@dataclass(frozen=True)
class FileFailed(Event):
    """The file broke; what was written of it since the last commit is rolled back, and the run goes on without it."""

    kind: ClassVar[str] = "file_failed"
    file: str
    message: str


@dataclass(frozen=True)
class Counted(Event):
    """Totals of the run so far, in records; `bytes` read; `streams`: records written by output."""

    read: int = 0
    written: int = 0
    rejected: int = 0
    filtered: int = 0
    files: int = 0
    bytes: int = 0
    streams: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class BatchDone(Counted):
    """A batch was read, mapped and written (not yet committed). `position`: bytes of `file` read so far."""

    kind: ClassVar[str] = "batch"
    file: str | None = None
    position: int = 0


@dataclass(frozen=True)
class Committed(Counted):
    """Everything up to here is durable."""

    kind: ClassVar[str] = "committed"


@dataclass(frozen=True)
class Rejected(Event):
    """`count` records of a batch were refused."""

    kind: ClassVar[str] = "rejected"
    count: int


@dataclass(frozen=True)
class RetryPlanned(Event):
    """A failure that may pass: tried again in `wait` seconds."""

    kind: ClassVar[str] = "retry"
    code: str
    message: str
    attempt: int
    wait: float


@dataclass(frozen=True)
class Stopping(Event):
    """The run was asked to stop, by `signal` or a CancelToken (2); it commits what it has."""

    kind: ClassVar[str] = "stopping"
    signal: int


@dataclass(frozen=True)
class RunFinished(Event):
    """The run is over, well or not. `report` is `Report.to_dict()`."""

    kind: ClassVar[str] = "finished"
    report: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """The report."""
        return self.report
