"""M3xx: data: a value cannot be mapped. What happens then is said by `on_error` of the field and of the record."""

from __future__ import annotations

from .code import Code

CODES = (
    Code(
        "M301",
        "a required value is missing",
        "required refuses missing, null and blank text. It is tested last, after default. "
        '"required": "present" refuses only what is not there at all.',
        '"sku": { "source": "SKU", "required": true }           given { "SKU": " " }',
        '"sku": { "source": "SKU", "required": "present" }      or take blank text as null, and fill in a value:\n'
        '"sku": { "source": "SKU", "resolve": "blank_to_null", "default": "NONE" }',
    ),
    Code(
        "M310",
        "the value cannot be read as what it should be",
        'Parsing is strict and takes the whole text: "abc" is not 0, "1,200" is not a whole number, 31/02/2024 is not '
        "a date. Clean the value in a step before, say the format, or accept bad values with on_error.",
        '["Qty", "trim", "int"]                                     given "1,200"',
        '["Qty", "trim", { "parse_number": { "group": "," } }, "int"]',
    ),
    Code(
        "M311",
        "a number is too large",
        "Whole numbers have 64 bits in calculations, and floats have a largest value. Decimals have neither limit.",
        '["big", "int", { "multiply": 10 }]                         given 9000000000000000000',
        '["big", "decimal", { "multiply": 10 }]',
    ),
    Code(
        "M312",
        "several values where one is asked",
        "An XPath found more than one node, or unwrap and only got a longer list. Say which one is meant.",
        '"note": "o:note"                                           given two notes',
        '"note": ["o:note", "first"]                                or { "join": "; " }',
    ),
    Code(
        "M313",
        "the value has the wrong type for the step",
        "Text steps take text, number steps numbers, and nothing is converted silently. Cast first.",
        '["code", "upper"]                                          given 12',
        '["code", "string", "upper"]',
    ),
    Code(
        "M314",
        "digits would be lost",
        "The number has more fraction digits than scale allows, and no rounding was asked for.",
        '["Price", { "decimal": { "scale": 2 } }]                   given "1.005"',
        '["Price", { "decimal": { "scale": 2, "rounding": "half_even" } }]',
    ),
    Code(
        "M315",
        "lists that do not fit together",
        "Zipped lists have different lengths, a list step got lists that do not fit, or an item of object has no key.",
        '"each": { "zip": { "sku": "skus", "qty": "qtys" } }',
        '"each": { "zip": { "sku": "skus", "qty": "qtys" }, "uneven": "pad" }',
    ),
    Code(
        "M316",
        "a key is missing or stands twice",
        "An object made from data, or a table, got the same key twice; or a row of a table has no key.",
        '"prices": { "object": { "each": "prices", "key": "currency", "value": "amount" } }',
        '"prices": { "object": { "each": "prices", "key": "currency", "value": "amount", "duplicates": "last" } }',
    ),
    Code(
        "M317",
        "division by zero",
        "The divisor is zero. Make it null before, and the result is null.",
        '"rate": { "calc": "$total / $count" }',
        '"let": { "count": ["count", "decimal", { "null_if": 0 }] }',
    ),
    Code(
        "M318",
        "outside the domain of the function",
        "The function has no value there, such as the square root of a negative number.",
        '["x", "sqrt"]                                              given -1',
        '["x", "abs", "sqrt"]',
    ),
    Code(
        "M319",
        "a local time that does not exist, or exists twice",
        "When clocks go forward an hour is skipped, when they go back one comes twice. Say which offset holds.",
        '["at", "datetime", { "assume_zone": "Australia/Melbourne" }]',
        '["at", "datetime", { "assume_zone": { "zone": "Australia/Melbourne", "gap": "forward" } }]',
    ),
    Code(
        "M320",
        "values of unlike types are compared",
        'Comparing "10" with 5 has no right answer, so it is an error, not false. Cast one of them.',
        '"when": { "Qty": { "gt": 5 } }                             given "10"',
        '"when": { "Qty": { "as": "integer", "gt": 5 } }',
    ),
    Code(
        "M330",
        "not in the map",
        "The value is not listed in map (or in a shipped table, or in no range), and there is no else.",
        '["type", { "map": { "std": "HD" } }]                       given "exp"',
        '["type", { "map": { "std": "HD", "exp": "EXPRESS" }, "else": "OTHER" }]',
    ),
    Code(
        "M331",
        "not in the table",
        "The lookup found no row with this key.",
        '{ "lookup": { "table": "stores", "key": "code", "return": "ref" } }',
        '{ "lookup": { "table": "stores", "key": "code", "return": "ref", "on_missing": "null" } }',
    ),
    Code(
        "M340",
        "the text is too long",
        'truncate was told to refuse long text ("on_long": "error").',
        '["name", { "truncate": { "max": 20, "on_long": "error" } }]',
        '["name", { "truncate": { "max": 20 } }]',
    ),
    Code(
        "M341",
        "the pattern does not match",
        'extract was told that the pattern must match ("required": true).',
        r'["ref", { "extract": { "pattern": "\\d+", "required": true } }]',
        r'["ref", { "extract": { "pattern": "\\d+" } }]',
    ),
    Code(
        "M342",
        "a check failed",
        "A check of a field, or one of the mapping's checks, does not hold for this record.",
        '"qty": { "source": "qty", "check": { "gte": 0, "message": "must not be negative" } }',
        "correct the data, or the check",
    ),
    Code(
        "M343",
        "not one of the allowed values",
        "one_of lists what may pass.",
        '["country", { "one_of": ["AU", "NZ"] }]                    given "au"',
        '["country", "upper", { "one_of": ["AU", "NZ"] }]',
    ),
    Code(
        "M344",
        "not valid",
        "A validator refuses the value: a wrong check digit, not an e-mail address, not a URL.",
        '["ean", "gtin"]                                            given "4006381333932"',
        '{ "source": "ean", "resolve": ["gtin"], "on_error": "null" }',
    ),
    Code(
        "M350",
        "the mapping says so",
        "The step fail was reached; the message is the author's.",
        '["kind", { "fail": "unknown kind of order" }]',
        "correct the data, or handle this case before",
    ),
    Code(
        "M360",
        "the record does not satisfy the target schema",
        "The output was made, but target.schema refuses it. The field and the reason stand in the message.",
        '"target": { "schema": { "required": ["sku"] } }            and a record without sku',
        '"sku": { "source": "SKU", "required": true }               tells it at the field',
    ),
    Code(
        "M361",
        "the sink does not take the record",
        "The output was made, but a constraint of the table (not null, unique, check) refuses it, or its text is not "
        "valid Unicode. The record is a reject of stage write, the others are written.",
        '"sink": { "type": "sqlite", "table": "stock" }          and a second row with the same primary key',
        '"sink": { "type": "sqlite", "table": "stock", "key": ["sku"] }   replaces it',
    ),
)
