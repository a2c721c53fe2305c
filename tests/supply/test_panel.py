"""The tilted panel of the table builder, against pvlib."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest

from tests.supply.conftest import DAYS
from tools.build_geodata.panel import extraterrestrial, panel_shape


def test_sun_above_the_air_agrees_with_pvlib():
    times = pd.date_range("2023-01-01", "2023-12-31 23:50", freq="10min", tz="UTC")
    for lat in (65.6, 26.6, -33.9):
        zenith = pvlib.solarposition.get_solarposition(times, lat, 0.0)["zenith"]
        extra = pvlib.irradiance.get_extra_radiation(times.day_of_year.to_numpy(float))
        flat = (extra * np.cos(np.deg2rad(zenith))).clip(lower=0)
        expected = flat.groupby(times.month).mean() * 24 / 1000
        np.testing.assert_allclose(extraterrestrial(np.array([lat]))[0], expected, atol=0.15)


def test_panels_flatten_the_season_and_leave_the_equator_alone():
    ghi = 0.5 * extraterrestrial(np.array([60.0, 0.0]))
    flat = ghi / (ghi @ DAYS / 365)[:, None]
    panel = panel_shape(ghi, np.array([60.0, 0.0]))
    assert panel[0].min() > 1.5 * flat[0].min()
    np.testing.assert_allclose(panel[1], flat[1], rtol=1e-6)
    np.testing.assert_allclose(panel @ DAYS / 365, 1)


@pytest.mark.parametrize("lat", [20.0, 45.0, 65.0])
def test_south_is_north_half_a_year_later(lat):
    north, south = panel_shape(None, np.array([lat, -lat]))
    np.testing.assert_allclose(np.roll(south, 6), north, atol=0.12)
