"""Infeasible studies, each built around another family, each explained by its own keys."""

from __future__ import annotations

from typing import Any

import pytest

from siting import run
from siting.catalogue import Catalogue
from siting.config import Study, study_from_mapping
from siting.config.study import changed_study
from siting.errors import InfeasibleError
from siting.infeasible import Conflict, Move, explain_infeasible
from siting.infeasible.bounds import reach_words
from siting.infeasible.limits import limits_in_force
from siting.mip import Clock
from siting.run import solve_study
from siting.run.many import Reuse

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

BASE: dict[str, Any] = {
    "name": "conflict",
    "candidates": {"sites": ["lulea", "dublin", "frankfurt", "stockholm"]},
    "designs": ["air_chiller", "air_economizer", "tower_liquid"],
    "demand": {
        "regions": ["stockholm", "london", "frankfurt"],
        "workloads": [
            {"name": "chat", "it_mw": 60, "max_rtt_ms": 40},
            {"name": "training", "it_mw": 40, "max_rtt_ms": None},
        ],
    },
    "time": {"slices": 12},
    "supply": {"contracts": []},
    "objective": {"weights": {"energy": 1}},
}

#: What each study asks too much of, and the keys that conflict.
CASES: dict[str, tuple[list[str], set[str]]] = {
    "carbon budget": (["limits.carbon_t_co2e=1000"], {"limits.carbon_t_co2e"}),
    "energy budget": (["limits.energy_mwh=800000"], {"limits.energy_mwh"}),
    "water budget": (["limits.water_m3=1000"], {"limits.water_m3"}),
    "cost budget": (["limits.cost_usd=1.0e6"], {"limits.cost_usd"}),
    "number against size": (
        ["limits.max_sites=2", "limits.max_mw_per_site=40"],
        {"limits.max_sites", "limits.max_mw_per_site"},
    ),
    "share against number": (
        ["limits.max_share_per_site=0.3", "candidates.sites=[dublin, frankfurt, stockholm]"],
        {"limits.max_share_per_site"},
    ),
    # The connection of Lulea carries less than 150 MW of IT.
    "smallest size against a site forced open": (
        ["limits.open=[lulea]", "limits.min_mw_per_site=150"],
        {"limits.open", "limits.min_mw_per_site"},
    ),
    "efficiency": (["limits.pue_max=1.01"], {"limits.pue_max"}),
    "water of a site": (
        ["limits.site_water_m3=10", "designs=[tower_liquid]"],
        {"limits.site_water_m3"},
    ),
    "round trip against closed sites": (
        [
            "demand.workloads.chat.max_rtt_ms=15",
            "limits.closed=[stockholm]",
            "demand.regions=[stockholm]",
        ],
        {"demand.workloads[0].max_rtt_ms", "limits.closed"},
    ),
    # Alone 205,415 t and 1.09 million m3 can be had, on hydropower and on gas; not both.
    "carbon against water": (
        ["limits.water_m3=2.0e6", "limits.carbon_t_co2e=250000"],
        {"limits.water_m3", "limits.carbon_t_co2e"},
    ),
    # Whichever of the two is lost, 60 MW are left for 100.
    "failover against size": (
        [
            "candidates.sites=[stockholm, dublin]",
            "demand.workloads.chat.critical=true",
            "demand.workloads.chat.max_rtt_ms=null",
            "demand.workloads.training.critical=true",
            "failover={loss: site, extra_rtt_ms: 10}",
            "limits.max_mw_per_site=60",
        ],
        {"failover.loss", "limits.max_mw_per_site"},
    ),
    "residency against a closed site": (
        [
            "candidates.sites=[stockholm, frankfurt, london]",
            "demand.workloads.chat.residency=country",
            "limits.closed=[london]",
        ],
        {"demand.workloads[0].residency", "limits.closed"},
    ),
    # The sun does not shine at night.
    "clean supply hour by hour": (
        [
            "supply={contracts: [solar], max_contract_share: 2}",
            "supply.clean=[{share: 0.95, matched: hour}]",
        ],
        {"supply.clean[0].share"},
    ),
    "cap on a country against shares": (
        [
            "candidates.sites=[frankfurt, dublin]",
            "caps=[{metric: carbon_t_co2e, at_most: 10000, country: [DEU]}]",
            "limits.max_share_per_site=0.6",
        ],
        {"caps[0].at_most", "limits.max_share_per_site"},
    ),
    "carbon intensity of a country against a site forced open": (
        [
            "caps=[{metric: carbon_t_co2e, at_most: 0.1, per_it_mwh: true, country: [IRL]}]",
            "limits.open=[dublin]",
        ],
        {"caps[0].at_most", "limits.open"},
    ),
    # New halls in Germany: at most 1.2 from 2026 (EnEfG), which air chillers do not reach.
    "law": (
        [
            "candidates.sites=[frankfurt]",
            "demand.workloads.chat.max_rtt_ms=null",
            "designs=[air_chiller]",
            "policy={laws: all, year: 2027}",
        ],
        {"policy.laws"},
    ),
    "water of a basin": (
        ["limits.basin_water_m3=100", "designs=[tower_liquid]"],
        {"limits.basin_water_m3"},
    ),
    "withdrawal of a site": (
        ["limits.site_withdrawal_m3=100", "designs=[tower_liquid]"],
        {"limits.site_withdrawal_m3"},
    ),
    "round trip": (["demand.workloads.chat.max_rtt_ms=3"], {"demand.workloads[0].max_rtt_ms"}),
}  # fmt: skip


def study_of(overrides: list[str]) -> Study:
    return study_from_mapping(BASE, overrides)


@pytest.fixture(scope="module")
def shop() -> Reuse:
    """What the solves of one study leave for another: limits move neither weather nor physics."""
    return run.Reuse(keep=4)


def has_answer(study: Study, catalogue: Catalogue, shop: Reuse) -> bool:
    try:
        solve_study(study, catalogue=catalogue, reuse=shop)
    except InfeasibleError:
        return False
    return True


def explained(study: Study, catalogue: Catalogue, said: list[str] | None = None) -> Conflict:
    """The conflict, however busy the machine is."""
    tell = None if said is None else said.append
    return explain_infeasible(study, catalogue=catalogue, progress=tell, clock=Clock(3600.0))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_keys_in_conflict_are_named_and_the_printed_moves_suffice(
    case: str, catalogue: Catalogue, shop: Reuse
) -> None:
    overrides, keys = CASES[case]
    study = study_of(overrides)
    assert not has_answer(study, catalogue, shop)
    conflict = explained(study, catalogue)
    assert conflict.smallest
    assert set(conflict.keys) == keys
    for move in conflict.moves:
        assert move.key in str(conflict)
        if move.suffices and move.to is not None:
            assert has_answer(changed_study(study, {move.key: move.to}), catalogue, shop)
    if conflict.together:
        assert has_answer(changed_study(study, dict(conflict.together)), catalogue, shop)


BARRED = {f"technology.designs.{name}.available": False for name in BASE["designs"][1:]}
#: What two periods set, and the keys that conflict.
IN_PERIODS: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    # 100 MW do not fit into one site of 60.
    "number against size": (
        {},
        {"limits.max_mw_per_site": 60, "limits.max_sites": 1, "limits.wue_max_l_per_kwh": 5},
        {"periods[1].set.limits.max_mw_per_site", "periods[1].set.limits.max_sites"},
    ),
    "no design at first": (
        {"technology.designs": {"air_chiller": {"available": False}}, **BARRED},
        {"technology.designs.air_chiller.available": True},
        {
            "periods[0].set.technology.designs.air_economizer.available",
            "periods[0].set.technology.designs.tower_liquid.available",
            "periods[0].set.technology.designs.air_chiller.available",
        },
    ),
}


@pytest.mark.parametrize("case", IN_PERIODS)
def test_limits_of_periods_are_named_too(case: str, catalogue: Catalogue, shop: Reuse) -> None:
    first, second, keys = IN_PERIODS[case]
    periods = [{"year": 2030, "years": 5, "set": first}, {"year": 2035, "years": 5, "set": second}]
    study = study_from_mapping({**BASE, "periods": periods})
    conflict = explained(study, catalogue)
    assert set(conflict.keys) == keys
    for move in conflict.moves:
        limit = next(limit for limit in limits_in_force(study) if limit.key == move.key)
        mended = limit.left_out(study) if move.to is None else limit.moved(study, move.to)
        assert solve_study(mended, catalogue=catalogue, reuse=shop).status


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ("caps=[{metric: carbon_t_co2e, at_most: 10000}]", "caps[0].at_most"),
        ("limits.energy_mwh=800000", "limits.energy_mwh"),
        ("first_power=[{mw: 5000, by: 2030}]", "first_power[0].mw"),
    ],
)
def test_a_limit_out_of_its_own_reach_is_asked_for_alone_before_others_are_left_out(
    override: str, key: str, catalogue: Catalogue
) -> None:
    others = ["limits.max_sites=3", "limits.pue_max=1.6", "limits.max_share_per_site=0.6",
              "limits.closed=[lulea]", "limits.water_m3=1e9", "supply.year=2030"]  # fmt: skip
    said: list[str] = []
    conflict = explained(study_of([override, *others]), catalogue, said)
    assert conflict.smallest
    assert conflict.keys == (key,)
    # As it is, without limits and with it alone; then how far it has to move.
    assert len(said) <= 3 + 4
    with pytest.raises(InfeasibleError) as found:
        solve_study(study_of([override, *others]), catalogue=catalogue)
    assert found.value.needed.keys() == {key}
    late = explain_infeasible(
        study_of([override, *others]), catalogue=catalogue, clock=Clock(0.0),
        needed=found.value.needed,
    )  # fmt: skip
    assert f"{key} = " in str(late)
    assert f"{reach_words(key, found.value.needed[key])}; by how much" in str(late)


class OneMore(Clock):
    """A clock that is late once some placement without the limit is known."""

    def __init__(self, said: list[str], questions: int) -> None:
        super().__init__(600.0)
        self._said, self._most = said, questions

    @property
    def left_s(self) -> float:
        return 0.0 if len(self._said) >= self._most else 600.0

    @property
    def late(self) -> bool:
        return self.left_s <= 0.0


@pytest.mark.parametrize(
    ("override", "key", "least"),
    [
        ("caps=[{metric: carbon_t_co2e, at_most: 10000}]", "caps[0].at_most", 1e5),
        ("caps=[{metric: carbon_t_co2e, at_most: 0.01, per_it_mwh: true}]", "caps[0].at_most", 0.1),
        ("limits.energy_mwh=800000", "limits.energy_mwh", 8e5),
    ],
)
def test_a_placement_without_the_limit_says_how_far_where_the_time_ends(
    override: str, key: str, least: float, catalogue: Catalogue, shop: Reuse
) -> None:
    study, said = study_of([override, "limits.max_sites=3"]), list[str]()
    conflict = explain_infeasible(
        study, catalogue=catalogue, progress=said.append, clock=OneMore(said, 3)
    )  # as it is, with it alone, and without it
    [move] = conflict.moves
    assert move.key == key
    assert move.decided
    assert move.suffices
    assert move.to > least
    assert has_answer(changed_study(study, {key: move.to}), catalogue, shop)


def test_a_value_at_the_end_of_a_search_that_the_time_ended_is_not_given(
    catalogue: Catalogue,
) -> None:
    study, said = study_of(["first_power=[{mw: 5000, by: 2030}]", "supply.year=2030"]), list[str]()
    conflict = explain_infeasible(
        study, catalogue=catalogue, progress=said.append, clock=OneMore(said, 3)
    )
    [move] = conflict.moves
    assert (move.key, move.decided, move.to) == ("first_power[0].mw", False, None)
    assert "can stand; by how much it has to change was not found in time" in str(move)


def test_what_no_limit_causes_is_said_so(catalogue: Catalogue) -> None:
    study = study_of(["demand.workloads.training.it_mw=50000"])
    conflict = explain_infeasible(study, catalogue=catalogue)
    assert conflict.keys == ()
    assert "no limit of the study is the cause" in str(conflict)


def test_a_study_with_an_answer_is_not_explained(catalogue: Catalogue) -> None:
    with pytest.raises(ValueError, match="has a placement"):
        explain_infeasible(study_of([]), catalogue=catalogue)


def test_limits_in_force_are_those_that_the_study_sets() -> None:
    study = study_of(["limits.max_sites=2", "limits.closed=[lulea]"])
    keys = [limit.key for limit in limits_in_force(study)]
    assert keys == ["limits.max_sites", "limits.closed", "demand.workloads[0].max_rtt_ms"]


def test_a_number_moves_to_the_loose_side_and_is_rounded_there() -> None:
    study = study_of(["limits.carbon_t_co2e=1000", "limits.min_mw_per_site=60"])
    by_key = {limit.key: limit for limit in limits_in_force(study)}
    up, down = by_key["limits.carbon_t_co2e"], by_key["limits.min_mw_per_site"]
    assert 12_345.6 <= up.least(lambda value: value >= 12_345.6) <= 12_345.6 * 1.01
    assert 7.77 * 0.99 <= down.least(lambda value: value <= 7.77) <= 7.77
    assert up.least(lambda value: False) is None


def test_the_words_of_a_conflict_of_one() -> None:
    assert "in the way" in str(Conflict((), (), "something is in the way"))


def test_a_share_that_nothing_supplies_is_to_be_left_out() -> None:
    """Hours of clean supply without any contract: 1.4e-8 would do, said the rounding of a solve."""
    asked, low = (Move("supply.clean[0].share", 1.0, to, suffices=True) for to in (1.418e-8, 0.2))
    assert str(asked) == "supply.clean[0].share = 1: leave it out"
    assert str(low) == "supply.clean[0].share = 1: 0.2 would do"


def test_a_limit_that_is_off_by_a_unit_is_doubted() -> None:
    slip, near = (Move("limits.carbon_t_co2e", v, 205_000.0, suffices=True) for v in (205.0, 2e5))
    assert "1,000 times apart" in str(slip)
    assert "times apart" not in str(near)
