"""The numbers of one site alone, for programs that speak of nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from siting.arrays import IndexArray
from siting.coefficients.dispatch_options import Heat, Idle, Operation, Storage
from siting.coefficients.model import AXES, Coefficients
from siting.coefficients.structure import Structure

__all__ = ["of_site", "stores_of_site", "units_of_site"]


def of_site(c: Coefficients, s: int) -> Coefficients:
    """Return the same problem with one site, its pairs and its offers; demand and slices stay.

    Families over several sites (shared limits, losses, caps) and over several periods are left
    out, and a dispatch option that has nothing to operate there is off.

    Parameters
    ----------
    c : Coefficients
        The problem.
    s : int
        The site, which becomes site 0.
    """
    pairs, offers = np.flatnonzero(c.pair_site == s), np.flatnonzero(c.offer_site == s)
    kept = {"s": np.array([s]), "p": pairs, "o": offers}
    arrays: dict[str, Any] = {}
    for name, axes in AXES.items():
        value = getattr(c, name)
        for i, axis in enumerate(axes):
            value = np.take(value, kept[axis], axis=i) if axis in kept else value
        arrays[name] = value
    arrays["pair_site"], arrays["offer_site"] = 0 * pairs, 0 * offers
    return replace(
        c,
        **arrays,
        sites=(c.sites[s],),
        offer_source=tuple(c.offer_source[o] for o in offers),
        operation=_operation(c, s, pairs, offers),
        structure=Structure(ceilings=_ceilings(c, s)),
        vintages=None,
        scale=None,
    )


def stores_of_site(c: Coefficients, s: int) -> IndexArray:
    """Stores of a site, indices of the U stores."""
    storage = c.operation.storage
    return np.zeros(0, dtype=np.intp) if storage is None else np.flatnonzero(storage.site == s)


def units_of_site(c: Coefficients, s: int) -> IndexArray:
    """Steps and generators of a site, indices of the J."""
    power = c.operation.power
    return np.zeros(0, dtype=np.intp) if power is None else power.at(s)


def _ceilings(c: Coefficients, s: int) -> tuple[Any, ...]:
    return tuple(replace(law, sites=law.sites[[s]]) for law in c.structure.ceilings)


def _operation(c: Coefficients, s: int, pairs: IndexArray, offers: IndexArray) -> Operation:
    o = c.operation
    return replace(
        o,
        storage=_storage(o.storage, stores_of_site(c, s)),
        clean=tuple(
            replace(
                rule,
                sites=rule.sites[[s]],
                grid_share=rule.grid_share[[s]],
                unclean=None if rule.unclean is None else rule.unclean[offers],
            )
            for rule in o.clean
        ),
        idle=_idle(o.idle, pairs),
        heat=_heat(o.heat, pairs, s),
        power=None if o.power is None else o.power.of_site(s),
    )


def _storage(storage: Storage | None, stores: IndexArray) -> Storage | None:
    if storage is None or not len(stores):
        return None
    return Storage(
        site=0 * stores,
        name=tuple(storage.name[u] for u in stores),
        max_mw=storage.max_mw[stores],
        duration_h=storage.duration_h[stores],
        charge_efficiency=storage.charge_efficiency[stores],
        discharge_efficiency=storage.discharge_efficiency[stores],
        carries=storage.carries[stores],
        carbon_t_per_mw=storage.carbon_t_per_mw[stores],
        cost_usd_per_mw=storage.cost_usd_per_mw[stores],
    )


def _idle(idle: Idle | None, pairs: IndexArray) -> Idle | None:
    if idle is None:
        return None
    q = np.flatnonzero(np.isin(idle.pair, pairs))
    if not len(q):
        return None
    return Idle(
        pair=np.searchsorted(pairs, idle.pair[q]),
        pue=idle.pue[q],
        wue_l_per_kwh=idle.wue_l_per_kwh[q],
        withdrawal_l_per_kwh=idle.withdrawal_l_per_kwh[q],
    )


def _heat(heat: Heat | None, pairs: IndexArray, s: int) -> Heat | None:
    if heat is None:
        return None
    h = np.flatnonzero(np.isin(heat.pair, pairs))
    return replace(
        heat,
        pair=np.searchsorted(pairs, heat.pair[h]),
        recoverable=heat.recoverable[h],
        demand_mw=heat.demand_mw[[s]],
    )
