"""What a site uses in one slice, as terms on its decisions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable

from siting.coefficients import Coefficients
from siting.mip.model.variables import Variables

__all__ = ["Terms", "facility_power", "it_load"]

FloatArray = NDArray[np.float64]
Terms = list[tuple[LpVariable, float]]


def it_load(v: Variables, p: int, t: int, factor: float = 1.0) -> Terms:
    """IT load of a pair in a slice times a factor: its mean, and what is moved."""
    terms = [(v.load_mw[p], factor)]
    return [*terms, (v.move_mw[p][t], factor)] if v.move_mw else terms


def facility_power(
    v: Variables, c: Coefficients, s: int, t: int, *, running: FloatArray, idle_scale: float = 1.0
) -> Terms:
    """Σ_k value[s,k,t] · (IT load of the pair), other where its engine stands still.

    Parameters
    ----------
    v, c
        Decisions and numbers.
    s, t : int
        Site and slice.
    running : ndarray, shape (P, T)
        Value per IT power in normal operation.
    idle_scale : float
        Factor on the PUE, which is the value while the engine stands still.
    """
    terms: Terms = []
    for p in c.pairs_of_site[s]:
        terms += it_load(v, int(p), t, float(running[p, t]))
    if c.operation.idle is not None:
        for q in np.flatnonzero(c.pair_site[c.operation.idle.pair] == s):
            p = c.operation.idle.pair[q]
            off = idle_scale * c.operation.idle.pue[q, t] - running[p, t]
            terms.append((v.idle_mw[q][t], float(off)))
    return terms
