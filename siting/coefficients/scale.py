"""Price of halls by how many stand at a site: steps of a piecewise linear price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.arrays import FloatArray, IndexArray

__all__ = ["PriceSteps", "Scale", "price_steps"]


@dataclass(frozen=True)
class Scale:
    """Factor on the capital cost of each further MW of a design at a site.

    Parameters
    ----------
    from_mw : ndarray, shape (K,)
        Installed IT power from which each factor holds, the first zero, rising. [MW]
    factor : ndarray, shape (K,)
        Above zero; of the MW between this one and the next. [-]
    """

    from_mw: FloatArray
    factor: FloatArray

    def __post_init__(self) -> None:
        rises = (np.diff(self.from_mw) > 0).all()
        if not (len(self.from_mw) == len(self.factor) > 0 and self.from_mw[0] == 0 and rises):
            raise ValueError("the steps of a scale start at zero and rise")
        if not (np.isfinite(self.factor).all() and (self.factor > 0).all()):
            raise ValueError("the factors of a scale are finite and above zero")


@dataclass(frozen=True)
class PriceSteps:
    """Steps that the halls of a pair may end in, of the pairs that have more than one (N steps).

    The price of ``modules`` halls, counted in halls at a factor of one, is
    ``fixed[n] + slope[n] · modules`` for the step n with ``least[n] ≤ modules ≤ most[n]``.

    Parameters
    ----------
    pair : ndarray of int, shape (N,)
    least, most : ndarray, shape (N,)
        Whole numbers. [modules]
    fixed, slope : ndarray, shape (N,)
        [modules], [-]
    single : ndarray, shape (P,)
        Factor of the first step, which is the price of pairs that have no other. [-]
    """

    pair: IndexArray
    least: FloatArray
    most: FloatArray
    fixed: FloatArray
    slope: FloatArray
    single: FloatArray


def price_steps(scale: Scale, block_mw: FloatArray, max_modules: IndexArray) -> PriceSteps:
    """Steps of every pair, in whole modules of its own.

    Parameters
    ----------
    scale : Scale
        The price by installed power.
    block_mw : ndarray, shape (P,)
        IT power of one module. [MW]
    max_modules : ndarray of int, shape (P,)
        Most modules of each pair.
    """
    fall = np.append(0.0, scale.factor[:-1] - scale.factor[1:])
    rows = []
    for p, (block, most) in enumerate(zip(block_mw, max_modules, strict=True)):
        start = scale.from_mw / block
        least = np.maximum(np.ceil(start - 1e-9), 1.0)
        end = np.append(np.floor(start[1:] + 1e-9), float(most))
        last = np.minimum(end, float(most))
        inside = np.flatnonzero(least <= last)
        held = np.cumsum(fall * start)
        if len(inside) > 1 or (len(inside) and inside[0] > 0):
            rows += [(p, least[k], last[k], held[k], scale.factor[k]) for k in inside]
    pair, low, high, fixed, slope = np.array(rows, dtype=float).reshape(-1, 5).T
    single = np.full(len(block_mw), scale.factor[0])
    return PriceSteps(pair.astype(np.intp), low, high, fixed, slope, single)
