"""The sinks' kit finds each fault, and blames nothing else; kills included."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosswalk import Batch, Context, Sink, StateError, Writer, text_of
from crosswalk.testing import SinkContract

sys.path.append(str(Path(__file__).parent))
from contract_failures import checks, only


@dataclass(frozen=True)
class Lines(Sink):
    """Adds lines of JSON to a file.

    `path`: the file.
    """

    type: ClassVar[str] = "lines"
    path: str

    @contextmanager
    def open(self) -> Iterator[Writer]:
        """A session."""
        with open(self.path, "a") as stream:
            yield LinesWriter(stream)


class LinesWriter:
    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, batch: Batch) -> None:
        self.stream.write("".join(json.dumps(row, default=text_of) + "\n" for row in batch.rows))

    def flush(self) -> None:
        self.stream.flush()
        os.fsync(self.stream.fileno())


class HoldsToTheEnd(Lines):
    """Flushes once, where the engine may not ask for it; writing behind that is an error."""

    @contextmanager
    def open(self) -> Iterator[Writer]:
        with open(self.path, "a") as stream:
            yield HoldingWriter(stream)


class HoldingWriter(LinesWriter):
    can_commit = False
    flushed = False

    def write(self, batch: Batch) -> None:
        assert not self.flushed, "written behind the end"
        super().write(batch)

    def flush(self) -> None:
        super().flush()
        self.flushed = True


class FlushesNothing(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        with super().open() as writer:
            writer.flush = lambda: None  # type: ignore[method-assign]
            yield writer


class HalfWriter:
    rest = b""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, batch: Batch) -> None:
        data = self.rest + b"".join(json.dumps(row, default=text_of).encode() + b"\n" for row in batch.rows)
        self.stream.write(data[:-3])
        self.rest = data[-3:]

    def flush(self) -> None:
        self.stream.write(self.rest)
        self.rest = b""


class LeavesHalfALine(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        with open(self.path, "ab", buffering=0) as stream:
            writer = HalfWriter(stream)
            yield writer
            writer.flush()


class NeedsAFlush(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        kept: list[Batch] = []
        with super().open() as writer:
            write, flush = writer.write, writer.flush

            def late() -> None:
                while kept:
                    write(kept.pop(0))
                flush()

            writer.write, writer.flush = kept.append, late  # type: ignore[method-assign]
            yield writer


class StumblesOverNoRecords(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        with super().open() as writer:
            write = writer.write
            writer.write = lambda batch: write(batch) if batch.rows[0] else None  # type: ignore[method-assign]
            yield writer


class TakesTheFirstHundred(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        with super().open() as writer:
            write = writer.write
            writer.write = lambda batch: write(Batch.of_rows(batch.rows[:100]))  # type: ignore[method-assign]
            yield writer


class DropsNulls(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        with super().open() as writer:
            write = writer.write
            writer.write = lambda batch: write(  # type: ignore[method-assign]
                Batch.of_rows([row for row in batch.rows if row["name"] is not None])
            )
            yield writer


class BeginsAnew(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        if len(Path(self.path).read_text().splitlines() if Path(self.path).exists() else []) == 5:
            os.unlink(self.path)
        with super().open() as writer:
            yield writer


LEFT: list[Any] = []


class LeavesAFile(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        LEFT.append(open(os.devnull))  # noqa: SIM115
        with super().open() as writer:
            yield writer


class ClaimsUpsert(Lines):
    delivers = "upsert"


class ClaimsCommit(Lines):
    delivers = "commit"


class ClaimsMore(Lines):
    delivers = "exactly_once"


@dataclass(frozen=True)
class Undescribed(Lines):
    """Adds lines."""

    path: str
    mode: str = "a"


class NoValue(Lines):
    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


@dataclass(frozen=True)
class NeedsNothing(Lines):
    path: str = ""


@dataclass(frozen=True)
class Box(Sink):
    """One JSON document of records, cursor and fence, replaced as a whole.

    `path`: the file.
    """

    type: ClassVar[str] = "box"
    delivers: ClassVar[str] = "commit"
    path: str
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> Box:
        """With the fence of the run."""
        return replace(self, _context=context)

    @contextmanager
    def open(self) -> Iterator[Writer]:
        """A session."""
        writer = self.writer(self.path, self._context.fence)
        yield writer
        writer.flush()

    def writer(self, path: str, fence: int) -> BoxWriter:
        return BoxWriter(path, fence)


class BoxWriter:
    can_commit = True

    def __init__(self, path: str, fence: int) -> None:
        self.path, self.fence = path, fence
        self.rows: list[Any] = []
        self._check()

    def load(self) -> Any:
        path = Path(self.path)
        return json.loads(path.read_text()) if path.exists() else {"rows": [], "cursor": None, "fence": 0}

    def _check(self) -> None:
        if self.load()["fence"] > self.fence:
            raise StateError("S110", "another run has taken over")

    @property
    def committed(self) -> Any:
        return self.load()["cursor"]

    def write(self, batch: Batch) -> None:
        self.rows += json.loads(json.dumps(batch.rows, default=text_of))

    def flush(self) -> None:
        self.commit(self.committed)

    def save(self, rows: list[Any], cursor: Any) -> None:
        Path(f"{self.path}.new").write_text(json.dumps({"rows": rows, "cursor": cursor, "fence": self.fence}))
        os.replace(f"{self.path}.new", self.path)

    def commit(self, cursor: Any, *, final: bool = False) -> None:
        self._check()
        self.save(self.load()["rows"] + self.rows, cursor)
        self.rows = []


class ForgetsTheCursor(Box):
    def writer(self, path: str, fence: int) -> BoxWriter:
        class Forgetful(BoxWriter):
            def save(self, rows: list[Any], cursor: Any) -> None:
                super().save(rows, None)

        return Forgetful(path, fence)


class PublishesOnError(Box):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        writer = self.writer(self.path, self._context.fence)
        try:
            yield writer
        finally:
            writer.flush()


class IgnoresTheFence(Box):
    def writer(self, path: str, fence: int) -> BoxWriter:
        return BoxWriter(path, 1)


class ByKey(Lines):
    """Adds lines of JSON to a file whose keys are new."""

    delivers = "upsert"

    @contextmanager
    def open(self) -> Iterator[Writer]:
        path = Path(self.path)
        known = {json.loads(line)["id"] for line in path.read_text().splitlines()} if path.exists() else set()
        with super().open() as writer:
            write = writer.write
            writer.write = lambda batch: write(  # type: ignore[method-assign]
                Batch.of_rows([row for row in batch.rows if row["id"] not in known])
            )
            yield writer


class LosesDecimals(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        with super().open() as writer:
            write = writer.write
            writer.write = lambda batch: write(  # type: ignore[method-assign]
                Batch.of_rows([row for row in batch.rows if not isinstance(row.get("value"), Decimal)])
            )
            yield writer


class StumblesOverDates(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        with super().open() as writer:
            write = writer.write

            def check(batch: Batch) -> None:
                for row in batch.rows:
                    if isinstance(row.get("value"), dt.date):
                        raise TypeError("not JSON serializable")
                write(batch)

            writer.write = check  # type: ignore[method-assign]
            yield writer


class RefusesLate(Lines):
    """Takes the records before the one that it refuses."""

    @contextmanager
    def open(self) -> Iterator[Writer]:
        with super().open() as writer:
            write = writer.write

            def one_by_one(batch: Batch) -> None:
                for row in batch.rows:
                    write(Batch.of_rows([row]))

            writer.write = one_by_one  # type: ignore[method-assign]
            yield writer


class TakesAnything(Lines):
    @contextmanager
    def open(self) -> Iterator[Writer]:
        with super().open() as writer:
            write = writer.write
            writer.write = lambda batch: write(  # type: ignore[method-assign]
                Batch.of_rows([{k: str(v) if type(v) is object else v for k, v in row.items()} for row in batch.rows])
            )
            yield writer


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while LEFT:
        LEFT.pop().close()


def _contract(kind: type[Any]) -> type[SinkContract]:
    class Contract(SinkContract):
        required = ("path",)

        def sink(self, folder: Path) -> Sink:
            found: Sink = kind(path=str(folder / "out"))
            return found

        def stored(self, folder: Path) -> Sequence[dict[str, Any]]:
            path = folder / "out"
            if issubclass(kind, Box):
                found: list[dict[str, Any]] = BoxWriter(str(path), 99).load()["rows"]
                return found
            lines = path.read_text().splitlines() if path.exists() else []
            return [_record(line) for line in lines]

    return Contract


def _record(line: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"damaged": line}
    return found


BROKEN: dict[type[Sink], tuple[str, ...]] = {
    Lines: (),
    HoldsToTheEnd: (),
    Box: (),
    ByKey: (),
    FlushesNothing: ("flush_is_durable",),
    LeavesHalfALine: ("killed_between_write_and_flush",),
    NeedsAFlush: ("leaving_publishes",),
    StumblesOverNoRecords: ("no_records",),
    TakesTheFirstHundred: ("one_and_many_records",),
    DropsNulls: ("mixed_batches",),
    BeginsAnew: ("opened_again",),
    LeavesAFile: ("closes",),
    ClaimsUpsert: ("repeat_is_harmless",),
    ClaimsCommit: ("claim_fits_the_writer",),
    ClaimsMore: ("claim_fits_the_writer",),
    ForgetsTheCursor: ("cursor_is_kept_with_the_records",),
    PublishesOnError: ("error_takes_back_what_is_not_committed",),
    IgnoresTheFence: ("run_that_lost_its_lease_is_refused",),
    LosesDecimals: ("takes_or_refuses_every_type",),
    StumblesOverDates: ("takes_or_refuses_every_type",),
    RefusesLate: ("refused_batch_is_not_taken",),
    TakesAnything: ("refused_batch_is_not_taken",),
    Undescribed: ("settings_are_described",),
    NoValue: ("is_a_value",),
    NeedsNothing: ("required_settings_are_named",),
}


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_each_fault_is_found(kind: type[Sink], tmp_path: Path) -> None:
    only(_contract(kind), tmp_path, *BROKEN[kind])


def test_every_check_can_fail() -> None:
    assert {name for names in BROKEN.values() for name in names} == set(checks(SinkContract))


def test_what_the_kit_says(tmp_path: Path) -> None:
    assert "flush() returned before the records were safe" in only(
        _contract(FlushesNothing), tmp_path, "flush_is_durable"
    )
