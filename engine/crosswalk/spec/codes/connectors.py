"""C: files, formats and connections."""

from __future__ import annotations

from .code import Code

CODES = (
    Code("C101", "the file does not exist", "The file or folder is not there, or vanished while it was read."),
    Code("C102", "the files cannot be listed", "The storage did not answer; it is tried again."),
    Code("C103", "the disk is full", "Nothing unfinished appears under a final name. Free some space and run again."),
    Code("C104", "no permission", "The user of the run may not read or write here."),
    Code(
        "C105",
        "the file cannot be read or written",
        "The operating system refused, or the connection broke; the reason stands in the message.",
    ),
    Code("C106", "a folder instead of a file", "Name a file in the folder."),
    Code(
        "C110",
        "too many partitions at once",
        "Each partition keeps a file open. Partition by a field with fewer values, or raise max_open.",
        '"url": "out/{order_id}.ndjson"',
        '"url": "out/{country}.ndjson"',
    ),
    Code("C130", "the storage cannot be opened", "The library for this kind of address failed, or is not installed."),
    Code("C200", "unknown format", "No installed plugin offers this format."),
    Code(
        "C201",
        "names that the format cannot carry",
        "A header has the same column twice or an empty name, or a name is not allowed in what is written.",
        "sku,qty,qty",
        "sku,qty,reserved",
    ),
    Code("C202", "the JSON document is broken", "Reading stopped at this line and column.", '[{"a": 1}, {"a": 2', ""),
    Code(
        "C203",
        "the format forbids this",
        "An XML document has a DTD or entities, which are never read because they can open files; or a quoted csv "
        "field is never closed.",
        '<!DOCTYPE order SYSTEM "order.dtd">',
        "<order>...</order>",
    ),
    Code("C204", "the compressed file is broken", "It breaks off or is damaged. Transfer the file again."),
    Code("C205", "not well formed", "The XML is not well formed, or a stored position was not written for this file."),
    Code("C206", "the Parquet or Arrow file is damaged", "Its footer or a page cannot be read."),
    Code("C207", "a record of a table cannot be read", "A lookup table must be read without any bad row."),
    Code(
        "C208",
        "a record is too long",
        "Memory is bounded, so a record may have only so many bytes. Often the record path is wrong and the whole "
        "document is one record.",
        '"source": { "format": "json" }                  for {"data": {"orders": [...]}}',
        '"source": { "format": "json", "record": "data.orders[*]" }',
    ),
    Code(
        "C209", "the record path does not fit the format", "The reader takes names and [*] only, so that it can stream."
    ),
    Code("C301", "the database refused", "The statement failed; the database's own words stand in the message."),
    Code("C302", "the database is locked", "Another process kept it locked; it is tried again."),
    Code("C303", "the database's disk is full", "Free some space and run again; nothing half-done was kept."),
    Code("C304", "the database cannot be opened", "Check the path, and who may read and write it."),
    Code(
        "C305",
        "the ordering column is not in the query",
        "To resume, the query is ordered by this column, so it must be one of those it gives.",
        '"query": "SELECT name FROM stock", "order_by": "id"',
        '"query": "SELECT id, name FROM stock", "order_by": "id"',
    ),
    Code("C306", "the ordering column has nulls", "Rows without a value have no place in the order and would be lost."),
    Code(
        "C310",
        "a record has no key field",
        "The sink replaces rows by key, so every record needs the key. Make the field required.",
        '"id": "id"',
        '"id": { "source": "id", "required": true }',
    ),
)
