"""R: runs. S: state."""

from __future__ import annotations

from .code import Code

CODES = (
    Code(
        "R110",
        "an interrupted commit cannot be completed",
        "A run died after one sink had published and before another had, and the source it would be repeated from has "
        "changed or is gone. Put the source back, or give the commit up with `crosswalk state reset`.",
    ),
    Code(
        "R120",
        "too many records were rejected",
        "More than on_error.max_rejects. What was committed before stays; nothing more is committed.",
        '"on_error": { "max_rejects": 0 }',
        '"on_error": { "max_rejects": "1%" }',
    ),
    Code(
        "R121",
        "the sink cannot carry a record",
        "The format of the sink has no place for a value or key of a mapped record, and the record cannot be set aside "
        "as a reject: the format looks at records only later (parquet, arrow), or there are several sinks, split or "
        "partitioned files, or a group. The run ended there; what was committed before stays, and the next run goes on "
        "behind it.",
    ),
    Code(
        "R130",
        "an interrupted run had other parameters",
        "A run that is not finished is finished first, with its own parameters.",
    ),
    Code("R140", "a run noticed something", "The run went on; the message says what was left out and why."),
    Code("R141", "a file failed", "The others were read; the next runs try this one again, up to its attempts."),
    Code(
        "R142",
        "a file that failed waits",
        "It failed in an earlier run, and its wait is not over or its attempts are used up. Runs end with status 1 as "
        "long as it is there and not read. Correct it (it is then another file and read at once), try it again as it "
        "is with --reprocess, or take it away.",
    ),
    Code(
        "R143",
        "a plugin did not come back",
        "The run was asked to stop while a plugin was at work, and that did not come back in the grace of 5 seconds. "
        "What a source gave before is committed; when it was a sink, a resolver or the state, nothing is since the "
        "last commit. The next run goes on there.",
    ),
    Code(
        "S101",
        "the state is damaged",
        "The file is not a sound database. Restore it from a backup; starting anew reads every file again.",
    ),
    Code("S102", "the state is locked", "Another process held the state for longer than busy allows. Try again."),
    Code("S103", "the state's disk is full or failing", "Nothing was committed. Free some space and run again."),
    Code("S104", "the state cannot be opened", "The user of the run may not write the file or its folder."),
    Code(
        "S105",
        "the state's file system is not fit",
        "The write-ahead log needs a local file system; network shares often cannot do it.",
        '"state": { "type": "sqlite", "path": "/mnt/share/state.db" }',
        '"state": { "type": "sqlite", "path": ".crosswalk/state.db" }',
    ),
    Code(
        "S106",
        "the state cannot be reached",
        "The backend's server or file system refused, and nothing was committed. `crosswalk doctor` tries it again.",
    ),
    Code(
        "S110",
        "another run has taken over",
        "This run's lease expired, for example while the machine slept, and another run started. Nothing more of this "
        "one is committed.",
        '"lock": { "ttl": "5s" }',
        '"lock": { "ttl": "60s" }',
    ),
    Code("S111", "the state is held by another process", "The backend allows one process at a time. End the other."),
    Code("S112", "no state of this pipeline", "It never ran with this state. `crosswalk state list` shows what did."),
    Code("S113", "not exactly one run", "Write more of the run's id. `crosswalk runs` shows them."),
    Code(
        "S120",
        "the pipeline is running already",
        "Another run holds the lease. Wait for it, or let this one wait.",
        '"lock": { "wait": "0s" }',
        '"lock": { "wait": "10m" }',
    ),
    Code(
        "S121", "the pipeline is not locked", "There is nothing to unlock. `crosswalk state list` shows who holds what."
    ),
    Code(
        "S130",
        "a destination job cannot change so",
        "A job that was never submitted cannot end, and one that has ended stays as it is: done does not become "
        "failed, nor failed done. The sink has mixed up its jobs: report it to its authors.",
    ),
)
