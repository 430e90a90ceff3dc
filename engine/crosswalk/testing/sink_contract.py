"""The conformance suite of sinks: subclass `SinkContract`, give it a sink and a way to look, and run pytest."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from ..batch import Batch
from .component_checks import ComponentChecks
from .resources import nothing_left_open
from .sink_claims import SinkClaims
from .sink_crash import SinkCrashes
from .sink_session import Interruption, rows
from .sink_values import SinkValues


class SinkContract(SinkCrashes, SinkClaims, SinkValues, ComponentChecks):
    """Tests that every sink passes.

    ```python
    class TestBoard(SinkContract):
        def sink(self, folder):
            return Board(path=str(folder / "board"))
        def stored(self, folder):
            return [json.loads(line) for line in (folder / "board").read_text().splitlines()]
    ```
    The records are `{"id": 1, "name": "é 1"}`, names may be null; a sink with keys is to use `id`. `replaces`: whether
    a new session replaces what a finished one wrote (a file of a fixed name) instead of adding to it.
    """

    replaces: ClassVar[bool] = False

    def test_no_records(self, tmp_path: Path) -> None:
        """A session without records, and a batch without any, are no mistakes."""
        with self._bound(tmp_path).open():
            pass
        self._write(tmp_path, Batch.of_rows([]), run=2)
        assert self._ids(tmp_path) == []

    def test_one_and_many_records(self, tmp_path: Path) -> None:
        """Batches of 1 and of 1,000 records in one session."""
        self._write(tmp_path, rows(1, 1), rows(2, 1000))
        assert sorted(self._ids(tmp_path)) == list(range(1, 1002)), "not exactly what was written"

    def test_mixed_batches(self, tmp_path: Path) -> None:
        """Rows and Arrow columns, nulls among values, in one session."""
        columns = Batch.of_arrow(rows(8, 3).table)
        nulls = Batch.of_rows([{"id": 11, "name": None}, {"id": 12, "name": "é 12"}, {"id": 13, "name": None}])
        self._write(tmp_path, rows(1, 7), columns, nulls)
        assert sorted(self._ids(tmp_path)) == list(range(1, 14)), "not exactly what was written"

    def test_opened_again(self, tmp_path: Path) -> None:
        """A second session adds to what the first one wrote (or, with `replaces`, takes its place)."""
        self._write(tmp_path, rows(1, 5), run=1)
        self._write(tmp_path, rows(6, 5), run=2)
        wanted = list(range(6 if self.replaces else 1, 11))
        assert sorted(self._ids(tmp_path)) == wanted, "not what two sessions one after the other should leave"

    def test_leaving_publishes(self, tmp_path: Path) -> None:
        """Leaving the session without an error makes all that was written durable, even without a flush."""
        with self._bound(tmp_path).open() as writer:
            writer.write(rows(1, 5))
        assert sorted(self._ids(tmp_path)) == [1, 2, 3, 4, 5], "records written before the end are not there after it"

    def test_closes(self, tmp_path: Path) -> None:
        """A session leaves no file, connection or thread, whether it ends well or with an error."""
        self._write(tmp_path, rows(1, 5))
        second, third = self._bound(tmp_path, 2), self._bound(tmp_path, 3)
        with nothing_left_open("after the session"), second.open() as writer:
            writer.write(rows(6, 5))
            writer.flush()
        with nothing_left_open("after an error in the session"):
            try:
                with third.open() as writer:
                    writer.write(rows(11, 5))
                    raise Interruption
            except Interruption:
                pass
