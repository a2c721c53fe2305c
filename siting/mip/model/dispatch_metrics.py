"""Metrics of the dispatch options: what they add to load, grid and contracts."""

from __future__ import annotations

import numpy as np

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.mip.components import built, groups
from siting.nomenclature import METRICS

__all__ = ["component_terms", "operation_terms", "shared_metric_names"]

Terms = dict[str, FloatArray]


def shared_metric_names(c: Coefficients) -> tuple[str, ...]:
    """Names of the shared metrics: those of rows over several sites that slices decide.

    ``clean_i`` is energy that is not clean beyond what rule i allows over the year, and
    ``basin_water``, ``basin_withdrawal`` are on-site water where the slices decide it.
    """
    rules = [f"clean_{i}" for i, rule in enumerate(c.operation.clean) if not rule.local]
    basins, water = c.structure.basins, []
    if basins is not None and c.operation.varies:
        limits = (("basin_water", basins.water_m3), ("basin_withdrawal", basins.withdrawal_m3))
        water = [name for name, limit in limits if limit is not None]
    return (*METRICS, *c.scopes, *rules, *water)


def operation_terms(c: Coefficients, metric: str) -> Terms:
    """Terms of flexible load, own generators and what components build in a metric of ``METRICS``.

    carbon  += servers · extra_mw

    Own generators add fuel, emissions and water a MWh, and units what they cost and embody a year.
    Water has no more: what is drawn more or less shows in grid and contracts. Components give
    theirs by :func:`component_terms`.
    """
    found: Terms = {each.name: each.terms(metric) for each in built(c)}
    if c.operation.flexible is not None:
        counts = metric in ("carbon_t_co2e", "carbon_embodied_t_co2e")
        found["extra_mw"] = np.full(len(c.sites), counts * c.extra_carbon_t_per_mw)
    return found | _power(c, metric)


def component_terms(c: Coefficients, metric: str) -> Terms:
    """Coefficients of a metric on each group of the components."""
    return {group.name: group.terms(c.hours, metric) for group in groups(c)}


def _power(c: Coefficients, metric: str) -> Terms:
    """Terms of connection steps and own generators in a metric."""
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
