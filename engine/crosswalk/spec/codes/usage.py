"""U: the command line. X: plugins."""

from __future__ import annotations

from .code import Code

CODES = (
    Code("U101", "wrong use of a command", "An option or argument is unknown, missing or twice. See `--help`."),
    Code("U102", "not a format", "--from and --to take a name or a JSON object.", "--from '{csv}'", "--from csv"),
    Code("U103", "unknown format", "No installed plugin offers it.", "--from cvs", "--from csv"),
    Code("U104", "the ending says nothing", "Name the format.", "crosswalk map m.json in.dat", "... in.dat --from csv"),
    Code("U105", "no input", "Name a file, or - for the standard input."),
    Code(
        "U106",
        "two documents on stdout",
        "With --json the summary goes there; the records need a file.",
        "",
        "-o out.ndjson",
    ),
    Code(
        "U107", "several outputs, one file", "Each output needs its own.", "-o out.ndjson", "-o 'out-{stream}.ndjson'"
    ),
    Code("U108", "neither a mapping nor a pipeline", 'The file has no member "mapping" or "pipeline".'),
    Code("U109", "nothing found", "No mapping is in these files and folders."),
    Code("U110", "too many records were rejected", "More than --max-rejects; no output was published."),
    Code(
        "U111",
        "unknown code",
        "`crosswalk explain` knows the codes of crosswalk itself. Those of a plugin stand in the documentation of its "
        "package; the message names the packages that are installed.",
    ),
    Code("U112", "unknown field", "The record has no such target."),
    Code("U113", "no such record", "The input has fewer records, or this one could not be read."),
    Code("U114", "a pipeline names its own source", "Leave the input out."),
    Code("U115", "unknown resolver", "`crosswalk resolvers` lists them."),
    Code("U116", "unknown plugin", "`crosswalk plugins` lists them."),
    Code("U117", "the folder is not empty", "Name a folder that is new or empty; nothing is overwritten."),
    Code("U118", "which pipeline", "Name the file, or go to a folder that has just one pipeline."),
    Code("U119", "nobody can be asked", "The command asks before it goes on; say --yes where nobody answers."),
    Code(
        "U120",
        "not a case file",
        "A case file names a mapping and has tests like those in a mapping.",
        '{"cases": "1", "tests": []}',
        '{"cases": "1", "mapping": "m.json", "tests": [{"given": {}, "expect": {}}]}',
    ),
    Code(
        "U122",
        "no columnar form",
        "Leave `--engine columnar` out: the mapping then runs row by row. As a warning at the end of a run: only the "
        "data told that columns do not hold some records as they are, mostly because an object of JSON is copied "
        "whole, whose members stand in an order of its own, or because decimals of one field have unlike numbers of "
        "digits behind the point, as `avg` gives them.",
    ),
    Code("U121", "a pipeline, not a mapping; or the reverse", "The command takes the other kind of document."),
    Code(
        "U123",
        "not a name for a plugin",
        "Lower-case letters and digits with hyphens between them; no name of a module or component that there is.",
        "crosswalk plugins new Acme_Orders --kind source",
        "crosswalk plugins new acme-orders --kind source",
    ),
    Code(
        "U124",
        "the columns are not known before the data",
        "A table has its columns before its first record, so every output field needs a name in the mapping; `spread`, "
        "and `passthrough` of a source whose columns are not known, have members that only the data tells.",
    ),
    Code(
        "U125",
        "not Arrow data",
        "`mapper.table` takes what has the Arrow C stream: tables and data frames of pyarrow, polars, pandas (2.2 or "
        "newer), DuckDB, DataFusion. `mapper.apply` takes plain records, and the elements that a mapping of XML reads.",
    ),
    Code(
        "U126",
        "a stream was read twice",
        "A RecordBatchReader gives its batches once, so what `mapper.table` makes of it can be read once, too: keep "
        "what `read_all()` gave, or give a table.",
    ),
    Code(
        "U127",
        "which output",
        "A table is of one output stream: `mapper.table(data, stream=...)` takes the name of one.",
    ),
    Code(
        "X103",
        "two plugins offer one name",
        "Names are unique. Uninstall one of the two, or deny one with CROSSWALK_PLUGINS.",
    ),
    Code("X104", "the plugin was written for another contract", "Install the version made for this crosswalk."),
    Code(
        "X105",
        "a plugin broke",
        "A resolver, source, sink or other part of a plugin raised an error it does not declare. "
        "This is a bug of the plugin, not of the data. -vv logs its traceback.",
    ),
    Code(
        "X106",
        "no such plugin",
        'A list of plugins (CROSSWALK_PLUGINS, "plugins" of a pipeline, Engine(plugins=...)) names one that is not '
        "installed. A plugin goes by its own name or by its package's; -name leaves one out.",
        "CROSSWALK_PLUGINS=-acmee",
        "CROSSWALK_PLUGINS=-acme",
    ),
    Code(
        "X107",
        "a plugin cannot be loaded",
        "It fails at import, has no hooks, or has one that does not exist. `crosswalk plugins show NAME` has the "
        "traceback.",
        "def crosswalk_resolvers(): ...",
        "@hookimpl\ndef crosswalk_resolvers(): ...",
    ),
    Code(
        "X108",
        "a plugin gave the wrong thing",
        "A hook, a source or another part of a plugin returned a value of the wrong type.",
        'yield {"n": 1}',
        'yield Batch.of_rows([{"n": 1}])',
    ),
    Code(
        "X109",
        "a package is missing",
        "A part of a plugin needs a package that is not installed, mostly the client of a service.",
    ),
)
