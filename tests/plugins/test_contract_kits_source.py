"""The sources' kit finds each fault, and blames nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosswalk import Batch, Part, PartVanished, Source
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


class Parts(Good):
    """Lines of three files.

    `path`: what their names begin with.
    """

    def parts(self) -> Iterator[Part]:
        for path in sorted(Path(self.path).parent.glob(f"{Path(self.path).name}.*")):
            yield Part(str(path), path.stat().st_size, path.stat().st_mtime)

    def read_part(self, part: Part, cursor: Any = None) -> Iterator[Batch]:
        try:
            yield from Good(part.name).read(cursor)
        except FileNotFoundError:
            raise PartVanished(f"{part.name} is gone") from None

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        place, inner = cursor or (0, None)
        for number, part in enumerate(self.parts()):
            if number >= place:
                for batch in self.read_part(part, inner if number == place else None):
                    batch.cursor = [number, batch.cursor]
                    yield batch

    def after(self, part: Part, outcome: str, where: str) -> None:
        Path(part.name).unlink(missing_ok=True)

    def after_action(self, outcome: str) -> str:
        return "delete" if outcome == "processed" else ""


class ListsAnew(Parts):
    def parts(self) -> Iterator[Part]:
        for part in super().parts():
            yield replace(part, etag=str(next(COUNTER)))


class LosesAPart(Parts):
    def read_part(self, part: Part, cursor: Any = None) -> Iterator[Batch]:
        if INSIDE or not part.name.endswith(".2"):
            yield from super().read_part(part, cursor)

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        INSIDE.append(1)
        try:
            yield from super().read(cursor)
        finally:
            INSIDE.pop()


class PartsOneTooLow(Parts):
    def read_part(self, part: Part, cursor: Any = None) -> Iterator[Batch]:
        return super().read_part(part, cursor - 1 if cursor and not INSIDE else cursor)

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        INSIDE.append(1)
        try:
            yield from super().read(cursor)
        finally:
            INSIDE.pop()


class BreaksOnAGonePart(Parts):
    def read_part(self, part: Part, cursor: Any = None) -> Iterator[Batch]:
        return Good(part.name).read(cursor)


class RemovesOnce(Parts):
    def after(self, part: Part, outcome: str, where: str) -> None:
        Path(part.name).unlink()


COUNTER = count()
INSIDE: list[int] = []


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
            lines = [f"line {number}\n" for number in range(records)]
            if issubclass(kind, Parts):
                for number in range(3):
                    share = lines[number * records // 3 : (number + 1) * records // 3]
                    (folder / f"{records}.{number}").write_text("".join(share))
            else:
                path.write_text("".join(lines))
            return kind(path=str(path))

        def vanish(self, folder: Path, part: Part) -> None:
            Path(part.name).unlink()

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
    Parts: (),
    ListsAnew: ("parts_are_listed_the_same",),
    LosesAPart: ("parts_hold_every_record",),
    PartsOneTooLow: ("part_resumes",),
    BreaksOnAGonePart: ("vanished_part_is_told",),
    RemovesOnce: ("after_may_be_repeated",),
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
