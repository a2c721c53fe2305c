"""The benchmarks at their smallest size, so that they cannot rot; no time is asserted."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import signal
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from benchmarks import scale, sweep
from benchmarks.__main__ import main
from benchmarks.aims import aim_lines, ratio_lines
from benchmarks.location import made_up_warehouses, run_location, run_pypsa
from benchmarks.made_up import made_up_problem
from benchmarks.power_peer import POWER_STUDY, PowerResult, run_power
from benchmarks.process import MeasurementError, in_limited_process
from benchmarks.scale import FAILED, ScaleResult, growth
from siting.mip import Objective, SolverOptions, build_model, optimize
from siting.physics import DESIGNS

ROOT = Path(__file__).parents[2]
PHASES = ["catalogue", "weather", "physics", "coefficients", "build", "solve", "audit", "report"]

pytestmark = pytest.mark.slow


def here(measure: Callable[..., Any], _limit_s: float, *given: Any, **named: Any) -> Any:
    """A measurement in this process, where peers may warn as in one of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return measure(*given, **named)


def in_thread(measure: Callable[..., Any], *given: Any) -> Any:
    """A measurement in another thread of this process."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(measure, *given).result()


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory, in_process: Callable[..., Any]
) -> tuple[str, dict[str, Any]]:
    """What is printed and written, with every measurement in this process."""
    folder, printed = tmp_path_factory.mktemp("benchmarks"), io.StringIO()
    file, quotes = folder / "results.json", folder / "ppas.csv"
    quotes.write_text(
        "id,source,zone,mw,price_usd_per_mwh,start,end,profile\n"
        "by_night,nuclear,US-TEX-ERCO,30,35,2028,2040,baseload\n",
        encoding="utf-8",
    )
    supply = {**POWER_STUDY["supply"], "ppas": str(quotes)}

    def command(*arguments: str) -> tuple[float, float]:
        start, before = time.perf_counter(), time.process_time()
        ended = in_process(*arguments)
        assert ended.code == 0, ended.err
        return time.perf_counter() - start, time.process_time() - before

    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.setattr(
            "benchmarks.__main__.in_fresh_process",
            lambda measure, *given: here(measure, 0.0, *given),
        )
        # A thread has a browser of its own, beside that of other tests.
        patch.setattr("benchmarks.process.in_fresh_process", in_thread)
        patch.setattr("benchmarks.__main__.in_limited_process", here)
        # Twice the slices of the smallest, so that there is something to store.
        patch.setattr(
            "benchmarks.__main__.run_power",
            lambda _: run_power({"time": {"slices": 48}, "supply": supply}),
        )
        patch.setattr(scale, "in_limited_process", here)
        patch.setattr(sweep, "WORKERS", 1)
        patch.setattr(sweep, "_time", command)
        # The limit is that of a machine however busy.
        asked = ["--smallest", "--limit", "3600", "--json", str(file)]
        assert main(asked) == 0
    return printed.getvalue(), json.loads(file.read_text(encoding="utf-8"))


def test_every_phase_is_timed_and_has_a_column(run: tuple[str, dict[str, Any]]) -> None:
    printed, found = run
    (case,) = found["cases"]
    assert list(case["seconds"]) == PHASES
    assert all(seconds > 0 for seconds in case["seconds"].values())
    heading = next(line for line in printed.splitlines() if "sites" in line and "gap" in line)
    assert all(phase in heading for phase in PHASES)


def test_the_smallest_case_is_proven_and_passes_its_audit(run: tuple[str, dict[str, Any]]) -> None:
    (case,) = run[1]["cases"]
    assert (case["sites"], case["slices"]) == (30, 12)
    assert case["status"] == "optimal"
    assert 0 <= case["gap"] <= 0.001
    assert case["audit_passed"]


def test_the_physics_runs_every_design_over_a_year(run: tuple[str, dict[str, Any]]) -> None:
    printed, found = run
    physics = found["physics"]
    assert physics["hours"] == 8760
    assert physics["designs"] == len(DESIGNS)
    assert physics["memory_mb"] >= physics["memory_before_mb"] > 0
    assert "extrapolated from 2,000 calls" in printed


def test_a_sweep_stands_beside_one_command_a_case(run: tuple[str, dict[str, Any]]) -> None:
    printed, found = run
    of_sweep = found["sweep"]
    assert (of_sweep["cases"], of_sweep["commands"]) == (4, 1)
    assert of_sweep["sweep_cpu_s"] > 0
    assert of_sweep["command_cpu_s"] > 0
    assert "extrapolated from 1" in printed


def test_a_changed_weight_is_answered_within_its_gap(run: tuple[str, dict[str, Any]]) -> None:
    printed, found = run
    (of_bench,) = found["workbench"]
    assert max(of_bench["gaps"]) <= 0.001
    assert "a changed weight at most" in printed


def test_monolithic_decomposed_and_pypsa_find_the_same_cost(
    run: tuple[str, dict[str, Any]],
) -> None:
    by_method = {case["method"]: case for case in run[1]["scale"]}
    assert set(by_method) == {"monolithic", "decomposed", "pypsa"}
    solved = {name: case for name, case in by_method.items() if case["ended"] == "proven"}
    installed = importlib.util.find_spec("pypsa") is not None
    assert set(solved) == {"monolithic", "decomposed"} | ({"pypsa"} if installed else set())
    least = min(case["objective_usd"] for case in solved.values())
    for case in solved.values():
        assert case["gap"] <= 0.001
        assert case["objective_usd"] <= least * 1.001 + 1e-6
        assert case["memory_mb"] > 0


def case(method: str, size: tuple[int, int], seconds: float, ended: str) -> ScaleResult:
    """A measured case without a build, within 120 s and 1,000 MB."""
    return ScaleResult(method, *size, 0.0, seconds, seconds, 1_000.0, 1.0, 0.0, ended, 0.0, 120.0)


def test_growth_is_the_exponent_of_a_power_law() -> None:
    results = [
        *(case("decomposed", (50, slices), slices / 12, "proven") for slices in (24, 96, 384)),
        case("decomposed", (50, 1440), 1.0, "time limit"),
    ]
    assert growth(results, "decomposed", "slices") == pytest.approx({50: 1.0})
    assert growth(results, "decomposed", "sites") == {}


def test_a_method_is_not_asked_for_more_than_it_failed_to_prove(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def measured(method: str, size: tuple[int, int], limit_s: float) -> ScaleResult:
        proven = method == "decomposed" or size[1] < 96
        return case(method, size, 1.0, "proven" if proven else "time limit")

    monkeypatch.setattr(scale, "run_scale", measured)
    asked: list[str] = []
    results = scale.run_sizes(
        ((50, 24), (50, 96), (50, 288), (100, 24), (100, 96)), 9, asked.append
    )
    ended = {(r.method, r.sites, r.slices): r.ended for r in results}
    assert {ended["decomposed", *size] for size in ((50, 288), (100, 96))} == {"proven"}
    assert ended["monolithic", 50, 96] == "time limit"
    assert ended["monolithic", 50, 288] == ended["monolithic", 100, 96] == "not asked"
    assert ended["monolithic", 100, 24] == "proven"
    assert not any("50 sites × 288 slices, monolithic" in line for line in asked)


def test_a_peer_that_raises_is_a_failed_benchmark_and_no_slow_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # `int` raises for a method, a size and a limit, in the process of the case.
    monkeypatch.setattr(scale, "_pypsa", int)
    only_pypsa = ["--only", "scale", "--method", "pypsa", "--size", "10x48"]
    assert main(only_pypsa) == 1
    printed, said = capsys.readouterr()
    words = " ".join(printed.replace("│", " ").split())
    assert "failed: TypeError: int() takes at most 2 arguments (3 given)" in words
    assert "killed" not in words
    assert "nan" not in words
    assert "10 sites × 48 slices, pypsa: failed: TypeError" in said


def test_a_location_peer_that_raises_is_a_failed_benchmark_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> None:
        raise MeasurementError("TypeError: of a peer")

    monkeypatch.setattr("benchmarks.__main__.in_fresh_process", lambda run, *given: run(*given))
    monkeypatch.setattr("benchmarks.__main__.in_limited_process", here)
    monkeypatch.setattr("benchmarks.__main__.PEERS", {"siting": run_location, "broken": broken})
    monkeypatch.setattr("benchmarks.__main__.median_problem", lambda n: made_up_warehouses(4, n))
    file = tmp_path / "found.json"
    assert main(["--only", "location", "--smallest", "--json", str(file)]) == 1
    assert "median-10, broken: failed: TypeError: of a peer" in capsys.readouterr().err
    found = json.loads(file.read_text(encoding="utf-8"))["location"]
    assert [case["way"] for case in found] == ["siting", "siting", "broken"]


def test_pypsa_finds_the_same_cost_of_warehouses_without_contracts() -> None:
    problem = made_up_warehouses(4, 8, ratio=2.0)
    ours, peers = (here(run, 0.0, "made up", problem, 60.0) for run in (run_location, run_pypsa))
    assert peers.objective == pytest.approx(ours.objective, rel=2e-4)


def test_a_process_that_dies_is_a_failure_and_one_that_takes_too_long_is_not() -> None:
    with pytest.raises(MeasurementError, match="exit code 3"):
        in_limited_process(os._exit, 600.0, 3)
    assert in_limited_process(signal.pause, 0.0) is None
    assert in_limited_process(abs, 600.0, -2) == 2


def test_nothing_is_said_of_the_speed_of_a_method_that_failed() -> None:
    proven = case("decomposed", (200, 288), 4.0, "proven")
    failed = case("monolithic", (200, 288), float("nan"), f"{FAILED}TypeError: no")
    assert ratio_lines([proven, failed]) == []
    assert scale.run_aim([proven, failed], pytest.fail) == [proven, failed]


def test_aims_stand_next_to_what_was_measured() -> None:
    results = [
        case("decomposed", (200, 24), 8.0, "proven"),
        case("decomposed", (200, 288), 4.0, "proven"),
        case("monolithic", (200, 288), float("nan"), "time limit"),
        case("decomposed", (200, 1440), 18.0, "proven"),
    ]
    largest, slower, faster = aim_lines(results)
    assert "Measured: proven, 18.0 s, 1,000 MB: reached." in largest
    assert "Measured: 2.25 times: not reached." in slower
    assert "more than 30.0 times as long as decomposed (time limit after 120 s): reached." in faster
    assert len(ratio_lines(results)) == 1


def test_a_decomposed_study_that_needs_several_integer_solves_is_proven() -> None:
    model = build_model(made_up_problem(50, 96), decomposed=True)
    found = optimize(model, Objective("weighted", {"cost_usd": 1.0}), SolverOptions(gap=1e-3))
    assert found.gap <= 1e-3
    assert not found.timed_out


def test_pypsa_powers_a_solved_site_at_the_same_cost(run: tuple[str, dict[str, Any]]) -> None:
    """Steps, own units with one out, a store, built-in contracts and one of the planner's own."""
    pytest.importorskip("pypsa")
    found = PowerResult(**run[1]["power"][0])
    assert found.error < 1e-5
    assert found.siting_built == pytest.approx(found.pypsa_built, abs=0.05)
    built = {name for name, value in found.siting_built.items() if value > 1e-3}
    assert {"step_1", "step_2", "turbine", "battery", "by_night"} <= built
