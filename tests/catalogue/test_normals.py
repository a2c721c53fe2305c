import numpy as np
import pytest

from siting.catalogue.climate import LAPSE_K_PER_KM, Normals, vapour_pressure
from siting.files import geodata_dir
from siting.geo import bilinear


def world(temp_c=15.0, height_m=0.0, vapour_hpa=8.0, decrease_per_km=0.4):
    """The same at every node but for what a test sets."""
    nodes, cells = (601, 1440), (150, 360)
    return Normals(
        np.full((12, *nodes), round(10 * temp_c), np.int16),
        np.full(nodes, round(height_m), np.int16),
        np.full((12, *cells), round(100 * vapour_hpa), np.int16),
        np.full((12, *cells), round(1000 * decrease_per_km), np.int16),
        np.full(cells, round(height_m), np.int16),
    )


def at(lat, lon, height_m):
    return np.array([lat]), np.array([lon]), np.array([height_m])


@pytest.fixture
def grid():
    """Latitude in whole degrees plus a ramp that closes round the globe, on 1°."""
    lat = np.arange(90, -61, -1)[:, None]
    return (lat * 10 + np.minimum(np.arange(360), 360 - np.arange(360))[None, :]).astype(np.int16)


def test_bilinear_gives_the_node_and_the_middle(grid):
    found = bilinear(grid, np.array([90.0, 45.0, 44.5, -60.0]), np.array([0.0, 10.0, 10.5, 359.0]))
    np.testing.assert_allclose(found, [900.0, 460.0, 455.5, -599.0])


def test_bilinear_closes_at_greenwich_and_takes_either_longitude(grid):
    west, east = bilinear(grid, np.array([0.0, 0.0]), np.array([-0.5, 359.5]))
    assert west == east == pytest.approx(0.5)


def test_a_uniform_world_has_one_temperature_that_falls_with_height():
    places = np.array([90.0, 0.1, -60.0]), np.array([-180.0, 359.9, 12.3])
    heights = np.array([0.0, 500.0, 2000.0])
    means = world().temperature(*places, heights)
    expected = 15.0 - LAPSE_K_PER_KM * heights / 1000.0
    np.testing.assert_allclose(means, np.repeat(expected[:, None], 12, axis=1))


def test_a_valley_takes_its_temperature_from_nodes_of_its_own_height():
    """A place at the foot of a plateau that is as warm as the plain."""
    normals = world(temp_c=20.0)
    plateau = slice(40 * 4, 60 * 4)  # 20° to 40° E, 2,000 m up and as warm as the plain
    normals.height_m[:, plateau.start // 2 : plateau.stop] = 2000
    foot = at(0.0, 19.9, 0.0)
    assert normals.temperature(*foot)[0, 0] < 20.3
    between = bilinear(normals.height_m, foot[0], foot[1])[0] * LAPSE_K_PER_KM / 1000.0
    assert between > 3.0


def test_vapour_is_that_of_the_node_at_its_height_and_falls_exponentially_above():
    here, above = at(30.5, 40.5, 0.0), at(30.5, 40.5, 2000.0)
    warm = np.full((1, 12), 30.0)
    assert world().vapour(*here, warm)[0, 0] == pytest.approx(8.0)
    assert world().vapour(*above, warm)[0, 0] == pytest.approx(8.0 * np.exp(-0.8), rel=1e-3)


def test_vapour_closes_round_the_globe_and_holds_at_the_poles():
    places = np.array([90.0, 45.0, 45.0, -60.0]), np.array([0.0, -0.1, 359.9, 180.0])
    vapour = world().vapour(*places, np.zeros(4), np.full((4, 12), 30.0))
    np.testing.assert_allclose(vapour, 8.0)


def test_no_month_is_wetter_than_stations_are():
    cold = np.full((1, 12), 2.0)  # saturated at 7.05 hPa, less than the grid's 8
    vapour = world().vapour(*at(0.5, 0.5, 0.0), cold)
    np.testing.assert_allclose(vapour, 0.9 * vapour_pressure(2.0))


@pytest.mark.parametrize(
    ("lat", "lon", "height", "dew_point"),
    [
        pytest.param(24.70, 46.72, 620.0, 1.5, id="Riyadh, NCM"),
        pytest.param(1.37, 103.98, 5.0, 24.0, id="Singapore, MSS: 27.8 °C and 82 %"),
        pytest.param(51.48, -0.45, 25.0, 7.2, id="London Heathrow, Met Office"),
    ],
)
def test_the_grid_has_the_humidity_of_known_places(lat, lon, height, dew_point):
    normals = Normals.open(geodata_dir())
    place = at(lat, lon, height)
    vapour = normals.vapour(*place, normals.temperature(*place))
    # The dew point of the mean vapour lies 0.7 to 0.9 K above the mean dew point.
    ratio = np.log(vapour.mean() / 6.1094)
    assert 243.04 * ratio / (17.625 - ratio) == pytest.approx(dew_point + 0.8, abs=2.0)
