"""Units that some halls need, found without a solver: a first guess for the search."""

from __future__ import annotations

import numpy as np

from siting.arrays import FloatArray
from siting.coefficients.model import Coefficients

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
    order = np.lexsort((price, ~power.connects, (power.output < 1.0).any(axis=1)))
    for s in np.flatnonzero(peak > c.connection_mw):
        for j in (j for j in order if power.site[j] == s and power.firm[j] > 0):
            each = float(power.firm[j] * power.unit_mw[j])
            while units[j] < power.most[j]:
                short = peak[s] - c.connection_mw[s] - power.firm_mw(units, sites)[s]
                if short <= 1e-9:
                    break
                units[j] = min(power.most[j], units[j] + max(1.0, np.ceil(short / each - 1e-9)))
    return units
