"""Changes of plain data, text and bytes; the same seed makes the same mutant."""

from __future__ import annotations

import copy
import math
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["mutated_bytes", "mutated_cells", "mutated_data", "mutated_text"]

NUMBERS: tuple[Any, ...] = (
    0, -1, 1, 0.0, -0.0, 1e-300, 1e-12, 1e-6, 0.5, 1.5, 2, 3, 12, 24, 100, 1e6, 1e15, 1e300, 1e308,
    math.nan, math.inf, -math.inf, 2**31, 2**63, 10**30, 10**400,
)  # fmt: skip
TEXTS = (
    "", " ", "\n", "null", "~", "true", "NaN", ".inf", "1,5", "1:30", "5 %", "300 MW", "1e309", "-",
    "=1", "=cmd|' /C calc'!A0", "@SUM(1)", "\x1b[31mred", "\x9b2J", "\a", "\0", "\u202e", "\ud800",
    "\ufeff", "ñ", "北京", "x" * 5000, "../../etc/passwd", "/dev/zero", "lulea", "europe", "all",
    "a.b[0]", "[]", "{}", "<img src=x>", "%s%n", "2019-01-01", "0x1F", "1_000", "energy", "CHN",
)  # fmt: skip


def _odd_number(rng: random.Random, value: float) -> Any:
    scale = rng.choice((-1, 0, 10, 1000, 1e-3, 1e-9, 1e9, 1e300))
    if rng.random() < 0.5 and not isinstance(value, bool) and abs(value) < 1e15:
        return value * scale
    return rng.choice(NUMBERS)


def odd_value(rng: random.Random, value: Any = None) -> Any:
    """Something in place of a value, more often of its own kind than not."""
    if isinstance(value, int | float) and rng.random() < 0.6:
        return _odd_number(rng, value)
    if isinstance(value, str) and rng.random() < 0.5:
        return mutated_text(rng, value)
    number, text = rng.choice(NUMBERS), rng.choice(TEXTS)
    return rng.choice(
        (None, True, False, number, text, [], {}, [number], [text, rng.choice(TEXTS)],
         {text: number}, [None], [value, value], {"a": value}, (), [[[]]])
    )  # fmt: skip


def _places(data: Any) -> list[tuple[Any, Any]]:
    """Every container of nested data with every key or index in it."""
    found: list[tuple[Any, Any]] = []
    queue = [data]
    while queue:
        at = queue.pop()
        keys: Sequence[Any] = ()
        if isinstance(at, dict):
            keys = list(at)
        elif isinstance(at, list):
            keys = range(len(at))
        found += [(at, key) for key in keys]
        queue += [at[key] for key in keys]
    return found


def _replace(rng: random.Random, at: Any, key: Any) -> None:
    at[key] = odd_value(rng, at[key])


def _remove(rng: random.Random, at: Any, key: Any) -> None:
    del at[key]


def _rename(rng: random.Random, at: Any, key: Any) -> None:
    if isinstance(at, dict):
        value = at.pop(key)
        at[rng.choice((mutated_text(rng, str(key)), rng.choice(TEXTS), 5, None, key))] = value


def _wrap(rng: random.Random, at: Any, key: Any) -> None:
    for _ in range(rng.choice((1, 1, 2, 60))):
        at[key] = rng.choice(([at[key]], {rng.choice(TEXTS): at[key]}))


def _unwrap(rng: random.Random, at: Any, key: Any) -> None:
    inner = at[key]
    values = list(inner.values()) if isinstance(inner, dict) else inner
    if isinstance(values, list) and values:
        at[key] = rng.choice(values)


def _double(rng: random.Random, at: Any, key: Any) -> None:
    if isinstance(at, list):
        at.insert(key, copy.deepcopy(at[key]))
    elif isinstance(at, dict):
        at[f"{key}{rng.choice(('', 's', '_', 'x'))}"] = copy.deepcopy(at[key])


_CHANGES: tuple[Callable[[random.Random, Any, Any], None], ...] = (
    _replace, _replace, _replace, _replace, _remove, _rename, _wrap, _unwrap, _double,
)  # fmt: skip


def mutated_data(rng: random.Random, data: Any, grow: Sequence[Sequence[str]] = ()) -> Any:
    """Plain data with one to three changes.

    Parameters
    ----------
    rng : random.Random
        Seeded.
    data : object
        Mappings, lists, text and numbers; stays as it is.
    grow : sequence of paths
        Keys that may be set though the data lacks them.
    """
    fresh = copy.deepcopy(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if grow and rng.random() < 0.3:
            _set(fresh, rng.choice(grow), odd_value(rng, rng.choice(NUMBERS)))
            continue
        places = _places(fresh)
        if not places:
            return odd_value(rng)
        at, key = rng.choice(places)
        rng.choice(_CHANGES)(rng, at, key)
        if rng.random() < 0.2:  # parts of the data in place of one another
            places = _places(fresh)
            if places:
                (one, a), (other, b) = rng.choice(places), rng.choice(places)
                one[a] = copy.deepcopy(other[b])
    return fresh


def _set(data: Any, path: Sequence[str], value: Any) -> None:
    for key in path[:-1]:
        if not isinstance(data, dict):
            return
        if not isinstance(data.get(key), dict):
            data[key] = {}
        data = data[key]
    if isinstance(data, dict):
        data[path[-1]] = value


def mutated_text(rng: random.Random, text: str) -> str:
    """Text with a piece cut, doubled, replaced or moved, or with a number of another size."""
    if not text or rng.random() < 0.1:
        return rng.choice(TEXTS)
    a, b = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
    b = min(b, a + rng.choice((1, 1, 2, 8, 200)))
    way = rng.randrange(6)
    if way == 0:
        return text[:a] + text[b:]
    if way == 1:
        return text[:b] + text[a:b] * rng.choice((1, 2, 50)) + text[b:]
    if way == 2:
        return text[:a] + rng.choice(TEXTS) + text[b:]
    if way == 3:
        return text[:a] + rng.choice("[]{}:#&*!|>'\"%@`,-?;=\n\t\r\0\\ ") + text[b:]
    numbers = list(re.finditer(r"-?\d+(?:\.\d+)?", text))
    if way == 4 and numbers:
        found = rng.choice(numbers)
        return text[: found.start()] + str(rng.choice(NUMBERS[:-1])) + text[found.end() :]
    lines = text.split("\n")
    rng.shuffle(lines)
    return "\n".join(lines)


def mutated_bytes(rng: random.Random, content: bytes) -> bytes:
    """Bytes with some flipped, a piece cut or overwritten, or the end lost."""
    fresh = bytearray(content)
    for _ in range(rng.choice((1, 1, 3, 20))):
        if not fresh:
            return bytes(rng.randrange(256) for _ in range(rng.randrange(40)))
        at = rng.randrange(len(fresh))
        way = rng.randrange(5)
        if way <= 1:
            fresh[at] ^= 1 << rng.randrange(8)
        elif way == 2:
            del fresh[at : at + rng.choice((1, 4, 100, 10_000))]
        elif way == 3:
            piece = bytes(rng.randrange(256) for _ in range(rng.choice((1, 4, 64))))
            fresh[at : at + len(piece)] = piece
        elif rng.random() < 0.3:
            del fresh[at:]
    return bytes(fresh)


def mutated_cells(rng: random.Random, text: str) -> str:
    """A comma-separated table with one to three changes of its cells, rows and columns."""
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(rng.choice((1, 1, 2, 3))):
        row = rng.randrange(len(rows))
        way = rng.randrange(8)
        if way <= 3 and rows[row]:
            cell = rng.randrange(len(rows[row]))
            odd = odd_value(rng, rows[row][cell])
            rows[row][cell] = "" if odd is None else str(odd) if _short(odd) else "9" * 400
        elif way == 4:
            rows.insert(row, rng.choice(([], [""], list(rows[row]), list(rows[0]))))
        elif way == 5 and len(rows) > 1:
            del rows[row]
        elif way == 6:
            for line in rows:
                line.append(rng.choice((line[0] if line else "", "x", "5")))
        else:
            rows[0] = [mutated_text(rng, name) for name in rows[0]]
    return rng.choice(("\n", "\n", "\r\n")).join(map(",".join, rows))


def _short(value: object) -> bool:
    return not (isinstance(value, int) and abs(value) > 10**300)
