"""Moist air against psychrolib, an independent implementation of the same handbook."""

from __future__ import annotations

import sys

import numpy as np
import psychrolib
import pytest

from siting.nomenclature import quantity
from siting.physics import psychrometrics as psy

psychrolib.SetUnitSystem(psychrolib.SI)

# The whole valid range of the nomenclature: the Antarctic night to the hottest desert, and 5,500 m
# to the Dead Sea.
TEMPS = np.concatenate([np.arange(-90.0, 60.1, 2.5), [-0.02, 0.0, 0.005, 0.02]])
PRESSURES = (50e3, 60e3, 80e3, 101325.0, 110e3)


def states() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Dry bulb, dew point and pressure from bone dry to saturated."""
    rows = [
        (t, t - depression, p)
        for t in TEMPS
        for depression in (0.0, 0.3, 2.0, 7.0, 15.0, 30.0)
        for p in PRESSURES
        if t - depression >= -100.0  # where psychrolib ends
    ]
    return tuple(np.array(column) for column in zip(*rows, strict=True))  # type: ignore[return-value]


def test_saturation_pressure_is_that_of_psychrolib_over_ice_and_water() -> None:
    expected = [psychrolib.GetSatVapPres(t) for t in TEMPS]
    np.testing.assert_allclose(psy.saturation_pressure(TEMPS), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("temp_c", "pressure_pa"),
    [(-20.0, 103.26), (0.01, 611.66), (20.0, 2338.8), (40.0, 7383.5), (100.0, 101418.0)],
)
def test_saturation_pressure_meets_the_steam_tables(temp_c: float, pressure_pa: float) -> None:
    # IAPWS-95 steam tables; ice at -20 °C from the ASHRAE table of moist air.
    assert psy.saturation_pressure(temp_c) == pytest.approx(pressure_pa, rel=6e-4)


def test_humidity_enthalpy_and_volume_are_those_of_psychrolib() -> None:
    dry, dew, pressure = states()
    ratio = np.asarray(psy.humidity_ratio(dew, pressure))
    moist = ratio > 1e-7  # psychrolib replaces drier air by this floor
    w = [psychrolib.GetHumRatioFromTDewPoint(d, p) for d, p in zip(dew, pressure, strict=True)]
    np.testing.assert_allclose(ratio[moist], np.array(w)[moist], rtol=1e-10)
    h = [psychrolib.GetMoistAirEnthalpy(t, x) / 1e3 for t, x in zip(dry, w, strict=True)]
    np.testing.assert_allclose(np.asarray(psy.enthalpy(dry, ratio))[moist], np.array(h)[moist])
    v = [psychrolib.GetMoistAirVolume(*x) for x in zip(dry, w, pressure, strict=True)]
    np.testing.assert_allclose(
        np.asarray(psy.moist_air_volume(dry, ratio, pressure))[moist], np.array(v)[moist], rtol=1e-6
    )


def test_wet_bulb_is_that_of_psychrolib_within_a_hundredth_of_a_kelvin(
    capsys: pytest.CaptureFixture[str],
) -> None:
    dry, dew, pressure = states()
    wet = np.asarray(psy.wet_bulb(dry, dew, pressure))
    ratio = np.asarray(psy.humidity_ratio(dew, pressure))
    both = _two_wicks(dry, ratio, pressure)
    known = (ratio > 1e-7) & ~both
    expected = np.array(
        [
            psychrolib.GetTWetBulbFromHumRatio(t, w, p)
            for t, w, p in zip(dry[known], ratio[known], pressure[known], strict=True)
        ]
    )
    worst = np.abs(wet[known] - expected).max()
    with capsys.disabled():
        states_text = f"over {known.sum()} states"
        sys.stdout.write(f"\nwet bulb: at most {worst:.5f} K from psychrolib {states_text}\n")
    assert worst < 0.01


def _two_wicks(dry: np.ndarray, ratio: np.ndarray, pressure: np.ndarray) -> np.ndarray:
    """Where a liquid and a frozen wick both satisfy the handbook, psychrolib takes either."""
    liquid = psy.humidity_ratio_from_wet_bulb(dry, 0.0, pressure)
    frozen = psy.humidity_ratio_from_wet_bulb(dry, -1e-9, pressure)
    return (dry > 0.0) & (ratio >= np.asarray(liquid) - 1e-5) & (ratio <= np.asarray(frozen) + 1e-5)


def test_wet_bulb_takes_the_liquid_wick_where_both_exist() -> None:
    dry, pressure = 8.0, 101325.0
    liquid = float(psy.humidity_ratio_from_wet_bulb(dry, 0.0, pressure))
    frozen = float(psy.humidity_ratio_from_wet_bulb(dry, -1e-9, pressure))
    between = psy.dew_point(0.5 * (liquid + frozen), pressure)
    wet = psy.wet_bulb(dry, between, pressure)
    assert wet > 0.0
    assert psy.humidity_ratio_from_wet_bulb(dry, wet, pressure) == pytest.approx(
        0.5 * (liquid + frozen), rel=1e-6
    )


def test_wet_bulb_knows_pressure_where_the_usual_fit_does_not() -> None:
    # 35 °C, 20 %, 80 kPa: Stull (2011) gives 19.3 °C, the energy balance 17.64 °C.
    dew = psy.dew_point_from_relative_humidity(35.0, 0.20)
    assert psy.wet_bulb(35.0, dew, 80e3) == pytest.approx(17.64, abs=0.01)


def test_saturated_air_has_one_temperature() -> None:
    for temp in (-40.0, -0.5, 0.5, 20.0, 45.0):
        assert psy.wet_bulb(temp, temp, 90e3) == pytest.approx(temp, abs=1e-6)


def test_dew_point_undoes_the_humidity_ratio() -> None:
    dew = np.arange(-80.0, 60.0, 0.37)
    for pressure in PRESSURES:
        back = psy.dew_point(psy.humidity_ratio(dew, pressure), pressure)
        np.testing.assert_allclose(back, dew, atol=1e-6)


def test_relative_humidity_and_dew_point_undo_each_other() -> None:
    dew = psy.dew_point_from_relative_humidity(np.array([-10.0, 5.0, 30.0]), 0.6)
    np.testing.assert_allclose(psy.relative_humidity([-10.0, 5.0, 30.0], dew), 0.6, rtol=1e-6)


def test_enthalpy_gives_back_its_humidity() -> None:
    heat = psy.enthalpy(31.0, 0.012)
    assert psy.humidity_ratio_from_enthalpy(31.0, heat) == pytest.approx(0.012)


def test_a_number_gives_a_number_and_the_same_as_an_array() -> None:
    dry, dew, pressure = states()
    wet = np.asarray(psy.wet_bulb(dry, dew, pressure))
    for i in (0, 77, 200, -1):
        one = psy.wet_bulb(float(dry[i]), float(dew[i]), float(pressure[i]))
        assert np.ndim(one) == 0
        assert one == pytest.approx(wet[i], abs=1e-6)


def test_the_range_of_the_oracle_is_that_of_the_nomenclature() -> None:
    dry, pressure = quantity("temp_dry_bulb_c"), quantity("pressure_pa")
    assert (TEMPS.min(), TEMPS.max()) == (dry.low, dry.high)
    assert (min(PRESSURES), max(PRESSURES)) == (pressure.low, pressure.high)


def test_dew_point_and_relative_humidity_are_those_of_psychrolib() -> None:
    dry, dew, pressure = states()
    ratio = np.asarray(psy.humidity_ratio(dew, pressure))
    known = (ratio > 1e-6) & (dew < dry)
    rows = list(zip(dry[known], ratio[known], pressure[known], strict=True))
    expected = [psychrolib.GetTDewPointFromHumRatio(t, w, p) for t, w, p in rows]
    np.testing.assert_allclose(psy.dew_point(ratio[known], pressure[known]), expected, atol=2e-3)
    humidity = [psychrolib.GetRelHumFromHumRatio(t, w, p) for t, w, p in rows]
    np.testing.assert_allclose(
        psy.relative_humidity(dry[known], dew[known]), humidity, rtol=1e-6, atol=1e-9
    )


def test_saturated_air_has_the_humidity_and_heat_of_psychrolib() -> None:
    for pressure in PRESSURES:
        warm = TEMPS[(TEMPS > -40.0) & (TEMPS < 55.0)]
        ratio = [psychrolib.GetSatHumRatio(t, pressure) for t in warm]
        np.testing.assert_allclose(psy.saturation_humidity_ratio(warm, pressure), ratio, rtol=1e-9)
        heat = [psychrolib.GetSatAirEnthalpy(t, pressure) / 1e3 for t in warm]
        here = psy.enthalpy(warm, psy.saturation_humidity_ratio(warm, pressure))
        np.testing.assert_allclose(here, heat, atol=1e-6)
        np.testing.assert_allclose(psy.wet_bulb(warm, warm, pressure), warm, atol=1e-6)


def test_air_pressure_at_altitude_thins_the_air_as_in_psychrolib() -> None:
    # Lhasa, La Paz: 3,650 m; the wet bulb of the same air falls with the pressure.
    for height in (0.0, 1_070.0, 1_890.0, 3_650.0):
        pressure = psychrolib.GetStandardAtmPressure(height)
        ratio = float(psy.humidity_ratio(8.0, pressure))
        expected = psychrolib.GetMoistAirVolume(25.0, ratio, pressure)
        assert psy.moist_air_volume(25.0, ratio, pressure) == pytest.approx(expected, rel=1e-6)
        wet = psychrolib.GetTWetBulbFromTDewPoint(25.0, 8.0, pressure)
        assert psy.wet_bulb(25.0, 8.0, pressure) == pytest.approx(wet, abs=0.002)
