"""A component needs its own module and an entry in the registry, nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

import siting
from siting.arrays import FloatArray, IndexArray
from siting.coefficients import Coefficients, dispatch_options_build
from siting.files import configs_dir
from siting.mip import Objective, Solution, SolverOptions, build_model, components, optimize
from siting.mip.components import Component, Group, by_site
from siting.mip.model import Rows, Variables, total
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.solution import Decisions
from siting.tables import operated_columns
from siting.tables.parts import operated_cost
from tests.helpers.cases import FEW
from tests.helpers.instances import random_instance

EXACT = SolverOptions(gap=1e-7)


@dataclass(frozen=True)
class FuelCellData:
    """Rented fuel cells at some sites: power [MW], and a price of what they make [USD/MWh]."""

    site: IndexArray
    mw: FloatArray
    price_usd_per_mwh: float
    hours: float

    def at_site(self, s: int) -> FuelCellData:
        own = self.site == s
        return replace(self, site=0 * self.site[own], mw=self.mw[own])


def add_fuel_cell_hours(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Σ_t h_t · cell_mw[i,t]  ≤  hours · mw[i]        ∀ i."""
    cells = c.operation.data("fuel_cell")
    for i, mw in enumerate(cells.mw if cells else ()):
        year = [(v.own["cell_mw"][i][t], float(h)) for t, h in enumerate(c.hours)]
        rows.add(total(year) <= cells.hours * float(mw), f"cell_hours_{i}")
        for t in range(len(c.hours)):
            rows.add(total([(v.own["cell_mw"][i][t], 1.0)]) <= float(mw), f"cell_{i}_{t}")


class FuelCell(Component):
    """``cell_mw`` [MW], one row a cell."""

    name = "fuel_cell"
    rows = (add_fuel_cell_hours,)

    def groups(self, c: Coefficients) -> tuple[Group, ...]:
        data = self.data(c)
        price = {"cost_usd": data.price_usd_per_mwh}
        return (Group("cell_mw", data.site, gives=1.0, dirty=1.0, per_mwh=price),)

    def columns(self, c: Coefficients, x: Decisions) -> dict[str, FloatArray]:
        return {"cell_mwh": by_site(c, self.data(c).site, x["cell_mw"] @ c.hours)}


@pytest.fixture
def fuel_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    every = (*components.COMPONENTS, FuelCell())
    monkeypatch.setattr(components, "COMPONENTS", every)


def with_cells(c: Coefficients, *, price: float) -> Coefficients:
    cells = FuelCellData(np.arange(len(c.sites)), np.full(len(c.sites), 2.0), price, 1e5)
    return replace(c, operation=replace(c.operation, more={"fuel_cell": cells}))


def cheapest(c: Coefficients, *, decomposed: bool) -> Solution:
    goal = Objective("weighted", {"cost_usd": 1.0})
    return optimize(build_model(c, decomposed=decomposed), goal, EXACT)


@pytest.mark.usefixtures("fuel_cells")
@pytest.mark.parametrize("decomposed", [False, True])
def test_a_toy_component_is_solved_and_shown(decomposed: bool) -> None:
    plain = random_instance(3, sites=3, slices=6)
    c = with_cells(plain, price=1.0)
    found, without = cheapest(c, decomposed=decomposed), cheapest(plain, decomposed=False)
    assert found.objective < without.objective * (1 - 1e-6)  # a cheaper source is used
    made = operated_columns(c, found.shown)["cell_mwh"]
    assert made.sum() > 0.0
    assert operated_cost(c, found.shown) == pytest.approx(made * 1.0)
    assert found.totals["cost_usd"] == pytest.approx(found.objective, rel=1e-6)


@pytest.mark.usefixtures("fuel_cells")
def test_both_programs_agree_on_it_and_an_expensive_one_stands_idle() -> None:
    plain = random_instance(3, sites=3, slices=6)
    c = with_cells(plain, price=1.0)
    whole, parts = (cheapest(c, decomposed=d) for d in (False, True))
    assert parts.objective == pytest.approx(whole.objective, rel=1e-6)
    idle = cheapest(with_cells(plain, price=1e6), decomposed=False)
    assert idle.objective == pytest.approx(cheapest(plain, decomposed=False).objective, rel=1e-6)


@pytest.mark.usefixtures("fuel_cells")
def test_a_study_brings_its_data_through_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    def cells(study: siting.Study, sites: object) -> FuelCellData | None:
        return FuelCellData(np.array([0]), np.array([5.0]), 0.5, 8760.0)

    more: Mapping[str, object] = {"fuel_cell": cells}
    monkeypatch.setattr(dispatch_options_build, "MORE", more)
    few = [f"{key}={json.dumps(value)}" for key, value in FEW["arctic"].items()]
    study = siting.load(configs_dir() / "arctic.yaml", [*few, "solver.gap=0.1"])
    assert "cell_mwh" in siting.solve(study).sites
