"""Headroom that curtailment frees, and the hours that a grid takes away."""

from __future__ import annotations

import numpy as np
import pytest

from siting.supply import load_signal
from tools.validate_curtailment import headroom_mw


def test_one_peak_hour_is_curtailed_whole_and_the_rest_has_its_room() -> None:
    """100 MW in one hour of 400, 60 in the others: a load of 40 MW is away for one hour in 400."""
    load = np.full(400, 60.0)
    load[17] = 100.0
    assert headroom_mw(load, 1 / 400) == pytest.approx(40.0)
    # Twice as much away: L of that hour and L - 40 of each other make 2/400 of all of it.
    assert headroom_mw(load, 2 / 400) == pytest.approx(40.0 * 399 / 398)


def test_each_season_keeps_its_own_peak() -> None:
    load = np.concatenate([np.full(200, 60.0), np.full(200, 20.0)])
    load[[0, 200]] = 100.0, 30.0
    season = np.repeat([0, 1], 200)
    assert headroom_mw(load, 2 / 400, season) < headroom_mw(load, 2 / 400)
    assert headroom_mw(load, 0.0, season) == pytest.approx(0.0, abs=1e-9)


def test_cold_weighs_less_where_most_heat_is_of_gas() -> None:
    """12 °C too cold by day, and 6 too warm; half of either by night."""
    temp, hour = np.array([[6.0, 24.0, 6.0]] * 2), np.array([[12.0, 12.0, 2.0]] * 2)
    signal = load_signal(temp, hour, ["USA", "SWE"])
    assert signal == pytest.approx(np.array([[3.6, 6.0, 1.8], [12.0, 6.0, 6.0]]))
