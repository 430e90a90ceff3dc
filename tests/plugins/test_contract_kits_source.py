"""The sources' kit finds each fault, and blames nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosswalk import Batch, Source
from crosswalk.testing import SourceContract

sys.path.append(str(Path(__file__).parent))
from contract_failures import checks, only


@dataclass(frozen=True)
class Good(Source):
    """Lines of a file.

    `path`: the file.
    """

    type: ClassVar[str] = "good"
    size: ClassVar[int] = 7
    path: str

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        """Seven lines at a time; the cursor is the number of the last line."""
        with open(self.path) as stream:
            rows: list[Any] = []
            done = 0
            for done, line in enumerate(stream, 1):
                if done <= (cursor or 0):
                    continue
                rows.append({"line": line.rstrip()})
                if len(rows) == self.size:
                    yield Batch.of_rows(rows, cursor=done)
                    rows = []
            if rows:
                yield Batch.of_rows(rows, cursor=done)


class OneTooLow(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        return super().read(cursor and cursor - 1)


class OneTooHigh(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for batch in super().read(cursor):
            batch.cursor += 1
            yield batch


class Backwards(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        if cursor is None:
            yield from super().read()
        else:
            yield from reversed(list(super().read(cursor)))


class CountsFromItsStart(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for batch in super().read(cursor):
            batch.cursor -= cursor or 0
            yield batch


class NoJson(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for batch in super().read(cursor and int(cursor)):
            batch.cursor = complex(batch.cursor)
            yield batch


class NoCursor(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for batch in super().read(cursor):
            batch.cursor = None
            yield batch


class NoCursorAtTheEnd(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for batch in super().read(cursor):
            batch.cursor = batch.cursor if len(batch) == 7 else None
            yield batch


class OneBatch(Good):
    size = 60


class HoldsAll(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        yield from list(super().read(cursor))


LEFT: list[Any] = []


class LeavesAFile(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        LEFT.append(open(self.path))  # noqa: SIM115
        yield from super().read(cursor)


class ClosesAtTheEndOnly(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        LEFT.append(open(self.path))  # noqa: SIM115
        yield from super().read(cursor)
        LEFT.pop().close()


class LeavesItToTheCollector(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        open(self.path)  # noqa: SIM115
        yield from super().read(cursor)


class Prints(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        print("reading")
        yield from super().read(cursor)


class LosesTheLast(Good):
    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for batch in super().read(cursor):
            if len(batch) == 7:
                yield batch


@dataclass(frozen=True)
class Undescribed(Good):
    """Lines of a file.

    `path`: the file.
    """

    mode: str = "r"


@dataclass(frozen=True)
class NeedsNothing(Good):
    """Lines of a file.

    `path`: the file.
    """

    path: str = ""


class NoValue(Good):
    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while LEFT:
        LEFT.pop().close()


def _contract(kind: type[Good], **members: Any) -> type[SourceContract]:
    class Contract(SourceContract):
        memory_records, memory_slack = (500, 5_000), 300_000
        required = ("path",)

        def source(self, folder: Path, records: int) -> Source:
            path = folder / f"{records}"
            path.write_text("".join(f"line {number}\n" for number in range(records)))
            return kind(path=str(path))

    for name, value in members.items():
        setattr(Contract, name, value)
    return Contract


BROKEN: dict[type[Good], tuple[str, ...]] = {
    Good: (),
    OneTooLow: ("resume_repeats_nothing",),
    OneTooHigh: ("resume_loses_nothing",),
    Backwards: ("resume_keeps_the_order",),
    CountsFromItsStart: ("resumed_at_every_batch",),
    NoJson: ("cursors_are_json",),
    NoCursor: ("cursors_are_json",),
    NoCursorAtTheEnd: ("cursors_are_json",),
    OneBatch: ("gives_several_batches",),
    HoldsAll: ("memory_is_bounded",),
    LeavesAFile: ("closes_at_the_end", "closes_on_early_stop"),
    ClosesAtTheEndOnly: ("closes_on_early_stop",),
    LeavesItToTheCollector: ("closes_at_the_end", "closes_on_early_stop"),
    Prints: ("prints_nothing",),
    LosesTheLast: ("gives_every_record",),
    Undescribed: ("settings_are_described",),
    NeedsNothing: ("required_settings_are_named",),
    NoValue: ("is_a_value",),
}


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_each_fault_is_found(kind: type[Good], tmp_path: Path) -> None:
    only(_contract(kind), tmp_path, *BROKEN[kind])


def test_every_check_can_fail() -> None:
    assert {name for names in BROKEN.values() for name in names} == set(checks(SourceContract))


def test_what_cannot_be_resumed_may_not_give_cursors(tmp_path: Path) -> None:
    assert "cannot be resumed" in only(_contract(Good, resumes=False), tmp_path, "cursors_are_json")


def test_what_the_kit_says(tmp_path: Path) -> None:
    told = only(_contract(OneTooLow), tmp_path, "resume_repeats_nothing")
    assert "the cursor after batch 1 gives these records again" in told
    assert "line 6" in told
