"""The `crosswalk` command: the list of its commands, and what happens with errors before a command runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from .. import __version__
from ..errors import CrosswalkError
from .lazy import Entry, LazyGroup

_MAP, _WRITE, _RUN, _KNOW = "Map records", "Write mappings", "Run pipelines", "Look things up"

ENTRIES = {
    "map": Entry("cmd_map:map_", "Map a file or stdin once, without a pipeline.", _MAP),
    "preview": Entry("cmd_preview:preview", "Show some records before and after, side by side.", _MAP),
    "init": Entry("cmd_init:init", "Make a folder with a working mapping, pipeline, sample and test.", _WRITE),
    "validate": Entry("cmd_validate:validate", "Report every error of mappings and pipelines.", _WRITE),
    "lint": Entry("cmd_validate:lint", "Report errors, and what is probably a mistake.", _WRITE),
    "test": Entry("cmd_test:test", "Run the tests that mappings carry.", _WRITE),
    "explain": Entry("cmd_explain:explain", "Explain a code, a record's values, or how a mapping runs.", _WRITE),
    "show": Entry("cmd_show:show", "Show what a mapping reads and gives, or its flat form.", _WRITE),
    "graph": Entry("cmd_graph:graph", "Show what each target field depends on.", _WRITE),
    "diff": Entry("cmd_diff:diff", "Say what changed between two versions of a mapping.", _WRITE),
    "fmt": Entry("cmd_fmt:fmt", "Format mappings and pipelines.", _WRITE),
    "run": Entry("cmd_run:run", "Run a pipeline.", _RUN),
    "runs": Entry("cmd_runs:runs", "List the runs of a pipeline, or show one.", _RUN),
    "state": Entry("cmd_state:state", "Look into the state of a pipeline, and repair it.", _RUN),
    "rejects": Entry("cmd_rejects:rejects", "List, show and replay refused records.", _RUN),
    "doctor": Entry("cmd_doctor:doctor", "Try every connection of a pipeline, writing nothing.", _RUN),
    "resolvers": Entry("cmd_resolvers:resolvers", "List the resolvers, or describe one.", _KNOW),
    "plugins": Entry("cmd_plugins:plugins", "List the plugins, show one, or begin a new one.", _KNOW),
    "schema": Entry("cmd_schema:schema", "Print a JSON Schema for editors.", _KNOW),
}


_NO_ARGUMENTS: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())
"""What click 8.2 and later raise for a group without a command; before, it prints the help itself."""


class App(LazyGroup):
    """The top group. Errors in the command line itself are reported here, those of commands by `Command`."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run and exit with the status of the command."""
        given = list(sys.argv[1:] if args is None else args)
        try:
            status = super().main(given, prog_name or "crosswalk", complete_var, standalone_mode=False, **extra)
        except _NO_ARGUMENTS as error:
            click.echo(error.format_message())
            status = 2
        except click.UsageError as error:
            status = _misused(error, given)
        except CrosswalkError as error:  # of the plugins, before a command runs
            from .view import View

            status = View(command="", as_json="--json" in given).fail(error)
        except click.ClickException as error:
            error.show()
            status = error.exit_code
        except click.Abort:
            status = 130
        sys.exit(status if isinstance(status, int) else 0)


def _misused(error: click.UsageError, args: list[str]) -> int:
    from ..errors import UsageError
    from .view import View

    context = error.ctx
    name = context.command_path.partition(" ")[2] if context else ""
    hint = f"crosswalk {name} --help".replace("  ", " ")
    message = error.format_message().rstrip(".")
    fault = UsageError("U101", message[:1].lower() + message[1:], fix=f"see: {hint}")
    return View(command=name, as_json="--json" in args).fail(fault)


@click.command(
    cls=App,
    entries=ENTRIES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
    epilog="Exit status: 0 done; 1 failed; 2 bad spec or usage; 3 environment; 4 done, some records rejected.",
)
@click.version_option(__version__, "-V", "--version", prog_name="crosswalk", message="%(prog)s %(version)s")
def app() -> None:
    """Map records with declarative mappings, strictly, and lose nothing.

    \b
    Example:
      crosswalk map orders.mapping.json orders.csv -o orders.ndjson
    """
