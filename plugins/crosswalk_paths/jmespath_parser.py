"""JMESPath text to syntax tree: jmespath's own parser, made strict and exact, with places for messages.

Differences from the library: commas between arguments and members are compulsory, numbers in literals keep their exact
digits (Decimal), and function calls, quoted names and multi-selects carry `start` and `end` offsets.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from jmespath import ast, exceptions, lexer, parser

from crosswalk import PathError

Node = dict[str, Any]
# The stubs leave the overridden methods out.
_LibraryLexer: Any = lexer.Lexer
_make: Any = ast
_LibraryParser: Any = parser.Parser
_NOT_A_FUNCTION = "not a function name"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE = re.compile(r"\$[A-Za-z0-9_]*")
_PLAIN = re.compile(r"[^\[\](){}|&@*'\"`?,:!<>=$\\]+")
_WORD = re.compile(r"[^\s.\[\](){}|&@*'\"`?,:!<>=$\\]+")


def parse(text: str) -> Node:
    """The syntax tree of a JMESPath text; raises PathError with the place of the culprit."""
    if not text.strip():
        raise PathError("a path cannot be empty", fix='write "@" for the record itself')
    try:
        tree: Node = _Parser()._parse(text).parsed
    except exceptions.ParseError as error:
        raise _path_error(text, error) from error
    except RecursionError as error:
        raise PathError("the path is nested too deeply", length=len(text)) from error
    return tree


class _Lexer(_LibraryLexer):  # type: ignore[misc]
    def _consume_literal(self) -> dict[str, Any]:
        start = self._position
        token: dict[str, Any] = super()._consume_literal()
        text = self._expression[start + 1 : self._position - 1 if self._current is not None else self._length - 1]
        try:
            token["value"] = json.loads(text.replace("\\`", "`"), parse_float=Decimal)
        except ValueError:
            pass  # the old form `text`: a string, as the library read it
        return token


class _Parser(_LibraryParser):  # type: ignore[misc]
    def _parse(self, expression: str) -> Any:
        self._tokens = list(_Lexer().tokenize(expression))
        self._index = 0
        parsed = self._expression(binding_power=0)
        if self._current_token() != "eof":
            self._raise_parse_error_for_token(self._lookahead_token(0), "unexpected")
        return parser.ParsedResult(expression, parsed)

    def _end(self) -> int:
        """The offset right after the token read last."""
        token = self._lookahead_token(-1)
        return int(token["start"]) + len(str(token["value"]))

    def _token_nud_quoted_identifier(self, token: dict[str, Any]) -> Node:
        node: Node = super()._token_nud_quoted_identifier(token)
        # For quoted tokens the library's `end` is the length.
        return node | {"quoted": True, "start": token["start"], "end": token["start"] + token["end"]}

    def _token_led_lparen(self, left: Node) -> Node:
        name_token = self._lookahead_token(-2)
        if left["type"] != "field" or name_token["type"] != "unquoted_identifier":
            self._raise_parse_error_for_token(name_token, _NOT_A_FUNCTION)
        arguments = []
        while self._current_token() != "rparen":
            arguments.append(self._expression())
            if self._current_token() == "rparen":
                break
            self._match("comma")
            if self._current_token() == "rparen":
                self._raise_parse_error_for_token(self._lookahead_token(0), "unexpected")
        self._match("rparen")
        node: Node = _make.function_expression(left["value"], arguments)
        return node | {"start": name_token["start"], "end": name_token["end"]}

    def _parse_multi_select_list(self) -> Node:
        start = self._lookahead_token(-1)["start"]
        node: Node = super()._parse_multi_select_list()
        return node | {"start": start, "end": self._end()}

    def _parse_multi_select_hash(self) -> Node:
        start = self._lookahead_token(-1)["start"]
        pairs = []
        while True:
            key = self._lookahead_token(0)
            self._match_multiple_tokens(token_types=["quoted_identifier", "unquoted_identifier"])
            self._match("colon")
            pairs.append(_make.key_val_pair(key_name=key["value"], node=self._expression(0)))
            if self._current_token() == "rbrace":
                break
            self._match("comma")
        self._match("rbrace")
        node: Node = _make.multi_select_dict(nodes=pairs)
        return node | {"start": start, "end": self._end()}


def _path_error(text: str, error: exceptions.ParseError) -> PathError:
    offset = min(int(error.lex_position), len(text))
    variable = _VARIABLE.match(text, offset)
    if variable:
        return PathError(
            f"{variable[0]} is inside the path: a scope variable may only start one",
            offset=offset,
            length=len(variable[0]),
            fix='bind the value with "let" and compare in "where" or "when", or start the path with the variable',
        )
    if isinstance(error, exceptions.IncompleteExpressionError) or offset == len(text):
        return PathError("the path ends too early", offset=max(len(text) - 1, 0))
    value = str(error.token_value)
    if isinstance(error, exceptions.LexerError):
        return _lexer_error(text, offset, value, error.message)
    if error.token_type == "NUMBER" and "invalid token" in error.msg:
        fix = f"{text[:offset]}`{value}`{text[offset + len(value) :]}"
        return PathError("a number in a comparison stands in backticks", offset=offset, length=len(value), fix=fix)
    shown = text[offset : offset + max(1, len(value))]
    message = f'"{shown}" is {error.msg if error.msg == _NOT_A_FUNCTION else "unexpected here"}'
    return PathError(message, offset=offset, length=len(shown), fix=_quoted(text))


def _lexer_error(text: str, offset: int, value: str, message: str) -> PathError:
    if "Unclosed" in message:
        return PathError(f"the {text[offset]} is not closed", offset=offset, length=len(text) - offset)
    if value == "=":
        fix = f"{text[:offset]}=={text[offset + 1 :]}"
        return PathError('"=" is not an operator', offset=offset, fix=fix)
    if text[offset] in '"`':
        return PathError(f"not valid JSON inside {text[offset]}...{text[offset]}", offset=offset, length=len(value))
    fix = _quoted(text) or _quoted_word(text, offset)
    return PathError(f'"{text[offset]}" is unexpected here', offset=offset, fix=fix)


def _quoted(text: str) -> str:
    """The text with every name quoted that needs it, when it is only names and dots; else no fix."""
    if not _PLAIN.fullmatch(text) or not all(text.split(".")):
        return ""
    fix = ".".join(part if _NAME.fullmatch(part) else json.dumps(part, ensure_ascii=False) for part in text.split("."))
    return fix if fix != text else ""


def _quoted_word(text: str, offset: int) -> str:
    for word in _WORD.finditer(text):
        if word.start() <= offset < word.end():
            return f"{text[: word.start()]}{json.dumps(word[0], ensure_ascii=False)}{text[word.end() :]}"
    return ""
