"""The guarantee of a source and a sink together, computed from what the two declare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ..errors import UsageError
from ..lean import lean_dataclass
from ..plugin.fault import guarded, wrong
from ..plugin.sink import Sink
from ..plugin.source import Source

Level = Literal["effectively_once", "at_least_once", "at_most_once"]
RANK: dict[str, int] = {"at_most_once": 0, "at_least_once": 1, "effectively_once": 2}
_WHY = {
    "commit": "keeps the position together with the records",
    "upsert": "replaces records by key, so a repeat changes nothing",
    "idempotency_key": "sends a key with each record, so a repeat is recognised",
}
_CLAIMS = ("", *_WHY)


@lean_dataclass(frozen=True, slots=False)
class Guarantee:
    """`level`, and the sentences that explain it, one for each source and sink."""

    level: Level
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"level": self.level, "reasons": list(self.reasons)}


def of_pipeline(sources: Sequence[Source], sinks: Sequence[Sink]) -> Guarantee:
    """The weakest of all pairs."""
    level: Level = "effectively_once"
    reasons = []
    for source in sources:
        if not getattr(source, "resumable", True):
            level = _weaker(level, "at_most_once")
            reasons.append(f"source {source.type}: cannot go back, so what a killed run had read is not read again")
        else:
            reasons.append(f"source {source.type}: goes on at the committed position")
    for sink in sinks:
        with guarded(sink, "delivery"):
            means = sink.delivery()
        if means not in _CLAIMS:
            fix = f"one of {', '.join(map(repr, _CLAIMS))}"
            raise wrong(sink, f"gave {means!r} in delivery, which is no way to deliver", fix)
        if means:
            reasons.append(f"sink {sink.type}: {_WHY.get(means, means)}")
        else:
            level = _weaker(level, "at_least_once")
            reasons.append(f"sink {sink.type}: a killed run repeats the records since the last commit")
    return Guarantee(level, tuple(reasons))


def _weaker(one: Level, other: Level) -> Level:
    return one if RANK[one] <= RANK[other] else other


def enforce(guarantee: Guarantee, required: str | None) -> None:
    """Raise UsageError P130 when the guarantee is weaker than the pipeline's `require`."""
    if required is not None and RANK[guarantee.level] < RANK[required]:
        raise UsageError(
            "P130",
            f"the pipeline requires {required}, but only {guarantee.level} can be proved",
            notes=list(guarantee.reasons),
            fix='use a sink that can (files, sqlite), or lower "require"',
        )
