"""M4xx: warnings: the mapping runs, but probably does not mean what it says."""

from __future__ import annotations

from .code import Code

CODES = (
    Code(
        "M411",
        "double quotes inside a JMESPath filter",
        "In JMESPath, double quotes name a field. A text stands in single quotes.",
        '"brand": "attributes[?name==\\"brand\\"].value"',
        '"brand": "attributes[?name==\'brand\'].value"',
    ),
    Code(
        "M412",
        "projections side by side may not line up",
        "Each projection drops its own nulls, so the members of two lists made side by side may belong to different "
        "items. Go through the items once instead.",
        '"x": "{ids: items[].id, names: items[].name}"',
        '"x": { "each": "items", "fields": { "id": "id", "name": "name" } }',
    ),
    Code(
        "M413",
        "an XPath step without prefix",
        "The document has a default namespace, and in XPath a name without prefix means an element in no namespace, "
        "so the path never matches. Give the namespace a prefix in source.namespaces.",
        '"ref": "order/id"',
        '"namespaces": { "o": "urn:shop:orders" }, ... "ref": "o:order/o:id"',
    ),
    Code(
        "M414",
        "a path never matched",
        "In all records of the sample this path found nothing, or in the whole input source.record found no record. "
        "Often it is misspelt.",
        '"sku": "item.SKU"',
        '"sku": "item.sku"',
    ),
    Code(
        "M415",
        "a path that source.schema does not know",
        "The mapping says what its source looks like, and this path leads to a place the schema does not describe. "
        "Often it is misspelt.",
        '"sku": "item.SKU"',
        '"sku": "item.sku"',
    ),
    Code(
        "M421",
        "a path used cleaned and as it is",
        "One field trims or casts the value, another uses it raw. Clean it once in let and use the variable.",
        '"a": ["SKU", "trim"], "b": { "template": "{SKU}-1" }',
        '"let": { "sku": ["SKU", "trim"] }, "fields": { "a": "$sku", "b": { "template": "{$sku}-1" } }',
    ),
    Code(
        "M422",
        "required with a constant default",
        "A constant default always fills in, so required can never fail.",
        '"sku": { "source": "SKU", "default": "NONE", "required": true }',
        '"sku": { "source": "SKU", "required": true }',
    ),
    Code(
        "M423",
        "never used",
        "A variable, table, fragment or pipeline of this file is not used. Remove it, or use it.",
        '"let": { "total": "total" }, "fields": { "id": "id" }',
        '"fields": { "id": "id" }',
    ),
    Code(
        "M424",
        "map without else",
        "Every value that the map does not list rejects the record (M330). Say what should happen to it; where "
        'rejecting is meant, say "on_error": "fail" in the field.',
        '["status", { "map": { "A": "ACTIVE" } }]',
        '["status", { "map": { "A": "ACTIVE" }, "else": "OTHER" }]',
    ),
    Code(
        "M430",
        "another value on every run",
        "uuid4 and its like make runs that cannot be repeated. Derive the value from the record (uuid5, hash_row), or "
        'say "nondeterministic": true.',
        '"id": { "resolve": "uuid4" }',
        '"id": ["orderNo", { "uuid5": { "namespace": "url" } }]',
    ),
    Code(
        "M431",
        "the meaning changed in migration",
        "The mapping was converted from another tool, where a value that could not be read became 0, false or empty. "
        "Here it is an error (M310) until on_error or default says otherwise.",
        '"qty": ["Qty", "int"]',
        '"qty": { "source": "Qty", "resolve": ["int"], "on_error": "default", "default": 0 }',
    ),
)
