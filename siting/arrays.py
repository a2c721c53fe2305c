"""Array types, each defined once, and the iteration over blocks of sites."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BoolArray",
    "FloatArray",
    "IndexArray",
    "IntArray",
    "Numeric",
    "as_float",
    "freeze_arrays",
    "no_values",
    "site_blocks",
]

FloatArray = NDArray[np.float64]
"""Array of 64-bit floats."""

IntArray = NDArray[np.int64]
"""Array of 64-bit integers."""

IndexArray = NDArray[np.intp]
"""Array of indices into other arrays."""

BoolArray = NDArray[np.bool_]
"""Array of truth values."""

Numeric = float | FloatArray
"""A number or an array of numbers; a function given numbers only returns a number."""

# Two hundred thousand steps are 1.6 MB an array: the temporaries of one design stay in the cache.
STEPS_PER_BLOCK = 200_000


def no_values() -> FloatArray:
    """Array of size zero, the default of numbers that a study does not ask for."""
    return np.zeros(0)


def as_float(value: ArrayLike) -> Numeric:
    """Return ``value`` as 64-bit floats, a number staying a number, in its unit."""
    result: Numeric = np.asarray(value, dtype=np.float64)[()]
    return result


def freeze_arrays(data: object, length: int | None = None, but: Collection[str] = ()) -> None:
    """Make the arrays of a dataclass finite, read-only copies and, where given, of one length.

    ``but`` names arrays of another length. A ValueError names the array that is of another length
    or not finite.
    """
    for f in fields(data):  # type: ignore[arg-type]
        value = getattr(data, f.name)
        if not isinstance(value, np.ndarray):
            continue
        if length not in (None, len(value)) and f.name not in but:
            raise ValueError(f"{f.name} has length {len(value)}, expected {length}")
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError(f"{f.name} holds a value that is not finite")
        array = value.copy()
        array.setflags(write=False)
        object.__setattr__(data, f.name, array)


def site_blocks(sites: int, steps: int, size: int = STEPS_PER_BLOCK) -> Iterator[slice]:
    """Cut a number of sites into blocks small enough for the cache and for memory.

    Each has consecutive sites of at most ``size`` site-steps, or one site.
    """
    step = max(1, size // max(1, steps))
    for start in range(0, sites, step):
        yield slice(start, min(start + step, sites))
