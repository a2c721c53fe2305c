"""Heat that a lake may take: balances that can be done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.physics.towers import lake_heat_limit_mw

AREA = st.floats(0.1, 1e5)
FLOW = st.floats(0.0, 1e4)


def test_a_closed_lake_gives_its_heat_to_the_air() -> None:
    """30 W/(m² K) x 0.2 K over 50 km²."""
    assert lake_heat_limit_mw(50.0) == pytest.approx(30.0 * 0.2 * 50e6 / 1e6)


def test_a_river_carries_the_rest_away() -> None:
    """100 m³/s warmed by 0.2 K: 100 x 998 kg/s x 4.186 kJ/(kg K) x 0.2 K = 83.6 MW."""
    added = lake_heat_limit_mw(50.0, 100.0) - lake_heat_limit_mw(50.0)
    assert added == pytest.approx(100 * 998 * 4.186 * 0.2 / 1000)


def test_of_a_great_lake_only_ten_kilometres_around_count() -> None:
    circle = np.pi * 100.0
    assert lake_heat_limit_mw(5e4) == pytest.approx(lake_heat_limit_mw(circle))
    half = lake_heat_limit_mw(2 * circle, 80.0) - lake_heat_limit_mw(2 * circle)
    whole = lake_heat_limit_mw(circle, 80.0) - lake_heat_limit_mw(circle)
    assert half == pytest.approx(whole / 2)


@given(AREA, FLOW, FLOW)
def test_more_outflow_never_lowers_the_limit(area: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert lake_heat_limit_mw(area, low) <= lake_heat_limit_mw(area, high) + 1e-9
