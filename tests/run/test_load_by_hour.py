"""Halls at the load of the hour: part-load PUE by the profiles of all workloads together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from siting.catalogue import Catalogue
from siting.catalogue.hourly import load_over_largest
from siting.config import study_from_mapping
from siting.config.demand import LoadProfile
from siting.errors import StudyError
from siting.physics import facility
from siting.run import check_study, solve_study

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

WAVE = {"peak_factor": 1.6, "peak_hour": 18, "clock": "utc"}
BASE: dict[str, Any] = {
    "name": "hourly_load",
    "candidates": {"sites": ["frankfurt", "lulea"]},
    "demand": {
        "regions": ["frankfurt"],
        "workloads": [{"name": "chat", "it_mw": 30, "max_rtt_ms": None, "profile": WAVE}],
    },
    "designs": ["air_chiller"],
    "supply": {"contracts": []},
    "time": {"slices": 96},
    "halls": {"load_by_hour": True},
}


def test_a_wave_over_its_largest_hour() -> None:
    """Means of the hours of a cosine wave, whose largest hour holds its peak to either side."""
    profile = LoadProfile.model_validate(WAVE)
    month, hour = np.array([0, 1, 7, 1]), np.array([3, 6, 6, 18])
    share = load_over_largest([profile], np.zeros(1), np.ones((1, 1)), month, hour)
    top = 1 + 0.6 * np.cos(np.pi / 24)
    low = 1 - 0.6 * np.cos(np.pi / 24)
    assert share == pytest.approx([1.0, low / top, low / top, 1.0])


def test_a_flat_load_beside_a_wave_fills_its_valleys() -> None:
    profile = LoadProfile.model_validate(WAVE)
    args = (np.zeros(1), np.array([[1.0], [3.0]]), np.array([1]), np.array([6]))
    with_flat = load_over_largest([profile, None], *args)[0]
    top, low = 1 + 0.6 * np.cos(np.pi / 24), 1 - 0.6 * np.cos(np.pi / 24)
    assert with_flat == pytest.approx((low + 3) / (top + 3))


def test_slices_of_low_load_have_the_pue_of_part_load(catalogue: Catalogue) -> None:
    by_hour = check_study(study_from_mapping(BASE), catalogue=catalogue).problem.coefficients
    flat_study = study_from_mapping({**BASE, "halls": {}})
    flat = check_study(flat_study, catalogue=catalogue).problem.coefficients
    night, evening = np.arange(2, 96, 8), np.arange(6, 96, 8)  # 6 to 9 and 18 to 21 h UTC
    assert (by_hour.pue[:, night] > flat.pue[:, night] + 0.005).all()
    # The hours after the peak are near the rating.
    assert by_hour.pue[:, evening] == pytest.approx(flat.pue[:, evening], abs=0.01)
    # Losses of the physics at that load, in weather where no other part of it matters.
    share = (1 - 0.6 * np.cos(np.pi / 24)) / (1 + 0.6 * np.cos(np.pi / 24))
    air = {"temp_dry_bulb_c": 5.0, "temp_dew_point_c": 0.0, "pressure_pa": 101_325.0}
    more = facility("air_chiller", **air, load=share).pue - facility("air_chiller", **air).pue
    found = (by_hour.pue - flat.pue)[:, night].max()
    assert found == pytest.approx(float(more), rel=0.5)


@pytest.mark.parametrize("method", ["monolithic", "decomposed"])
def test_the_audit_replays_the_same_load(catalogue: Catalogue, method: str) -> None:
    solver = {"method": method, "time_limit_s": 60}
    found = solve_study(study_from_mapping({**BASE, "solver": solver}), catalogue=catalogue)
    assert found.audit is not None
    assert found.audit["passed"], found.audit["faults"]
    flat = solve_study(
        study_from_mapping({**BASE, "halls": {}, "solver": solver}), catalogue=catalogue
    )
    assert found.metrics["energy_mwh"] > 1.001 * flat.metrics["energy_mwh"]


def test_it_needs_a_profile_and_an_engine_that_runs() -> None:
    workload = {"name": "flat", "it_mw": 30, "max_rtt_ms": None}
    demand = {"regions": ["frankfurt"], "workloads": [workload]}
    supply = {"contracts": [], "trigeneration": "dispatched"}
    with pytest.raises(StudyError) as error:
        study_from_mapping({**BASE, "demand": demand, "supply": supply})
    assert [f.key for f in error.value.faults] == ["halls.load_by_hour"] * 2
