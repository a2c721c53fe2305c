"""Carbon of electricity and fuel apart from what is embodied: limits and objectives on either."""

from __future__ import annotations

from typing import Any

import pytest

import siting
from siting.errors import InfeasibleError
from siting.placement import Placement

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

STUDY: dict[str, Any] = {
    "name": "scopes",
    "candidates": {"sites": ["lulea", "dublin", "warsaw"]},
    "designs": ["air_economizer", "air_chiller"],
    "demand": {
        "regions": "europe",
        "workloads": [{"name": "all", "it_mw": 40, "max_rtt_ms": None}],
    },
    "time": {"slices": 12},
    "supply": {"contracts": []},
    "objective": {"weights": {"water": 1}},
}
OPERATIONAL, EMBODIED = "carbon_t_co2e_operational", "carbon_t_co2e_embodied"


def solved(**sections: Any) -> Placement:
    placement = siting.solve(siting.load(STUDY | sections))
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit
    return placement


@pytest.mark.parametrize("method", ["monolithic", "decomposed"])
def test_at_most_150_grams_of_electricity_can_be_said(method: str) -> None:
    """Servers alone embody 1,780 t/MW a year, some 200 g/kWh: a cap on all carbon would fail."""
    solver = {"method": method}
    cap = {"metric": "carbon_operational_t_co2e", "at_most": 0.15, "per_it_mwh": True}
    free, capped = solved(solver=solver), solved(caps=[cap], solver=solver)
    it_mwh = 40 * 8760
    assert free.other_conventions[OPERATIONAL] / it_mwh > 0.15
    assert capped.other_conventions[OPERATIONAL] / it_mwh <= 0.15 * (1 + 1e-6)
    assert capped.metrics["carbon_t_co2e"] / it_mwh > 0.15
    with pytest.raises(InfeasibleError):
        solved(caps=[cap | {"metric": "carbon_t_co2e"}], solver=solver)


def test_parts_add_up_to_the_carbon_and_to_what_it_is_made_of() -> None:
    placement = solved()
    parts = [placement.other_conventions[key] for key in (OPERATIONAL, EMBODIED)]
    assert sum(parts) == pytest.approx(placement.metrics["carbon_t_co2e"])
    sites = placement.sites
    energy = sites[["carbon_grid_t_co2e", "carbon_contracts_t_co2e", "carbon_gas_t_co2e"]]
    assert energy.to_numpy().sum() == pytest.approx(parts[0])


def test_a_budget_of_either_part_binds_alone() -> None:
    free = solved()
    half = 0.5 * free.other_conventions[OPERATIONAL]
    tight = solved(limits={"carbon_operational_t_co2e": half})
    assert tight.other_conventions[OPERATIONAL] <= half * (1 + 1e-6)
    with pytest.raises(InfeasibleError):
        solved(limits={"carbon_embodied_t_co2e": 1000.0})


def test_objectives_choose_the_carbon_that_they_minimize() -> None:
    weights = {"weights": {"carbon": 1}}
    running = solved(objective=weights | {"carbon": "operational"})
    embodied = solved(objective=weights | {"carbon": "embodied"})
    assert running.other_conventions[OPERATIONAL] < embodied.other_conventions[OPERATIONAL]
    assert embodied.other_conventions[EMBODIED] <= running.other_conventions[EMBODIED]
    ranked = solved(objective={"method": "lexicographic", "order": ["carbon"],
                               "carbon": "operational"})  # fmt: skip
    assert ranked.objective == pytest.approx(running.other_conventions[OPERATIONAL], rel=2e-3)
