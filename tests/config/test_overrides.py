"""`--set path=value` changes one key, and only a key that exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.config import Study, load_study, read_written, replaced_overrides
from siting.config.base import closest, suggest
from siting.config.yaml_text import Override, apply_overrides
from siting.errors import StudyError

GOOD = """\
name: north
candidates: {kinds: [arctic]}
demand:
  regions: europe
  workloads:
    - {name: inference, it_mw: 300, max_rtt_ms: 60}
    - {name: chat, requests_per_day: 2.0e8, wh_per_request: 2.96, max_rtt_ms: 150}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(GOOD)
    return path


@pytest.mark.parametrize(
    ("override", "get", "value"),
    [
        ("demand.workloads[0].it_mw=5", lambda s: s.demand.workloads[0].it_mw, 5),
        ("demand.workloads.inference.it_mw=5", lambda s: s.demand.workloads[0].it_mw, 5),
        ("demand.workloads.chat.wh_per_request=6", lambda s: s.demand.workloads[1].it_mw, 50),
        ("limits.max_sites=3", lambda s: s.limits.max_sites, 3),
        ("limits.max_sites=null", lambda s: s.limits.max_sites, None),
        ("limits.max_sites=", lambda s: s.limits.max_sites, None),
        ("candidates.kinds=[arctic, hub]", lambda s: s.candidates.kinds, ("arctic", "hub")),
        ("candidates.kinds[0]=hub", lambda s: s.candidates.kinds, ("hub",)),
        ("description=a = b", lambda s: s.description, "a = b"),
        ("objective.weights.cost=2", lambda s: s.objective.weights.energy, 1),
        ("supply.max_contract_mw.wind=9", lambda s: s.supply.max_contract_mw.solar, 500),
        (" time.slices =24", lambda s: s.time.slices, 24),
    ],
)
def test_one_key_is_set(path: Path, override: str, get: object, value: object) -> None:
    assert callable(get)
    assert get(load_study(path, [override])) == value


def test_the_last_override_of_a_key_wins(path: Path) -> None:
    study = load_study(path, ["solver={gap: 0.1}", "solver.gap=0.2", "solver.gap=0.05"])
    assert study.solver.gap == 0.05


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["solver.gap=0.2", "solver.gap=0.05"], ("solver.gap=0.2", "solver.gap=0.05")),
        (["solver.gap=0.2", "solver={gap: 0.1}"], ("solver.gap=0.2", "solver={gap: 0.1}")),
        (["demand.workloads.chat.max_rtt_ms=9", "demand.workloads[1].max_rtt_ms=80"],
         ("demand.workloads.chat.max_rtt_ms=9", "demand.workloads[1].max_rtt_ms=80")),
        (["solver={gap: 0.1}", "solver.gap=0.2"], None),  # the rest of the first one holds
        (["solver.gap=0.2", "solver.seed=1"], None),
        (["solver.gap=0.2", "solver.gap=0.2"], None),
        (["solver.gap=0.2", "limits.max_sites=3"], None),
    ],
)  # fmt: skip
def test_an_override_that_a_later_one_replaces_is_said(
    path: Path, overrides: list[str], said: tuple[str, str] | None
) -> None:
    written = read_written(path)
    load_study(written, overrides)
    words = [] if said is None else [f"--set '{said[0]}' is replaced by --set '{said[1]}'"]
    assert replaced_overrides(written, overrides) == words


@pytest.mark.parametrize("known", [set, frozenset])
def test_the_closest_of_a_set_is_the_same_in_each_process(known: type) -> None:
    """Their order is another in each process; a list keeps its own."""
    spellings = ["oslO", "osLo", "oSlo", "Oslo", "OSLO"]
    assert closest("oslo", known(spellings)) == max(spellings) == "oslO"
    figures = ["price_eur", "price_gbp", "price_usd_per_mwh", "price_ct", "price_cents"]
    assert closest("Price (EUR/kWh)", known(figures)) == closest("Price (EUR/kWh)", sorted(figures))
    assert suggest("x", known(figures)) == f"Allowed: {', '.join(sorted(figures))}."


def test_no_override_changes_nothing(path: Path) -> None:
    assert isinstance(load_study(path), Study)
    assert load_study(path, ()) == load_study(path)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("nonsense", "path=value"),
        ("=5", "path=value"),
        ("limits.maxsites=3", "Did you mean max_sites?"),
        ("limts.max_sites=3", "Did you mean limits?"),
        ("demand.workloads.chta.it_mw=5", "Did you mean chat?"),
        ("demand.workloads[2].it_mw=5", "2 entries"),
        ("demand.workloads[-1].it_mw=5", "not a path"),
        ("name.first=a", "no entry 'first'"),
        (".=5", "not a path"),
        ("limits..max_sites=3", "not a path"),
        ("limits.max_sites]=3", "not a path"),
        ("limits.max_sites=many", "whole number"),
        ("limits.max_sites=[", "Quote it"),
        ("limits={a: 1, a: 2}", "twice"),
        ("demand.workloads.inference.it_mw='5'", "without quotes"),
    ],
)
def test_an_override_that_does_not_fit_is_a_fault_of_set(
    path: Path, override: str, says: str
) -> None:
    with pytest.raises(StudyError) as caught:
        load_study(path, [override])
    assert {fault.where for fault in caught.value.faults} == {"--set"}
    assert says in str(caught.value)


def test_faults_of_the_file_and_of_overrides_come_together(path: Path) -> None:
    path.write_text(GOOD + "time: {slices: 7}\n")
    with pytest.raises(StudyError) as caught:
        load_study(path, ["limits.x=3", "nonsense"])
    where = [(fault.where, fault.line) for fault in caught.value.faults]
    assert where == [(str(path), 8), ("--set", None), ("--set", None)]


def test_an_override_mends_a_fault_of_the_file(path: Path) -> None:
    path.write_text(GOOD + "time: {slices: 7}\n")
    assert load_study(path, ["time.slices=12"]).time.slices == 12


def test_an_override_inside_the_value_of_another_leaves_that_value_alone() -> None:
    given = {"air_chiller": {"available": False}}
    overrides = [
        Override(("technology", "designs"), given),
        Override(("technology", "designs", "air_chiller", "available"), True),
    ]
    data, _, faults = apply_overrides({"technology": {}}, overrides, {})
    assert not faults
    assert data["technology"]["designs"] == {"air_chiller": {"available": True}}
    assert given == {"air_chiller": {"available": False}}
