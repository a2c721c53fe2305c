"""Units that some halls need, found without a solver: a first guess for the search."""

from __future__ import annotations

import numpy as np

from siting.arrays import FloatArray, IndexArray
from siting.coefficients.model import Coefficients
from siting.coefficients.power import Power

__all__ = ["least_units"]


def least_units(c: Coefficients, modules: FloatArray, standing: FloatArray) -> FloatArray:
    """Steps of connections and generators that carry the peak of some halls, cheapest MW first.

    Parameters
    ----------
    c : Coefficients
        The problem.
    modules : ndarray, shape (P,)
        Halls that stand.
    standing : ndarray, shape (J,)
        Units that stand already.

    Returns
    -------
    ndarray, shape (J,)
        Units, none fewer than stand already; too few where all that there are do not suffice.
    """
    power = c.operation.power
    if power is None:
        return np.zeros(0)
    units, sites = np.maximum(standing, 0.0), len(c.sites)
    peak = np.bincount(c.pair_site, c.pue_peak * c.block_mw * modules, sites)
    price = power.cost_usd / power.unit_mw + float(c.hours.sum()) * power.price_usd_per_mwh
    # What may be curtailed helps least, whatever it costs.
    rank = np.lexsort((price, ~power.connects, (power.output < 1.0).any(axis=1))).argsort()
    each = power.firm * power.unit_mw
    for s in np.flatnonzero(peak > c.connection_mw):
        own = power.at(int(s))
        own = own[np.argsort(rank[own])]
        for j in own[each[own] > 0]:
            while units[j] < power.most[j]:
                short = peak[s] - c.connection_mw[s] - _firm_mw(power, own, units)
                if short <= 1e-9:
                    break
                more = max(1.0, np.ceil(short / each[j] - 1e-9))
                units[j] = min(power.most[j], units[j] + more)
    return units


def _firm_mw(power: Power, own: IndexArray, units: FloatArray) -> float:
    """Firm power of the units of one site, one out where the study asks for it. [MW]."""
    each = power.firm * power.unit_mw
    built = own[(units[own] > 0.5) & ~power.connects[own]]
    lost = float(each[built].max(initial=0.0)) if power.one_out else 0.0
    return float(each[own] @ units[own]) - lost
