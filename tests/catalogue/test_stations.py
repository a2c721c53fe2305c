import numpy as np
import pytest

from siting.catalogue.climate import vapour_pressure
from siting.catalogue.stations import Stations, monthly_means
from siting.files import geodata_dir

DONOR = np.array([0, 700])


@pytest.fixture(scope="module")
def stations():
    return Stations.open(geodata_dir())


def moved(stations, warmer, moister, factor=1.0):
    return stations.moved(
        DONOR, stations.means[DONOR] + warmer, stations.vapour[DONOR] * moister,
        np.full((len(DONOR), 12), factor),
    )  # fmt: skip


def test_moved_by_nothing_a_station_stays_as_it_is(stations):
    dry, dew = moved(stations, 0.0, 1.0)
    np.testing.assert_allclose(dry, stations.dry[DONOR], atol=1e-9)
    np.testing.assert_allclose(dew, stations.dew[DONOR], atol=1e-6)


@pytest.mark.parametrize(("warmer", "moister"), [(6.0, 1.0), (-4.0, 0.7), (3.0, 1.2)])
def test_every_month_has_the_mean_and_the_vapour_asked(stations, warmer, moister):
    dry, dew = moved(stations, warmer, moister)
    np.testing.assert_allclose(monthly_means(dry), stations.means[DONOR] + warmer, atol=1e-9)
    vapour = monthly_means(vapour_pressure(dew))
    np.testing.assert_allclose(vapour, stations.vapour[DONOR] * moister, rtol=0.01)


def test_air_that_cannot_hold_the_vapour_is_saturated(stations):
    dry, dew = moved(stations, -5.0, 3.0)
    np.testing.assert_allclose(dew, dry, atol=1e-6)


def test_spread_stretches_about_the_mean_of_the_month(stations):
    narrow, _ = moved(stations, 0.0, 1.0, factor=0.5)
    off = stations.dry[DONOR] - stations.by_step(DONOR, stations.means[DONOR])
    np.testing.assert_allclose(
        narrow, stations.by_step(DONOR, stations.means[DONOR]) + 0.5 * off, atol=1e-9
    )
