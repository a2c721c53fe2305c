from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
if not (ROOT / "tools" / "build_geodata").is_dir():
    pytest.skip("the build scripts are only in a checkout", allow_module_level=True)


DAYS = np.repeat(np.arange(1, 13), (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))


def seasons(mean, amplitude):
    return mean - amplitude * np.cos(2 * np.pi * (np.arange(12) + 0.5 - 0.7) / 12)


#: Temperature that each lake tends to, by month. [°C]
LAKES = {
    "constant sky": np.full(12, 15.0),
    "freezing": seasons(6.0, 14.0),
    "never freezing": seasons(18.0, 9.0),
    "temperate": seasons(14.0, 9.0),
}
DEPTHS = (20.0, 50.0, 80.0, 90.0)


@pytest.fixture(scope="module")
def water():
    """Months of each lake by depth, its surface at depth 0; all run at once."""
    from tools.build_geodata.lake_model import Lakes, monthly_profiles

    n = len(LAKES)
    lakes = Lakes(
        np.stack(list(LAKES.values())), np.full(n, 100.0), np.full(n, 40.0), np.full(n, 100.0)
    )
    at_depth, surface = monthly_profiles(lakes, np.tile(DEPTHS, (n, 1)))
    return {
        name: {0.0: surface[i], **dict(zip(DEPTHS, at_depth[i], strict=True))}
        for i, name in enumerate(LAKES)
    }


def test_a_lake_under_a_constant_sky_takes_its_temperature_at_every_depth(water):
    for months in water["constant sky"].values():
        np.testing.assert_allclose(months, 15.0, atol=0.05)


def test_a_lake_that_freezes_keeps_water_near_its_greatest_density_below(water):
    deep, surface = water["freezing"][90.0], water["freezing"][0.0]
    assert surface.min() < 1.0
    assert surface.max() > 12.0
    assert (deep > 3.0).all()
    assert (deep < 6.0).all()


def test_a_lake_that_never_freezes_is_as_cold_below_as_its_coldest_surface(water):
    deep, surface = water["never freezing"][90.0], water["never freezing"][0.0]
    assert deep.min() == pytest.approx(surface.min(), abs=1.0)
    assert deep.max() < surface.mean()


def test_the_swing_of_the_year_shrinks_and_lags_with_depth(water):
    surface, shallow, deep = (water["temperate"][depth] for depth in (0.0, 20.0, 50.0))
    assert np.ptp(surface) > np.ptp(shallow) > np.ptp(deep)
    assert surface.argmax() <= shallow.argmax() <= deep.argmax()


def test_sunshine_at_the_top_of_the_air_over_the_equator_and_the_pole():
    pytest.importorskip("netCDF4")
    from tools.build_geodata.water_bodies import equilibrium_temperature

    equator, pole = equilibrium_temperature(np.array([0.0, 85.0]), np.zeros((2, 12)), 30.0)
    # 1361/π = 433 W/m² at the equinoxes; nothing in the polar night.
    assert equator[2] == pytest.approx(-2.0 + 0.25 * 433.0 / 30.0, abs=0.1)
    assert pole[11] == -2.0


def year_of(dry, dew=None):
    from tools.build_geodata.climate_series import series

    return series(
        dry, dry - 3.0 if dew is None else dew, DAYS, id="x", name="x", country="XXX",
        dataset="made", licence="-", period="2000-2001", kind="station", first_year=2000, lat=0.0,
        lon=0.0, elevation_m=0.0, tz=0.0, pressure_pa=1e5,
    )  # fmt: skip


def test_a_spike_is_repaired_and_counted_and_a_hot_day_is_left_alone():
    hour = np.arange(8760)
    dry = 15.0 + 6.0 * np.cos(2 * np.pi * (hour - 15) / 24)
    spiked = dry.copy()
    spiked[1000] += 40.0
    repaired = year_of(spiked)
    assert repaired.repaired == 2  # dry bulb and dew point
    assert repaired.dry.max() < 22.0
    hot = dry + 8.0 * (hour // 24 == 200)
    assert year_of(hot, dry - 3.0).repaired == 0


def test_a_sensor_that_gets_wet_does_not_set_the_highest_wet_bulb():
    hour = np.arange(8760)
    dry = 35.0 + 2.0 * np.cos(2 * np.pi * (hour - 15) / 24)
    dew = 12.0 + 4.0 * np.cos(2 * np.pi * hour / 8760)
    wet = dew + 14.0 * ((hour >= 40) & (hour < 46))
    held = year_of(dry, wet)
    assert held.repaired == 6
    assert held.dew.max() == pytest.approx(np.percentile(wet, 99) + 6.0)


def test_a_station_that_contradicts_its_neighbours_gives_no_design_temperature():
    """Kigali's second file says 40 and -11 °C, where the stations around say 29 and 15."""
    import pandas as pd

    from tools.build_geodata.climate_design import is_likely

    table = pd.DataFrame({"lat": [-1.97, -1.9, -2.2, -1.6], "lon": [30.1, 30.2, 29.9, 30.4]})
    excess = np.array([[7.5, 5.0], [18.3, 31.3], [5.0, 6.0], [8.0, 4.0]])
    assert is_likely(table, excess).tolist() == [True, False, True, True]
    assert is_likely(table[:2], excess[:2]).all()  # too few to tell


def test_a_series_that_falls_forty_kelvin_in_an_hour_is_not_weather():
    from tools.build_geodata.climate_series import is_sound

    hour = np.arange(8760)
    dry = 15.0 + 6.0 * np.cos(2 * np.pi * (hour - 15) / 24)
    assert is_sound(year_of(dry))
    dry[4000:4020] -= 40.0
    assert not is_sound(year_of(dry))
