"""P: pipelines."""

from __future__ import annotations

from .code import Code

CODES = (
    Code(
        "P101",
        "unknown key in a pipeline",
        "A key that means nothing at this place; see the list in the message.",
        '{ "pipeline": "1", "sorce": { "type": "files", "url": "in/*.csv" } }',
        '{ "pipeline": "1", "source": { "type": "files", "url": "in/*.csv" } }',
    ),
    Code(
        "P102",
        "wrong value in a pipeline",
        "A key holds something it cannot hold.",
        '"batch": { "records": "10 000" }',
        '"batch": { "records": 10000 }',
    ),
    Code(
        "P103",
        "unknown component type",
        "No installed plugin offers a source, sink, format, state backend, executor or secret provider of this type. "
        "`crosswalk plugins list` shows what there is.",
        '"source": { "type": "file", "url": "in/*.csv" }',
        '"source": { "type": "files", "url": "in/*.csv" }',
    ),
    Code(
        "P104",
        "a needed key is missing in a pipeline",
        "A pipeline needs pipeline, source, and sink or sinks; a component needs its type and its required settings.",
        '"source": { "url": "in/*.csv" }',
        '"source": { "type": "files", "url": "in/*.csv" }',
    ),
    Code(
        "P105",
        "bad setting of a component",
        "The component has no such setting, or the setting cannot hold this value. `crosswalk plugins show TYPE` lists "
        "the settings.",
        '"sink": { "type": "files", "ur": "out.ndjson" }',
        '"sink": { "type": "files", "url": "out.ndjson" }',
    ),
    Code(
        "P106",
        "unknown ${...}",
        "Known are ${params.NAME} of a declared parameter, ${env.NAME}, ${secret:NAME}, ${run.id}, ${run.date}, "
        "${run.started_at:%Y%m%d} and ${pipeline}. Nothing else is evaluated, and a type is always written out.",
        '"url": "out/${date}.csv"',
        '"url": "out/${run.date}.csv"',
    ),
    Code(
        "P107",
        "keys that exclude each other in a pipeline",
        "Only one of these keys may be there.",
    ),
    Code(
        "P110",
        "a component inside another needs an engine",
        "A component that holds others was used outside an engine, which alone knows the installed types.",
    ),
    Code(
        "P111",
        "no format is known for a file",
        "The file's ending says nothing. Name the format.",
        '{ "type": "files", "url": "in/stock.dat" }',
        '{ "type": "files", "url": "in/stock.dat", "format": "csv" }',
    ),
    Code(
        "P112",
        "outputs and sinks do not match",
        "Each output of the mapping needs the sink of its name, and each sink an output. A mapping with fields of its "
        'own has one output without a name, which goes to "sink".',
        '"sink": { "type": "files", "url": "out.ndjson" }',
        '"sinks": { "orders": { "type": "files", "url": "orders.ndjson" }, "lines": { ... } }',
    ),
    Code("P113", "a component of the wrong kind", "The plugin gave something else than what stands at this place."),
    Code(
        "P114",
        "a partition field is not a plain value",
        "A file name can hold text, numbers, dates and booleans, not lists or objects.",
        '"url": "out/{lines}/data.ndjson"',
        '"url": "out/{country}/data.ndjson"',
    ),
    Code(
        "P115",
        "the sink takes objects only",
        "A table has columns, so every record must be an object. Write the value into a field.",
        '{ "mapping": "1", "value": "sku" }',
        '{ "mapping": "1", "fields": { "sku": "sku" } }',
    ),
    Code(
        "P116",
        "no state outside a run",
        "A sink asked for its jobs or outcomes, which are kept in a pipeline's state, without a run. Only a run and a "
        "replay have them.",
    ),
    Code(
        "P117",
        "a partition field that is not in the output",
        "{field} in the url of the files sink is a field of the records that are written. What the run gives is "
        "written ${...}.",
        '"url": "out/{run.id}.ndjson"                               or a misspelt field: {countri}',
        '"url": "out/${run.id}.ndjson"                              or: {country}',
    ),
    Code(
        "P120",
        "unknown ${...} at run time",
        "See P106.",
        '"url": "out/${date}.csv"',
        '"url": "out/${run.date}.csv"',
    ),
    Code(
        "P121",
        "no value for ${env.NAME} or ${params.NAME}",
        "The environment variable is not set, or the parameter was not given.",
        '"url": "${env.OUT}/x.csv"',
        "export OUT=/data/out",
    ),
    Code(
        "P122",
        "a secret was not found",
        "None of the secret providers knows the name. By default the environment, a folder of secret files and the "
        "system's keyring are asked.",
        '"password": "${secret:DB_PASSWORD}"',
        "export DB_PASSWORD=...   or a file /run/secrets/DB_PASSWORD   or: keyring set crosswalk DB_PASSWORD",
    ),
    Code("P123", "not a limit of rejects", "A limit is a count or a share.", '"1 percent"', '100  or  "1%"'),
    Code("P124", "a secret cannot be read", "The file is there, but cannot be read as UTF-8 text by this user."),
    Code(
        "P125",
        "a secret where it could be printed",
        "Only settings that are made for secrets take them; all others appear in messages and reports.",
        '"url": "https://x/?key=${secret:KEY}"',
        "use the component's setting for credentials",
    ),
    Code(
        "P130",
        "the required guarantee cannot be proved",
        "What source and sink declare does not add up to the delivery guarantee that require asks for.",
        '"sink": { "type": "stdout" }, "require": "effectively_once"',
        '"sink": { "type": "files", "url": "out/${run.id}.ndjson" }, "require": "effectively_once"',
    ),
    Code(
        "P131",
        "these rejects cannot be read back",
        "The sink of the rejects only takes records. Use one that can be read, such as files or sqlite.",
        '"rejects": { "type": "stdout" }',
        '"rejects": { "type": "files", "url": "rejects/${run.id}.ndjson" }',
    ),
    Code("P132", "not exactly one reject", "Write more of the id. `crosswalk rejects list` shows them."),
    Code(
        "P133",
        "a replay would replace what a run wrote",
        "The sink writes the same file in every run, so the records of the replay would take the place of those that "
        "the run wrote. Put the run's id into the name of the file; or run the corrected mapping over the whole "
        "source: `crosswalk run PIPELINE --reprocess '*'`.",
        '"url": "out/orders.ndjson"',
        '"url": "out/orders-${run.id}.ndjson"',
    ),
    Code(
        "P134",
        "one reject of a mapping that groups",
        "A group is refused as a whole, and replayed as a whole: one of its records alone would make another group.",
        "crosswalk rejects replay pipeline.json --only 5aa26b",
        "crosswalk rejects replay pipeline.json",
    ),
    Code(
        "P140",
        "a file that the next run writes over",
        "The name is the same in every run, and a run writes only what it has read anew, so the records of earlier "
        "runs would be gone. Put the run's id, its date or a field of the records into the name.",
        '"url": "out/orders.ndjson"',
        '"url": "out/orders-${run.id}.ndjson"',
    ),
    Code(
        "P141",
        "a url that takes files of several formats",
        "Neither the source nor the mapping says which format the files have, so each is read by its ending, and a "
        "file that was not meant is read too. Say the format, or narrow the url.",
        '"source": { "type": "files", "url": "in/*" }',
        '"source": { "type": "files", "url": "in/*.csv" }',
    ),
)
