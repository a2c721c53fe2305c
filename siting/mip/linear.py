"""Linear expressions from aligned arrays of variables and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from pulp import LpAffineExpression, LpVariable, lpSum_vars_coefs

__all__ = ["dot", "total"]


def dot(variables: Sequence[LpVariable], coefficients: ArrayLike) -> LpAffineExpression:
    """Σ coefficient · variable, zeros left out.

    Raises
    ------
    ValueError
        If the lengths differ or a coefficient is not finite.
    """
    values = np.asarray(coefficients, dtype=float)
    if values.shape != (len(variables),):
        raise ValueError(f"{len(variables)} variables but coefficients of shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("a coefficient is not finite")
    used = np.flatnonzero(values)
    return lpSum_vars_coefs([(variables[int(i)], float(values[i])) for i in used])


def total(terms: Iterable[tuple[LpVariable, float]]) -> LpAffineExpression:
    """Σ coefficient · variable of pairs."""
    return lpSum_vars_coefs(terms)
