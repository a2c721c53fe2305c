import numpy as np
import pytest

from siting.catalogue import load_catalogue
from siting.catalogue.stations import HOTTEST_BOUND_K, DesignTemperatures
from siting.catalogue.weather import WeatherLibrary

KM_PER_DEGREE = 111.195


def table(*rows):
    """Stations on the equator: km east, height, hot, excess of heat and of cold."""
    km, height, hot, above, below = np.array(rows, dtype=float).T
    return DesignTemperatures(
        np.zeros(len(km)), km / KM_PER_DEGREE, height, hot, np.column_stack([above, below])
    )


HERE = np.array([0.0]), np.array([0.0]), np.array([0.0])


def test_one_station_speaks_for_every_place():
    np.testing.assert_allclose(table((3000.0, 0.0, 30.0, 5.0, 7.0)).excess(*HERE), [[5.0, 7.0]])


def test_near_stations_and_those_of_the_same_height_count_most():
    # 10 km off counts 1/20², 90 km off 1/100²: 25 to 1.
    near = table((10.0, 0.0, 30.0, 4.0, 0.0), (90.0, 0.0, 30.0, 30.0, 0.0))
    assert near.excess(*HERE)[0, 0] == pytest.approx((25.0 * 4.0 + 30.0) / 26.0, rel=1e-3)
    # 1,600 m of height like 80 km.
    high = table((10.0, 0.0, 30.0, 4.0, 0.0), (10.0, 1600.0, 20.0, 30.0, 0.0))
    assert high.excess(*HERE)[0, 0] == pytest.approx((25.0 * 4.0 + 30.0) / 26.0, rel=1e-3)


def test_the_station_beside_is_the_nearest_of_the_same_height():
    stations = table(
        (5.0, 900.0, 20.0, 1.0, 1.0), (20.0, 50.0, 31.0, 1.0, 1.0), (30.0, 0.0, 35.0, 1.0, 1.0)
    )
    assert stations.hot_beside(*HERE)[0] == 31.0
    assert np.isinf(table((60.0, 0.0, 30.0, 1.0, 1.0)).hot_beside(*HERE)[0])


def test_no_hottest_hour_of_the_catalogue_passes_the_design_temperature_beside_it_by_6_k():
    sites = load_catalogue().candidates
    where = tuple(sites[name].to_numpy(dtype=float) for name in ("lat", "lon", "elevation_m"))
    library = WeatherLibrary.open()
    hottest = library.places(list(sites.index), *where).temp_dry_bulb_c.max(axis=1)
    beside = library.design.hot_beside(*where)
    assert np.isfinite(beside).mean() > 0.9
    assert (hottest <= beside + HOTTEST_BOUND_K + 1e-9).all()
