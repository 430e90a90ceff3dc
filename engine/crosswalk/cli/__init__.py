"""The command line: `main` is the `crosswalk` command. `app` has the list of commands, each in a module of its own."""

from __future__ import annotations


def main() -> None:
    """Run the command line with the arguments of the process, and exit with its status."""
    import gc

    from .app import app

    # Records die by reference count; looking for cycles among the young ones that often costs a tenth of a run.
    gc.set_threshold(100_000, 50, 100)
    try:
        app.main(prog_name="crosswalk")
    finally:
        # All goes with the process; without this, Python looks once more through every object for cycles.
        gc.freeze()
