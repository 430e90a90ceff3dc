"""Source and sink keep crosswalk's contract, with a tap and a target of our own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from programs import lines, tap, target

from crosswalk import Context, Sink, Source
from crosswalk.testing import SinkContract, SourceContract


class TestTap(SourceContract):
    required = ("command",)

    def source(self, folder: Path, records: int) -> Source:
        return tap({"streams": {"numbers": records}, "state_every": 3}, discover=False)


class TestTapWithACatalog(SourceContract):
    records = 20
    memory_records = None

    def source(self, folder: Path, records: int) -> Source:
        streams = {"one": records // 2, "other": 7, "two": records - records // 2}
        config = {"streams": streams, "state_every": 10}
        return tap(config, streams=["one", "main-two"], stream_as="_stream")


class TestTarget(SinkContract):
    required = ("command",)
    commit = "restart"
    settings: dict[str, Any] = {}

    def sink(self, folder: Path) -> Sink:
        return target(folder / "out", self.settings, key=["id"], commit=self.commit)

    def context(self, folder: Path, **members: Any) -> Context:
        return super().context(folder, types={"id": "integer", "name": "string"}, **members)

    def stored(self, folder: Path) -> Sequence[dict[str, Any]]:
        return lines(folder / "out")


class TestTargetThatKeepsAtStates(TestTarget):
    commit = "state"
    settings = {"at_state": True}


class TestTargetThatIsStartedOnce(TestTarget):
    commit = "end"


class TestTargetThatReplaces(TestTarget):
    commit = "end"
    settings = {"replace": True}
    replaces = True
