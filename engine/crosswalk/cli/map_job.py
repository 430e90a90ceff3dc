"""The work of `map`: read, map, write to outputs that appear when whole, count, and stop at too many rejects."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import Diagnostic, RunFailed
from ..lean import lean_dataclass
from ..runtime.ahead import Ahead
from ..runtime.careful import write_outputs
from ..runtime.rejects import document

if TYPE_CHECKING:
    from ..batch import Batch
    from ..compiler.mapper import Mapper
    from ..plugin.executor import Executor
    from ..plugin.format import Encoding
    from ..reject import Reject
    from ..runtime.commit import Keep
    from ..runtime.mapperlike import AppliedLike
    from ..runtime.policy import RejectLimit
    from ..spec.data_report import DataReport


class Sink(Protocol):
    """Where records of one stream, or rejects, go; see Writer, SupportsPrepare and SupportsEncoded."""

    def prepare(self, batch: Batch) -> None: ...
    def encoding(self) -> Encoding | None: ...
    def keep(self, batch: Batch, data: bytes | memoryview) -> None: ...
    def write(self, records: list[Any] | Batch) -> None: ...


@lean_dataclass(slots=False)
class Tally:
    """What was done; `written` by stream."""

    read: int = 0
    written: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    filtered: int = 0
    skipped: int = 0
    bytes: int = 0
    begun: float = field(default_factory=time.monotonic)

    def to_dict(self) -> dict[str, Any]:
        """The members of the `--json` document."""
        return {
            "read": self.read,
            "written": sum(self.written.values()),
            "streams": {name: count for name, count in self.written.items() if name},
            "rejected": self.rejected,
            "filtered": self.filtered,
            "skipped": self.skipped,
            "seconds": round(time.monotonic() - self.begun, 3),
        }

    def line(self) -> str:
        """One line for people."""
        told = self.to_dict()
        parts = [f"{told['read']:,} read", f"{told['written']:,} written"]
        parts += [f"{told[name]:,} {name}" for name in ("rejected", "filtered", "skipped") if told[name]]
        return f"{', '.join(parts)} in {told['seconds']:.2f} s"


class MapJob:
    """One mapping over one input. `mapper` is bound; `watch` is told the totals after each batch."""

    def __init__(
        self,
        mapper: Mapper,
        sinks: Mapping[str, Sink],
        rejects: Sink | None,
        limit: RejectLimit,
        *,
        run_id: str,
        report: DataReport,
        watch: Callable[[Tally], None],
        executor: Executor | None = None,
        long: bool = False,
    ) -> None:
        self._mapper = mapper
        self._sinks = sinks
        self._rejects = rejects
        self._limit = limit
        self._run_id = run_id
        self._report = report
        self._warnings: Counter[tuple[str, str, str]] = Counter()
        self._watch = watch
        self._executor = executor
        self._long = long
        self.tally = Tally(written=dict.fromkeys(sinks, 0))

    def run(self, batches: Iterable[Batch]) -> None:
        """To the end. Raises RunFailed U110 for too many rejects, R121 for a record that no output can carry and that
        cannot be set aside, and what reading and writing raise."""
        with Ahead(self._mapper, self._executor, self, long=self._long) as ahead:
            for batch, applied in ahead.mapped(iter(batches)):
                self.tally.read += batch.total
                self.tally.bytes = batch.bytes_read
                self._take(applied, batch)
                self._judge(final=False)
                self._watch(self.tally)
        self._take(self._mapper.flush())
        self._judge(final=True)

    def prepare(self, stream: str, batch: Batch) -> None:
        """See Writing."""
        self._sinks[stream].prepare(batch)

    def encodings(self, stream: str) -> list[tuple[Encoding | None, Keep]]:
        """See Writing."""
        sink = self._sinks[stream]
        return [(sink.encoding(), sink.keep)]

    def _take(self, applied: AppliedLike, batch: Batch | None = None) -> None:
        try:
            done = write_outputs(self._write, self._mapper, batch, applied, sinks=len(self._sinks))
        except RunFailed as error:
            if error.code == "R121" and len(self._sinks) > 1:
                error.fix += ": -o 'out-{stream}.ndjson'"
            raise
        for stream, number in done.counts.items():
            self.tally.written[stream] += number
        rejects = done.rejects(applied)
        self.tally.rejected += len(rejects)
        self.tally.filtered += applied.filtered
        self.tally.skipped += getattr(applied, "skipped", 0) + done.skipped
        if self._rejects and rejects:
            self._rejects.write([self._document(reject) for reject in rejects])
        for reject in rejects:
            self._report.add(reject)
        self._warnings.update((warning.code, warning.message, warning.pointer) for warning in applied.warnings)

    def _write(self, stream: str, records: list[Any] | Batch) -> None:
        if len(records):
            self._sinks[stream].write(records)

    def findings(self) -> list[Diagnostic]:
        """The errors of the data, aggregated, and the warnings of checks with their counts."""
        found = self._report.diagnostics(self.tally.read)
        for (code, message, pointer), count in self._warnings.items():
            where = "1 record" if count == 1 else f"{count:,} records"
            found.append(Diagnostic(code, f"{where}: {message}", "warning", pointer))
        return found

    def _document(self, reject: Reject) -> dict[str, Any]:
        return document(
            reject, pipeline=self._mapper.name, run=self._run_id, attempt=1, mapping=self._mapper.hash, feed="map"
        )

    def _judge(self, *, final: bool) -> None:
        if self._limit.exceeded(self.tally.read, self.tally.rejected, final=final):
            counts = f"{self.tally.rejected:,} of {self.tally.read:,} records were rejected"
            raise RunFailed(
                "U110", f"{counts}; at most {self._limit} may be", notes=("no file was written but the rejects",),
                fix="correct the data or the mapping, or raise --max-rejects",
            )  # fmt: skip
