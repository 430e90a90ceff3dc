"""Mappers: a compiled mapping that is called with records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from .. import html
from ..batch import Batch
from ..errors import DataError, Diagnostic, RunFailed, UsageError
from ..plugin.format import Format, ReadOptions, WriteOptions
from ..plugin.resolver import RunInfo
from ..reject import FieldError, Reject
from ..spec.near import near_name
from ..values import MISSING
from .apart import held_here
from .applied import Applied, Output, RecordRejected, spliced
from .casts import CASTS
from .failures import Errors
from .grouped import Groups
from .plan import CallStep, Object, Param, Plan, Table
from .program import WARM, Loaded, Program
from .quick import SLOW
from .redact import Redactor, sensitive_fields
from .target_schema import TargetSchema
from .walk import walk

if TYPE_CHECKING:
    from ..plugin.path import PathLanguage
    from ..registry import Registry
    from ..spec.mapping_spec import MappingSpec
    from .columnar.notes import Unsupported
    from .columnar.program import ColumnarProgram
    from .columnar.running import Running
    from .execution import Execution
    from .field_type import FieldType
    from .lineage import Dependency, Lineage
    from .table import ArrowArray, ArrowStream, MappedTable, OnReject

BackEnd = Literal["auto", "row", "columnar"]
"""`auto`: columns where the source has them and the mapping gains by it."""

_Numbered = Iterable[tuple[int, Any]]
_NO_META = (None, 0, 0)
_COLUMN_BYTES = 2_000_000
_COLUMN_RECORDS = 65_536
_COLUMN_LEAST = 1_000_000
_USUAL_FIELDS = 16
_LOOK = 128
"""After so many single records, see whether to compile anew."""
_LATER = 10_000
_GIVE_UP = 4
"""So many batches in a row that columns could not hold, and `auto` tries no more."""

__all__ = ["Applied", "BackEnd", "Mapper", "Output", "RecordRejected"]


class Mapper:
    """A mapping, compiled. Call it with one record, `apply` it to many; safe from several threads.

    ```python
    order = engine.mapping({"mapping": "1", "name": "order", "fields": {"id": "id", "qty": ["qty", "int"]}})
    assert order({"id": "a", "qty": "5"}) == {"id": "a", "qty": 5}
    applied = order.apply([{"id": "a", "qty": "5"}, {"id": "b", "qty": "many"}])
    assert applied.records == [{"id": "a", "qty": 5}]
    assert applied.rejects[0].errors[0].message.startswith("not a whole number")
    ```

    Made by `Engine.mapping`. With `group` of scope `source` and batches given one by one, a mapper keeps the groups
    until `flush`: bind one per run.
    """

    def __init__(
        self, spec: MappingSpec, plan: Plan, registry: Registry, source_format: str | None = None, *, schema: Any = None
    ) -> None:
        self.spec = spec
        self._made_for = source_format
        self.plan = plan
        self._registry = registry
        self.languages: dict[str, PathLanguage] = {name: cls() for name, cls in registry.path_languages.items()}
        self._program = Program(plan, self.languages)
        self._redactor = Redactor(plan)
        target = spec.data.get("target") or {}
        schema = schema or target.get("schema")
        self._schema = TargetSchema.load(spec, schema, sensitive_fields(plan)) if schema else None
        policy = spec.data.get("on_error") or {}
        self._on_record: str = policy.get("record", "reject")
        self._params: Mapping[str, Any] | None = None
        self._run: RunInfo | None = None
        self._loaded: Loaded | None = None
        self._lean: Callable[[Any], Any] | None = None
        self._singles = 0
        self._groups: Groups | None = None
        self._lock = Lock()
        self._back_end: BackEnd = "auto"
        self._columnar: ColumnarProgram | Unsupported | None = None
        self._running: Running | None = None
        self._uneven = 0

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its document, parameters and engine settings; compiled anew where it is loaded.

        What it read of other files goes along: it means the same there, also when they have changed.
        """
        read = (self.plan.tables, self._schema and self._schema.schema)
        return _again, (self.spec, self._registry, self._made_for, self._params, self._run, self._back_end, read)

    def __repr__(self) -> str:
        return f"<Mapper {self.name}: {', '.join(name for name in self.streams if name) or 'one output'}>"

    def _repr_html_(self) -> str:
        """For notebooks: what it takes, and its fields with their types."""
        pairs = [
            ("format", self.source_format or self._made_for), ("parameters", ", ".join(self.plan.params)),
            ("outputs", ", ".join(name for name in self.streams if name)), ("hash", self.hash[:12]),
        ]  # fmt: skip
        pairs += [(warning.code, warning.message) for warning in self.warnings]
        parts = [html.facts(f"mapping {self.name}", pairs)]
        for stream in self.lineage().streams:
            types = self.output_type(stream.stream).leaves()
            rows = [
                (
                    field.field, str(types.get(field.field, "")), _names(field.depends, direct=True),
                    ", ".join(field.resolvers), _names(field.depends, direct=False),
                )
                for field in stream.fields
            ]  # fmt: skip
            parts += [html.caption(stream.stream)] if stream.stream else []
            parts.append(html.table(["field", "type", "made of", "steps", "decided by"], rows, len(rows)))
        return html.shown(*parts)

    # ---- facts --------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The mapping's name."""
        return self.plan.name

    @property
    def hash(self) -> str:
        """SHA-256 of the flattened mapping; rejects and state carry it."""
        return self.spec.hash

    @property
    def warnings(self) -> list[Diagnostic]:
        """Lint findings (M4xx)."""
        return self.spec.warnings

    @property
    def streams(self) -> tuple[str, ...]:
        """The names of the output streams, `("",)` without `outputs`."""
        return tuple(dict.fromkeys(output.name for output in self.plan.outputs))

    @property
    def max_rejects(self) -> int | str | None:
        """`on_error.max_rejects`: a count, `"1%"`, or None."""
        found: int | str | None = (self.spec.data.get("on_error") or {}).get("max_rejects")
        return found

    @property
    def source_format(self) -> Any:
        """`source.format` as written, None when absent."""
        return (self.spec.data.get("source") or {}).get("format")

    @property
    def target_format(self) -> Any:
        """`target.format` as written, None when absent."""
        return (self.spec.data.get("target") or {}).get("format")

    @property
    def read_options(self) -> ReadOptions:
        """Record path and namespaces for the source's format."""
        source = self.spec.data.get("source") or {}
        found = ReadOptions(
            record=source.get("record"), namespaces=tuple(sorted((source.get("namespaces") or {}).items()))
        )
        found = replace(found, unparsed=self.remote)
        if self._back_end == "row" or (self.columnar is None if self._back_end == "columnar" else self._only_rows):
            return found
        from .columnar.names import names_read

        # What columns need is loaded and planned when there is a text that is worth it.
        return replace(
            found, columnar=True, names=names_read(self.plan, self.languages),
            bytes=_COLUMN_BYTES * self._width, records=_COLUMN_RECORDS,
            columnar_from=_COLUMN_LEAST if self._back_end == "auto" and not self.batched else 0,
            still_columnar=lambda: self.threads,
        )  # fmt: skip

    def write_options(self, stream: str = "") -> WriteOptions:
        """Columns, null token and decimals for the target's format."""
        target = self.spec.data.get("target") or {}
        declared = [output.columns for output in self.plan.outputs if output.name == stream]
        columns: tuple[str, ...] | None = None
        if "columns" in target:
            columns = tuple(target["columns"])
        elif declared and all(part is not None for part in declared):
            columns = tuple(dict.fromkeys(name for part in declared if part for name in part))
        return WriteOptions(
            columns=columns,
            null_token=target.get("null_token", ""),
            decimals=target.get("decimals", "number"),
            schema=self._schema.schema if self._schema else None,
        )

    def lineage(self) -> Lineage:
        """Which source paths, tables, parameters and resolvers each target field depends on."""
        from .lineage import lineage_of

        return lineage_of(self)

    def execution(self) -> Execution:
        """How it runs: by columns or by rows, the class of each field, what is slow, why, and what to change."""
        from .execution import execution_of

        return execution_of(self.plan, self.columnar or self._columnar)

    def output_type(self, stream: str = "", source: FieldType | None = None) -> FieldType:
        """What is known of the records of a stream before the data: an object with the type of every field.

        `source`: the type of the source's records, where something is known of it.
        """
        from .output_types import output_types

        return output_types(self.plan, self._schema.schema if self._schema else None, source)[stream]

    # ---- binding ------------------------------------------------------------------------------------------------

    def bind(self, params: Mapping[str, Any] | None = None, run: RunInfo | None = None) -> Mapper:
        """A mapper with parameters (`$context`) and run facts (`$run`) of its own. Raises UsageError M202 or M206."""
        bound = self._anew()
        bound._params = self._checked_params(params or {})
        bound._run = run
        return bound

    def _anew(self) -> Mapper:
        """The same mapper at the start of a run."""
        made = Mapper.__new__(Mapper)
        made.__dict__.update(self.__dict__)
        made._loaded = made._lean = None
        made._running = None
        made._groups = None
        return made

    def with_back_end(self, back_end: BackEnd) -> Mapper:
        """The same mapper on another back end; UsageError U122 for `columnar` where the mapping has no such form."""
        made = Mapper.__new__(Mapper)
        made.__dict__.update(self.__dict__)
        made._back_end = back_end
        made._groups = None
        if back_end == "columnar" and made.columnar is None and isinstance(made._columnar, Exception):
            why = made._columnar
            raise UsageError(
                "U122", f"this mapping runs row by row: {why.reason}", fix=why.advice or "leave --engine out",
                notes=(f"at {why.pointer}",) if why.pointer else (),
            )  # fmt: skip
        return made

    @property
    def columnar(self) -> ColumnarProgram | None:
        """The mapping's columnar form, None when it has none; planned when first asked for."""
        if self._columnar is None:
            from .columnar.notes import Unsupported
            from .columnar.program import ColumnarProgram

            try:
                self._columnar = ColumnarProgram(self.plan, self.languages, self._schema)
            except Unsupported as why:
                self._columnar = why
        return None if isinstance(self._columnar, Exception) else self._columnar

    @property
    def batched(self) -> bool:
        """Whether a resolver wants all values of a batch at once, so that columns gain for few records too."""
        return any(isinstance(node, CallStep) and node.resolver.batched for node in walk(self.plan))

    @property
    def _width(self) -> int:
        """How many times as many fields as usual: calling kernels costs by field, so wide blocks must be larger."""
        fields = sum(len(output.body.members) for output in self.plan.outputs if isinstance(output.body, Object))
        return min(8, max(1, fields // _USUAL_FIELDS))

    @property
    def _only_rows(self) -> bool:
        """Whether it is plain to see that there is no columnar form."""
        group = self.plan.group
        return group is not None and group.scope == "batch"

    @property
    def threads(self) -> bool:
        """Whether `apply` gains by being called on several threads at once."""
        return self._back_end != "row" and self.columnar is not None and self._uneven < _GIVE_UP

    @property
    def remote(self) -> bool:
        """Whether copies of it may work in other processes, each on some of the records; see `apart`."""
        return not held_here(self.plan)

    def _checked_params(self, given: Mapping[str, Any]) -> dict[str, Any]:
        known = self.plan.params
        for name in given:
            if name not in known:
                near = near_name(name, known)
                raise UsageError(
                    "M202", f'the mapping has no parameter "{name}"', fix=f'did you mean "{near}"?' if near else "",
                    notes=(f"parameters: {', '.join(known) or 'none'}",),
                )  # fmt: skip
        found: dict[str, Any] = {}
        for name, param in known.items():
            if name in given:
                found[name] = self._param_value(param, given[name])
            elif param.default is not None:
                found[name] = self._param_value(param, param.default)
            elif param.required:
                raise UsageError("M206", f'parameter "{name}" is missing', fix=f"--param {name}=VALUE")
            else:
                found[name] = MISSING
        return found

    def _param_value(self, param: Param, value: Any) -> Any:
        cast = CASTS.get(param.type)
        resolver = self._registry.resolvers.get(cast) if isinstance(cast, str) else cast
        if resolver is None or value is None:
            return value
        accepts = resolver.accepts
        if accepts and (not isinstance(value, accepts) or (isinstance(value, bool) and bool not in accepts)):
            raise UsageError("M206", f'parameter "{param.name}" is not a {param.type}')
        try:
            return resolver.bind({})(value)
        except DataError as error:
            shown = "" if param.sensitive else f": {value!r}"
            raise UsageError("M206", f'parameter "{param.name}" is {error.message}{shown}') from error

    def _ready(self) -> Loaded:
        loaded = self._loaded
        if loaded is None:
            with self._lock:  # threads that start together share one run
                self._run = self._run or RunInfo(uuid.uuid4().hex, dt.datetime.now(dt.UTC))
                loaded = self._loaded = self._program.load(self.params, self._run)
                if loaded.lean and self._schema is None and not self.plan.multiple:
                    self._lean = loaded.record
        return loaded

    def _learn(self, loaded: Loaded, records: int) -> None:
        """Note so many more records; where the program is compiled anew for what they are like, load it."""
        if self._program.learn(records) != loaded.version:
            self._loaded = self._lean = None

    @property
    def params(self) -> Mapping[str, Any]:
        """The bound parameters, or the defaults; raises UsageError M206 when a required one is missing."""
        return self._params if self._params is not None else self._checked_params({})

    def reader(self) -> Format:
        """The format of the source as the mapping states it (ndjson when it does not)."""
        config = self.source_format or "ndjson"
        name = config if isinstance(config, str) else config["type"]
        cls = self._registry.formats[name]
        return cls.from_config({} if isinstance(config, str) else config)

    # ---- mapping ------------------------------------------------------------------------------------------------

    def __call__(self, record: Any) -> Any:
        """The output of one record, None when it is filtered out; raises RecordRejected when it is refused.

        For a mapping that may give several outputs (explode, outputs, group) use `expand`; this raises UsageError.
        """
        lean = self._lean
        if lean is not None:
            out = lean(record)
            if out is not SLOW:
                return None if out is MISSING else out
        return self._one(record)

    def _one(self, record: Any) -> Any:
        """One record with all that may go wrong."""
        if self.plan.multiple or self.plan.group:
            raise UsageError(
                "M206", f'mapping "{self.name}" may give several records for one',
                fix="call mapper.expand(record) or mapper.apply(records)",
            )  # fmt: skip
        loaded = self._loaded or self._ready()
        errors = Errors()
        out = loaded.record(record, errors, _NO_META)
        self._singles += 1
        if self._lean is not None:
            # Nobody counts the records that need no care.
            self._learn(loaded, 1)
        elif self._singles % _LOOK == 0:
            self._learn(loaded, _LOOK)
        if errors or self._schema:
            self._refuse_one(record, out, errors)
        return None if out is MISSING else out

    def expand(self, record: Any) -> list[Output]:
        """All outputs of one record; raises RecordRejected when it is refused."""
        applied = self.apply([record])
        if applied.rejects:
            raise RecordRejected(applied.rejects[0])
        return [Output(name, out) for name, outs in applied.outputs.items() for out in outs]

    def apply(self, records: Batch | Iterable[Any]) -> Applied:
        """Map many records; refused ones come back in `rejects`, the call does not raise for data.

        Raises RunFailed under `"on_error": {"record": "stop"}`. Plain records are a whole source: groups end with them.
        """
        if isinstance(records, Batch):
            return self._apply(records)
        batch = Batch.of_rows(records)
        return self._group_all(batch) if self.plan.group is not None else self._apply_rows(batch)

    def table(
        self, data: ArrowStream | ArrowArray, *, stream: str | None = None, on_reject: OnReject = "raise"
    ) -> MappedTable:
        """Arrow data, mapped while it is read: a table or data frame of pyarrow, polars, pandas, DuckDB, DataFusion.

        What comes back has `schema` at once and the Arrow C stream. `stream`: the output to take, needed where there
        are several. `on_reject`: "raise" RecordRejected to whoever reads at the first refused record, "collect" them in
        `rejects`, or a function that takes each. Raises UsageError U124 when the output's columns are not known before
        the data, U125 for what is no Arrow data, U127 for an unknown stream, M206 for a missing parameter.
        """
        from .table import MappedTable

        return MappedTable(self, self._anew, data, stream, on_reject)

    def flush(self) -> Applied:
        """End of the source: what the groups still held back."""
        groups, self._groups = self._groups, None
        return groups.end() if groups is not None else Applied({name: [] for name in self.streams})

    def _apply(self, batch: Batch) -> Applied:
        if self.plan.group is not None and self.plan.group.scope == "batch":
            return self._group_all(batch)
        if self.plan.group is not None and self._groups is None:
            self._groups = Groups(self)
        groups = self._groups
        if batch.may_be_columnar and self.threads:
            applied = self._apply_columns(batch) if groups is None else groups.add_columns(batch)
            self._uneven = self._uneven + 1 if applied is None and self._back_end == "auto" else 0
            if applied is not None:
                return applied
        return self._apply_rows(batch) if groups is None else groups.add_rows(batch)

    def _group_all(self, batch: Batch) -> Applied:
        """The groups of the records of one batch."""
        groups = Groups(self)
        applied = groups.add_rows(batch)
        applied.extend(groups.end())
        return applied

    def _apply_columns(self, batch: Batch) -> Applied | None:
        """What columns make of the batch, its records in doubt through their rows; None when it is too irregular."""
        columns, program = batch.columns, self.columnar
        # A table without columns would not know how many records there are.
        if columns is None or program is None or columns.table.num_columns == 0:
            return None
        if self._running is None:
            self._ready()
            self._running = program.load(self.params, self._run or RunInfo("", dt.datetime.now(dt.UTC)))
        made = self._running.map(batch, columns)
        if made is None:
            return None
        others: dict[str, list[tuple[int, list[Any]]]] = {name: [] for name in self.streams}
        applied = Applied({}, filtered=made.filtered)
        for bad in batch.bad:
            self._refuse(applied, Reject.of_bad(bad, batch.file))
        for place, row in zip(made.left, batch.rows_at(made.left) if made.left else (), strict=True):
            line = batch.lines[place] if batch.lines else 0
            alone = Batch.of_rows([row], numbers=[batch.numbers[place]], lines=[line], file=batch.file)
            one = self._apply_rows(alone)
            applied.add_counts(one)
            for stream, rows in one.outputs.items():
                if rows:
                    others[stream].append((place, rows))
        if batch.bad:
            applied.rejects.sort(key=lambda reject: reject.number)
        outputs = {
            name: spliced(records, None if places is None else places.to_pylist(), others[name])
            for name, (records, places) in made.streams.items()
        }
        return Applied.of_batches(outputs, applied)

    def _apply_rows(self, batch: Batch) -> Applied:
        applied = Applied({name: [] for name in self.streams})
        for bad in batch.bad:
            self._refuse(applied, Reject.of_bad(bad, batch.file))
        errors = Errors()
        self._map_rows(batch, errors, applied)
        applied.warnings += errors.warnings
        if batch.bad:
            applied.rejects.sort(key=lambda reject: reject.number)
        return applied

    def _map_rows(self, batch: Batch, errors: Errors, applied: Applied) -> None:
        start, count = 0, len(batch.rows)
        while start < count:
            # Of many records, the first ones tell how to compile the code for the rest.
            end = min(count, start + (_LATER if self._program.quick else WARM))
            loaded = self._loaded or self._ready()
            rows = batch.rows[start:end]
            if self.plan.multiple:
                self._many(loaded.record, batch, enumerate(rows, start), errors, applied)
            elif loaded.lean and self._schema is None and not self._program.reads_meta:
                self._plain(loaded.record, batch, rows, start, errors, applied)
            else:
                self._single(loaded.record, batch, enumerate(rows, start), errors, applied)
            self._learn(loaded, end - start)
            start = end

    def _plain(
        self, record: Callable[..., Any], batch: Batch, rows: list[Any], start: int, errors: Errors, applied: Applied
    ) -> None:
        """One output a record, and nothing to see to but failures: the hot loop."""
        outs = applied.outputs[self.streams[0]]
        failed: list[Any] = []
        made = [record(row, failed) for row in rows]
        if failed:
            for index, (row, out) in enumerate(zip(rows, made, strict=True), start):
                if out is SLOW:
                    self._single(record, batch, ((index, row),), errors, applied)
                elif out is MISSING:
                    applied.filtered += 1
                else:
                    outs.append(out)
        elif self.plan.filters:
            kept = [out for out in made if out is not MISSING]
            applied.filtered += len(made) - len(kept)
            outs += kept
        else:
            outs += made

    def _single(
        self, record: Callable[..., Any], batch: Batch, rows: _Numbered, errors: Errors, applied: Applied
    ) -> None:
        """One output a record."""
        append, schema = applied.outputs[self.streams[0]].append, self._schema
        meta: Any = _NO_META
        needs_meta = self._program.reads_meta
        filtered = 0
        for index, row in rows:
            if needs_meta:
                meta = self._meta(batch, index)
            made = record(row, errors, meta)
            if errors:
                self._refuse(applied, self._reject(batch, index, row, errors))
                errors.clear()
            elif made is MISSING:
                filtered += 1
            elif schema is not None and (found := schema.check(made)):
                self._refuse(applied, self._reject(batch, index, row, found, "schema"))
            else:
                append(made)
        applied.filtered += filtered

    def _many(
        self, record: Callable[..., Any], batch: Batch, rows: _Numbered, errors: Errors, applied: Applied
    ) -> None:
        names = [output.name for output in self.plan.outputs]
        for index, row in rows:
            made = record(row, errors, self._meta(batch, index))
            if errors:
                self._refuse(applied, self._reject(batch, index, row, errors))
                errors.clear()
            elif made is MISSING or not made:
                applied.filtered += 1
            else:
                found = [e for _, out in made for e in self._schema.check(out)] if self._schema else []
                if found:
                    self._refuse(applied, self._reject(batch, index, row, found, "schema"))
                    continue
                for number, out in made:
                    applied.outputs[names[number]].append(out)

    # ---- refusing -----------------------------------------------------------------------------------------------

    def _meta(self, batch: Batch, index: int) -> tuple[Any, int, int]:
        return (batch.file, batch.numbers[index], batch.lines[index] if batch.lines else 0)

    def _reject(self, batch: Batch, index: int, row: Any, errors: Sequence[FieldError], stage: Any = "") -> Reject:
        if not stage:
            stage = "check" if all(e.code == "M342" and not e.field for e in errors) else "map"
        line = batch.lines[index] if batch.lines else 0
        return Reject(self._redactor(row), tuple(errors), batch.numbers[index], line, batch.file, stage)

    def refuse(self, batch: Batch, error: DataError) -> Applied:
        """What becomes of a batch of one record whose output the sink cannot carry; `on_error.record` decides."""
        applied = Applied({})
        # No sample: the sink does not tell the field, which may be sensitive.
        why = [FieldError(error.code, error.message)]
        self._refuse(applied, self._reject(batch, 0, batch.rows[0], why, "write"))
        return applied

    def _refuse(self, applied: Applied, reject: Reject) -> None:
        if self._on_record == "skip":
            applied.skipped += 1
            return
        if self._on_record == "stop":
            error = reject.errors[0]
            raise RunFailed(
                error.code, f"record {reject.number}: {error.field + ': ' if error.field else ''}{error.message}",
                notes=(f"sample: {error.sample}",) if error.sample else (),
                fix='"on_error": { "record": "reject" } keeps going and writes refused records to the rejects',
            )  # fmt: skip
        applied.rejects.append(reject)

    def _refuse_one(self, record: Any, out: Any, errors: Errors) -> None:
        found: Sequence[FieldError] = list(errors)
        stage = "map"
        if not found and self._schema and out is not MISSING:
            found, stage = self._schema.check(out), "schema"
        if found:
            batch = Batch.of_rows([record])
            raise RecordRejected(self._reject(batch, 0, record, found, stage if stage == "schema" else ""))


def _names(depends: Iterable[Dependency], *, direct: bool) -> str:
    found = (
        part.name if part.kind == "path" else f"{part.kind} {part.name}" for part in depends if part.direct == direct
    )
    return ", ".join(dict.fromkeys(found))


def _again(
    spec: MappingSpec,
    registry: Registry,
    source_format: str | None,
    params: Any,
    run: RunInfo | None,
    back_end: BackEnd,
    read: tuple[dict[str, Table], Any],
) -> Mapper:
    from .build_mapping import build_plan
    from .depth import limited_depth

    with limited_depth(spec):
        plan = build_plan(spec, registry, source_format=source_format, tables=read[0])
        mapper = Mapper(spec, plan, registry, source_format, schema=read[1])
    mapper._params, mapper._run, mapper._back_end = params, run, back_end
    return mapper
