"""The location core on problems of the literature, beside plain ways to solve the same.

Capacitated warehouse location: OR-Library's, and random ones. The p-median: a limited number of
sites without opening costs. And the global study with ever fewer sites. Peers are a whole program
with every strong link in HiGHS, and spopt where it can state the problem.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

import siting
from benchmarks.peer import solve_with_pypsa
from benchmarks.process import peak_memory_mb
from benchmarks.table import figure
from siting.arrays import FloatArray
from siting.coefficients import Coefficients, Limits
from siting.errors import NoAnswerError
from siting.mip import Objective, SolverOptions, build_model, optimize

__all__ = [
    "FULL",
    "LARGE",
    "PEERS",
    "PUBLISHED",
    "SHORT",
    "SITE_LIMITS",
    "LocationResult",
    "Warehouses",
    "location_line",
    "location_table",
    "made_up_warehouses",
    "median_problem",
    "read_warehouses",
    "run_location",
    "run_site_limit",
    "small_instances",
    "warehouse_problem",
]

#: Optima of the problems with one capacity for all warehouses, as OR-Library's file capopt gives
#: them; each name is the file and the capacity that takes the place of its word "capacity".
PUBLISHED: Mapping[str, float] = {
    "capa-8000": 19_240_822.449, "capa-10000": 18_438_046.543, "capa-12000": 17_765_201.949,
    "capa-14000": 17_160_439.012, "capb-5000": 13_656_379.578, "capb-6000": 13_361_927.449,
    "capb-7000": 13_198_556.434, "capb-8000": 13_082_516.496, "capc-5000": 11_646_596.974,
    "capc-5750": 11_570_340.289, "capc-6500": 11_518_743.744, "capc-7250": 11_505_767.394,
}  # fmt: skip
#: Warehouses and customers of the made-up problem: the size of the largest of OR-Library.
LARGE = (100, 1_000)
#: Places of the random families, as many sites as customers.
SHORT, FULL = (100, 300), (100, 300, 1_000)
#: Sites that the global study may have.
SITE_LIMITS = (8, 10, 12, 15, 20, 30)
#: Gap to prove where no optimum is published, and where one is.
GAP, FINE_GAP = 1e-3, 1e-5
GLOBAL = Path(__file__).parents[1] / "configs" / "global.yaml"
SMALL = Path(__file__).parents[1] / "tests" / "fixtures" / "orlib.json"


@dataclass(frozen=True)
class Warehouses:
    """A capacitated warehouse location problem; customers may be served from several warehouses.

    Parameters
    ----------
    capacity, opening : ndarray, shape (S,)
        Room of each warehouse, and what opening it costs.
    demand : ndarray, shape (D,)
        Of each customer.
    cost : ndarray, shape (D, S)
        Of serving all the demand of a customer from a warehouse.
    optimum : float
        Published optimum; not a number where there is none.
    most : int, optional
        Number of warehouses that may be open.
    """

    capacity: FloatArray
    opening: FloatArray
    demand: FloatArray
    cost: FloatArray
    optimum: float = math.nan
    most: int | None = None


@dataclass(frozen=True)
class LocationResult:
    """Cost of one problem.

    Parameters
    ----------
    name, way : str
        Of the problem, and of the way to solve it.
    warehouses, customers : int
        Size.
    seconds : float
        Wall time of build and solve. [s]
    memory_mb : float
        Peak resident memory of the process. [MB]
    objective, gap : float
        Cost of the answer and the gap proven for it.
    published : float
        Published optimum; not a number where there is none.
    """

    name: str
    way: str
    warehouses: int
    customers: int
    seconds: float
    memory_mb: float
    objective: float
    gap: float
    published: float


def small_instances() -> dict[str, Warehouses]:
    """Problems of OR-Library that come with the tests, with their published optima."""
    known = json.loads(SMALL.read_text(encoding="utf-8"))
    names = ("capacity", "opening", "demand", "cost")
    return {
        name: Warehouses(*(np.array(found[k], dtype=float) for k in names), found["optimum"])
        for name, found in known.items()
    }


def read_warehouses(file: Path, capacity: float | None = None) -> Warehouses:
    """A file of OR-Library's capacitated warehouse location problems.

    Parameters
    ----------
    file : pathlib.Path
        The file.
    capacity : float, optional
        What takes the place of the word "capacity" in the large files.
    """
    words = iter(file.read_text(encoding="utf-8").split())
    warehouses, customers = int(next(words)), int(next(words))

    def number() -> float:
        word = next(words)
        if word == "capacity":
            if capacity is None:
                raise ValueError(f"{file.name} needs a capacity; see its problems in capopt")
            return capacity
        return float(word)

    fixed = np.array([[number(), number()] for _ in range(warehouses)])
    rest = np.array([[number() for _ in range(1 + warehouses)] for _ in range(customers)])
    name = file.stem if capacity is None else f"{file.stem}-{capacity:.0f}"
    optimum = PUBLISHED.get(name, math.nan)
    return Warehouses(fixed[:, 0], fixed[:, 1], rest[:, 0], rest[:, 1:], optimum)


def made_up_warehouses(
    warehouses: int, customers: int, *, ratio: float = 5.0, seed: int = 0
) -> Warehouses:
    """A random problem after Cornuéjols, Sridharan and Thizy [1]_.

    Places are uniform in the unit square and carrying one unit costs ten times the distance;
    demand is uniform in 5..35, capacity in 10..160 and then scaled, and opening costs
    U(0, 90) + U(100, 110) · √capacity.

    Parameters
    ----------
    warehouses, customers : int
        Size.
    ratio : float, default 5
        All capacity to all demand. [-]
    seed : int, default 0
        Of the random numbers.

    References
    ----------
    .. [1] Cornuéjols, Sridharan and Thizy (1991), A comparison of heuristics and relaxations for
       the capacitated plant location problem, Eur. J. Oper. Res. 50(3).
    """
    rng = np.random.default_rng(seed)
    here, there = rng.random((warehouses, 2)), rng.random((customers, 2))
    demand = rng.uniform(5.0, 35.0, customers)
    capacity = rng.uniform(10.0, 160.0, warehouses)
    opening = rng.uniform(0.0, 90.0, warehouses)
    opening += rng.uniform(100.0, 110.0, warehouses) * np.sqrt(capacity)
    capacity *= ratio * demand.sum() / capacity.sum()
    km = np.linalg.norm(there[:, None, :] - here[None, :, :], axis=2)
    return Warehouses(capacity, opening, demand, 10.0 * km * demand[:, None])


def median_problem(size: int, *, seed: int = 0) -> Warehouses:
    """A random p-median: as many sites as customers in the unit square, a tenth of them to open."""
    rng = np.random.default_rng(seed)
    at, demand = rng.random((size, 2)), rng.uniform(5.0, 35.0, size)
    km = np.linalg.norm(at[:, None, :] - at[None, :, :], axis=2)
    free, room = np.zeros(size), np.full(size, demand.sum())
    return Warehouses(room, free, demand, km * demand[:, None], most=max(size // 10, 1))


def warehouse_problem(instance: Warehouses, *, capacitated: bool = True) -> Coefficients:
    """Warehouses as sites with one module, customers as demand, transport as flow cost.

    Parameters
    ----------
    instance : Warehouses
        The problem.
    capacitated : bool, default True
        Whether capacities hold; without, each warehouse could serve all customers.
    """
    capacity, demand, cost = instance.capacity, instance.demand, instance.cost
    s, d = len(capacity), len(demand)
    if not capacitated:
        capacity = np.full(s, demand.sum())
    one, none = np.ones((s, 1)), np.zeros((s, 1))
    return Coefficients(
        sites=tuple(f"w{i}" for i in range(s)),
        designs=("warehouse",),
        demand=tuple(f"c{i}" for i in range(d)),
        workloads=("goods",),
        hours=np.array([1.0]),
        pair_site=np.arange(s),
        pair_design=np.zeros(s, dtype=int),
        pue=one,
        pue_peak=np.ones(s),
        wue_l_per_kwh=none,
        withdrawal_l_per_kwh=none,
        generated_kwh_per_kwh=none,
        fuel_kwh_per_kwh=none,
        fuel_carbon_t_per_mwh=0.0,
        fuel_price_usd_per_mwh=0.0,
        carbon_price_usd_per_t=0.0,
        block_mw=capacity,
        max_modules=np.ones(s, dtype=int),
        fixed_carbon_t_per_mw=np.zeros(s),
        it_carbon_t_per_mw=np.zeros(1),
        spare_share=np.zeros(s),
        fixed_cost_usd_per_mw=np.zeros(s),
        om_usd_per_mw=np.zeros(s),
        open_cost_usd=instance.opening,
        open_carbon_t_co2e=np.zeros(s),
        grid_carbon_t_per_mwh=none,
        grid_price_usd_per_mwh=none,
        grid_water_l_per_kwh=np.zeros(s),
        grid_withdrawal_l_per_kwh=np.zeros(s),
        water_price_usd_per_m3=np.zeros(len(instance.opening)),
        electricity_tax_usd_per_mwh=np.zeros(len(instance.opening)),
        scarcity_site=np.ones(s),
        scarcity_grid=np.ones(s),
        connection_mw=capacity,
        offer_site=np.zeros(0, dtype=int),
        offer_source=(),
        offer_limit_mw=np.zeros(0),
        capacity_factor=np.zeros((0, 1)),
        offer_carbon_t_per_mwh=np.zeros((0, 1)),
        offer_water_l_per_kwh=np.zeros(0),
        offer_withdrawal_l_per_kwh=np.zeros(0),
        offer_price_usd_per_mwh=np.zeros(0),
        max_contract_share=1.0,
        demand_mw=demand[None, :],
        capacity_per_load=np.ones(1),
        rtt_ms=np.ones((d, s)),
        eligible=np.ones((1, d, s), dtype=bool),
        flow_cost_usd_per_mw=cost / np.where(demand > 0, demand, 1.0)[:, None],
        limits=Limits(max_sites=instance.most),
    )


def run_location(name: str, instance: Warehouses, limit_s: float) -> LocationResult:
    """Solve one problem; meant for a process of its own."""
    start = time.perf_counter()
    model = build_model(warehouse_problem(instance))
    options = SolverOptions(gap=_gap(instance), time_limit_s=limit_s)
    try:
        found = optimize(model, Objective("weighted", {"cost_usd": 1.0}), options)
        value, gap = found.objective, found.gap
    except NoAnswerError:
        value, gap = math.nan, math.inf
    return _result(name, "siting", instance, start, value, gap)


def run_whole(name: str, instance: Warehouses, limit_s: float) -> LocationResult:
    """The same as one program of HiGHS, every strong link stated; for a process of its own."""
    start = time.perf_counter()
    d, s = instance.cost.shape
    # Columns: share of customer i from warehouse j at i·s + j, then whether j is open.
    share, opened = np.arange(d * s), d * s + np.tile(np.arange(s), d)
    ones, customer, warehouse = np.ones(d * s), np.repeat(np.arange(d), s), opened - d * s
    links = sparse.coo_array(
        (np.concatenate([ones, -ones]), (np.tile(share, 2), np.concatenate([share, opened])))
    )
    met = sparse.coo_array((ones, (customer, share)), shape=(d, d * s + s))
    load = sparse.coo_array((instance.demand[customer], (warehouse, share)), shape=(s, d * s + s))
    room = sparse.coo_array(
        (instance.capacity, (np.arange(s), d * s + np.arange(s))), shape=(s, d * s + s)
    )
    count = sparse.coo_array(
        (np.ones(s), (np.zeros(s, dtype=int), d * s + np.arange(s))), shape=(1, d * s + s)
    )
    rows = [
        LinearConstraint(links, -np.inf, 0.0),
        LinearConstraint(met, 1.0, 1.0),
        LinearConstraint(load - room, -np.inf, 0.0),
        LinearConstraint(count, 0.0, s if instance.most is None else instance.most),
    ]
    found = milp(
        np.concatenate([instance.cost.ravel(), instance.opening]), constraints=rows,
        integrality=np.repeat([0, 1], [d * s, s]), bounds=Bounds(0.0, 1.0),
        options={"time_limit": limit_s, "mip_rel_gap": _gap(instance)},
    )  # fmt: skip
    value = math.nan if found.x is None else float(found.fun)
    gap = math.inf if found.x is None else float(found.mip_gap)
    return _result(name, "whole in HiGHS", instance, start, value, gap)


def run_pypsa(name: str, instance: Warehouses, limit_s: float) -> LocationResult:
    """The same as a network of PyPSA; for a process of its own."""
    start = time.perf_counter()
    found = solve_with_pypsa(warehouse_problem(instance), gap=_gap(instance), limit_s=limit_s)
    return _result(name, "PyPSA", instance, start, found.objective_usd, found.gap)


def run_site_limit(most: int, limit_s: float) -> LocationResult:
    """The global study with at most so many sites, as `siting solve` does it."""
    start = time.perf_counter()
    changes = [f"limits.max_sites={most}", f"solver.time_limit_s={limit_s}"]
    study = siting.load(GLOBAL, changes)
    placement = siting.solve(study)
    return LocationResult(
        f"global, at most {most} sites", "siting", len(placement.candidates), 0,
        time.perf_counter() - start, peak_memory_mb(), placement.objective, placement.gap, math.nan,
    )  # fmt: skip


#: Ways to solve the random families, in this order.
PEERS: Mapping[str, Callable[[str, Warehouses, float], LocationResult]] = {
    "siting": run_location,
    "whole in HiGHS": run_whole,
    "PyPSA": run_pypsa,
}


def _gap(instance: Warehouses) -> float:
    return GAP if math.isnan(instance.optimum) else FINE_GAP


def _result(
    name: str, way: str, instance: Warehouses, start: float, objective: float, gap: float
) -> LocationResult:
    return LocationResult(
        name, way, *instance.cost.shape[::-1],
        seconds=time.perf_counter() - start, memory_mb=peak_memory_mb(),
        objective=objective, gap=gap, published=instance.optimum,
    )  # fmt: skip


def location_line(r: LocationResult) -> str:
    """One problem in words, said as soon as it is solved."""
    off = "" if math.isnan(r.published) else f", {r.objective / r.published - 1.0:.1e} off"
    found = f"{figure(r.objective, ',.3f')}, gap {figure(r.gap, '.4%')}"
    return f"{r.name}, {r.way}: {found}{off}, {r.seconds:.1f} s"


def location_table(results: list[LocationResult]) -> Table:
    """One row a problem and a way to solve it."""
    table = Table(title="Location", title_justify="left")
    table.add_column("problem", no_wrap=True)
    table.add_column("solved by", no_wrap=True)
    for heading in ("sites", "customers", "s", "peak MB", "found", "gap", "published", "off by"):
        table.add_column(heading, justify="right", no_wrap=True)
    for r in results:
        known = "" if math.isnan(r.published) else f"{r.published:,.3f}"
        off = "" if math.isnan(r.published) else f"{r.objective / r.published - 1.0:.1e}"
        table.add_row(
            r.name, r.way, str(r.warehouses), f"{r.customers:,}", f"{r.seconds:.1f}",
            f"{r.memory_mb:.0f}", figure(r.objective, ",.3f"), figure(r.gap, ".4%"), known, off,
        )  # fmt: skip
    return table
