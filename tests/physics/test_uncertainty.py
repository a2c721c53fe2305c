"""Bands: each parameter to its ends, and published places without a figure set for any of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.physics import DESIGNS
from siting.physics.cooling.facility_water import LiquidParameters
from siting.profile.designs import Band, annual_band, extremes

MILD = {
    "temp_dry_bulb_c": np.array([2.0, 12.0, 24.0]),
    "temp_dew_point_c": np.array([-3.0, 7.0, 15.0]),
    "pressure_pa": 101325.0,
    "temp_water_c": np.array([6.0, 9.0, 14.0]),
}
HOURS = np.array([3000.0, 4000.0, 1760.0])


@pytest.mark.parametrize("name", DESIGNS)
def test_the_value_lies_in_its_band(name: str) -> None:
    for band in annual_band(name, HOURS, **MILD).values():  # type: ignore[arg-type]
        assert band.low <= band.value <= band.high


@pytest.mark.parametrize("name", DESIGNS)
def test_each_parameter_of_each_table_moves_once(name: str) -> None:
    design = DESIGNS[name]
    pairs = list(extremes(design.parameters, design.tables))
    assert len(pairs) == sum(len(table) for table in design.tables)
    assert all(low != high for low, high in pairs)


def test_parameters_without_a_range_have_no_band() -> None:
    # Left are the electrical losses and the load, the same for every design.
    fixed = replace(DESIGNS["subsea_pod"], tables=())
    with_ranges = annual_band("subsea_pod", HOURS, **MILD)["pue"]  # type: ignore[arg-type]
    without = annual_band(fixed, HOURS, **MILD)["pue"]  # type: ignore[arg-type]
    assert with_ranges.low < without.low <= without.high < with_ranges.high


def test_two_equal_moves_add_in_quadrature() -> None:
    band = Band(1.05, 1.10, 1.20)
    assert band.holds(1.05)
    assert not band.holds(1.21)


def test_the_room_of_a_liquid_cooled_hall_follows_its_own_parameters() -> None:
    p = replace(LiquidParameters(), room_supply_c=30.0, room_rise_k=12.0)
    assert (p.room.supply_air_c, p.room.air_rise_k) == (30.0, 12.0)
    assert p.room.fan_pressure_pa == p.plant.fan_pressure_pa
