"""`siting check` sees what `siting solve` sees, all of it together and where it is written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from siting.catalogue import load_catalogue
from siting.coefficients.inputs import study_inputs
from siting.config import study_from_mapping
from siting.errors import DataError, Fault, InputError, StudyError

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

STUDY = """\
name: t
candidates: {sites: [lulea, dublin], kinds: subsea, region: china}
demand:
  regions: [stockholm]
  workloads: [{name: a, it_mw: 5, max_rtt_ms: null}]
time: {slices: 12}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(STUDY)
    return path


@pytest.mark.parametrize(
    ("more", "keys"),
    [
        ("caps: [{metric: cost_usd, at_most: 1e9, sites: [nowhere]}]", {"caps[0].sites[0]"}),
        ("caps: [{metric: cost_usd, at_most: 1e9, country: XYZ, group: eu2, grid_zone: [Q1]}]",
         {"caps[0].country", "caps[0].group", "caps[0].grid_zone[0]"}),
        ("heat_reuse: {where: [xyz, SWE], demand_mw: 5}", {"heat_reuse.where[0]"}),
        ("supply: {clean: [{where: xyz, share: 0.5}]}", {"supply.clean[0].where"}),
        ("limits: {open: [nowhere]}", {"limits.open[0]"}),
        ("limits: {open: [lulea, oslo], closed: [hamina]}", {"limits.open[1]", "limits.closed[0]"}),
        ("policy: {laws: [no_law]}", {"policy.laws[0]"}),
        ("periods: [{year: 2026, years: 2, set: {limits.open: [nowhere]}}]",
         {"periods[0].set.limits.open[0]"}),
        ("solver: {method: decomposed}\ndemand: {regions: stockholm, workloads: [{name: a, it_mw: "
         "5, max_rtt_ms: null, flexible: {share: 0.1, between_sites: true}}]}", {"solver.method"}),
    ],
)  # fmt: skip
def test_a_name_that_a_solve_would_refuse(
    command: Any, study: Path, more: str, keys: set[str]
) -> None:
    text = STUDY.replace("time: {slices: 12}", "time: {slices: 24}")
    if "demand:" in more:
        text = text[: text.index("demand:")] + "time: {slices: 24}\n"
    study.write_text(f"{text}{more}\n")
    ended = command("check", study, "--json")
    faults = json.loads(ended.out)["faults"]
    assert ended.code == 2
    assert {fault["key"] for fault in faults} == keys
    solved = command("solve", study)
    assert solved.code == 2
    assert all(key in solved.err for key in keys)


IDLE = """\
caps: [{metric: water_m3, at_most: 1e6, country: [USA, SWE], group: eu, kind: hub, sites: lulea}]
heat_reuse: {where: [ashburn, DEU], demand_mw: 5}
connections: {steps: [{where: [SWE, NO-NO2], year: 2020, share: 1, cost_usd_per_mw: 0}]}
generation:
  units:
    - {name: turbine, kind: gas_turbine, max_units: 1, where: [hub, asia_pacific]}
    - {name: engine, kind: gas_engine, max_units: 1, where: [europe]}
  island: []
first_power: [{mw: 1, by: 2029, where: [lulea, oslo]}]
sites: {overrides: {oslo: {price_usd_per_mwh: 30}, lulea: {price_usd_per_mwh: 30}}}
periods:
  - {year: 2026, years: 2}
  - {year: 2028, years: 2, set: {supply.clean: [{where: [SWE, USA], share: 0.1}]}}
"""


def test_a_place_where_nothing_competes_is_a_warning_of_its_key(command: Any, study: Path) -> None:
    study.write_text(STUDY.replace(", kinds: subsea, region: china", "") + IDLE)
    told = json.loads(command("check", study, "--json").out)["warnings"]
    idle = dict(words.split(": no candidate of this study is at ") for words in told)
    assert {key: words.split(", where it has")[0] for key, words in idle.items()} == {
        "caps[0].country": "USA",
        "heat_reuse.where": "ashburn, DEU",
        "connections.steps[0].where": "NO-NO2",
        "generation.units[0].where": "asia_pacific",
        "first_power[0].where": "oslo",
        "sites.overrides": "oslo",
        "supply.clean[0].where": "USA",
    }


def test_a_name_is_told_with_its_line_and_beside_the_faults_of_files(
    command: Any, study: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.csv").write_text("id,lat,lon\nmine,65,22\nMINE,65,22\n")
    text = STUDY.replace("sites: [lulea, dublin]", "sites: [lulea], file: own.csv")
    study.write_text(text + "limits:\n  open: [mine, nowhere]\n")
    told = command("check", study).err
    assert "own.csv:3: id: 'MINE' is not an id" in told
    (tmp_path / "own.csv").write_text("id,lat,lon\nmine,65,22\n")
    told = command("check", study).err
    assert f"{study}:8: limits.open[1]: is 'nowhere', which is not known" in told


def test_a_place_that_nobody_can_be_served_from_is_told_before_the_solve(
    command: Any, study: Path
) -> None:
    ended = command("check", study, "--set", "demand.workloads.a.max_rtt_ms=1")
    assert ended.code == 3
    assert "no site with a design serves Stockholm within 1 ms" in ended.err


def test_people_that_are_missing_are_told(command: Any, study: Path, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("id,lat,lon,internet_users\na,59,18,\nb,60,18,5\n")
    study.write_text(STUDY.replace("[stockholm]", "users.csv"))
    ended = command("check", study)
    assert ended.code == 2
    assert "internet_users" in ended.err


def test_files_and_names_in_python_are_checked_together(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("id,lat,lon\nA,65,22\n")
    (tmp_path / "users.csv").write_text("id,lat,lon\nB,59,18\n")
    study = study_from_mapping(
        {
            "name": "t",
            "candidates": {"file": str(tmp_path / "own.csv")},
            "demand": {
                "regions": [str(tmp_path / "users.csv")],
                "workloads": [{"name": "a", "it_mw": 5, "max_rtt_ms": None}],
            },
        }
    )
    with pytest.raises(DataError) as caught:
        study_inputs(study, load_catalogue())
    assert {fault.where for fault in caught.value.faults} == {"own.csv", "users.csv"}


def test_errors_of_one_kind_are_counted() -> None:
    faults = [
        Fault("a.csv", i, "lat", f"{i!r} is wrong", "Give degrees") for i in range(2, 150_002)
    ]
    shown = str(DataError([*faults, Fault("a.csv", 1, "id", "is missing", "Add it")])).splitlines()
    assert shown[:2] == ["a.csv:2: lat: 2 is wrong. Give degrees",
                         "a.csv:3: lat: 3 is wrong. Give degrees"]  # fmt: skip
    rest = "a.csv: lat: 149,995 more errors of this kind, the last in line 150,001. Give degrees"
    assert shown[5:] == [rest, "a.csv:1: id: is missing. Add it"]


def test_errors_of_many_kinds_are_shown_up_to_a_number() -> None:
    faults = [Fault("a", None, f"k{i}", "is unknown", f"Did you mean {i}?") for i in range(1000)]
    shown = str(StudyError(faults)).splitlines()
    assert len(shown) == 101
    assert shown[-1].startswith("a: 1,000 errors in all")
    assert len(InputError(faults[:101]).shown) == 101


@pytest.fixture
def pipe() -> Iterator[Any]:
    """Makes a study that can be read once, as a shell's ``<(cat study.yaml)``."""
    ends: list[int] = []

    def make(text: str) -> Path:
        out, into = os.pipe()
        ends.append(out)
        os.write(into, text.encode())
        os.close(into)
        return Path(f"/dev/fd/{out}")

    yield make
    for end in ends:
        os.close(end)


def test_a_study_from_a_pipe_is_read_once(command: Any, pipe: Any, tmp_path: Path) -> None:
    good = STUDY.replace(", kinds: subsea, region: china", "")
    twice = ("--set", "limits.max_sites=3", "--set", "limits.max_sites=2")
    ended = command("check", pipe(good), *twice)
    assert ended.code == 0
    assert "warning: --set 'limits.max_sites=3' is replaced by" in ended.err
    ended = command("check", pipe(good), *twice, "--json")
    (told, *_) = json.loads(ended.out)["warnings"]
    assert told == "--set 'limits.max_sites=3' is replaced by --set 'limits.max_sites=2'"
    assert "warning" not in ended.err
    closed = pipe(good + "limits: {closed: [hamina]}\n")
    assert f"{closed}:7: limits.closed[0]: is 'hamina'" in command("check", closed).err
    (tmp_path / "own.csv").write_text("id,lat,lon\nMINE,65,22\n")
    faulty = good.replace("candidates: {", f"candidates: {{near: 5, file: {tmp_path / 'own.csv'}, ")
    told = command("check", pipe(faulty)).err
    assert "candidates.near" in told
    assert "own.csv:2: id: 'MINE' is not an id" in told
