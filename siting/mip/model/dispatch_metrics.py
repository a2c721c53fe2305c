"""Metrics of the dispatch options: what they add to load, grid and contracts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.nomenclature import METRICS

__all__ = ["by_slice", "operation_terms", "shared_metric_names"]

Terms = dict[str, FloatArray]


def shared_metric_names(c: Coefficients) -> tuple[str, ...]:
    """Return what rows over several sites read from the slices of a site: metrics, and three more.

    ``clean_i`` is energy that is not clean beyond what rule i allows over the year, and
    ``basin_water``, ``basin_withdrawal`` are on-site water where the slices decide it.
    """
    rules = [f"clean_{i}" for i, rule in enumerate(c.operation.clean) if not rule.local]
    basins, water = c.structure.basins, []
    if basins is not None and c.operation.varies:
        limits = (("basin_water", basins.water_m3), ("basin_withdrawal", basins.withdrawal_m3))
        water = [name for name, limit in limits if limit is not None]
    return (*METRICS, *c.scopes, *rules, *water)


def by_slice(
    c: Coefficients, running: FloatArray, idle: str = "", weight: FloatArray | None = None
) -> Terms:
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


def operation_terms(c: Coefficients, metric: str) -> Terms:
    """Return what storage, flexible load, sold heat and backup add to a metric of ``METRICS``.

    energy  += Σ h_t · (charge_mw − discharge_mw + heat_mw / COP)
    carbon  += Σ embodied · storage_mw + servers · extra_mw + Σ h_t · ci_backup · backup_mw
               − Σ h_t · credit · heat_mw, only where the study counts the credit
    cost    += Σ cost · storage_mw + Σ h_t · (price_backup · backup_mw − price_heat · heat_mw)

    Own generators add fuel, emissions and water a MWh, and units what they cost and embody a year.
    Water has no more: what is drawn more or less shows in grid and contracts.
    """
    add: Callable[[Coefficients], Terms] | None = _ADDED.get(metric)
    found = _blank(c) | (add(c) if add else {})
    return found | _power(c, metric)


def _blank(c: Coefficients) -> Terms:
    """Zeros for the groups of every family that is on and that no other metric fills."""
    o, slices = c.operation, len(c.hours)
    blank: Terms = {}
    if o.storage is not None:
        stores = len(o.storage.site)
        blank["storage_mw"] = np.zeros(stores)
        blank["charge_mw"] = blank["discharge_mw"] = np.zeros((stores, slices))
    if o.flexible is not None:
        blank["extra_mw"] = np.zeros(len(c.sites))
    if o.heat is not None:
        blank["heat_mw"] = np.zeros((len(o.heat.pair), slices))
    if o.backup is not None:
        blank["backup_mw"] = np.zeros((len(c.sites), slices))
    return blank


def _power(c: Coefficients, metric: str) -> Terms:
    """Return what steps of connections and own generators add to a metric."""
    power = c.operation.power
    if power is None:
        return {}
    each, g = {"units": np.zeros(len(power.name))}, power.generators
    if metric == "cost_usd":
        each["units"] = np.array(power.cost_usd)
    if metric in ("carbon_t_co2e", "carbon_embodied_t_co2e"):
        each["units"] = np.array(power.carbon_t_co2e)
    site = power.site[g]
    water = c.water_price_usd_per_m3[site] * power.water_l_per_kwh[g]
    running = {
        "cost_usd": power.made_usd_per_mwh + water,
        "carbon_t_co2e": power.made_t_per_mwh,
        "carbon_operational_t_co2e": power.made_t_per_mwh,
        "water_m3": power.water_l_per_kwh[g],
        "water_withdrawal_m3": power.withdrawal_l_per_kwh[g],
        "water_scarcity_m3": power.water_l_per_kwh[g] * c.scarcity_site[site],
        "basin_water": power.water_l_per_kwh[g],
        "basin_withdrawal": power.withdrawal_l_per_kwh[g],
    }.get(metric, np.zeros(len(g)))
    return each | {"generate_mw": np.outer(running, c.hours)}


def _energy(c: Coefficients) -> Terms:
    o = c.operation
    found: Terms = {}
    if o.storage is not None:
        lost = np.tile(c.hours, (len(o.storage.site), 1))
        found |= {"charge_mw": lost, "discharge_mw": -lost}
    if o.heat is not None:
        found["heat_mw"] = np.tile(c.hours * o.heat.electricity, (len(o.heat.pair), 1))
    return found


def _carbon(c: Coefficients) -> Terms:
    return _embodied(c) | _operational(c)


def _embodied(c: Coefficients) -> Terms:
    o = c.operation
    found: Terms = {}
    if o.storage is not None:
        found["storage_mw"] = np.array(o.storage.carbon_t_per_mw)
    if o.flexible is not None:
        found["extra_mw"] = np.full(len(c.sites), c.extra_carbon_t_per_mw)
    return found


def _operational(c: Coefficients) -> Terms:
    o = c.operation
    found: Terms = {}
    if o.heat is not None and o.heat.credit_counts:
        found["heat_mw"] = np.tile(-c.hours * o.heat.credit_t_per_mwh, (len(o.heat.pair), 1))
    if o.backup is not None:
        found["backup_mw"] = np.tile(c.hours * o.backup.carbon_t_per_mwh, (len(c.sites), 1))
    return found


def _cost(c: Coefficients) -> Terms:
    o = c.operation
    found: Terms = {}
    if o.storage is not None:
        found["storage_mw"] = np.array(o.storage.cost_usd_per_mw)
    if o.heat is not None:
        found["heat_mw"] = np.tile(-c.hours * o.heat.price_usd_per_mwh, (len(o.heat.pair), 1))
    if o.backup is not None:
        found["backup_mw"] = np.tile(c.hours * o.backup.price_usd_per_mwh, (len(c.sites), 1))
    return found


_ADDED = {
    "energy_mwh": _energy, "carbon_t_co2e": _carbon, "cost_usd": _cost,
    "carbon_operational_t_co2e": _operational, "carbon_embodied_t_co2e": _embodied,
}  # fmt: skip
