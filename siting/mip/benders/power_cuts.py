"""Rows of a site that powers itself, known before any dispatch of it is asked for.

Where nothing but contracts, steps of the connection and generators carries a site, its slices hang
together through what is built alone. What the site needs in its hardest slices is then a row of
the master, and prices of energy that are right for some of the sources give cuts in closed form.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.coefficients import Coefficients
from siting.coefficients.instance import units_of_site
from siting.coefficients.power import Power
from siting.mip.benders.dispatch import Dispatch
from siting.mip.components import active
from siting.mip.model.demand_classes import DemandClasses, flexible_flows, varying_flows

__all__ = ["needs_of_slices", "power_slopes", "powered_sites"]


def powered_sites(c: Coefficients, demand: DemandClasses) -> BoolArray:
    """Sites, shape (S,), that generate or are curtailed, and neither store nor move anything."""
    o, found = c.operation, np.zeros(len(c.sites), dtype=bool)
    if o.power is None:
        return found
    found[o.power.site[o.power.dispatched]] = True
    if o.storage is not None:
        found[o.storage.site] = False
    for flows in (flexible_flows(c, demand), varying_flows(c, demand)):
        found[demand.flow_site[flows]] = False
    if o.idle is not None:
        found[c.pair_site[o.idle.pair]] = False
    for component in active(c):
        found &= ~component.sites(c)
    return found


def needs_of_slices(
    c: Coefficients, dispatch: Dispatch, s: int
) -> Iterator[tuple[FloatArray, FloatArray, float]]:
    """Rows  Σ load_factor · load_mw + Σ unit_factor · units ≤ most  of the hardest slices.

    In every slice what is drawn is imported or generated, and what cannot be turned off is drawn:

        Σ_k drawn[k,t] · load_mw[k]  ≤  connection_mw + Σ_j output[j,t] · unit_mw[j] · units[j]
        Σ_j least[j] · output[j,t] · unit_mw[j] · units[j]  ≤  Σ_k drawn[k,t] · load_mw[k]

    Given are the slices in which each pair draws most, with all sources and without those that
    then give less than at other times, and least; cuts find the others.

    Parameters
    ----------
    c : Coefficients
        The problem.
    dispatch : Dispatch
        Its dispatch in closed form.
    s : int
        A site of `powered_sites`.
    """
    power, own = c.operation.power, units_of_site(c, s)
    if power is None:
        return
    drawn, output = dispatch.drawn(s), power.output[own] * power.unit_mw[own, None]
    full = power.output[own] >= power.output[own].max(axis=1, keepdims=True)
    short = [~whole for whole in full if not whole.all()]
    fewest = full.sum(axis=0) == full.sum(axis=0).min()
    for t in _highest(drawn, [np.ones_like(fewest), fewest, *short]):
        yield drawn[:, t], -output[:, t], float(c.connection_mw[s])
    if (power.least[own] > 0.0).any():
        for t in _highest(-drawn, [np.ones_like(fewest)]):
            yield -drawn[:, t], power.least[own] * output[:, t], 0.0


def _highest(values: FloatArray, among: list[BoolArray]) -> list[int]:
    """Slices in which each row is highest among some slices or others."""
    found = (np.where(mask, values, -np.inf).argmax(axis=1) for mask in among)
    return sorted({int(t) for each in found for t in each})


def power_slopes(
    c: Coefficients, dispatch: Dispatch, s: int, factors: FloatArray
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Slopes by load, contracts and units of cuts at some prices of energy.

    Dual of the dispatch, as in `Dispatch.slopes`: a price of energy in each slice up to that of
    the grid, and a rent of each source that costs less. Prices are those of the grid alone, with
    contracts, with generators, and with both.

    Parameters
    ----------
    c, dispatch, s
        As for `needs_of_slices`.
    factors : ndarray, shape (M,)
        Price of each metric.
    """
    power, own = c.operation.power, units_of_site(c, s)
    if power is None:
        return
    grid, supply = dispatch.prices(s, factors)
    segments = power.generators_at(s)
    made = dispatch.made_prices(segments, factors)
    room = _room(power, segments)
    place = np.searchsorted(own, power.generators[segments])
    lowest = [source.min(axis=0, initial=np.inf) for source in (supply, made)]
    for price in (grid, *(np.minimum(grid, x) for x in (*lowest, np.minimum(*lowest)))):
        slopes = dispatch.slopes(s, price, grid, supply)
        rent = (np.maximum(price - made, 0.0) * room).sum(axis=1)
        yield slopes.load_slope, slopes.contract_slope, -np.bincount(place, rent, len(own))


def _room(power: Power, segments: IndexArray) -> FloatArray:
    """Power of a unit of each segment in each slice. [MW]."""
    j = power.generators[segments]
    share = np.array([power.segments[g].share for g in segments])
    return share[:, None] * power.output[j] * power.unit_mw[j, None]
