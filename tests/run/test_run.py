"""The main job end to end: every study of `configs/`, what they write, and how a solve may end."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

import siting
from siting import mip
from siting.files import configs_dir
from siting.mip import Progress
from siting.nomenclature import METRICS
from siting.placement import Placement
from siting.run import solve_study

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

Command = Callable[..., Any]

#: Every study that comes with the package; those that are large or of several states with fewer
#: candidates and designs.
STUDIES: dict[str, tuple[str, ...]] = {
    "arctic": (),
    "subsea": ("designs=[subsea_pod, air_economizer]",),
    "lake_cooled": (),
    "southwest_hydro": (),
    "global": (
        "time.slices=24", "candidates.kinds=[arctic, hydro]",
        "designs=[air_economizer, adiabatic_liquid, tower_liquid]",
    ),
    "failover": (
        "time.slices=12", "candidates.kinds=[hub]", "designs=[air_economizer]", "solver.gap=0.01",
    ),
    "uncertain_southwest": ("candidates.kinds=[edwc]", "designs=[air_economizer]"),
    "east_data_west_compute": (
        "candidates.kinds=[edwc]", "designs=[air_economizer]",
        "demand.workloads[0].max_rtt_ms=60", "demand.workloads[1].max_rtt_ms=60",
    ),
}  # fmt: skip
SMALL = ("time.slices=24", "candidates.kinds=[arctic]", "limits.max_share_per_site=1")
#: Options of a command that make `arctic` smaller still.
FEW = ("--set=candidates.kinds=[]", "--set=candidates.region=[]", "--set=demand.factor=0.1",
       "--set=candidates.sites=[lulea, falun, gavle, dublin, frankfurt]", "--set=time.slices=12",
       "--set=demand.regions=[stockholm, paris, london]")  # fmt: skip


@cache
def solved(name: str) -> Placement:
    """The placement of a study, however busy the machine is."""
    overrides = (*STUDIES[name], "solver.time_limit_s=3600")
    return siting.solve(siting.load(configs_dir() / f"{name}.yaml", overrides))


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_each_study_is_proven_and_audited(name: str) -> None:
    placement = solved(name)
    study = placement.study
    assert placement.gap <= study.solver.gap
    assert placement.status == ("optimal" if placement.gap <= 1e-3 else "gap_limit")
    assert placement.audit is not None
    assert placement.audit["passed"], placement.audit
    for part in [state.placement for state in placement.states] or [placement]:
        assert part.flows["it_mw"].sum() == pytest.approx(part.demand["it_mw"].sum(), rel=1e-6)
        for metric in METRICS:
            assert part.sites[metric].sum() == pytest.approx(part.metrics[metric], rel=1e-9)
    served = placement.flows.groupby("workload")["it_mw"].sum()
    factor = dict(study.periods[-1].set).get("demand.factor", 1) if study.periods else 1
    for workload in study.demand.workloads:
        assert served[workload.name] == pytest.approx(factor * workload.it_mw, rel=1e-6)
        if workload.max_rtt_ms is not None:
            rtt = placement.flows.loc[placement.flows["workload"] == workload.name, "rtt_ms"]
            assert rtt.max() <= workload.max_rtt_ms


def test_no_study_of_the_package_is_left_without_a_test() -> None:
    walked_through = {"us_campus", "phased_europe"}  # tests/docs/test_power_studies.py
    assert set(STUDIES) | walked_through == {path.stem for path in configs_dir().glob("*.yaml")}


@pytest.fixture(scope="module")
def arctic_run(
    tmp_path_factory: pytest.TempPathFactory,
    built_in_outlines: Callable[[], AbstractContextManager[None]],
) -> Path:
    with built_in_outlines():
        return siting.report(solved("arctic"), tmp_path_factory.mktemp("runs") / "arctic")


def test_the_summary_counts_what_was_left_out_before_the_solve(arctic_run: Path) -> None:
    screened = json.loads((arctic_run / "summary.json").read_text())["screened"]
    assert screened["dominated_pairs"] > 0
    assert screened["unreachable_flows"] > 0
    assert 0 < screened["flows"] < screened["demand_classes"] * screened["candidates"]
    assert screened["places"] == screened["candidates"]


def test_a_run_folder_opens_in_geopandas_and_pandas(arctic_run: Path) -> None:
    facts = json.loads((arctic_run / "summary.json").read_text())
    layers = {
        n: gpd.read_file(arctic_run / "placement.gpkg", layer=n)
        for n in ("sites", "flows", "demand")
    }
    assert all(layer.crs.to_epsg() == 4326 for layer in layers.values())
    assert set(layers["sites"]["id"]) == {site["id"] for site in facts["sites"]}
    assert layers["flows"]["it_mw"].sum() == pytest.approx(
        layers["demand"]["it_mw"].sum(), rel=1e-6
    )
    table = pd.read_csv(arctic_run / "placement.csv").set_index("id")
    assert table["carbon_t_co2e"].sum() == pytest.approx(facts["metrics"]["carbon_t_co2e"])
    supply = pd.read_parquet(arctic_run / "supply.parquet")
    drawn = (supply["mw"] * supply["hours"]).sum()
    assert drawn == pytest.approx(facts["metrics"]["energy_mwh"], rel=1e-6)
    assert (arctic_run / "map.png").stat().st_size > 50_000
    assert "<html" in (arctic_run / "report.html").read_text()


def test_a_summary_says_what_was_proven_and_with_what(arctic_run: Path) -> None:
    facts = json.loads((arctic_run / "summary.json").read_text())
    assert facts["status"] == "optimal"
    assert facts["bound"] <= facts["objective"] * (1 + 1e-9)
    assert set(facts["metrics"]) == set(METRICS)
    assert {"weather", "physics", "coefficients", "build", "solve", "audit"} <= set(
        facts["seconds"]
    )
    assert facts["versions"]["pulp"].startswith("4.")
    assert len(facts["catalogue_sha256"]) == 64
    assert facts["seed"] == 0
    assert facts["audit"]["passed"]
    for flow in facts["flows"]:
        assert set(flow) == {"workload", "demand", "site", "it_mw", "rtt_ms", "rtt_p10_ms",
                             "rtt_p90_ms", "rtt_label"}  # fmt: skip


def test_a_run_read_back_is_audited_to_the_same_figures(arctic_run: Path) -> None:
    first = json.loads((arctic_run / "summary.json").read_text())["audit"]["metrics"]
    again = siting.audit(arctic_run)
    assert again.passed
    assert again.metrics == pytest.approx(first, rel=1e-9)


def test_the_same_study_gives_the_same_answer_twice() -> None:
    study = siting.load(configs_dir() / "arctic.yaml", SMALL)
    first, second = siting.solve(study), siting.solve(study)
    pd.testing.assert_frame_equal(first.sites, second.sites)
    pd.testing.assert_frame_equal(first.flows, second.flows)
    assert first.objective == second.objective


@pytest.fixture
def at_first_answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Has something happen as soon as a solve of the command knows of a placement."""

    whole = solve_study

    def plan(act: Callable[[], None]) -> None:
        def solve(*args: Any, progress: Callable[[Progress], None], **kwargs: Any) -> Placement:
            def report(told: Progress) -> None:
                progress(told)
                if told.phase.startswith("placement") and math.isfinite(told.incumbent):
                    act()

            return whole(*args, progress=report, **kwargs)

        monkeypatch.setattr("siting.run.solve_study", solve)

    return plan


@pytest.mark.parametrize("method", ["monolithic", "decomposed"])
def test_a_solve_whose_time_ends_exits_4_and_is_nowhere_called_optimal(
    method: str,
    tmp_path: Path,
    command: Command,
    at_first_answer: Callable[[Callable[[], None]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hours = [0.0]
    monkeypatch.setattr(mip.time, "monotonic", lambda: 3600 * hours[0])
    at_first_answer(lambda: hours.append(hours.pop() + 1))
    study, out = str(configs_dir() / "arctic.yaml"), tmp_path / "run"
    more = ["--gap=1e-9", "--time-limit=60", f"--set=solver.method={method}", *FEW]
    done = command("solve", study, "--out", out, *more)
    assert done.code == 4, done.err
    for text in (done.out, done.err, *(p.read_text() for p in out.glob("*.[jh]*"))):
        assert "optimal" not in text.lower()
    facts = json.loads((out / "summary.json").read_text())
    assert facts["status"] == "time_limit"
    assert facts["gap"] > facts["gap_asked"]


@pytest.mark.parametrize("method", ["monolithic", "decomposed"])
def test_ctrl_c_during_the_solve_writes_the_best_answer_and_exits_4(
    method: str,
    tmp_path: Path,
    command: Command,
    at_first_answer: Callable[[Callable[[], None]], None],
) -> None:
    asked: list[bool] = []

    def once() -> None:
        if not asked:  # the second one would end it without an answer
            asked.append(True)
            os.kill(os.getpid(), signal.SIGINT)

    at_first_answer(once)
    study, out = str(configs_dir() / "arctic.yaml"), tmp_path / "run"
    more = ["--gap=1e-9", f"--set=solver.method={method}", *FEW]
    done = command("solve", study, "--out", out, *more)
    assert done.code == 4, done.err
    assert " s left" in done.err
    facts = json.loads((out / "summary.json").read_text())
    assert facts["status"] == "interrupted"
    assert facts["gap_asked"] < facts["gap"] <= 1
    assert facts["audit"]["passed"]
    assert "optimal" not in (done.out + (out / "report.html").read_text()).lower()


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("demand.workloads[0].max_rtt_ms=6", "max_rtt_ms"),
        ("limits.water_m3=10", "limits.water_m3 = 10"),
        ("limits.carbon_t_co2e=1000", "limits.carbon_t_co2e = 1000"),
        ("limits.max_mw_per_site=1", "limits.max_mw_per_site"),
    ],
)
def test_an_infeasible_study_exits_3_and_writes_nothing(
    override: str, named: str, tmp_path: Path, command: Command
) -> None:
    out = tmp_path / "run"
    study = str(configs_dir() / "arctic.yaml")
    free = "limits.min_mw_per_site=null"  # The smallest campus would contradict the largest.
    done = command("solve", study, *FEW, "--set", free, "--set", override, "--out", out)
    assert done.code == 3, done.err
    assert named in done.err
    assert not out.exists()


def test_five_faults_are_shown_together_with_their_lines(tmp_path: Path, command: Command) -> None:
    text = (configs_dir() / "arctic.yaml").read_text()
    for old, new in (
        ("slices: 96", "slices: 95"),
        ("max_share_per_site: 0.5", "max_share_per_site: 5"),
        ("method: weighted", "method: weighed"),
        ("gap: 0.001", "gap: -1"),
        ("regions: europe", "regionz: europe"),
    ):
        assert old in text
        text = text.replace(old, new)
    study = tmp_path / "broken.yaml"
    study.write_text(text)
    done = command("solve", study, "--out", tmp_path / "run")
    assert done.code == 2
    lines = text.splitlines()
    for needle in ("slices: 95", "max_share_per_site: 5", "weighed", "gap: -1", "regionz"):
        line = next(i for i, row in enumerate(lines, start=1) if needle in row)
        assert f"broken.yaml:{line}:" in done.err.replace("\n", "")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_an_installed_wheel_works_from_an_empty_folder(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    site = tmp_path / "site"
    # Built and installed as always, but for byte code of modules that the few sites do not need.
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    install = [*pip, "--no-deps", "--no-compile", "--target", str(site), str(root)]
    subprocess.run(install, check=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import siting; from siting.files import configs_dir, geodata_dir\n"
        f"assert siting.__file__.startswith({str(site)!r}), siting.__file__\n"
        f"assert str(geodata_dir()).startswith({str(site)!r})\n"
        "few = ['time.slices=12', 'candidates={sites: [lulea, falun]}', 'demand.factor=0.1',\n"
        "       'demand.regions=[stockholm, paris]']\n"
        "study = siting.load(configs_dir() / 'arctic.yaml', few)\n"
        "placement = siting.solve(study)\n"
        "siting.report(placement, 'run')\n"
        "print(placement.status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=empty, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "optimal", done.stderr
    assert (empty / "run" / "map.png").is_file()
