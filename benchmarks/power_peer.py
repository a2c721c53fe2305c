"""The power side of one solved site, asked of PyPSA: steps, contracts, own units and stores.

Halls and their load are those of the placement; what the site is powered by is decided anew. Prices
are read from the coefficients, not from the terms of the optimizer. What PyPSA has no word for (any
one unit out, the volume of contracts, a store that takes or gives within a slice) are rows added to
its linopy model.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.coefficients.power import Power
from siting.config import study_from_mapping
from siting.mip import Objective, SolverOptions, build_model, optimize
from siting.mip.solution import Decisions
from siting.run import check_study

__all__ = ["POWER_STUDY", "PowerResult", "power_cost_usd", "power_line", "run_power"]

#: One site whose firm step falls short of its peak: turbines with any one out, a battery, two
#: contracts and three steps compete under prices by the hour and a price of carbon.
POWER_STUDY: Mapping[str, Any] = {
    "name": "power_side",
    "candidates": {"sites": ["san_antonio"]},
    "demand": {
        "regions": ["dallas"],
        "workloads": [{"name": "training", "it_mw": 200, "max_rtt_ms": None}],
    },
    "designs": ["air_evaporative"],
    "time": {"slices": 96},
    "supply": {"contracts": ["wind", "solar"], "year": 2029, "max_contract_share": 1.0},
    "economics": {
        "time_of_use": {"peak_factor": 1.8, "valley_factor": 0.4},
        "carbon_price_usd_per_t": 30,
    },
    "connections": {
        "ordered": 2026,
        "steps": [
            {"year": 2028, "mw": 120, "cost_usd_per_mw": 150_000},
            {"year": 2029, "mw": 80, "cost_usd_per_mw": 90_000, "curtailable_hours": 300},
            {"year": 2029, "mw": 100, "cost_usd_per_mw": 5_000_000},
        ],
    },
    "generation": {
        "units": [
            {"name": "turbine", "kind": "gas_turbine", "max_units": 8},
            {"name": "cell", "kind": "fuel_cell", "max_units": 8, "capex_usd_per_kw": 3_000},
        ],
        "one_out": True,
    },
    "storage": [{"name": "battery", "max_mw": 200, "capex_usd_per_kwh": 60}],
    "objective": {"weights": {"energy": 0, "carbon": 0, "water": 0, "cost": 1}},
}
#: Relative gap of both. [-]
GAP = 1e-5


@dataclass(frozen=True)
class PowerResult:
    """Cost of the power of one site, found in two ways.

    Parameters
    ----------
    siting_usd, pypsa_usd : float
        Yearly cost of steps, units, stores, contracts and energy. [USD]
    siting_built, pypsa_built : mapping of str to float
        Units of each step and generator, MW of each contract and store.
    siting_s, pypsa_s : float
        Wall time of the solves; that of siting decides the halls too. [s]
    load_average : float
        Of the machine in the minute before the end.
    """

    siting_usd: float
    pypsa_usd: float
    siting_built: Mapping[str, float]
    pypsa_built: Mapping[str, float]
    siting_s: float
    pypsa_s: float
    load_average: float

    @property
    def error(self) -> float:
        """Difference of the two over the cost. [-]."""
        return abs(self.siting_usd - self.pypsa_usd) / self.pypsa_usd


def run_power(changes: Mapping[str, Any] | None = None) -> PowerResult:
    """Solve `POWER_STUDY`, with some sections changed, and ask PyPSA for its power side."""
    study = study_from_mapping({**POWER_STUDY, **(changes or {})})
    problem = check_study(study).problem
    c = problem.coefficients
    start = time.perf_counter()
    model = build_model(problem.instance, decomposed=False)
    options = SolverOptions(gap=GAP, time_limit_s=600.0)
    found = optimize(model, Objective("weighted", {"cost_usd": 1.0}), options)
    between = time.perf_counter()
    decided = found.decisions
    cost, built = _solve_with_pypsa(c, decided)
    return PowerResult(
        siting_usd=power_cost_usd(c, decided),
        pypsa_usd=cost,
        siting_built=_built(c, decided),
        pypsa_built=built,
        siting_s=between - start,
        pypsa_s=time.perf_counter() - between,
        load_average=os.getloadavg()[0],
    )


def power_line(result: PowerResult) -> str:
    """The result in a sentence."""
    return (
        f"Power side of one site: {result.siting_usd / 1e6:.4f} MUSD a year, "
        f"{result.pypsa_usd / 1e6:.4f} by PyPSA ({result.error:.5%} apart), in "
        f"{result.siting_s:.1f} s with its halls and {result.pypsa_s:.1f} s; "
        f"built {_words(result.siting_built)}; by PyPSA {_words(result.pypsa_built)}."
    )


def _words(built: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:,.1f}" for name, value in built.items() if value > 1e-6)


def _built(c: Coefficients, d: Decisions) -> dict[str, float]:
    storage = c.operation.storage
    found = dict(zip(_power(c).name, d.units.tolist(), strict=True))
    found |= dict(zip(c.offer_source, d.contract_mw.tolist(), strict=True))
    stores = () if storage is None else storage.name
    return found | dict(zip(stores, d.storage_mw.tolist(), strict=True))


def power_cost_usd(c: Coefficients, d: Decisions) -> float:
    """Yearly cost of the power of the only site of a problem, by the prices of each part. [USD]."""
    power, storage = _power(c), c.operation.storage
    grid, offers = _energy_usd_per_mwh(c)
    cost = float((d.grid_mw[0] * grid) @ c.hours + ((d.supply_mw * offers) @ c.hours).sum())
    cost += float((c.capacity_factor @ c.hours * c.offer_price_usd_per_mwh) @ d.contract_mw)
    cost += float(power.cost_usd @ d.units + power.carbon_t_co2e @ d.units * _carbon_price(c))
    cost += float(_generated_usd_per_mwh(c) @ (d.generate_mw @ c.hours))
    if storage is not None:
        cost += float(_store_usd_per_mw(c) @ d.storage_mw)
    return cost


def _power(c: Coefficients) -> Power:
    if c.operation.power is None or len(c.sites) != 1:
        raise ValueError("the power side is that of one site with steps or generators")
    return c.operation.power


def _carbon_price(c: Coefficients) -> float:
    return float(c.carbon_price_usd_per_t)


def _energy_usd_per_mwh(c: Coefficients) -> tuple[FloatArray, FloatArray]:
    """Price of grid energy, shape (T,), and of delivered contracts, shape (O, T), with carbon."""
    tax, carbon = float(c.electricity_tax_usd_per_mwh[0]), _carbon_price(c)
    grid = c.grid_price_usd_per_mwh[0] + tax + carbon * c.grid_carbon_t_per_mwh[0]
    return np.asarray(grid), np.asarray(tax + carbon * c.offer_carbon_t_per_mwh)


def _generated_usd_per_mwh(c: Coefficients) -> FloatArray:
    power = _power(c)
    water = c.water_price_usd_per_m3[0] * power.water_l_per_kwh
    each = power.price_usd_per_mwh + water + _carbon_price(c) * power.carbon_t_per_mwh
    return np.asarray(each[power.generators])


def _store_usd_per_mw(c: Coefficients) -> FloatArray:
    storage = c.operation.storage
    if storage is None:
        return np.zeros(0)
    return np.asarray(storage.cost_usd_per_mw + _carbon_price(c) * storage.carbon_t_per_mw)


def _solve_with_pypsa(c: Coefficients, d: Decisions) -> tuple[float, dict[str, float]]:
    for name in ("pypsa", "linopy"):
        logging.getLogger(name).setLevel(logging.ERROR)
    n = _network(c, d)
    model = n.optimize.create_model(include_objective_constant=False)
    _add_peak(model, c, d)
    _add_volume(model, c, d)
    if c.operation.storage is not None:
        _add_store_rows(model, c)
    status, condition = model.solve(
        solver_name="highs", mip_rel_gap=GAP, threads=1, output_flag=False, progress=False
    )
    if condition != "optimal":
        raise RuntimeError(f"HiGHS ended with status {status}, {condition}")
    power, built = _power(c), dict[str, float]()
    for j, name in enumerate(power.name):
        kind = "Link" if power.connects[j] else "Generator"
        built[name] = float(model[f"{kind}-n_mod"].solution.sel(name=name))
    for name in c.offer_source:
        built[name] = float(model["Generator-p_nom"].solution.sel(name=name))
    for name in () if c.operation.storage is None else c.operation.storage.name:
        built[name] = float(model["StorageUnit-p_nom"].solution.sel(name=name))
    return float(model.objective.value), built


def _network(c: Coefficients, d: Decisions) -> Any:
    """Grid and contracts on one bus, the site with its load, units and stores on the other."""
    import pypsa

    power, t = _power(c), pd.RangeIndex(len(c.hours), name="snapshot")
    n = pypsa.Network()
    n.set_snapshots(t)
    calendar = c.operation.calendar
    block = c.hours if calendar is None else np.full(len(t), calendar.block_h)
    weights = {"objective": c.hours, "generators": c.hours, "stores": block}
    n.snapshot_weightings = pd.DataFrame(weights, t, dtype=float)
    n.add("Bus", ["grid", "site"])
    used = (c.pue - c.generated_kwh_per_kwh).T @ d.load_mw
    n.add("Load", "halls", bus="site", p_set=pd.Series(used, t))
    grid, offers = _energy_usd_per_mwh(c)
    n.add("Generator", "import", bus="grid", p_nom=1e5, marginal_cost=pd.Series(grid, t))
    n.add("Link", "connection", bus0="grid", bus1="site", p_nom=float(c.connection_mw[0]))
    for o, source in enumerate(c.offer_source):
        n.add(
            "Generator", source, bus="grid", p_nom_extendable=True,
            p_nom_max=float(c.offer_limit_mw[o]),
            capital_cost=float(c.capacity_factor[o] @ c.hours * c.offer_price_usd_per_mwh[o]),
            p_max_pu=pd.Series(c.capacity_factor[o], t), marginal_cost=pd.Series(offers[o], t),
        )  # fmt: skip
    _add_units(n, c, power, t)
    _add_stores(n, c)
    return n


def _add_units(n: Any, c: Coefficients, power: Power, t: pd.Index) -> None:
    """Steps as links that are taken whole, generators in whole units."""
    made = dict(zip(power.generators.tolist(), _generated_usd_per_mwh(c), strict=True))
    yearly = power.cost_usd + _carbon_price(c) * power.carbon_t_co2e
    for j, name in enumerate(power.name):
        mw, output = float(power.unit_mw[j]), pd.Series(power.output[j], t)
        size = {
            "p_nom_extendable": True, "p_nom_mod": mw, "p_nom_max": mw * float(power.most[j]),
            "capital_cost": float(yearly[j]) / mw, "p_max_pu": output,
        }  # fmt: skip
        if power.connects[j]:
            n.add("Link", name, bus0="grid", bus1="site", **size)
        else:
            least = output * float(power.least[j])
            n.add("Generator", name, bus="site", marginal_cost=made[j], p_min_pu=least, **size)


def _add_stores(n: Any, c: Coefficients) -> None:
    storage, cost = c.operation.storage, _store_usd_per_mw(c)
    if storage is None:
        return
    if storage.carries.any():
        raise ValueError("only stores that end each day as they began")
    for u, name in enumerate(storage.name):
        n.add(
            "StorageUnit", name, bus="site", p_nom_extendable=True, capital_cost=float(cost[u]),
            p_nom_max=float(storage.max_mw[u]), max_hours=float(storage.duration_h[u]),
            efficiency_store=float(storage.charge_efficiency[u]), cyclic_state_of_charge=True,
            efficiency_dispatch=float(storage.discharge_efficiency[u]),
        )  # fmt: skip


def _add_store_rows(model: Any, c: Coefficients) -> None:
    """Each representative day ends as it began; a store takes or gives within a slice."""
    storage, calendar = c.operation.storage, c.operation.calendar
    assert storage is not None
    assert calendar is not None
    level = model["StorageUnit-state_of_charge"]
    into, out = model["StorageUnit-p_store"], model["StorageUnit-p_dispatch"]
    model.remove_constraints("StorageUnit-energy_balance")
    before = np.arange(len(c.hours)) - 1
    for r in range(calendar.days):
        own = calendar.slices(r)
        before[own[0]] = own[-1]
    for u, name in enumerate(storage.name):
        soc, h = level.sel(name=name), calendar.block_h
        gain = h * float(storage.charge_efficiency[u]) * into.sel(name=name)
        lost = h / float(storage.discharge_efficiency[u]) * out.sel(name=name)
        last = soc.isel(snapshot=before).assign_coords(snapshot=soc.coords["snapshot"])
        model.add_constraints(soc - last - gain + lost == 0, name=f"level_{name}")
        size = model["StorageUnit-p_nom"].sel(name=name)
        both = into.sel(name=name) + out.sel(name=name) - size
        model.add_constraints(both <= 0, name=f"power_{name}")


def _add_peak(model: Any, c: Coefficients, d: Decisions) -> None:
    """The peak is met by connection and firm units, with any one unit out where asked for."""
    power = _power(c)
    peak = float((c.pue_peak * c.block_mw) @ d.modules) - float(c.connection_mw[0])
    firm, counted = power.firm * power.unit_mw, []
    for j, name in enumerate(power.name):
        kind = "Link" if power.connects[j] else "Generator"
        counted.append(float(firm[j]) * model[f"{kind}-n_mod"].sel(name=name))
    total = sum(counted[1:], counted[0])
    model.add_constraints(total >= peak, name="peak")
    for j in power.spared:
        name = power.name[j]
        there = model.add_variables(name=f"any_{name}", binary=True)
        units = model["Generator-n_mod"].sel(name=name)
        model.add_constraints(units - float(power.most[j]) * there <= 0, name=f"any_{name}")
        model.add_constraints(total - float(firm[j]) * there >= peak, name=f"peak_{name}")


def _add_volume(model: Any, c: Coefficients, d: Decisions) -> None:
    """Contracts generate no more in a year than a share of the IT energy."""
    if not len(c.offer_source):
        return
    mean = c.capacity_factor @ c.hours / c.hours.sum()
    size = model["Generator-p_nom"]
    parts = [float(x) * size.sel(name=o) for o, x in zip(c.offer_source, mean, strict=True)]
    most = c.max_contract_share * float(d.load_mw.sum())
    model.add_constraints(sum(parts[1:], parts[0]) <= most, name="volume")
