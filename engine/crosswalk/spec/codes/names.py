"""M2xx: names, cycles and files."""

from __future__ import annotations

from .code import Code

CODES = (
    Code(
        "M201",
        "unknown table, fragment, pipeline, column or format",
        "The name is not defined in the mapping or in what it includes. When several files define it, write the file's "
        "stem before it.",
        '"bill": { "use": "adress" }',
        '"bill": { "use": "address" }        or  "common.address"',
    ),
    Code(
        "M202",
        "unknown parameter",
        "$context knows only what params declares, and the caller may give only that. The environment is never read.",
        '"retailer": "$context.retailer"',
        '"params": { "retailer": { "type": "string", "required": true } }, ...',
    ),
    Code(
        "M203",
        "unknown variable",
        "A $name is neither a let, nor bound by as, key_as or index_as, nor one of $root, $parent, $index, $number, "
        "$key, $1, $context, $meta, $run. The message lists what is in scope here.",
        '"let": { "qty": ["Qty", "int"] }, "fields": { "total": { "calc": "$quantity * 2" } }',
        '"let": { "qty": ["Qty", "int"] }, "fields": { "total": { "calc": "$qty * 2" } }',
    ),
    Code(
        "M204",
        "a let needs itself",
        "The variables of let may use each other in any order, but not in a circle.",
        '"let": { "a": ["$b", "trim"], "b": ["$a", "upper"] }',
        '"let": { "a": ["name", "trim"], "b": ["$a", "upper"] }',
    ),
    Code(
        "M205",
        "a file or pipeline contains itself",
        "extends, include and pipelines may not lead back to where they started. Move what both need into a third "
        "file or pipeline.",
        'a.json: "extends": "b.json"      b.json: "extends": "a.json"',
        'a.json: "extends": "base.json"   b.json: "extends": "base.json"',
    ),
    Code(
        "M206",
        "a required parameter is not given",
        "The mapping or pipeline declares a parameter as required, and the caller gave no value.",
        "crosswalk map inventory.json in.csv",
        "crosswalk map inventory.json in.csv --param retailer=34",
    ),
    Code(
        "M207",
        "a file that the document names does not exist",
        "Files are looked up relative to the file that names them, not to the current folder.",
        '"include": ["comon.json"]',
        '"include": ["common.json"]',
    ),
    Code(
        "M208",
        "a file outside the project folder",
        "include, extends and table files may not leave the project: the nearest folder above with .git, "
        "pyproject.toml or crosswalk.json. A mapping from someone else therefore cannot read your other files.",
        '"tables": { "stores": { "file": "../../../etc/stores.csv", "key": "code" } }',
        '"tables": { "stores": { "file": "stores.csv", "key": "code" } }',
    ),
)
