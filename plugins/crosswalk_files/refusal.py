"""The error for a record that cannot be carried, raised where other records of its batch are written already."""

from __future__ import annotations

from crosswalk import DataError, RunFailed


def cannot_carry(error: DataError) -> RunFailed:
    """The end of the run: the record cannot be set aside any more."""
    return RunFailed(
        "R121",
        f"the sink cannot carry a record: {error.code} {error.message}",
        fix="map the field to something the format has, name the columns in target.columns, leave such records "
        "out with a filter, or write another format",
    )
