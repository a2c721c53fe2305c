"""Sun and wind: geometry against pvlib, conservation of the monthly means, seasons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest

from siting.supply.renewables import (
    available,
    sin_elevation,
    solar_capacity_factor,
    wind_capacity_factor,
)
from tests.supply.conftest import DAYS

PLACES = {  # renewable zone, latitude, longitude
    "lulea": ("SWE", 65.58, 22.15),
    "phoenix": ("USA", 33.45, -112.07),
    "singapore": ("SGP", 1.35, 103.82),
    "sydney": ("AUS", -33.87, 151.21),
    "guiyang": ("CN-GZ", 26.65, 106.63),
}
ZONES, LAT, LON = (list(column) for column in zip(*PLACES.values(), strict=True))


def _monthly_means(factor, steps):
    weight = (steps.month[:, None] == np.arange(1, 13)) * steps.hours[:, None]
    return factor @ weight / weight.sum(axis=0)


def _table(catalogue, zones, technology):
    rows = catalogue.renewable_profiles["capacity_factor"].xs(technology, level="technology")
    return rows.unstack("month").loc[zones].to_numpy()


@pytest.mark.parametrize("name", PLACES)
def test_height_of_the_sun_agrees_with_pvlib_within_a_degree(name):
    _, lat, lon = PLACES[name]
    times = pd.date_range("2023-01-01", "2023-12-31 23:00", freq="7h", tz="UTC")
    expected = pvlib.solarposition.get_solarposition(times, lat, lon)["elevation"]
    day = times.day_of_year - 1 + times.hour / 24
    found = np.rad2deg(np.arcsin(sin_elevation(lat, lon, day, times.hour)))
    assert np.abs(found - expected).max() < 1.0


@pytest.mark.parametrize(("hour", "sun"), [(12, 1.0), (0, -1.0)])
def test_sun_stands_overhead_at_noon_on_the_equator_at_equinox(hour, sun):
    assert sin_elevation(0.0, 0.0, 79.5, hour) == pytest.approx(sun, abs=0.002)


def test_solar_monthly_means_are_those_of_the_table(catalogue, steps):
    factor = solar_capacity_factor(
        catalogue.renewable_profiles, ZONES, LAT, LON, steps.month, steps.hour, steps.hours
    )
    np.testing.assert_allclose(
        _monthly_means(factor, steps), _table(catalogue, ZONES, "solar"), rtol=1e-12
    )


def test_solar_is_zero_at_night_and_never_above_its_capacity(catalogue, steps):
    factor = solar_capacity_factor(
        catalogue.renewable_profiles, ZONES, LAT, LON, steps.month, steps.hour, steps.hours
    )
    day = np.array([14, 45, 73, 104, 134, 165, 195, 226, 257, 287, 318, 348])[steps.month - 1]
    for row, (lat, lon) in enumerate(zip(LAT, LON, strict=True)):
        deep_night = (sin_elevation(lat, lon, day, steps.hour + 0.5) < -0.2) & (steps.month > 0)
        assert deep_night.any()
        assert (factor[row, deep_night] == 0).all()
    assert 0.5 < factor.max() < 1


def test_solar_noon_comes_by_longitude(catalogue, steps):
    factor = solar_capacity_factor(
        catalogue.renewable_profiles, ZONES, LAT, LON, steps.month, steps.hour, steps.hours
    )
    march = steps.month == 3
    for row, lon in enumerate(LON):
        best = steps.hour[march][factor[row, march].argmax()] + 0.5
        assert abs((best - (12 - lon / 15) + 12) % 24 - 12) <= 1


def test_polar_night_has_no_sun(catalogue, steps):
    factor = solar_capacity_factor(
        catalogue.renewable_profiles, ["NOR"], [78.2], [15.6], steps.month, steps.hour, steps.hours
    )[0]
    assert (factor[np.isin(steps.month, [11, 12, 1])] == 0).all()
    assert factor[steps.month == 6].min() > 0


def test_design_hours_count_on_no_sun(catalogue, steps):
    factor = solar_capacity_factor(
        catalogue.renewable_profiles, ZONES, LAT, LON, steps.month, steps.hour, steps.hours
    )
    assert (factor[:, steps.month == 0] == 0).all()


def test_southern_summer_is_in_december(catalogue):
    australia, germany = _table(catalogue, ["AUS", "DEU"], "solar")
    assert australia[[11, 0]].mean() > 1.4 * australia[[5, 6]].mean()
    assert germany[[5, 6]].mean() > 2.5 * germany[[11, 0]].mean()


def test_wind_of_northern_europe_blows_in_winter_and_of_india_in_the_monsoon(catalogue):
    britain, india = _table(catalogue, ["GBR", "IND"], "wind")
    assert britain[[11, 0, 1]].mean() > 1.5 * britain[5:8].mean()
    assert india[5:8].mean() > 3 * india[[11, 0, 1]].mean()


@pytest.mark.parametrize("technology", ["wind", "solar"])
def test_annual_level_is_what_the_plants_really_gave(catalogue, technology):
    # IRENA, mean of 2017-2022.
    irena = {"wind": {"CHN": 0.234, "NOR": 0.308}, "solar": {"CHN": 0.134, "DEU": 0.108}}[
        technology
    ]
    annual = _table(catalogue, list(irena), technology) @ DAYS / 365
    np.testing.assert_allclose(annual, list(irena.values()), atol=0.002)


def test_wind_is_flat_within_the_month_unless_days_are_told_apart(catalogue, steps):
    profiles, zones = catalogue.renewable_profiles, ["GBR", "USA", "CN-FJ", "LKA"]
    flat = wind_capacity_factor(profiles, zones, steps.month)
    january = steps.month == 1
    assert np.ptp(flat[:, january], axis=1).max() == 0
    np.testing.assert_allclose(
        _monthly_means(flat, steps), _table(catalogue, zones, "wind"), rtol=1e-12
    )


def test_what_nobody_has_built_cannot_be_contracted(catalogue, steps):
    wind = wind_capacity_factor(catalogue.renewable_profiles, ["SGP", "DEU"], steps.month)
    np.testing.assert_array_equal(available(wind), [False, True])


def annual(profiles, zone: str, technology: str) -> float:
    months = profiles.loc[zone].loc[technology]["capacity_factor"].sort_index()
    return float(months.to_numpy() @ [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] / 365)


def test_american_states_differ_as_their_plants_do(catalogue):
    """The plains have the wind and the desert the sun; both lie around the national fleet."""
    profiles = catalogue.renewable_profiles
    wind = {zone: annual(profiles, zone, "wind") for zone in ("US-KS", "US-WA", "USA")}
    solar = {zone: annual(profiles, zone, "solar") for zone in ("US-AZ", "US-MA")}
    assert 0.38 < wind["US-KS"] < 0.45
    assert 0.22 < wind["US-WA"] < 0.30
    assert wind["US-WA"] < wind["USA"] < wind["US-KS"]
    assert solar["US-AZ"] > 1.5 * solar["US-MA"]


def test_where_no_turbine_stands_within_reach_no_wind_can_be_contracted(catalogue):
    profiles = catalogue.renewable_profiles
    with_wind = set(profiles.xs("wind", level="technology").index.get_level_values("zone"))
    assert not {"US-FL", "US-GA", "US-AL", "US-LA", "US-MS"} & with_wind
    american = catalogue.candidates[catalogue.candidates["country"] == "USA"]
    with_sun = set(profiles.xs("solar", level="technology").index.get_level_values("zone"))
    dark = set(american["renewable_zone"]) - with_sun
    assert dark <= {"US-AK"}  # no solar fleet within 500 km of the middle of Alaska
