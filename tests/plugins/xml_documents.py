"""Random XML documents of records `i`, most of them plain, some of them odd, broken or hostile; and paths in them."""

from __future__ import annotations

from hypothesis import strategies as st

NS = {"q": "urn:q"}
XSI = "http://www.w3.org/2001/XMLSchema-instance"
VALUES = [
    "a", "b", "@x", "@q:x", ".", "a/b", "a/@x", ".//b", "a//c", "a[1]", "a[last()]/b", "a[@x='1']", "b[2]", "text()",
    "a/text()", "q:a", "*[1]", "a|b", "normalize-space(a)", "concat(a, '-', @x)", "string(a/b)", "../@r", "@xml:lang",
    "self::i/a", "descendant::c", "(a/b)[1]", "i/a",
]  # fmt: skip
NODES = ["a", "b", "a/b", ".//c", "*", "a[@x]", "q:a", "i", "."]


TEXTS = st.sampled_from(
    ["", "x", " y ", "1", "é", "&amp;", "&lt;b&gt;", "&#233;", "<![CDATA[</i><i>]]>", "<!-- </i> -->", "<?p </i>?>",
     "]]", "\n", "&#xfdd0;", "\ufdd1", "\u2028", "&#64978;", "\ufdd3", "nil"]
)  # fmt: skip
ATTRIBUTES = st.sampled_from(
    ["", "", ' x="1"', " x='>'", ' x="&#10;"', ' q:x="2"', ' xml:lang="en"', ' xsi:nil="true"', ' xsi:nil="0"',
     ' xmlns:q="urn:other" q:x="3"', ' x="</i>"']
)  # fmt: skip
TAGS = st.sampled_from(["a", "a", "b", "b", "c", "q:a", "i", "d"])


def element(tag: str, attributes: str, parts: list[str]) -> str:
    inner = "".join(parts)
    return f"<{tag}{attributes}>{inner}</{tag}>" if inner else f"<{tag}{attributes}/>"


elements = st.recursive(
    st.builds(lambda tag, attributes, text: element(tag, attributes, [text]), TAGS, ATTRIBUTES, TEXTS),
    lambda inner: st.builds(element, TAGS, ATTRIBUTES, st.lists(inner | TEXTS, max_size=4)),
    max_leaves=6,
)
records = st.builds(
    lambda attributes, parts: f"<i{attributes}>{''.join(parts)}</i>", ATTRIBUTES, st.lists(elements | TEXTS, max_size=4)
)
PLAIN = "<i x='1'><a>x</a><b>y</b></i>"
BETWEEN = st.sampled_from(["", "\n", " \r\n ", "text", "<!-- </i> -->", "<j/>", "<i/>", "<i >z</i >"])
HEADS = st.sampled_from(
    ['<?xml version="1.0"?>\n', '<?xml version="1.0" encoding="iso-8859-1"?>', "<!-- <i> -->", "<!DOCTYPE r>\n"]
)
STARTS = st.sampled_from(["\n", "<h>head</h>\n", "<h><i/></h>", "<!-- <r><i> -->", "<j><i>no</i></j>"])
TAILS = st.sampled_from(["\n", "<t>tail</t>", "</r><r>", "<r><i>inner</i></r>", "</r></r>", "</i>", "&x;", "<i>"])


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    def seldom(parts: st.SearchStrategy[str]) -> str:
        return draw(parts) if draw(st.integers(0, 3)) == 0 else ""

    inside = draw(st.lists(st.just(PLAIN) | records, min_size=1, max_size=6)) * draw(st.integers(1, 4))
    between = [seldom(BETWEEN) if draw(st.booleans()) else "" for _ in inside]
    body = "".join(part for pair in zip(inside, between, strict=True) for part in pair)
    head = seldom(HEADS)
    start = '<r r="1" xmlns:q="urn:q" xmlns:xsi="' + XSI + '">'
    text = (
        head + start + seldom(STARTS) + body + seldom(TAILS) + "</r>" + draw(st.sampled_from(["", "\n", "<!-- e -->"]))
    )
    data = text.encode("iso-8859-1" if "8859" in head else "utf-8", "xmlcharrefreplace")
    return data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 7)) == 0 else data
