"""The location core on capacitated warehouse problems: OR-Library's, and larger ones made up."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.process import peak_memory_mb
from siting.arrays import FloatArray
from siting.coefficients import Coefficients
from siting.mip import Objective, SolverOptions, build_model, optimize

__all__ = [
    "LARGE",
    "PUBLISHED",
    "LocationResult",
    "Warehouses",
    "location_table",
    "made_up_warehouses",
    "read_warehouses",
    "run_location",
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
GAP = 1e-3
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
    """

    capacity: FloatArray
    opening: FloatArray
    demand: FloatArray
    cost: FloatArray
    optimum: float = math.nan


@dataclass(frozen=True)
class LocationResult:
    """Cost of one problem.

    Parameters
    ----------
    name : str
        Of the problem.
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
    )


def run_location(name: str, instance: Warehouses, limit_s: float) -> LocationResult:
    """Solve one problem; meant for a process of its own."""
    start = time.perf_counter()
    model = build_model(warehouse_problem(instance))
    options = SolverOptions(gap=GAP if math.isnan(instance.optimum) else 1e-8, time_limit_s=limit_s)
    found = optimize(model, Objective("weighted", {"cost_usd": 1.0}), options)
    return LocationResult(
        name,
        *instance.cost.shape[::-1],
        seconds=time.perf_counter() - start,
        memory_mb=peak_memory_mb(),
        objective=found.objective,
        gap=found.gap,
        published=instance.optimum,
    )


def location_table(results: list[LocationResult]) -> Table:
    """One row a problem."""
    table = Table(title="Warehouse location", title_justify="left")
    table.add_column("problem", no_wrap=True)
    for heading in ("warehouses", "customers", "s", "peak MB", "found", "gap", "published"):
        table.add_column(heading, justify="right", no_wrap=True)
    for r in results:
        known = "none" if math.isnan(r.published) else f"{r.published:,.3f}"
        table.add_row(
            r.name, str(r.warehouses), f"{r.customers:,}", f"{r.seconds:.1f}",
            f"{r.memory_mb:.0f}", f"{r.objective:,.3f}", f"{r.gap:.4%}", known,
        )  # fmt: skip
    return table
