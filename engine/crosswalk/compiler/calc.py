"""`calc`: numbers, `+ - * / %`, parentheses and `$variables`; parsed here into a small tree, nothing else accepted."""

from __future__ import annotations

import re
from decimal import Decimal

from ..errors import PathError
from ..lean import lean_dataclass

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|(\$[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)|([-+*/%()]))")
MAX_DEPTH = 50


@lean_dataclass(frozen=True)
class Num:
    value: int | Decimal


@lean_dataclass(frozen=True)
class Ref:
    name: str
    """With the dollar: `$qty`, `$line.qty`."""
    offset: int


@lean_dataclass(frozen=True)
class Neg:
    part: Node


@lean_dataclass(frozen=True)
class Bin:
    op: str
    left: Node
    right: Node


Node = Num | Ref | Neg | Bin


def parse_calc(text: str) -> Node:
    """The tree of an expression; raises PathError with the place."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        self.next = 0
        self.depth = 0
        place = 0
        while text[place:].strip():
            match = _TOKEN.match(text, place)
            if not match:
                start = place + len(text[place:]) - len(text[place:].lstrip())
                word = re.match(r"[A-Za-z_][\w.-]*|.", text[start:])
                shown = word[0] if word else text[start]
                if text[start + len(shown) :].lstrip().startswith("(") and shown[0].isalpha():
                    raise PathError(
                        "calc has no functions", offset=start, length=len(shown),
                        fix='a step after it works on the result: { "calc": "...", "resolve": { "round": 2 } }',
                    )  # fmt: skip
                fix = f'declare it under "let" and write ${shown}' if shown[0].isalpha() else ""
                raise PathError(
                    "calc sees only numbers, $variables, + - * / % and parentheses",
                    offset=start, length=len(shown), fix=fix,
                )  # fmt: skip
            kind = "num" if match[1] else "var" if match[2] else "op"
            value = match[match.lastindex or 0]
            self.tokens.append((kind, value, match.start(match.lastindex or 0)))
            place = match.end()

    def whole(self) -> Node:
        if not self.tokens:
            raise PathError("an empty expression", offset=0, length=max(1, len(self.text)))
        node = self.sum()
        if self.next < len(self.tokens):
            _, value, place = self.tokens[self.next]
            raise PathError(f'"{value}" is not expected here', offset=place, length=len(value))
        return node

    def peek(self) -> str:
        return self.tokens[self.next][1] if self.next < len(self.tokens) else ""

    def sum(self) -> Node:
        node = self.product()
        while self.peek() in ("+", "-"):
            op = self.take()
            node = Bin(op, node, self.product())
        return node

    def product(self) -> Node:
        node = self.unary()
        while self.peek() in ("*", "/", "%"):
            op = self.take()
            node = Bin(op, node, self.unary())
        return node

    def unary(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise PathError(
                f"nested deeper than {MAX_DEPTH}", offset=self.tokens[min(self.next, len(self.tokens) - 1)][2]
            )
        try:
            if self.peek() == "-":
                self.take()
                return Neg(self.unary())
            if self.peek() == "+":
                self.take()
                return self.unary()
            return self.atom()
        finally:
            self.depth -= 1

    def atom(self) -> Node:
        if self.next >= len(self.tokens):
            raise PathError("the expression ends too early", offset=max(0, len(self.text) - 1))
        kind, value, place = self.tokens[self.next]
        self.next += 1
        if kind == "num":
            return Num(Decimal(value) if "." in value else int(value))
        if kind == "var":
            return Ref(value, place)
        if value == "(":
            node = self.sum()
            if self.peek() != ")":
                raise PathError("this parenthesis is not closed", offset=place)
            self.take()
            return node
        raise PathError(f'"{value}" is not expected here', offset=place, length=len(value))

    def take(self) -> str:
        value = self.peek()
        self.next += 1
        return value
