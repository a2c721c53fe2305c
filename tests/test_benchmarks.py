"""The benchmarks at their smallest size, so that they cannot rot; no time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from siting.physics import DESIGNS

ROOT = Path(__file__).parents[1]
PHASES = ["catalogue", "weather", "physics", "coefficients", "build", "solve", "audit", "report"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    file = tmp_path_factory.mktemp("benchmarks") / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--smallest", "--json", str(file)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(file.read_text(encoding="utf-8"))


def test_every_phase_is_timed_and_has_a_column(run: tuple[str, dict[str, Any]]) -> None:
    printed, found = run
    (case,) = found["cases"]
    assert list(case["seconds"]) == PHASES
    assert all(seconds > 0 for seconds in case["seconds"].values())
    heading = next(line for line in printed.splitlines() if "sites" in line and "gap" in line)
    assert all(phase in heading for phase in PHASES)


def test_the_smallest_case_is_proven_and_passes_its_audit(run: tuple[str, dict[str, Any]]) -> None:
    (case,) = run[1]["cases"]
    assert (case["sites"], case["slices"]) == (50, 24)
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
