"""A session on a target: messages in, states back."""

from __future__ import annotations

import io
import json
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from crosswalk import Batch, Context, DataError

from .child import Child, log, running
from .command import Command, revealed
from .errors import cannot_go_on, ended, not_acknowledged, overdue

if TYPE_CHECKING:
    from .sink import SingerTarget

_GLANCE = 0.2
"""Seconds between two looks at whether the target still runs, while a state is waited for."""


class TargetWriter:
    """See `SupportsHold`: with "commit": "end", nothing is durable before the end of the run."""

    def __init__(self, sink: SingerTarget, command: Command, schema: dict[str, Any], context: Context) -> None:
        self._sink = sink
        self._command = command
        self._context = context
        self._format = context.format("ndjson", "")
        self._fields = None if schema.get("additionalProperties") else frozenset(schema["properties"])
        stream = sink.stream
        self._schema = {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": sink.key}
        self._head = b'{"type":"RECORD","stream":' + json.dumps(stream).encode() + b',"record":'
        self._running = ExitStack()
        self._child: Child | None = None
        self._unflushed = False
        self._flushes = 0
        self._sent: Any = None
        self._said: Any = None
        self._saying = threading.Condition()

    @property
    def can_commit(self) -> bool:
        """Whether `flush` is possible with more to be written behind it."""
        return self._sink.commit != "end" or not self._unflushed

    def write(self, batch: Batch) -> None:
        """Send the records. Raises DataError, with nothing sent, where one cannot be carried."""
        data = io.BytesIO()
        self._check(batch)
        with self._format.encoder(data, self._context.write) as encoder:
            encoder.write(batch)
        records = data.getvalue().split(b"\n")[:-1]
        if any(not record.startswith(b"{") for record in records):
            raise DataError("M313", "not an object, as records of a Singer stream are")
        if records:
            self._send(b"".join([self._head + record + b"}\n" for record in records]))
            self._unflushed = True

    def flush(self) -> None:
        """Wait until the target has kept everything; as `commit` says, by its end or by its word."""
        if not self._unflushed:
            return
        self._flushes += 1
        self._sent = {"bookmarks": {self._sink.stream: {"crosswalk": f"{self._context.run_id}-{self._flushes}"}}}
        self._send(_line({"type": "STATE", "value": self._sent}))
        if self._sink.commit == "state":
            self._wait_for_state()
        else:
            self._end()
        self._unflushed = False

    def finish(self) -> None:
        """The session ends well: whatever was written is to be kept."""
        self.flush()
        if self._child is not None:
            self._end()

    def kill(self) -> None:
        """The session ends; nothing more is to be kept."""
        self._running.close()
        self._child = None

    # ---- the target ---------------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        child = self._child or self._start()
        try:
            child.stdin.write(data)
            child.stdin.flush()
        except BrokenPipeError:
            self._gave_up(child)

    def _start(self) -> Child:
        if self._flushes and self._sink.commit == "end":
            raise cannot_go_on(self._command.program)
        files = {"--config": json.dumps(self._sink.config, default=revealed, ensure_ascii=False)}
        self._said = None
        child = running(self._command, files, stdin=True, on_line=self._hear)
        self._child = self._running.enter_context(child)
        self._send(_line(self._schema))
        return self._child

    def _end(self) -> None:
        """Let the target end, which is its word that everything is kept."""
        child = self._child
        assert child is not None
        try:
            child.stdin.close()
        except BrokenPipeError:
            self._gave_up(child)
        child.finish(self._sink.timeout, "raise timeout, or see why the target hangs")
        if self._said is not None and self._said != self._sent:
            raise not_acknowledged(self._command.program, self._command.masked(json.dumps(self._said)[:200]))
        self.kill()

    def _gave_up(self, child: Child) -> None:
        """It reads no more."""
        status = child.wait(self._sink.timeout, "see why the target reads no more")
        raise ended(self._command.program, "target", status, child.tail, " before it had read everything")

    # ---- its states ---------------------------------------------------------------------------------------------

    def _hear(self, line: bytes) -> None:
        """A line of the target's stdout, which is a state that it has reached; some write other things as well."""
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if isinstance(said, dict):
            with self._saying:
                self._said = said
                self._saying.notify_all()
        elif text := self._command.masked(line.decode("utf-8", "replace").strip()):
            log.info("%s: %s", self._command.program, text)

    def _wait_for_state(self) -> None:
        child, timeout = self._child, self._sink.timeout
        assert child is not None
        waited = 0.0
        while True:
            over = child.ended
            with self._saying:
                if self._saying.wait_for(lambda: self._said == self._sent, 0 if over else _GLANCE):
                    return
            if over:
                self._gave_up(child)
            waited += _GLANCE
            if waited >= timeout:
                what, fix = "say again the state that it was sent", 'use "commit": "end" or "restart"'
                raise overdue(self._command.program, "target", timeout, child.tail, what, fix)

    # ---- the records --------------------------------------------------------------------------------------------

    def _check(self, batch: Batch) -> None:
        """A field without a place in the schema would be dropped by many a target; one without its key ends them."""
        for piece in batch.pieces:
            columns = piece.columns if piece.is_columnar else None
            if columns is not None and columns.unsure is None:
                self._check_names(set(columns.table.schema.names))
                keys = [name for name in self._sink.key if columns.table.column(name).null_count]
                if keys:
                    raise _no_key(keys[0])
                continue
            for row in piece.rows:
                if isinstance(row, dict):
                    self._check_names(row.keys())
                    for name in self._sink.key:
                        if row[name] is None:
                            raise _no_key(name)

    def _check_names(self, names: Any) -> None:
        if self._fields is not None and not names <= self._fields:
            field = sorted(names - self._fields)[0]
            raise DataError("M361", f"the field {field!r} is not in the schema that the target was given")
        for name in self._sink.key:
            if name not in names:
                raise _no_key(name)


def _no_key(name: str) -> DataError:
    return DataError("M361", f"the field {name!r}, which is in the key, has no value")


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"
