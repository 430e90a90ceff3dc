"""XPath 1.0 as a path language over lxml elements: compiled once, with scope variables and clear refusals."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crosswalk import CompiledPath, PathError, PathForm, PathLanguage, PathWarning

from .xpath_evaluator import AttributePath, ElementPath, SelfPath, scalar

if TYPE_CHECKING:
    from .xpath_tokens import Token

_CORE = """
last position count id local-name namespace-uri name
string concat starts-with contains substring-before substring-after substring string-length normalize-space translate
boolean not true false lang number sum floor ceiling round
"""
_FUNCTIONS = frozenset(re.findall(r"\S+", _CORE))
_XML = "http://www.w3.org/XML/1998/namespace"
_ATTRIBUTE = re.compile(r"@(?:([^\W\d][\w.\-]*):)?([^\W\d][\w.\-]*)")


class XPath(PathLanguage):
    """XPath 1.0 with the core functions; no extension functions, no documents."""

    name = "xpath"
    variable_separator = "/"
    over_nodes = True

    def compile(self, text: str, namespaces: Mapping[str, str]) -> CompiledPath:
        """Compile one path. Raises PathError for bad syntax, an undeclared prefix or an unknown function.

        `variables` holds names as written after `$`, dotted ones (`$context.region`, `$meta.row`) and `$1` included.
        """
        from .xpath_tokens import tokens

        if not text.strip():
            raise PathError("a path cannot be empty", fix='write "." for the element itself')
        parts, stray = tokens(text)
        if stray is not None:
            raise PathError(f'"{text[stray]}" is unexpected here', offset=stray, fix=_stray_fix(text, stray))
        _check_names(parts, namespaces)
        if text.strip() == ".":
            return SelfPath()
        match = _ATTRIBUTE.fullmatch(text.strip())
        if match:
            known = {"xml": _XML, **namespaces}
            return AttributePath(text, f"{{{known[match[1]]}}}{match[2]}" if match[1] else match[2])
        return _element_path(text, parts, namespaces)

    def scalar(self, value: Any) -> Any:
        """An element as its text (None when `xsi:nil`); other values as they are."""
        return scalar(value)

    def column(self, path: CompiledPath | None, form: PathForm) -> str | None:
        """The text, with `[]` behind it for all values, `?/` for the node, `/` for all nodes; see column_name."""
        from .xpath_column import column_name

        return column_name(path, form)

    def lint(self, text: str, namespaces: Mapping[str, str]) -> list[PathWarning]:
        """M413: an unprefixed element name though the mapping declares namespaces."""
        from .xpath_tokens import tokens

        if not namespaces:
            return []
        return [
            PathWarning(
                "M413",
                f'"{part.text}" has no prefix: it matches only elements in no namespace',
                offset=part.offset,
                length=len(part.text),
                fix=_prefixed(text, part, namespaces),
            )
            for part in tokens(text)[0]
            if part.kind == "name" and not part.prefix and part.text != "*" and not part.attribute
        ]


def _element_path(text: str, parts: list[Token], namespaces: Mapping[str, str]) -> CompiledPath:
    from lxml import etree

    written = text
    names = {part.text[1:]: _variable_name(part.text[1:]) for part in parts if part.kind == "variable"}
    for part in reversed(parts):
        if part.kind == "variable":
            end = part.offset + len(part.text)
            text = f"{text[: part.offset]}${names[part.text[1:]]}{text[end:]}"
    try:
        compiled = etree.XPath(text, namespaces=dict(namespaces), regexp=False, smart_strings=False)
    except etree.XPathSyntaxError as error:
        raise PathError(f"not XPath 1.0: {_lowered(error)}", length=len(text)) from error
    except ValueError as error:
        raise PathError(f"not XPath 1.0: {error}", length=len(text)) from error
    try:
        probe = compiled(etree.Element("probe"), **{name: [] for name in names.values()})
    except etree.XPathError as error:
        raise PathError(f"can never succeed: {_lowered(error)}", length=len(text)) from error
    return ElementPath(written, compiled, names, type(probe))


def _lowered(error: Exception) -> str:
    message = str(error)
    return message[:1].lower() + message[1:]


def _variable_name(name: str) -> str:
    """A name that XPath accepts: `$1`, a glob capture, is not one."""
    return f"capture-{name}" if name[0].isdigit() else name


def _check_names(parts: list[Token], namespaces: Mapping[str, str]) -> None:
    if "" in namespaces:
        raise PathError("XPath 1.0 has no default namespace: give it a prefix", fix='"namespaces": {"d": "..."}')
    for part in parts:
        place = {"offset": part.offset, "length": len(part.text)}
        if part.kind == "function" and part.text not in _FUNCTIONS:
            near = difflib.get_close_matches(part.text, _FUNCTIONS, 1)
            fix = f"did you mean {near[0]}()?" if near else "functions: " + ", ".join(sorted(_FUNCTIONS))
            raise PathError(f"{part.text}() is not a function of XPath 1.0", fix=fix, **place)
        if part.kind == "name" and part.prefix and part.prefix not in namespaces and part.prefix != "xml":
            known = ", ".join(sorted(namespaces)) or "none"
            raise PathError(
                f'the prefix "{part.prefix}" is not declared; declared: {known}',
                fix=f'"namespaces": {{"{part.prefix}": "..."}}',
                **place,
            )


def _stray_fix(text: str, at: int) -> str:
    if text[at] in "\"'":
        return f"close the {text[at]}"
    return 'write the test as "... = ..."' if text[at : at + 1] == "!" else ""


def _prefixed(text: str, part: Token, namespaces: Mapping[str, str]) -> str:
    prefix = next(iter(namespaces)) if len(namespaces) == 1 else ""
    if not prefix:
        return "write prefix:" + part.text + " with one of: " + ", ".join(sorted(namespaces))
    return f"{text[: part.offset]}{prefix}:{text[part.offset :]}"
