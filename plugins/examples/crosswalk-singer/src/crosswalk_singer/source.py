"""The source: any Singer tap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from crosswalk import Batch, Context, Duration, Source

from .catalog import discovered, loaded, names, select
from .child import Child, running
from .command import Command, faults, revealed
from .errors import protocol, stream_unknown, streams_mixed
from .gather import Gatherer
from .lines import lines
from .messages import Messages

_IDLE = 1.0
"""Seconds of silence after which what is complete goes on to the sink."""
_MINUTE = Duration(60.0)


@dataclass(frozen=True)
class SingerTap(Source):
    """Records of a Singer tap, a program that anybody may have written.

    `command`: the tap, as a list of words, or as one text that is split as a shell would; a path is relative to the
        document. Nothing goes through a shell.
    `config`: the tap's configuration; secrets are for `${secret:NAME}`. It reaches the tap in a file that only this
        user can read, and that is gone when the tap is.
    `streams`: the streams to select, by their names in the catalog; all when absent.
    `catalog`: a file with the catalog, perhaps edited; when absent, the tap is asked for it (`--discover`).
    `discover`: false for a tap that has no catalog; `streams` then chooses among what it sends.
    `catalog_option`: --properties for an old tap.
    `state`: a file with a Singer state, from which the first run goes on.
    `stream_as`: a member to add to each record with the name of its stream; needed where there are several.
    `env`: environment variables for the tap, besides those there are.
    `timeout`: how long discovery, and ending, may take once the tap has said all.
    """

    type: ClassVar[str] = "singer_tap"
    stability: ClassVar[str] = "beta"
    command: list[str] | str
    config: dict[str, Any] = field(default_factory=dict)
    streams: list[str] = field(default_factory=list)
    catalog: str | None = None
    discover: bool = True
    catalog_option: Literal["--catalog", "--properties"] = "--catalog"
    state: str | None = None
    stream_as: str | None = None
    env: dict[str, Any] = field(default_factory=dict)
    timeout: Duration = _MINUTE
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> SingerTap:
        """With the paths made absolute."""
        catalog, state = (path and context.path(path) for path in (self.catalog, self.state))
        return replace(self, catalog=catalog, state=state, _context=context)

    def check(self) -> list[str]:
        """What does not fit together."""
        found = faults(self.command)
        if len(self.streams) > 1 and self.stream_as is None:
            found.append('records of several streams need "stream_as", which says where each is from')
        return found

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        """Batches; those that end where the tap has given a state have it as their cursor.

        Raises ConnectorError C901 to C905, see `errors`.
        """
        command = Command.of("tap", self.command, self.config, self.env, self._context)
        files = {"--config": json.dumps(self.config, default=revealed, ensure_ascii=False)}
        left_out = self._select(command, files)
        state = self._first_state(command) if cursor is None else cursor["state"]
        if state is not None:
            files["--state"] = json.dumps(state, ensure_ascii=False)
        with running(command, files) as child:
            try:
                yield from self._batches(child, left_out)
            finally:
                child.stop()

    def _batches(self, child: Child, left_out: set[str] | None) -> Iterator[Batch]:
        options, program = self._context.read, child.command.program
        messages, gathered = Messages(child.command), Gatherer(options, program)
        streams: set[str] = set()
        for number, line in lines(child, options.max_record_bytes, _IDLE):
            if not number:
                yield from gathered.settled()
                continue
            if not line.strip():
                continue
            kind, stream, value = messages.read(number, line)
            if kind == "STATE":
                gathered.state(value)
            elif kind == "RECORD" and self._wants(stream, left_out):
                if stream not in streams:
                    self._meet(program, streams, stream)
                gathered.add(self._labelled(program, number, stream, value), number, len(line))
                if gathered.full:
                    yield from gathered.cut()
        child.finish(self.timeout, "raise timeout, or see why the tap hangs")
        self._missed(program, messages)
        yield from gathered.all()

    def _select(self, command: Command, files: dict[str, str]) -> set[str] | None:
        """Put the catalog among the files; returns the names of the streams that are left out, None without one."""
        if self.catalog is None and not self.discover:
            return None
        if self.catalog is not None:
            catalog = loaded(command, self.catalog)
        else:
            catalog = discovered(command, files["--config"], self.timeout)
        left_out: set[str] = set()
        if self.catalog is None or self.streams:
            chosen = select(command, catalog, self.streams)
            if len(chosen) > 1 and self.stream_as is None:
                raise streams_mixed(command.program, (min(names) for names in chosen))
            left_out = {name for entry in catalog["streams"] for name in names(entry)}.difference(*chosen)
        files[self.catalog_option] = json.dumps(catalog, ensure_ascii=False)
        return left_out

    def _wants(self, stream: str, left_out: set[str] | None) -> bool:
        """Whether a record of the stream is wanted: some taps send what is not selected."""
        if left_out is None:
            return not self.streams or stream in self.streams
        return stream not in left_out

    def _first_state(self, command: Command) -> Any:
        if self.state is None:
            return None
        try:
            return json.loads(Path(self.state).read_bytes())
        except ValueError as error:
            raise protocol(command.program, f"is to go on from {self.state}, which is no JSON: {error}") from None

    def _meet(self, program: str, streams: set[str], stream: str) -> None:
        """A record of a stream of which there was none."""
        streams.add(stream)
        if len(streams) > 1 and self.stream_as is None:
            raise streams_mixed(program, sorted(streams))

    def _labelled(self, program: str, number: int, stream: str, record: dict[str, Any]) -> dict[str, Any]:
        if self.stream_as is None:
            return record
        if self.stream_as in record:
            what = f"wrote on line {number} a record that has a member {self.stream_as!r} already"
            raise protocol(program, what, "choose another name for stream_as")
        return {self.stream_as: stream, **record}

    def _missed(self, program: str, messages: Messages) -> None:
        """Without a catalog, a wrong name shows only at the end."""
        if messages.schemas and not self.discover and self.catalog is None:
            for name in self.streams:
                if name not in messages.schemas:
                    raise stream_unknown(program, name, messages.schemas)
