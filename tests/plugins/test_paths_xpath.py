"""XPath: the three states, several nodes, variables, namespaces, errors, lint, and what is switched off."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from crosswalk import MISSING, DataError, PathError
from crosswalk_paths.xpath_language import XPath

NS = {"o": "urn:o", "c": "urn:c"}
DOC = etree.fromstring(
    """<o:order xmlns:o="urn:o" xmlns:c="urn:c" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    id="7" c:kind="x"><o:name> Ann <!-- no --><c:last>Lee</c:last>&amp;<![CDATA[<co>]]></o:name
    ><o:empty/><o:nil xsi:nil="true"/><o:nil1 xsi:nil="1">text</o:nil1><o:line n="1"><o:qty>2</o:qty></o:line
    ><o:line n="2"><o:qty>9007199254740993</o:qty></o:line><o:line n="3"/><plain>p</plain></o:order>"""
)


def value(text: str, context: Any = DOC, /, **variables: Any) -> Any:
    names = {name.replace("__", "."): given for name, given in variables.items()}
    return XPath().compile(text, NS).value(context, names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("o:name", " Ann Lee&<co>"),
        ("o:name/c:last", "Lee"),
        ("o:name/comment()", " no "),
        ("o:empty", ""),
        ("o:nil", None),
        ("o:nil1", None),
        ("o:none", MISSING),
        ("plain", "p"),
        ("name", MISSING),
        ("@id", "7"),
        ("@c:kind", "x"),
        ("@none", MISSING),
        ("@c:id", MISSING),
        ("attribute::id", "7"),
        ("o:line[2]/@n", "2"),
        ("o:line[@n='2']/o:qty", "9007199254740993"),
        ("o:line[last()]/o:qty", MISSING),
        ("plain/text()", "p"),
        ("count(o:line)", 3),
        ("count(o:line) = 3", True),
        ("1 div 4", 0.25),
        ("sum(o:line/@n)", 6),
        ("number(plain)", MISSING),
        ("1 div 0", float("inf")),
        ("string(o:none)", ""),
        ("normalize-space(o:name)", "Ann Lee&<co>"),
        ("o:line[o:qty and not(@n = 2)]/@n", "1"),
        ("./@id", "7"),
        ("/o:order/@id", "7"),
    ],
)
def test_one_value(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("text", ["o:line", "o:line/@n", "@*", "o:line/o:qty/text()"])
def test_several_nodes_for_one_value(text: str) -> None:
    with pytest.raises(DataError) as caught:
        value(text)
    assert caught.value.code == "M312"
    assert "nodes for one value" in caught.value.message
    with pytest.raises(DataError):
        XPath().compile(text, NS).node(DOC, {})


def test_lists_and_contexts() -> None:
    lines = XPath().compile("o:line", NS)
    assert [line.get("n") for line in lines.nodes(DOC, {})] == ["1", "2", "3"]
    assert lines.values(DOC, {}) == ["2", "9007199254740993", ""]
    assert XPath().compile("o:line/@n", NS).values(DOC, {}) == ["1", "2", "3"]
    assert XPath().compile("o:nil|o:empty", NS).values(DOC, {}) == ["", None]
    assert XPath().compile("o:none", NS).nodes(DOC, {}) == []
    assert XPath().compile("o:none", NS).node(DOC, {}) is MISSING
    assert XPath().compile("o:line[1]", NS).node(DOC, {}) is DOC.find("{urn:o}line")
    assert XPath().compile("count(*)", NS).nodes(DOC, {}) == [8]
    assert XPath().compile("number(o:none)", NS).nodes(DOC, {}) == []
    assert XPath().compile("@id", NS).nodes(DOC, {}) == ["7"]
    assert XPath().compile("@none", NS).nodes(DOC, {}) == []


def test_dot_works_on_text_contexts() -> None:
    path = XPath().compile(".", NS)
    assert path.value("text", {}) == "text"
    assert path.value(DOC[0], {}) == " Ann Lee&<co>"
    assert path.value(MISSING, {}) is MISSING
    assert path.node(DOC, {}) is DOC
    assert XPath().scalar(DOC[0]) == " Ann Lee&<co>"
    assert XPath().scalar(3) == 3


@pytest.mark.parametrize("text", ["o:name", "@id", "count(o:name)"])
def test_contexts_that_are_no_elements(text: str) -> None:
    path = XPath().compile(text, NS)
    assert path.value(MISSING, {}) is MISSING
    assert path.value(None, {}) is MISSING
    with pytest.raises(DataError) as caught:
        path.value({"a": 1}, {})
    assert caught.value.code == "M313"


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("o:line[@n=$index]/o:qty", {"index": 1}, "2"),
        ("o:line[@n=$index]/o:qty", {"index": "1"}, "2"),
        ("o:line[$index]/@n", {"index": 2}, "2"),
        ("o:line[o:qty=$id]/@n", {"id": 9007199254740993}, "2"),
        ("o:line[@n=$d]/@n", {"d": Decimal("2.0")}, "2"),
        ("o:line[@n=$context.n]/@n", {"context__n": 3}, "3"),
        ("o:line[@n=$gone]/@n", {"gone": MISSING}, MISSING),
        ("o:line[@n=$gone]/@n", {"gone": None}, MISSING),
        ("o:line[@n=$line/@n]/@n", {"line": DOC[5]}, "2"),
        ("concat('$index', $index)", {"index": "x"}, "$indexx"),
        ("concat($day, '')", {"day": dt.date(2024, 2, 29)}, "2024-02-29"),
        ("boolean($flag)", {"flag": True}, True),
    ],
)
def test_variables_inside(text: str, variables: dict[str, Any], expected: Any) -> None:
    path = XPath().compile(text, NS)
    assert path.variables == {name.replace("__", ".") for name in variables}
    assert value(text, **variables) == expected


def test_capture_variables() -> None:
    path = XPath().compile("o:line[@n=$1]/@n", NS)
    assert path.variables == {"1"}
    assert path.value(DOC, {"1": "3"}) == "3"


def test_a_list_of_values_is_no_variable() -> None:
    with pytest.raises(DataError) as caught:
        value("o:line[@n=$list]", list=[1, 2])
    assert caught.value.code == "M313"


def test_inexact_numbers_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        value("sum(o:line/o:qty)")
    assert caught.value.code == "M311"


def test_definite_means_a_node_set() -> None:
    assert XPath().compile("o:line[1]/@n", NS).definite
    assert not XPath().compile("count(o:line)", NS).definite


@pytest.mark.parametrize(
    ("text", "culprit", "message", "fix"),
    [
        ("q:a/o:b", "q:a", 'prefix "q" is not declared; declared: c, o', '"q"'),
        ("o:a[q:b]", "q:b", "not declared", ""),
        ("@q:a", "q:a", "not declared", ""),
        ("o:a[", "o:a[", "not XPath 1.0", ""),
        ("o:a[@n='x]", "'", "unexpected", "close"),
        ("o:a ! o:b", "!", "unexpected", ""),
        ("document('x')", "document", "not a function", ""),
        ("re:test(., 'a')", "re:test", "not a function", ""),
        ("cont(o:a)", "cont", "not a function", "count()"),
        ("count(1)", "count(1)", "can never succeed", ""),
        ("lower-case(o:a)", "lower-case", "not a function", ""),
        (" ", "", "empty", "."),
    ],
)
def test_path_errors(text: str, culprit: str, message: str, fix: str) -> None:
    with pytest.raises(PathError) as caught:
        XPath().compile(text, NS)
    error = caught.value
    assert message in error.message
    assert fix in error.fix
    if culprit:
        assert text[error.offset : error.offset + error.length] == culprit


def test_a_default_namespace_needs_a_prefix() -> None:
    with pytest.raises(PathError, match="prefix"):
        XPath().compile("a", {"": "urn:o"})


@pytest.mark.parametrize(
    ("text", "culprits"),
    [
        ("o:a/b/@c", ["b"]),
        ("name", ["name"]),
        ("*[div div mod]", ["div", "mod"]),
        ("o:a[@n and b='text c']", ["b"]),
        ("@a", []),
        ("o:a/attribute::b", []),
        ("count(o:a)", []),
        ("o:a/text()", []),
        ("child::b", ["b"]),
        ("$line/o:a", []),
    ],
)
def test_lint_missing_prefixes(text: str, culprits: list[str]) -> None:
    warnings = XPath().lint(text, NS)
    assert [w.code for w in warnings] == ["M413"] * len(culprits)
    assert [text[w.offset : w.offset + w.length] for w in warnings] == culprits
    assert XPath().lint(text, {}) == []


def test_lint_suggests_the_only_prefix() -> None:
    (warning,) = XPath().lint("o:a/b", {"o": "urn:o"})
    assert warning.fix == "o:a/o:b"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a", ["a", "a[]", "a/"]),
        ("o:a[@x='1']/b[last()]", ["o:a[@x='1']/b[last()]", "o:a[@x='1']/b[last()][]", "o:a[@x='1']/b[last()]/"]),
        ("a//b", ["a//b", "a//b[]", "a//b/"]),
        (".", [".", ".[]", "./"]),
        ("@a", ["@a", "@a[]", None]),
        ("a/text()", ["a/text()", "a/text()[]", None]),
        ("a|b", ["a|b", "a|b[]", None]),
        ("../../@o:x", ["../../@o:x", "../../@o:x[]", None]),
        ("concat(a, '/', ../@x)", [None] * 3),
        ("concat(a, '/', @x)", ["concat(a, '/', @x)"] * 2 + [None]),
        ("a * 2", [None] * 3),
        ("count(a)", [None] * 3),
        ("a = 1", [None] * 3),
        ("..", [None] * 3),
        ("../a", [None] * 3),
        ("/o:a/b", [None] * 3),
        ("//b", [None] * 3),
        ("a[//b]", [None] * 3),
        ("a[. = /b]", [None] * 3),
        ("a[../b]", [None] * 3),
        ("a[lang('en')]", [None] * 3),
        ("id('x')", [None] * 3),
        ("following-sibling::a", [None] * 3),
        ("a/ancestor::b", [None] * 3),
        ("a/node()", [None] * 3),
        ("comment()", [None] * 3),
        ("a[$v]", [None] * 3),
    ],
)  # fmt: skip
def test_names_of_columns(text: str, names: list[str | None]) -> None:
    path = XPath().compile(text, NS)
    assert [XPath().column(path, form) for form in ("value", "values", "nodes")] == names


def test_the_context_itself_has_a_column() -> None:
    assert [XPath().column(None, form) for form in ("value", "values", "nodes")] == [".", ".", "./"]


def test_attributes_of_the_xml_namespace() -> None:
    assert value("@xml:lang", etree.fromstring("<a xml:lang='en'/>")) == "en"
