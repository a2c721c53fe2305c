import numpy as np
import psychrolib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.catalogue.climate import (
    dew_point_of_vapour,
    mean_dew_point,
    standard_pressure,
    vapour_pressure,
)
from siting.catalogue.weather_steps import log_humidity, shift_keeping_humidity

TEMPS = st.floats(-60.0, 50.0)
DEPRESSIONS = st.floats(0.0, 40.0)
SHIFTS = st.floats(-10.0, 10.0)


@pytest.mark.parametrize("temp", [0.5, 10.0, 20.0, 35.0, 50.0])
def test_vapour_pressure_is_within_half_a_percent_of_the_ashrae_formulation(temp):
    psychrolib.SetUnitSystem(psychrolib.SI)
    assert vapour_pressure(temp) * 100.0 == pytest.approx(psychrolib.GetSatVapPres(temp), rel=5e-3)


@given(TEMPS)
def test_dew_point_of_vapour_inverts_vapour_pressure(temp):
    assert dew_point_of_vapour(vapour_pressure(temp)) == pytest.approx(temp, abs=1e-9)


@given(TEMPS, DEPRESSIONS, SHIFTS)
def test_shifting_keeps_relative_humidity_and_comes_back(dry, depression, delta):
    dew = dry - depression
    warm_dry, warm_dew = shift_keeping_humidity(dry, dew, delta)
    assert warm_dew <= warm_dry
    assert log_humidity(warm_dry, warm_dew) == pytest.approx(log_humidity(dry, dew), abs=1e-9)
    back_dry, back_dew = shift_keeping_humidity(warm_dry, warm_dew, -delta)
    assert back_dry == pytest.approx(dry)
    assert back_dew == pytest.approx(dew, abs=1e-6)


def test_warming_at_constant_relative_humidity_adds_seven_percent_of_vapour_a_kelvin():
    # Clausius-Clapeyron near 15 °C: about 6.5 % a kelvin.
    _, dew = shift_keeping_humidity(15.0, 10.0, 1.0)
    assert vapour_pressure(dew) / vapour_pressure(10.0) == pytest.approx(1.065, abs=0.005)


@given(TEMPS, DEPRESSIONS, st.floats(-3.0, 3.0))
def test_air_never_becomes_more_than_saturated(dry, depression, humidity_shift):
    dry_after, dew_after = shift_keeping_humidity(dry, dry - depression, 2.0, humidity_shift)
    assert dew_after <= dry_after


def test_mean_dew_point_conserves_water_and_so_exceeds_the_mean_of_dew_points():
    dew = np.array([0.0, 20.0])
    mean = mean_dew_point(dew)
    assert mean > dew.mean()
    assert vapour_pressure(mean) == pytest.approx(vapour_pressure(dew).mean())


@pytest.mark.parametrize(
    ("height", "pressure"),
    [(0.0, 101_325.0), (1000.0, 89_874.6), (2000.0, 79_495.2), (5000.0, 54_019.9)],
)
def test_standard_atmosphere_table(height, pressure):
    # ISO 2533:1975, table 1.
    assert standard_pressure(height) == pytest.approx(pressure, rel=1e-4)
