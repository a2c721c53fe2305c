import numpy as np
import pytest

from siting.catalogue.climate import vapour_pressure
from siting.catalogue.stations import (
    DAYS_IN_MONTH,
    REPRESENTATIVE_STEPS,
    STEPS,
    design_steps,
    group_days,
    monthly_means,
    representative_days,
    step_frame,
    to_utc,
)
from siting.physics.psychrometrics import wet_bulb

DAY_MONTH = np.repeat(np.arange(1, 13), DAYS_IN_MONTH)


@pytest.fixture
def year():
    """A year with seasons, days and weather; dew below dry."""
    rng = np.random.default_rng(5)
    day = np.arange(365)[:, None]
    hour = np.arange(24)[None, :]
    dry = (
        10.0
        - 12.0 * np.cos(2 * np.pi * day / 365)
        + 5.0 * np.cos(2 * np.pi * (hour - 15) / 24)
        + rng.normal(0.0, 3.0, (365, 1))
    )
    return dry, dry - rng.uniform(0.5, 12.0, (365, 24))


def test_steps_stand_for_a_common_year():
    hours, month, hour, group = step_frame()
    assert len(hours) == STEPS == 1442
    assert hours.sum() == 8760.0
    for number, days in enumerate(DAYS_IN_MONTH, start=1):
        assert hours[month == number].sum() == 24 * days
    assert (month[-2:] == 0).all()
    assert (hours[-2:] == 0.0).all()
    assert set(group[:-2]) == {0, 1, 2, 3, 4}
    assert set(hour[:-2]) == set(range(24))


def test_groups_of_a_month_differ_by_a_day_at_most():
    assert group_days(1).tolist() == [7, 6, 6, 6, 6]
    assert group_days(2).tolist() == [6, 6, 6, 5, 5]
    assert group_days(4).tolist() == [6, 6, 6, 6, 6]


def test_means_of_temperature_and_water_survive(year):
    dry, dew = year
    mean_dry, mean_dew = representative_days(DAY_MONTH, dry, dew)
    hours = step_frame()[0][:REPRESENTATIVE_STEPS]
    assert np.average(mean_dry.ravel(), weights=hours) == pytest.approx(dry.mean())
    water = np.average(vapour_pressure(mean_dew.ravel()), weights=hours)
    assert water == pytest.approx(vapour_pressure(dew).mean())
    assert (mean_dew <= mean_dry).all()


def test_groups_run_from_cold_to_warm(year):
    mean_dry, _ = representative_days(DAY_MONTH, *year)
    assert (np.diff(mean_dry.mean(axis=2), axis=1) > 0.0).all()


def test_pooling_the_same_year_twice_changes_nothing(year):
    once = representative_days(DAY_MONTH, *year)
    dry, dew = (np.concatenate([values, values]) for values in year)
    twice = representative_days(np.tile(DAY_MONTH, 2), dry, dew)
    # Groups of 7, 6, 6, 6, 6 days become 14, 12, 12, 12, 12.
    np.testing.assert_allclose(once[0], twice[0])
    np.testing.assert_allclose(once[1], twice[1])


def test_design_steps_are_the_extremes_of_all_hours(year):
    dry, dew = year
    peak_dry, peak_dew, day = design_steps(dry, dew, 95_000.0)
    every = np.asarray(wet_bulb(dry, dew, 95_000.0))
    assert peak_dry[0] == dry.max()
    assert peak_dew[0] == dew.ravel()[dry.argmax()]
    assert wet_bulb(peak_dry[1], peak_dew[1], 95_000.0) == pytest.approx(every.max())
    assert day.tolist() == [dry.argmax() // 24, every.argmax() // 24]


def test_monthly_means_leave_design_steps_out():
    month = step_frame()[1]
    values = np.where(month == 0, 1e6, month.astype(float))[None, :]
    np.testing.assert_allclose(monthly_means(values)[0], np.arange(1, 13))


@pytest.mark.parametrize(("offset", "utc"), [(0.0, 15), (8.0, 7), (-5.0, 20), (5.5, 9), (12.9, 2)])
def test_three_in_the_afternoon_on_the_clock_in_utc(offset, utc):
    local = np.zeros((1, STEPS))
    local[0, 15] = 1.0
    rolled = to_utc(local, np.array([offset]))
    assert rolled[0, :24].argmax() == utc
    assert rolled.sum() == 1.0
