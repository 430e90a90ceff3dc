"""The command line: `main` is the `crosswalk` command. `app` has the list of commands, each in a module of its own."""

from __future__ import annotations


def main() -> None:
    """Run the command line with the arguments of the process, and exit with its status."""
    from .app import app

    app.main(prog_name="crosswalk")
