"""The known name an author probably meant: `near_name`, with a limit so that nothing far-fetched is suggested."""

from __future__ import annotations

from collections.abc import Iterable


def near_name(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to `word`, or None when none is near.

    A match but for case, `-`, `_` and spaces wins. Otherwise the Damerau-Levenshtein distance (optimal string
    alignment) may be 1 for words shorter than 5 characters, 2 from 5, 3 from 9; the first of the nearest is taken.
    """
    names = list(candidates)
    plain = plain_word(word)
    for name in names:
        if plain and plain_word(name) == plain:
            return name
    limit = 3 if len(word) >= 9 else 2 if len(word) >= 5 else 1
    best: str | None = None
    for name in names:
        if len(word) < 2 or len(name) < 2:
            continue
        distance = edit_distance(word.lower(), name.lower(), limit)
        if distance <= limit:
            best, limit = name, distance - 1
    return best


def plain_word(word: str) -> str:
    """The word without case, `-`, `_` and spaces."""
    return word.lower().replace("-", "").replace("_", "").replace(" ", "")


def edit_distance(a: str, b: str, limit: int) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours from `a` to `b`; `limit + 1` when there are more."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        current = [i]
        for j, right in enumerate(b, 1):
            cost = min(row[j] + 1, current[j - 1] + 1, row[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, row = row, current
    return row[-1]
