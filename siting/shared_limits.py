"""Which limits that sites share hold an answer where it is: basins, lakes, caps, losses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.coefficients import Coefficients
from siting.mip import StateAnswer

__all__ = ["binding_shared"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: A limit binds where less than this share of it is left.
SLACK = 1e-6


def binding_shared(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    """Sites that each shared limit binds, shape (S,), by the key of the study.

    A cap binds all its sites. A lake and the losses bind where one more hall, or one less, of any
    of the designs would break them.
    """
    found = {**_basins(c, x), **_lakes(c, x), **_caps(c, x)}
    found["failover.loss"] = _losses(c, x)
    return found


def _basins(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    basins, load = c.structure.basins, x.decisions.load_mw
    if basins is None:
        return {}
    found = {}
    for name, litres, most in (
        ("basin_water_m3", c.wue_l_per_kwh, basins.water_m3),
        ("basin_withdrawal_m3", c.withdrawal_l_per_kwh, basins.withdrawal_m3),
    ):
        if most is not None:
            used = (litres @ c.hours) * load
            total = np.bincount(basins.site_basin[c.pair_site], used, len(basins.names))
            found[name] = (total >= most * (1 - SLACK))[basins.site_basin]
    return found


def _lakes(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    heat = c.structure.heat
    if heat is None:
        return {}
    each = heat.rejected * c.block_mw
    body = heat.site_body[c.pair_site]
    inside = (body >= 0) & (each > 0)
    used = np.bincount(body[inside], (each * x.decisions.modules)[inside], len(heat.names))
    full = np.zeros(len(c.sites), dtype=bool)
    built = inside & (x.decisions.modules > 0)
    tight = used[body[built]] + each[built] > heat.limit_mw[body[built]]
    full[c.pair_site[built][tight]] = True
    return {"lake_heat": full}


def _caps(c: Coefficients, x: StateAnswer) -> dict[str, BoolArray]:
    it_mwh = np.bincount(c.pair_site, x.decisions.load_mw, len(c.sites)) * c.hours.sum()
    found = {}
    for cap in c.structure.caps:
        used = float(x.metrics[cap.metric][cap.sites].sum())
        most = cap.at_most * (float(it_mwh[cap.sites].sum()) if cap.per_it_mwh else 1.0)
        found[cap.name] = cap.sites & (used >= most * (1 - SLACK))
    return found


def _losses(c: Coefficients, x: StateAnswer) -> BoolArray:
    """Sites whose full capacity some critical demand takes after the loss of others."""
    failover, full = c.structure.failover, np.zeros(len(c.sites), dtype=bool)
    if failover is None:
        return full
    wanted = failover.eligible.any(axis=2) & (c.demand_mw > 0)
    need = float((c.capacity_per_load[:, None] * c.demand_mw)[wanted].sum())
    built = np.bincount(c.pair_site, x.decisions.modules * c.block_mw, len(c.sites))
    block = np.full(len(c.sites), np.inf)
    np.minimum.at(block, c.pair_site, c.block_mw)
    for _, lost in failover.losses:
        left = np.ones(len(c.sites), dtype=bool)
        left[list(lost)] = False
        full |= left & (built > 0) & (built[left].sum() - block < need)
    return full
