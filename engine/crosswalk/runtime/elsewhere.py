"""Rows mapped in another process: what goes there, what is done there, and what comes back."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex
from uuid import uuid4

from ..batch import Batch, RowRecords
from ..errors import DataError
from ..lean import lean_dataclass
from ..plugin.format import Encoder, Encoding
from ..plugin.stray import StrayText
from ..reject import Reject
from .careful import outputs_of
from .mapperlike import AppliedLike, MapperLike

if TYPE_CHECKING:
    from .commit import Keep


@lean_dataclass(frozen=True, slots=False)
class Output:
    """What became of a stream's records: encoded once for each of the encodings, or the records themselves."""

    count: int
    encoded: tuple[bytes | memoryview, ...] | None
    records: Batch | None = None

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        encoded = self.encoded
        if encoded is not None and int(protocol) >= 5:
            # Whoever can hand them over without a copy takes them out of the pickle.
            return Output, (self.count, tuple(pickle.PickleBuffer(part) for part in encoded))
        return Output, (self.count, encoded and tuple(map(bytes, encoded)), self.records)


@lean_dataclass(frozen=True, slots=False)
class Sent:
    """What a mapper made of one batch, as it is sent back."""

    outputs: dict[str, Output]
    rejects: list[Reject]
    filtered: int
    skipped: int
    warnings: list[Any]


class Elsewhere:
    """Maps several batches and encodes the outputs; made here, called in another process.

    `encodings`: by stream, how each of its writers wants the records; None for one that wants them as they are. Gives
    what became of the batches up to the first that failed: that one is for whoever asked, with all behind it. It may
    be pickled for each call: the mapping is compiled once in a process.
    """

    def __init__(self, mapper: MapperLike, encodings: Mapping[str, Sequence[Encoding | None]]) -> None:
        self._mapper = mapper
        self._encodings = encodings

    def __call__(self, batches: list[Batch]) -> list[Sent]:
        found: list[Sent] = []
        for batch in batches:
            try:
                found.append(self._sent(self._mapper.apply(batch)))
            except Exception:  # mapped once more where its error is told as ever
                break
        return found

    @cached_property
    def _encoders(self) -> dict[str, list[Encoder] | None]:
        return {
            stream: [each.encoder() for each in wanted if each is not None] if None not in wanted else None
            for stream, wanted in self._encodings.items()
        }

    def _sent(self, applied: AppliedLike) -> Sent:
        outputs = {stream: self._output(stream, records) for stream, records in outputs_of(applied).items()}
        skipped = getattr(applied, "skipped", 0)
        return Sent(outputs, applied.rejects, applied.filtered, skipped, list(applied.warnings))

    def _output(self, stream: str, records: Any) -> Output:
        batch = records if isinstance(records, Batch) else Batch.of_rows(records)
        encoders = self._encoders.get(stream)
        if encoders:
            try:
                data = [encoder.encode(batch) for encoder in encoders]
            except DataError:  # writing finds it again, and knows what to do
                data = [None]
            if None not in data:
                parts = tuple(part for part in data if part is not None)
                return Output(len(batch), parts)
        return Output(len(batch), None, batch)

    def __reduce__(self) -> tuple[Any, ...]:
        return _loaded, self._pickled

    @cached_property
    def _pickled(self) -> tuple[str, int, bytes]:
        return uuid4().hex, os.getpid(), pickle.dumps((self._mapper, self._encodings), 5)


_known: dict[str, Elsewhere] = {}
_MOST_KNOWN = 8


def _loaded(key: str, home: int, data: bytes) -> Elsewhere:
    """The one of this key; what plugins print in other processes than its `home` goes to stderr."""
    found = _known.get(key)
    if found is None:
        if os.getpid() != home and not isinstance(sys.stdout, StrayText):
            sys.stdout = StrayText(sys.stdout)
        while len(_known) >= _MOST_KNOWN:
            _known.pop(next(iter(_known)), None)
        found = _known[key] = Elsewhere(*pickle.loads(data))
    return found


@lean_dataclass(slots=False)
class Mapped:
    """What came back for a batch; see AppliedLike."""

    batches: dict[str, Batch]
    rejects: list[Reject]
    filtered: int
    skipped: int
    warnings: list[Any] = field(default_factory=list)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Records by stream; mapped again where only their encoding came."""
        return {stream: batch.rows for stream, batch in self.batches.items()}

    @classmethod
    def of(cls, sent: Sent, mapper: MapperLike, batch: Batch, keeps: Mapping[str, Sequence[Keep]]) -> Mapped:
        """With what is encoded kept for its writers."""
        outputs: dict[str, Batch] = {}
        for stream, output in sent.outputs.items():
            if output.encoded is None:
                outputs[stream] = output.records or Batch.of_rows([])
                continue
            again = _Again(mapper, batch, stream)
            outputs[stream] = made = Batch.of_records(again, output.count)
            for keep, data in zip(keeps[stream], output.encoded, strict=True):
                keep(made, data)
        return cls(outputs, sent.rejects, sent.filtered, sent.skipped, sent.warnings)


@lean_dataclass(slots=False)
class _Again(RowRecords):
    """Records of which only the encoding came back: made again where they are asked for all the same."""

    mapper: MapperLike
    source: Batch
    stream: str
    certain: ClassVar[bool] = True

    def batch(self) -> Batch:
        return Batch.of_rows(self.mapper.apply(self.source).outputs[self.stream])
