"""The page of the command line: the help of every command, as the terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from crosswalk.cli.app import ENTRIES, app

WIDTH = 96
INTRO = """# Command line

Every command has `--json`: one JSON document on stdout, for programs. It holds `command`, `ok`, `exit_code`,
`diagnostics` (see `schemas/diagnostic.schema.json`) and what the command found. Without it, results go to stdout and
messages to stderr. Colour and progress show only on a terminal; `NO_COLOR` is respected.

| exit status | meaning |
|---|---|
| 0 | done |
| 1 | the run, the map or a test failed; or files that failed before are still not read |
| 2 | a document or the command itself is wrong; nothing was run |
| 3 | the surroundings: a file, a server, an extra, a lock held by another run |
| 4 | done, but some records were rejected |
| 130, 143 | stopped by Ctrl-C or SIGTERM, after the batch was committed |

`--param k=v` gives one parameter (`$context.k` in the mapping). Write `-` for stdin where an input is named.
"""


def pages() -> Iterator[tuple[str, str]]:
    """The page, with one section for each command in the order of the help."""
    parts = [INTRO, "## crosswalk\n\n" + _help(app, "crosswalk", None)]
    context = click.Context(app, info_name="crosswalk", help_option_names=["-h", "--help"])
    for name in ENTRIES:
        command = app.get_command(context, name)
        if command is not None:
            parts += _sections(command, f"crosswalk {name}", context)
    yield "reference/cli.md", "\n\n".join(parts)


def _sections(command: click.Command, path: str, parent: click.Context) -> Iterator[str]:
    yield f"## {path}\n\n" + _help(command, path.rpartition(" ")[2], parent)
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield f"### {path} {name}\n\n" + _help(inner, name, context)


def _help(command: click.Command, name: str, parent: click.Context | None) -> str:
    # click remembers the names of the help option with the command: every context must give the same.
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )  # fmt: skip
    return f"```text\n{command.get_help(context)}\n```"
