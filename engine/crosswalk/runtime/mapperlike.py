"""What the runtime needs of a mapper, and the one that copies records through when a pipeline has no mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ..batch import Batch
from ..errors import DataError
from ..plugin.format import ReadOptions, WriteOptions
from ..plugin.resolver import RunInfo
from ..reject import FieldError, Reject

if TYPE_CHECKING:
    from ..spec.problems import Spec


class AppliedLike(Protocol):
    """What a mapper gives for a batch: output records by stream ("" for the only one), refusals, counts."""

    @property
    def outputs(self) -> Mapping[str, Any]: ...
    @property
    def rejects(self) -> list[Reject]: ...
    @property
    def filtered(self) -> int: ...
    @property
    def warnings(self) -> Any: ...


class MapperLike(Protocol):
    """A compiled mapping. `flush` gives what is still held at the end of the source.

    `refuse`: what becomes of a batch of one record whose output the sink cannot carry.
    """

    def bind(self, *, params: Mapping[str, Any], run: RunInfo) -> MapperLike: ...
    def apply(self, batch: Batch, /) -> AppliedLike: ...
    def flush(self) -> AppliedLike: ...
    def refuse(self, batch: Batch, error: DataError, /) -> AppliedLike: ...


@dataclass
class Applied:
    """See AppliedLike."""

    outputs: dict[str, list[Any]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    filtered: int = 0
    warnings: list[Any] = field(default_factory=list)


class CopyThrough:
    """Passes records on as they are; elements of xml have no form as a record, so they need a mapping."""

    def bind(self, *, params: Mapping[str, Any], run: RunInfo) -> CopyThrough:
        """Itself: nothing to bind."""
        return self

    def apply(self, batch: Batch) -> Applied:
        """The batch's records, and its unreadable ones as rejects."""
        rejects = [Reject.of_bad(bad, batch.file) for bad in batch.bad]
        if batch.is_columnar:
            return Applied({"": batch}, rejects)  # type: ignore[dict-item]
        good: list[Any] = []
        for at, row in enumerate(batch.rows):
            if isinstance(row, dict):
                good.append(row)
                continue
            why = FieldError("M313", "only an object can be copied through", path="@")
            line = batch.lines[at] if batch.lines else 0
            rejects.append(Reject(row, (why,), batch.numbers[at], line, batch.file))
        return Applied({"": good}, rejects)

    def flush(self) -> Applied:
        """Nothing is held."""
        return Applied()

    def refuse(self, batch: Batch, error: DataError) -> Applied:
        """The record as a reject."""
        why = (FieldError(error.code, error.message),)
        line = batch.lines[0] if batch.lines else 0
        return Applied({}, [Reject(batch.rows[0], why, batch.numbers[0], line, batch.file, "write")])


def read_options(mapper: MapperLike) -> ReadOptions:
    """How the mapper wants its source read."""
    found: ReadOptions = getattr(mapper, "read_options", ReadOptions())
    return found


def write_options(mapper: MapperLike, stream: str) -> WriteOptions:
    """What the mapper says about an output stream."""
    find = getattr(mapper, "write_options", None)
    if find is None:
        return WriteOptions()
    found: WriteOptions = find(stream) if callable(find) else find
    return found


def mapping_hash(mapper: MapperLike) -> str:
    """The hash of the mapping's document, "" when there is none."""
    return str(getattr(mapper, "hash", ""))


def mapping_spec(mapper: MapperLike) -> Spec | None:
    """The mapping's document, which places of errors are shown in; None when there is none."""
    return getattr(mapper, "spec", None)


def groups_records(mapper: MapperLike) -> bool:
    """Whether the mapping makes one record of many."""
    return getattr(getattr(mapper, "plan", None), "group", None) is not None


def holds_records(mapper: MapperLike) -> bool:
    """Whether records are kept from batch to batch (group over the source): then only its end can be committed."""
    group = getattr(getattr(mapper, "plan", None), "group", None)
    return group is not None and getattr(group, "scope", "source") == "source"


def works_beside(mapper: MapperLike) -> bool:
    """Whether `apply` may run on other threads, several at once, and gains by it: it says so itself (`threads`).

    Mapping rows one by one gains nothing under Python's lock, numbers records in order, and shares xml's documents.
    """
    return bool(getattr(mapper, "threads", False)) and not holds_records(mapper)


def works_elsewhere(mapper: MapperLike) -> bool:
    """Whether `apply` may run in other processes, on copies, with the same results: it says so itself (`remote`)."""
    return bool(getattr(mapper, "remote", False)) and not holds_records(mapper)


def streams_of(mapper: MapperLike) -> tuple[str, ...]:
    """The names of the output streams; `("",)` when there is one without a name."""
    return tuple(getattr(mapper, "streams", ("",)))


def needed_params(mapper: MapperLike) -> list[str]:
    """The parameters that the mapping cannot do without."""
    declared = getattr(getattr(mapper, "plan", None), "params", {})
    return [name for name, param in declared.items() if param.required and param.default is None]


def param_names(mapper: MapperLike) -> frozenset[str]:
    """The parameters that the mapping declares."""
    return frozenset(getattr(getattr(mapper, "plan", None), "params", ()))
