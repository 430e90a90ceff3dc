"""M1xx: the structure of mappings."""

from __future__ import annotations

from .code import Code

CODES = (
    Code(
        "M101",
        "the document is not strict JSON",
        "Spec files are plain JSON: double quotes, no comments, no comma before a closing bracket, no NaN, every key "
        "once per object, at most 200 levels deep and 16 MB long, in UTF-8. A note is written as a member "
        '"comment".',
        '{ "fields": { "sku": "SKU", "sku": "Article", } }',
        '{ "fields": { "sku": "SKU", "article": "Article" } }',
    ),
    Code(
        "M102",
        "unknown key",
        "A key that means nothing at this place. It is an error, not ignored, so that a misspelt key never silently "
        "does nothing. The message lists what is allowed.",
        '"sku": { "sorce": "SKU" }',
        '"sku": { "source": "SKU" }',
    ),
    Code(
        "M103",
        "not exactly one of several keys",
        "Some keys exclude each other: a field has exactly one origin (source, const, template, calc, fields, each, "
        "object, array, switch, lookup, use), a step exactly one resolver, a table exactly one of inline, file and "
        "source, a mapping either fields, value or outputs. A nested object is written with fields.",
        '"sku": { "source": "SKU", "const": "X" }',
        '"sku": { "source": "SKU", "default": "X" }',
    ),
    Code(
        "M104",
        "bare constant",
        "Where a value comes from is always a path, a list of a path and its steps, or an object. A constant says so "
        "with const, because a bare text would be a path.",
        '"qty": 1',
        '"qty": { "const": 1 }',
    ),
    Code(
        "M105",
        "unknown resolver",
        "A step names a resolver or a pipeline that does not exist. `crosswalk resolvers` lists what is installed.",
        '["SKU", "uper"]',
        '["SKU", "upper"]',
    ),
    Code(
        "M106",
        "bad resolver argument",
        "An argument is unknown, missing, of the wrong type, or refused by the resolver. `crosswalk resolvers NAME` "
        "shows the arguments with examples.",
        '["Price", { "decimal": { "scales": 2 } }]',
        '["Price", { "decimal": { "scale": 2 } }]',
    ),
    Code(
        "M107",
        "the path does not compile",
        "The text is not a path in the mapping's path language (column, jmespath or xpath; see source.paths), or a "
        "template or calculation is not well formed. The carets show where reading stopped.",
        '"sku": "items[0.sku"',
        '"sku": "items[0].sku"',
    ),
    Code(
        "M108",
        "wrong type of a value in the document",
        "A key holds something it cannot hold: text instead of a number, a word that is not one of those allowed, an "
        "empty list, a schema that is none.",
        '"fields": { "lines": { "each": "lines", "value": "sku", "limit": "10" } }',
        '"fields": { "lines": { "each": "lines", "value": "sku", "limit": 10 } }',
    ),
    Code(
        "M109",
        "targets that cannot both be written",
        "Dots in a target nest, so `address` and `address.city` would write the same object twice, and `a..b` has an "
        r"empty key. A dot that belongs to the key is written `\\.`.",
        '"fields": { "address": "addr", "address.city": "city" }',
        '"fields": { "address": { "fields": { "line": "addr", "city": "city" } } }',
    ),
    Code(
        "M110",
        "the file cannot be read",
        "The spec file does not exist, is a folder, or may not be read.",
        "crosswalk map mapings/order.json in.json",
        "crosswalk map mappings/order.json in.json",
    ),
    Code(
        "M111",
        "a needed key is missing",
        "An object lacks a key without which it means nothing, or a key stands without the one it belongs to: else "
        "without when, on_error default without a default.",
        '"tables": { "stores": { "file": "stores.csv" } }',
        '"tables": { "stores": { "file": "stores.csv", "key": "code" } }',
    ),
)
