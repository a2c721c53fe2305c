"""Limits on real data, from the study to the audit: kept by the answer, and missed in a false one.

For each limit a small study on the built-in catalogue is solved with it and without it. The audit
passes the answer, and names the limit in two false ones: the answer to the study without the limit,
which shows that the limit matters, and the true answer with load moved to where it may not be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cache

import pandas as pd
import pytest

from siting.audit import audit_placement
from siting.audit.outcome import METRIC_TOLERANCE, metric_check
from siting.catalogue import Catalogue
from siting.config import study_from_mapping
from siting.placement import Placement
from siting.run import solve_study

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

BASE = {
    "name": "limit",
    "time": {"slices": 12},
    "objective": {"weights": {"energy": 1, "carbon": 0, "water": 0, "cost": 0}},
    "supply": {"contracts": []},
}


@dataclass(frozen=True)
class Case:
    """A study with and without a limit, the check that is about it, and a move that breaks it.

    Parameters
    ----------
    check : str
        Name of the check.
    sites, designs, regions : tuple of str
        Of the study.
    mw : float
        IT load. [MW]
    limit : dict
        Keys that set the limit.
    move : tuple of str
        From where to where the false answer moves load.
    share : float
        How much of it. [-]
    workload, rest : dict
        Keys of the workload that set the limit, and of the study with and without it.
    """

    check: str
    sites: tuple[str, ...]
    designs: tuple[str, ...]
    regions: tuple[str, ...]
    mw: float
    limit: dict[str, object]
    move: tuple[str, str]
    share: float = 1.0
    workload: dict[str, object] = field(default_factory=dict)
    rest: dict[str, object] = field(default_factory=dict)

    def study(self, *, limited: bool) -> dict[str, object]:
        """The study as a mapping."""
        load = {"name": "web", "it_mw": self.mw, "max_rtt_ms": None}
        load |= self.workload if limited else {}
        demand = {"regions": list(self.regions), "workloads": [load]}
        chosen = {"candidates": {"sites": list(self.sites)}, "designs": list(self.designs)}
        return BASE | self.rest | chosen | {"demand": demand} | (self.limit if limited else {})


AIR = ("air_economizer",)
CASES = {
    "data stay in their country": Case(
        "residency", ("paris", "frankfurt"), AIR, ("paris", "berlin"), 30,
        {}, ("frankfurt", "paris"), workload={"residency": "country"},
    ),
    "data stay in a group of countries": Case(
        "residency", ("paris", "london"), AIR, ("paris",), 30,
        {}, ("paris", "london"), workload={"residency": "group"},
        rest={"limits": {"open": ["london", "paris"]}},
    ),
    "heat of one lake": Case(
        "heat_to_water", ("zurich", "constance"), ("lake_water",), ("zurich",), 600,
        {}, ("constance", "zurich"),
    ),
    "heat of a lake that sites share": Case(
        "lake_heat", ("chicago", "milwaukee", "columbus"), ("lake_water", "air_chiller"),
        ("chicago",), 2200, {"limits": {"shared_lake_heat": True}}, ("columbus", "chicago"), 0.2,
    ),
    "loss of a grid zone": Case(
        "failover", ("stockholm", "falun", "helsinki"), AIR, ("stockholm",), 40,
        {"failover": {"loss": "grid_zone"}}, ("helsinki", "falun"),
        workload={"critical": True},
    ),
    "pods at one site": Case(
        "max_mw_of_design", ("brest", "sines"), ("subsea_pod",), ("paris",), 30,
        {"limits": {"designs": {"subsea_pod": {"max_mw_per_site": 20}}}}, ("sines", "brest"),
        rest={"limits": {"designs": {"subsea_pod": {"max_mw_per_site": 500}}}},
    ),
    "least size of a design": Case(
        "min_mw_of_design", ("frankfurt", "paris"), AIR, ("paris",), 40,
        {"limits": {"open": ["frankfurt", "paris"],
                    "designs": {"air_economizer": {"min_mw_per_site": 18}}}},
        ("frankfurt", "paris"), 0.9, rest={
            "limits": {"open": ["frankfurt", "paris"]},
            "objective": {"weights": {"energy": 0, "carbon": 0, "water": 0, "cost": 1}},
        },
    ),
    "ramp of the load of a site": Case(
        "max_ramp_mw_per_hour", ("frankfurt", "paris"), AIR, ("berlin",), 40,
        {"limits": {"max_ramp_mw_per_hour": 2.5}}, ("paris", "frankfurt"),
        workload={"profile": {"peak_factor": 1.4}}, rest={"time": {"slices": 24}},
    ),
    "amount of carbon in a country": Case(
        "caps", ("frankfurt", "warsaw"), AIR, ("berlin",), 40,
        {"caps": [{"metric": "carbon_t_co2e", "at_most": 120000, "country": ["POL"]}]},
        ("frankfurt", "warsaw"), rest={"limits": {"open": ["frankfurt", "warsaw"]}},
    ),
    "carbon per IT energy of all sites": Case(
        "caps", ("frankfurt", "paris"), ("tower_liquid",), ("berlin",), 40,
        {"caps": [{"metric": "carbon_t_co2e", "at_most": 0.4, "per_it_mwh": True}]},
        ("paris", "frankfurt"),
    ),
    "water in a grid zone": Case(
        "caps", ("frankfurt", "paris"), ("tower_liquid",), ("berlin",), 40,
        {"caps": [{"metric": "water_m3", "at_most": 500000, "grid_zone": ["DE"]}]},
        ("paris", "frankfurt"),
    ),
    "water of a basin": Case(
        "basin_water_m3", ("frankfurt", "zurich", "paris"), ("tower_liquid",), ("berlin",), 40,
        {"limits": {"basin_water_m3": 300000}}, ("paris", "frankfurt"),
    ),
    "water drawn from a basin": Case(
        "basin_withdrawal_m3", ("frankfurt", "zurich", "paris"), ("tower_liquid",), ("berlin",), 40,
        {"limits": {"basin_withdrawal_m3": 300000}}, ("paris", "frankfurt"),
    ),
}  # fmt: skip


@cache
def solved(name: str, *, limited: bool) -> Placement:
    return solve_study(study_from_mapping(CASES[name].study(limited=limited)))


def moved(p: Placement, source: str, target: str, share: float) -> Placement:
    """The answer with a share of what is built and served at one site at another, as reported."""
    sites, flows = p.sites.copy(), p.flows
    block = float(sites["block_mw"][target])
    load = float(sites["it_mw"][source]) * share
    modules = -(-load // block) if load < sites["installed_mw"][source] else load / block
    for column, amount in (
        ("it_mw", load),
        ("modules", modules),
        ("installed_mw", modules * block),
    ):
        sites[column] = sites[column].astype(float)
        sites.loc[target, column] += amount
    sites.loc[source, "it_mw"] -= load
    sites.loc[source, ["modules", "installed_mw"]] *= 1.0 - share
    own = flows["site"] == source
    stay = flows.assign(it_mw=flows["it_mw"].where(~own, flows["it_mw"] * (1.0 - share)))
    go = flows[own].assign(site=target, it_mw=flows["it_mw"][own] * share)
    return replace(p, sites=sites, flows=pd.concat([stay, go], ignore_index=True))


@pytest.mark.parametrize("name", CASES)
def test_the_answer_keeps_the_limit(name: str) -> None:
    placement = solved(name, limited=True)
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit["faults"]
    checks = {check["name"] for check in placement.audit["limits"]}
    assert CASES[name].check in checks


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.check != "heat_to_water"])
def test_the_answer_without_the_limit_is_found_out(name: str, catalogue: Catalogue) -> None:
    free, study = solved(name, limited=False), solved(name, limited=True).study
    assert _named(CASES[name].check, replace(free, study=study), catalogue)


@pytest.mark.parametrize("name", CASES)
def test_load_that_moved_to_where_it_may_not_be_is_found_out(
    name: str, catalogue: Catalogue
) -> None:
    case, honest = CASES[name], solved(name, limited=True)
    assert not _named(case.check, honest, catalogue)
    assert _named(case.check, moved(honest, *case.move, case.share), catalogue)


def _named(check: str, placement: Placement, catalogue: Catalogue) -> bool:
    """Whether the audit fails and names a check."""
    result = audit_placement(placement, catalogue)
    return not result.passed and any(fault.startswith(check) for fault in result.faults)


@pytest.mark.parametrize(("told", "found", "passes"), [
    (0.0, 2.7e-11, True), (-1e-12, 0.0, True), (0.0, 1e-3, False), (1.0, 1.02, False),
])  # fmt: skip
def test_what_rounding_leaves_of_no_water_is_no_fault(
    told: float, found: float, passes: bool
) -> None:
    check = metric_check("water_m3", "m3", told, found, METRIC_TOLERANCE)
    assert (abs(check.difference) <= check.most) == passes


@pytest.mark.parametrize("other", [0.0, 2.7e-11, 5.0, math.nan])
def test_a_total_that_is_missing_agrees_with_none(other: float) -> None:
    assert not metric_check("water_m3", "m3", math.nan, other, METRIC_TOLERANCE).ok
    assert not metric_check("water_m3", "m3", other, math.nan, METRIC_TOLERANCE).ok
