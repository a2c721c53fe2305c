"""Load by the hour: at the clock of the users, on what is installed, replayed over the year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.audit import audit_placement
from siting.catalogue.hourly import by_month_and_hour, load_hours, sun_offset_h
from siting.coefficients.build import build_problem
from siting.config import study_from_mapping
from siting.config.demand import LoadProfile
from siting.errors import DataError, StudyError
from siting.run import solve_study

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

WAVE = {"peak_factor": 1.5, "peak_hour": 20}


def study(profile=None, **more):
    waves = {"name": "infer", "it_mw": 30, "max_rtt_ms": 40, "profile": profile or WAVE}
    return study_from_mapping(
        {
            "name": "waves",
            "candidates": {"sites": ["dublin", "frankfurt"]},
            "designs": ["air_evaporative"],
            "demand": {
                "regions": ["dublin", "stockholm"],
                "workloads": [{"name": "train", "it_mw": 20, "max_rtt_ms": None}, waves],
            },
            "time": {"slices": 96},
            "objective": {"weights": {"cost": 1}},
            **more,
        }
    )


def test_a_wave_peaks_at_its_hour_and_keeps_its_mean():
    mean, largest = load_hours(LoadProfile(peak_factor=1.5, peak_hour=20.5))
    assert mean.mean() == pytest.approx(1.0)
    assert mean.reshape(365, 24).argmax(axis=1) == pytest.approx(np.full(365, 20))
    assert largest.max() == pytest.approx(1.5)


def test_weekends_are_lower_by_their_factor():
    mean, _ = load_hours(LoadProfile(shape="hours", hours=(1.0,) * 24, weekend_factor=0.5))
    assert mean[24 * 5] / mean[0] == pytest.approx(0.5)
    assert mean.mean() == pytest.approx(1.0)


def test_the_clock_of_the_users_runs_ahead_in_the_east():
    profile = LoadProfile()
    assert list(sun_offset_h(profile, np.array([0.0, 120.0, -75.0]))) == [0, 8, -5]
    assert list(sun_offset_h(LoadProfile(clock="utc"), np.array([120.0]))) == [0]


@pytest.mark.parametrize("per_hour", [1, 2, 4])
def test_a_file_of_hours_or_parts_of_them_keeps_its_peak(tmp_path, per_hour):
    values = np.ones(8760 * per_hour)
    values[10 * per_hour] = 3.0
    path = tmp_path / "load.csv"
    path.write_text("load\n" + "\n".join(map(str, values)) + "\n")
    mean, largest = load_hours(LoadProfile(shape="file", file=str(path)))
    assert mean.mean() == pytest.approx(1.0)
    assert largest.max() == pytest.approx(3.0 / values.mean())
    assert mean.max() == pytest.approx((3.0 + per_hour - 1) / per_hour / values.mean())


def test_slices_see_the_mean_and_the_peak_of_the_day(catalogue):
    c = build_problem(study(), catalogue).coefficients
    profile = c.operation.profile
    assert list(profile.varies) == [False, True]
    assert profile.mean @ c.hours / 8760 == pytest.approx(np.ones((2, 2)))
    assert (profile.largest >= profile.mean - 1e-12).all()
    assert profile.largest[1].max() == pytest.approx(1.5, rel=0.01)
    dublin, stockholm = c.demand.index("dublin"), c.demand.index("stockholm")
    assert not np.allclose(profile.mean[1, dublin], profile.mean[1, stockholm])
    assert c.needed_per_load == pytest.approx([1.0, profile.largest[1].max()])


@pytest.fixture(scope="module")
def placements(catalogue):
    options = {m: {"method": m, "gap": 1e-6} for m in ("monolithic", "decomposed")}
    return {m: solve_study(study(solver=o), catalogue=catalogue) for m, o in options.items()}


def test_halls_and_connection_carry_the_peak_and_both_programs_agree(catalogue, placements):
    whole, parts = placements.values()
    assert whole.sites["cost_usd"].sum() == pytest.approx(parts.sites["cost_usd"].sum(), rel=1e-5)
    mean = whole.sites["it_mw"].sum()
    assert whole.sites["installed_mw"].sum() >= 20 + 1.49 * 30
    assert mean == pytest.approx(50)
    audit = audit_placement(whole, catalogue)
    assert audit.passed
    assert {"load_peak", "load_peak_power"} <= {check.name for check in audit.limits}
    assert any("8,760 hours" in text for text in audit.hidden)


def test_the_audit_refuses_halls_for_the_mean_load_alone(catalogue, placements):
    placement = placements["monolithic"]
    small = placement.sites.assign(
        installed_mw=placement.sites["it_mw"], modules=placement.sites["it_mw"] / 5
    )
    audit = audit_placement(replace(placement, sites=small), catalogue)
    assert "load_peak" in {check.name for check in audit.limits if not check.ok}


def test_an_hour_of_a_file_that_slices_average_away_still_sets_the_halls(catalogue, tmp_path):
    values = np.ones(8760)
    values[4000] = 2.5
    path = tmp_path / "load.csv"
    path.write_text("load\n" + "\n".join(map(str, values)) + "\n")
    own = study({"shape": "file", "file": str(path), "clock": "utc"})
    placement = solve_study(own, catalogue=catalogue)
    assert placement.sites["installed_mw"].sum() >= 20 + 2.49 * 30
    assert audit_placement(placement, catalogue).passed


def test_faults_of_a_file_come_together_with_line_and_column(tmp_path):
    path = tmp_path / "load.csv"
    path.write_text("load\n1\n-3\nmany\n" + "1\n" * 8757)
    with pytest.raises(DataError) as error:
        load_hours(LoadProfile(shape="file", file=str(path)))
    assert {(f.where, f.line, f.key) for f in error.value.faults} == {
        ("load.csv", 3, "load"), ("load.csv", 4, "load"),
    }  # fmt: skip
    path.write_text("load\nmany\n" + "1\n" * 8000)  # A bad cell does not hide the length.
    with pytest.raises(DataError) as error:
        load_hours(LoadProfile(shape="file", file=str(path)))
    assert [f.line for f in error.value.faults] == [2, 8002]
    path.write_text("load\n" + "1\n" * 8000)
    with pytest.raises(DataError, match=r"8,000 rows"):
        load_hours(LoadProfile(shape="file", file=str(path)))
    path.write_text("load\n" + "0\n" * 8760)
    with pytest.raises(DataError, match="every hour"):
        load_hours(LoadProfile(shape="file", file=str(path)))


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"shape": "hours"}, "hours is missing"),
        ({"shape": "hours", "hours": [1.0] * 23}, "23 hours"),
        ({"shape": "diurnal", "hours": [1.0] * 24}, "hours is given"),
        ({"shape": "file", "file": "no_such.csv"}, "does not exist"),
        ({"peak_factor": 3.0}, "peak_factor"),
    ],
)
def test_a_profile_that_says_too_little_or_too_much_is_refused(profile, words):
    with pytest.raises(StudyError, match=words):
        study(profile)


def test_a_profile_needs_slices_within_the_day():
    with pytest.raises(StudyError, match="within the day"):
        study(time={"slices": 12})


def test_means_by_month_and_hour_are_those_of_the_year():
    hours = np.random.default_rng(1).random(8760)
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    assert days @ by_month_and_hour(hours).mean(axis=1) / 365 == pytest.approx(hours.mean())
    assert by_month_and_hour(hours, largest=True).max() == hours.max()
