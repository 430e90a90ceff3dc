"""crosswalk: a declarative mapping and pipeline engine. Everything public is importable from here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .arrow_decimals import exact_decimals as exact_decimals
    from .arrow_decimals import exact_scalar as exact_scalar
    from .arrow_decimals import rounded_quotients as rounded_quotients
    from .arrow_rows import ArrowReader as ArrowReader
    from .arrow_text import text_buffer as text_buffer
    from .batch import BadRecord as BadRecord
    from .batch import Batch as Batch
    from .batch import Columns as Columns
    from .batch import Records as Records
    from .batch import RowRecords as RowRecords
    from .compiler.lineage import Dependency as Dependency
    from .compiler.lineage import FieldLineage as FieldLineage
    from .compiler.lineage import Lineage as Lineage
    from .compiler.lineage import StreamLineage as StreamLineage
    from .compiler.mapper import Applied as Applied
    from .compiler.mapper import Mapper as Mapper
    from .compiler.mapper import Output as Output
    from .compiler.mapper import RecordRejected as RecordRejected
    from .compiler.table import MappedTable as MappedTable
    from .engine import Engine as Engine
    from .errors import ArgumentError as ArgumentError
    from .errors import ConnectorError as ConnectorError
    from .errors import CrosswalkError as CrosswalkError
    from .errors import DataError as DataError
    from .errors import Diagnostic as Diagnostic
    from .errors import EnvironmentFailure as EnvironmentFailure
    from .errors import PathError as PathError
    from .errors import PluginError as PluginError
    from .errors import RunFailed as RunFailed
    from .errors import SpecError as SpecError
    from .errors import StateError as StateError
    from .errors import UsageError as UsageError
    from .plugin.component import Component as Component
    from .plugin.compression import open_compressed as open_compressed
    from .plugin.compression import open_decompressed as open_decompressed
    from .plugin.context import Context as Context
    from .plugin.declare import resolver as resolver
    from .plugin.executor import Executor as Executor
    from .plugin.executor import Remote as Remote
    from .plugin.executor import SupportsForks as SupportsForks
    from .plugin.executor import SupportsRemote as SupportsRemote
    from .plugin.format import Encoder as Encoder
    from .plugin.format import Encoding as Encoding
    from .plugin.format import Format as Format
    from .plugin.format import NameTree as NameTree
    from .plugin.format import ReadOptions as ReadOptions
    from .plugin.format import WriteOptions as WriteOptions
    from .plugin.hooks import hookimpl as hookimpl
    from .plugin.path import Comparison as Comparison
    from .plugin.path import CompiledPath as CompiledPath
    from .plugin.path import Extreme as Extreme
    from .plugin.path import Needs as Needs
    from .plugin.path import PathForm as PathForm
    from .plugin.path import PathLanguage as PathLanguage
    from .plugin.path import PathWarning as PathWarning
    from .plugin.path import Projection as Projection
    from .plugin.remember import Idempotency as Idempotency
    from .plugin.remember import Job as Job
    from .plugin.remember import Jobs as Jobs
    from .plugin.resolver import Example as Example
    from .plugin.resolver import Number as Number
    from .plugin.resolver import Ref as Ref
    from .plugin.resolver import Resolver as Resolver
    from .plugin.resolver import RunInfo as RunInfo
    from .plugin.secret import Secret as Secret
    from .plugin.secret import SecretProvider as SecretProvider
    from .plugin.sink import FansOut as FansOut
    from .plugin.sink import Sink as Sink
    from .plugin.sink import SupportsCommit as SupportsCommit
    from .plugin.sink import SupportsEncoded as SupportsEncoded
    from .plugin.sink import SupportsHold as SupportsHold
    from .plugin.sink import SupportsPrepare as SupportsPrepare
    from .plugin.sink import SupportsReadBack as SupportsReadBack
    from .plugin.sink import Writer as Writer
    from .plugin.source import Part as Part
    from .plugin.source import PartChanged as PartChanged
    from .plugin.source import PartVanished as PartVanished
    from .plugin.source import Source as Source
    from .plugin.source import SupportsParts as SupportsParts
    from .plugin.state import Entry as Entry
    from .plugin.state import Put as Put
    from .plugin.state import StateBackend as StateBackend
    from .plugin.state import Store as Store
    from .plugin.units import Duration as Duration
    from .plugin.units import Size as Size
    from .reject import FieldError as FieldError
    from .reject import Reject as Reject
    from .runtime.events import BatchDone as BatchDone
    from .runtime.events import Committed as Committed
    from .runtime.events import Event as Event
    from .runtime.events import FileDone as FileDone
    from .runtime.events import FileFailed as FileFailed
    from .runtime.events import FileStarted as FileStarted
    from .runtime.events import Rejected as Rejected
    from .runtime.events import RetryPlanned as RetryPlanned
    from .runtime.events import RunFinished as RunFinished
    from .runtime.events import RunRecovered as RunRecovered
    from .runtime.events import RunStarted as RunStarted
    from .runtime.events import Stopping as Stopping
    from .runtime.report import Report as Report
    from .runtime.signals import CancelToken as CancelToken
    from .values import MISSING as MISSING
    from .values import Missing as Missing
    from .values import decimal_text as decimal_text
    from .values import sample_of as sample_of
    from .values import text_of as text_of
    from .values import type_name as type_name

__version__ = "0.1.0"

_HOMES = {
    "arrow_rows": "ArrowReader",
    "arrow_decimals": "exact_decimals exact_scalar rounded_quotients",
    "arrow_text": "text_buffer",
    "batch": "BadRecord Batch Columns Records RowRecords",
    "compiler.lineage": "Dependency FieldLineage Lineage StreamLineage",
    "compiler.mapper": "Applied Mapper Output RecordRejected",
    "compiler.table": "MappedTable",
    "engine": "Engine",
    "errors": "ArgumentError ConnectorError CrosswalkError DataError Diagnostic EnvironmentFailure PathError "
    "PluginError RunFailed SpecError StateError UsageError",
    "plugin.component": "Component",
    "plugin.context": "Context",
    "plugin.declare": "resolver",
    "plugin.compression": "open_compressed open_decompressed",
    "plugin.executor": "Executor Remote SupportsForks SupportsRemote",
    "plugin.format": "Encoder Encoding Format NameTree ReadOptions WriteOptions",
    "plugin.hooks": "hookimpl",
    "plugin.path": "Comparison CompiledPath Extreme Needs PathForm PathLanguage PathWarning Projection",
    "plugin.remember": "Idempotency Job Jobs",
    "plugin.resolver": "Example Number Ref Resolver RunInfo",
    "plugin.units": "Duration Size",
    "plugin.secret": "Secret SecretProvider",
    "plugin.sink": "FansOut Sink SupportsCommit SupportsEncoded SupportsHold SupportsPrepare SupportsReadBack Writer",
    "plugin.source": "Part PartChanged PartVanished Source SupportsParts",
    "plugin.state": "Entry Put StateBackend Store",
    "reject": "FieldError Reject",
    "runtime.events": "BatchDone Committed Event FileDone FileFailed FileStarted Rejected "
    "RetryPlanned RunFinished RunRecovered RunStarted Stopping",
    "runtime.report": "Report",
    "runtime.signals": "CancelToken",
    "values": "MISSING Missing decimal_text sample_of text_of type_name",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = ["__version__", *_HOME_OF]


def __getattr__(name: str) -> Any:
    # Lazy, so that a plugin importing a base class does not load the whole engine, and start-up stays fast.
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'crosswalk' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
