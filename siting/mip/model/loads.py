"""Terms of the IT load of a pair in a slice: its mean, what is moved, and idle engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pulp import LpVariable

from siting.arrays import FloatArray
from siting.coefficients import Coefficients

if TYPE_CHECKING:
    from siting.mip.model.variables import Variables

__all__ = ["Terms", "by_slice", "facility_power", "it_load"]

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


def by_slice(
    c: Coefficients, running: FloatArray, idle: str = "", weight: FloatArray | None = None
) -> dict[str, FloatArray]:
    """Coefficients of Σ_t h_t · weight[p] · value[p,t] · (IT load of p in t).

    The IT load of a pair in a slice is ``load_mw[p] + move_mw[p,t]``; of it ``idle_mw`` is
    cooled while the engine stands still, where another value holds.

    Parameters
    ----------
    c : Coefficients
        The problem.
    running : ndarray, shape (P, T)
        Value per IT energy in normal operation.
    idle : str, optional
        Field of `Idle` with the value while the engine stands still; zero then by default.
    weight : ndarray, shape (P,), optional
        Factor of each pair, one by default.
    """
    weight = np.ones(len(c.pair_site)) if weight is None else weight
    found = {"load_mw": (running @ c.hours) * weight}
    o = c.operation
    if o.flexible is not None:
        found["move_mw"] = running * c.hours * weight[:, None]
    if o.idle is not None:
        q = o.idle.pair
        off = getattr(o.idle, idle) if idle else np.zeros((len(q), len(c.hours)))
        found["idle_mw"] = (off - running[q]) * c.hours * weight[q, None]
    return found
