"""Hot and dry years: how far they lie from a typical one, and that the air stays physical."""

from __future__ import annotations

import numpy as np
import pytest

from siting.catalogue.weather import WeatherLibrary
from siting.catalogue.weather_steps import Weather, annual_spread_k, in_year, under_climate
from siting.config.objective import Climate
from siting.physics.psychrometrics import relative_humidity
from siting.physics.saturation import wet_bulb

LAT = np.array([65.6, 1.35, 33.4])
ONE_IN_TEN = 1.2816


@pytest.fixture(scope="module")
def typical() -> Weather:
    places = ("lulea", "singapore", "phoenix")
    return WeatherLibrary.open().places(places, LAT, [22.1, 103.9, -112.0])


def mean(weather: Weather, values: np.ndarray) -> np.ndarray:
    return values @ weather.hours / weather.hours.sum()


def humidity(weather: Weather) -> np.ndarray:
    return np.asarray(relative_humidity(weather.temp_dry_bulb_c, weather.temp_dew_point_c))


def test_a_hot_year_is_warmer_by_one_in_ten_and_more_so_in_the_north(typical: Weather) -> None:
    hot = in_year(typical, LAT, "hot")
    rise = mean(hot, hot.temp_dry_bulb_c) - mean(typical, typical.temp_dry_bulb_c)
    np.testing.assert_allclose(rise, ONE_IN_TEN * annual_spread_k(LAT), atol=1e-9)
    assert rise[0] > rise[2] > rise[1]
    assert 0.3 < rise[1] < 0.5  # Singapore, 2020-24: standard deviation 0.23 K
    assert 0.7 < rise[0] < 1.2  # Luleå, 1991-2022: 90th percentile 0.95 K above the mean


def test_a_dry_year_keeps_the_temperature_and_its_peaks(typical: Weather) -> None:
    dry = in_year(typical, LAT, "dry")
    np.testing.assert_allclose(dry.temp_dry_bulb_c, typical.temp_dry_bulb_c)
    np.testing.assert_array_equal(
        dry.temp_dew_point_c[:, typical.month == 0], typical.temp_dew_point_c[:, typical.month == 0]
    )
    year = typical.month > 0
    ratio = humidity(dry)[:, year] / humidity(typical)[:, year]
    # Over water as the shift is; below freezing the oracle counts over ice.
    np.testing.assert_allclose(ratio, np.exp(-ONE_IN_TEN * 0.0366), rtol=1e-2)
    np.testing.assert_allclose(ratio[1], np.exp(-ONE_IN_TEN * 0.0366), rtol=1e-4)


@pytest.mark.parametrize("year", ["hot", "dry", "hot_dry"])
def test_dew_wet_and_dry_bulb_keep_their_order(typical: Weather, year: str) -> None:
    moved = in_year(typical, LAT, year)
    wet = np.asarray(wet_bulb(moved.temp_dry_bulb_c, moved.temp_dew_point_c, moved.pressure_pa))
    assert (moved.temp_dew_point_c <= wet + 1e-6).all()
    assert (wet <= moved.temp_dry_bulb_c + 1e-6).all()
    if year != "hot":
        dewy = mean(moved, moved.temp_dew_point_c) < mean(typical, typical.temp_dew_point_c)
        assert dewy[typical.place.index("singapore")]


def test_peaks_of_a_hot_year_rise_by_what_annual_maxima_vary(typical: Weather) -> None:
    """The hottest hour by 2.6 K, the wet bulb of the muggiest by about 1 K."""
    hot = in_year(typical, LAT, "hot")
    rise = hot.temp_dry_bulb_c - typical.temp_dry_bulb_c
    np.testing.assert_allclose(rise[:, -2], ONE_IN_TEN * 2.03)
    bulbs = [
        np.asarray(wet_bulb(w.temp_dry_bulb_c[:, -1], w.temp_dew_point_c[:, -1], 101_325.0))
        for w in (typical, hot)
    ]
    assert ((bulbs[1] - bulbs[0] > 0.7) & (bulbs[1] - bulbs[0] < 1.1)).all()


def test_warming_comes_on_top_and_what_was_moved_is_modelled(typical: Weather) -> None:
    both = under_climate(typical, LAT, Climate(year="hot", warming_k=2.0))
    apart = in_year(typical, LAT, "hot").shifted(2.0)
    np.testing.assert_array_equal(both.temp_dew_point_c, apart.temp_dew_point_c)
    assert set(both.label) == {"modelled"}
    assert under_climate(typical, LAT, Climate()).label == typical.label
    assert "measured" in typical.label


def test_an_unknown_year_or_a_missing_latitude_raises(typical: Weather) -> None:
    with pytest.raises(ValueError, match="is none of"):
        in_year(typical, LAT, "cold")
    with pytest.raises(ValueError, match="one latitude"):
        in_year(typical, LAT[:2], "hot")
