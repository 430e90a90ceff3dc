"""`near_step`: the resolver that is meant by a name that does not exist, also by the words of other tools."""

from __future__ import annotations

from collections.abc import Collection

from .near import near_name, plain_word

# Words of other tools and languages, without case, `-`, `_` and spaces, and the steps that do the same here.
_WORDS = {
    "int": "integer toint parseint asint cint long bigint castint",
    "decimal": "todecimal parsedecimal money tomoney parsemoney numeric",
    "number": "tonumber tonum num",
    "float": "tofloat parsefloat double real",
    "string": "str tostring text astext totext tostr varchar",
    "boolean": "bool tobool toboolean parsebool truefalse",
    "date": "todate parsedate stringtodate asdate datevalue strptime",
    "datetime": "todatetime parsedatetime timestamp parsetimestamp totimestamp parsetime",
    "format_date": "dateformat strftime datetostring formatdatetime",
    "upper": "uppercase toupper touppercase ucase",
    "lower": "lowercase tolower tolowercase lcase",
    "title": "titlecase propercase proper initcap",
    "trim": "strip trimspace trimall stripspace",
    "trim_start": "ltrim lstrip trimleft",
    "trim_end": "rtrim rstrip trimright",
    "collapse_space": "normalizespace squeeze normalisespace cleanspace",
    "substring": "substr mid slicetext substringtext",
    "length": "len strlen charlength",
    "count": "listlength countitems arraylength",
    "join": "concat implode concatenate joinlist arraytostring",
    "split": "tolist stringtoarray splittext",
    "replace": "substitute gsub replaceall",
    "replace_regex": "regexreplace resub regexpreplace",
    "extract": "regexextract regex regexmatch",
    "matches": "regexptest test like ismatch",
    "pad_left": "lpad padstart leftpad zfill",
    "pad_right": "rpad padend rightpad",
    "default": "ifnull nvl fallback ifempty defaultvalue defaultto orelse",
    "blank_to_null": "emptytonull nullifempty emptyasnull nullifblank blankasnull",
    "round": "roundto roundhalfup",
    "ceil": "ceiling roundup",
    "floor": "rounddown",
    "add": "plus increment",
    "subtract": "minus decrement",
    "multiply": "times mul product",
    "divide": "div dividedby",
    "distinct": "unique uniq dedupe dedup",
    "avg": "average mean",
    "first": "head firstitem",
    "last": "tail lastitem",
    "nth": "item elementat",
    "sha256": "hash sha sha2",
    "parse_json": "fromjson jsonparse jsondecode",
    "to_json": "tojsonstring jsonstringify stringify jsonencode",
    "to_zone": "totimezone convertzone converttz timezone tolocal",
    "assume_zone": "fromtimezone localize setzone",
    "now": "currentdate sysdate getdate",
    "uuid4": "uuid guid newguid",
    "map": "mapping valuemap translatevalue",
    "lookup": "vlookup xlookup",
    "get": "path jsonpath jmespath",
}  # fmt: skip
_STEP = {word: step for step, words in _WORDS.items() for word in words.split()}


def near_step(name: str, known: Collection[str]) -> str | None:
    """The known step that `name` means: a word of another tool, else the nearest in spelling; None when none is."""
    word = name.partition("(")[0]
    plain = plain_word(word)
    meant = _STEP.get(plain)
    if meant is not None and meant in known and all(plain_word(step) != plain for step in known):
        return meant
    return near_name(word, known)
