"""A siting problem built as a network of PyPSA and solved by linopy and HiGHS.

Buses are the electricity of a site, its IT capacity, and each class of demand. A facility is a
link from electricity to IT in modules; what PyPSA has no word for (one design a site, the price of
opening it, the volume of contracts, the connection) are rows added to its linopy model.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from siting.coefficients import Coefficients
from siting.mip.model.demand_classes import DemandClasses, merge_demand
from siting.mip.model.metrics import MetricTerms, metric_terms

__all__ = ["PeerResult", "solve_with_pypsa"]


@dataclass(frozen=True)
class PeerResult:
    """Result of PyPSA: yearly cost [USD], proven gap [-], wall time of HiGHS alone [s]."""

    objective_usd: float
    gap: float
    solve_s: float


def solve_with_pypsa(c: Coefficients, *, gap: float, limit_s: float) -> PeerResult:
    """Minimise the yearly cost of a problem with PyPSA.

    Parameters
    ----------
    c : Coefficients
        A problem without limits, operation and structure.
    gap : float
        Relative gap to prove. [-]
    limit_s : float
        Time limit of HiGHS. [s]

    Raises
    ------
    RuntimeError
        Where HiGHS ended for any other reason than a proof or its time.
    """
    logging.getLogger("pypsa").setLevel(logging.ERROR)
    logging.getLogger("linopy").setLevel(logging.ERROR)
    demand = merge_demand(c)
    terms = metric_terms(c, demand)["cost_usd"]
    n = _network(c, demand, terms)
    model = n.optimize.create_model(include_objective_constant=False)
    _add_rows(model, c, terms)
    start = time.perf_counter()
    status, condition = model.solve(
        solver_name="highs",
        mip_rel_gap=gap,
        time_limit=limit_s,
        threads=1,
        output_flag=False,
        progress=False,
    )
    seconds = time.perf_counter() - start
    if condition not in {"optimal", "time_limit"}:
        raise RuntimeError(f"HiGHS ended with status {status}, {condition}")
    value = float(model.objective.value) if model.objective.value is not None else np.nan
    bound = float(model.solver_model.getInfo().mip_dual_bound)
    return PeerResult(value, abs(value - bound) / abs(value), seconds)


def _network(c: Coefficients, demand: DemandClasses, terms: MetricTerms) -> Any:
    """Buses, grids, contracts, facilities and flows."""
    import pypsa

    n = pypsa.Network()
    n.set_snapshots(pd.RangeIndex(len(c.hours), name="snapshot"))
    # A table of its own: the columns that PyPSA starts with hold whole numbers only.
    weights = dict.fromkeys(n.snapshot_weightings, c.hours)
    n.snapshot_weightings = pd.DataFrame(weights, n.snapshots, dtype=float)
    sites, classes = _names("site", len(c.sites)), _names("class", len(demand.mw))
    n.add("Bus", [f"{s}_power" for s in sites])
    n.add("Bus", [f"{s}_it" for s in sites])
    n.add("Bus", classes)
    n.add("Load", classes, bus=classes, p_set=demand.mw)
    _add_supply(n, c, terms, sites)
    _add_facilities(n, c, terms, sites)
    n.add(
        "Link",
        flows := _names("flow", len(demand.flow_site)),
        bus0=[f"{sites[s]}_it" for s in demand.flow_site],
        bus1=[classes[k] for k in demand.flow_class],
        p_nom_extendable=True,
        capital_cost=terms.serve_mw,
        p_min_pu=1.0,
        p_max_pu=1.0,
    )
    assert len(flows) == len(demand.flow_site)
    return n


def _add_supply(n: Any, c: Coefficients, terms: MetricTerms, sites: list[str]) -> None:
    """The grid without a limit, and contracts that are paid for all they generate."""
    grids, offers = _names("grid", len(sites)), _names("offer", len(c.offer_source))
    n.add(
        "Generator",
        grids,
        bus=[f"{s}_power" for s in sites],
        p_nom=float(c.connection_mw.sum()),
        marginal_cost=_by_time(terms.grid_mw / c.hours, grids),
    )
    n.add(
        "Generator",
        offers,
        bus=[f"{sites[s]}_power" for s in c.offer_site],
        p_nom_extendable=True,
        p_nom_max=c.offer_limit_mw,
        capital_cost=terms.contract_mw,
        p_max_pu=_by_time(c.capacity_factor, offers),
        marginal_cost=_by_time(terms.supply_mw / c.hours, offers),
    )


def _add_facilities(n: Any, c: Coefficients, terms: MetricTerms, sites: list[str]) -> None:
    """A link in modules of IT power, which draws PUE times as much."""
    pairs = _names("pair", len(c.pair_site))
    n.add(
        "Link",
        pairs,
        bus0=[f"{sites[s]}_power" for s in c.pair_site],
        bus1=[f"{sites[s]}_it" for s in c.pair_site],
        p_nom_extendable=True,
        p_nom_mod=c.block_mw,
        p_nom_max=c.block_mw * c.max_modules,
        capital_cost=terms.modules / c.block_mw,
        efficiency=_by_time(1.0 / c.pue, pairs),
        p_max_pu=_by_time(c.pue, pairs),
        marginal_cost=_by_time(terms.load_mw[:, None] / c.hours.sum() / c.pue, pairs),
    )


def _add_rows(model: Any, c: Coefficients, terms: MetricTerms) -> None:
    """One design a site, the price of opening it, the connection and the volume of contracts."""
    pairs = pd.Index(_names("pair", len(c.pair_site)), name="name")
    of_pair = xr.DataArray(c.pair_site, coords=[pairs], name="of_site")
    is_open = model.add_variables(coords=[pairs], name="is_open", binary=True)
    installed = model["Link-p_nom"].sel(name=pairs)
    most = xr.DataArray(c.block_mw * c.max_modules, coords=[pairs])
    model.add_constraints(installed - most * is_open <= 0, name="modules_max")
    model.add_constraints(is_open.groupby(of_pair).sum() <= 1, name="one_design")
    peak = xr.DataArray(c.pue_peak, coords=[pairs])
    model.add_constraints(
        (peak * installed).groupby(of_pair).sum()
        <= xr.DataArray(c.connection_mw, coords=[pd.RangeIndex(len(c.sites), name="of_site")]),
        name="connection",
    )
    if len(c.offer_source):
        _add_contract_volume(model, c, of_pair)
    opening = xr.DataArray(terms.is_open, coords=[pairs])
    model.objective = model.objective.expression + (opening * is_open).sum()


def _add_contract_volume(model: Any, c: Coefficients, of_pair: xr.DataArray) -> None:
    """Contracts of a site deliver no more than its share of what its halls draw."""
    pairs = of_pair.indexes["name"]
    offers = pd.Index(_names("offer", len(c.offer_source)), name="name")
    of_offer = xr.DataArray(c.offer_site, coords=[offers], name="of_site")
    mean = xr.DataArray(c.capacity_factor @ c.hours / c.hours.sum(), coords=[offers])
    contracted = (mean * model["Generator-p_nom"].sel(name=offers)).groupby(of_offer).sum()
    share = xr.DataArray(
        c.max_contract_share / c.pue * c.hours / c.hours.sum(),
        coords=[pairs, model["Link-p"].indexes["snapshot"]],
    )
    energy = (share * model["Link-p"].sel(name=pairs)).sum("snapshot").groupby(of_pair).sum()
    model.add_constraints(contracted - energy <= 0, name="contract_volume")


def _names(kind: str, count: int) -> list[str]:
    return [f"{kind}_{i}" for i in range(count)]


def _by_time(values: Any, names: list[str]) -> pd.DataFrame:
    """An array of components by slices as PyPSA wants it."""
    slices = pd.RangeIndex(values.shape[1], name="snapshot")
    return pd.DataFrame(values.T, index=slices, columns=names)
