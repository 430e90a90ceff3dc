"""Words for JSON syntax errors: what stands at the place of the fault, and what to write instead."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z_$][\w$-]*")
_NUMBERISH = re.compile(r"[+-]?[0-9.][\w.+-]*")
_WORDS = {
    "True": "true", "False": "false", "None": "null", "TRUE": "true", "FALSE": "false", "NULL": "null", "nil": "null",
    "undefined": "null",
}  # fmt: skip
_QUOTES = "'`“”„‘’"
_EXPECTED = {
    "value": "a value",
    "key": "a key in double quotes",
    "comma": "a comma or the closing bracket",
    "end": "the end of the document",
}

Help = tuple[int, int, str, str, str]
"""Offset, length, sentence, label behind the carets, fix."""


def explain_syntax(text: str, pos: int, expected: str, opened: int) -> Help:
    """Explain why `text` is not JSON at `pos`, where `expected` was due inside the bracket at `opened` (-1: none)."""
    char = text[pos : pos + 1]
    if not char:
        return _cut_off(text, opened)
    for helper in (_comment, _string, _trailing_comma, _quotes, _bracket, _word, _number):
        found = helper(text, pos, expected)
        if found:
            return found
    if expected == "comma" and char in '"{[':
        end = len(text[:pos].rstrip())
        return end, 1, "a comma is missing", "put a comma here", ""
    if expected == "colon":
        return pos, 1, "a colon is missing after the key", "a key is followed by a colon and a value", ""
    if expected == "end":
        return pos, 1, "there is text after the end of the document", "one file holds one JSON value", ""
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    return pos, 1, f"not JSON: unexpected {shown}", f"expected {_EXPECTED[expected]}", ""


def _cut_off(text: str, opened: int) -> Help:
    if opened < 0:
        return max(len(text) - 1, 0), 1, "the document ends before any value", "", ""
    line = text.count("\n", 0, opened) + 1
    label = f"this {text[opened]} is never closed"
    return opened, 1, f"the document ends too early: the bracket opened in line {line} is not closed", label, ""


def _comment(text: str, pos: int, expected: str) -> Help | None:
    if text[pos] != "#" and text[pos : pos + 2] not in ("//", "/*"):
        return None
    label, fix = "JSON has no comments", '"comment": "..." inside an object says the same'
    return pos, 2 if text[pos] == "/" else 1, "not JSON: a comment", label, fix


def _string(text: str, pos: int, expected: str) -> Help | None:
    if text[pos] != '"' or expected not in ("value", "key"):
        return None
    at = pos + 1
    while at < len(text) and text[at] not in '"\r\n':
        if text[at] == "\\":
            escape = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})').match(text, at)
            if escape is None:
                wrong = text[at : at + 2]
                return at, len(wrong), f"{wrong} is not a JSON escape", "a backslash is written twice", "\\" + wrong
            at = escape.end()
        elif text[at] < " ":
            name = "a tab" if text[at] == "\t" else f"the control character U+{ord(text[at]):04X}"
            fix = "\\t" if text[at] == "\t" else f"\\u{ord(text[at]):04x}"
            return at, 1, f"{name} inside a string", "write it as an escape", fix
        else:
            at += 1
    return pos, at - pos, "this string is not closed on its line", "a closing double quote is missing", ""


def _trailing_comma(text: str, pos: int, expected: str) -> Help | None:
    if text[pos] not in "]}" or expected not in ("value", "key"):
        return None
    before = len(text[:pos].rstrip()) - 1
    if before >= 0 and text[before] == ",":
        return before, 1, f"a comma before {text[pos]}", "remove this comma", ""
    return None


def _quotes(text: str, pos: int, expected: str) -> Help | None:
    if text[pos] not in _QUOTES:
        return None
    end = next((at for at in range(pos + 1, min(len(text), pos + 200)) if text[at] in _QUOTES + "\r\n"), pos)
    word = text[pos + 1 : end] if end > pos and text[end] in _QUOTES else ""
    length = end + 1 - pos if word else 1
    return pos, length, "not JSON: strings take straight double quotes", "wrong quotes", f'"{word}"' if word else ""


def _bracket(text: str, pos: int, expected: str) -> Help | None:
    if text[pos] not in "]}" or expected != "comma":
        return None
    wanted = "}" if text[pos] == "]" else "]"
    return pos, 1, f"the wrong bracket closes: expected {wanted}", f"write {wanted}, or remove it", ""


def _word(text: str, pos: int, expected: str) -> Help | None:
    match = _NAME.match(text, pos)
    if match is None or expected not in ("value", "key"):
        return None
    word = match[0]
    if word in ("NaN", "Infinity"):
        return pos, len(word), f"{word} is not a JSON value", "JSON numbers are finite", "null"
    if expected == "key":
        return pos, len(word), "not JSON: a key without quotes", "keys take double quotes", f'"{word}"'
    if word in _WORDS:
        return pos, len(word), f"{word} is not a JSON value", "JSON writes it in its own way", _WORDS[word]
    return pos, len(word), "not JSON: text without quotes", "strings take double quotes", f'"{word}"'


def _number(text: str, pos: int, expected: str) -> Help | None:
    match = _NUMBERISH.match(text, pos)
    if text.startswith("-Infinity", pos):
        return pos, 9, "-Infinity is not a JSON value", "JSON numbers are finite", "null"
    if match is None or expected != "value":
        return None
    word = match[0]
    label = "a JSON number has no leading zero, no plus sign and a digit on both sides of the point"
    plain = re.fullmatch(r"\+?(-?)0*([0-9]+|(?=\.))(\.[0-9]*)?", word)
    if plain is None:
        return pos, len(word), f"{word} is not a JSON number", label, f'"{word}"'
    fraction = (plain[3] or "").rstrip(".")
    return pos, len(word), f"{word} is not a JSON number", label, f"{plain[1]}{plain[2] or '0'}{fraction}"
