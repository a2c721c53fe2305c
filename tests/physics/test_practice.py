"""Plants that are built and run in another way than the ideal new one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from siting.physics import DESIGNS, PRACTICES, facility, facility_all
from siting.physics.parameters import practice_factor
from siting.profile.designs import annual_band

WARM: dict[str, Any] = {
    "temp_dry_bulb_c": 31.0,
    "temp_dew_point_c": 22.0,
    "pressure_pa": 101325.0,
    "temp_water_c": 24.0,
}


def test_practices_stand_in_their_order_with_their_spread() -> None:
    best, typical, legacy = PRACTICES.values()
    assert best.value < 1.0 < typical.value < legacy.value
    assert legacy.low == typical.value
    assert practice_factor(None) == 1.0
    with pytest.raises(ValueError, match="excellent"):
        practice_factor("excellent")


@pytest.mark.parametrize("name", DESIGNS)
def test_the_factor_acts_on_what_is_beyond_the_it(name: str) -> None:
    designed, legacy = (facility(name, **WARM, practice=p) for p in (None, "legacy"))
    assert legacy.pue - 1.0 == pytest.approx(PRACTICES["legacy"].value * (designed.pue - 1.0))
    assert legacy.mechanical_share == designed.mechanical_share
    # All that goes with the heat grows as the heat does.
    more = legacy.pue / designed.pue
    for part in ("wue_l_per_kwh", "withdrawal_l_per_kwh", "heat_rejected_to_water",
                 "fuel_kwh_per_kwh", "generated_kwh_per_kwh"):  # fmt: skip
        assert getattr(legacy, part) == pytest.approx(more * getattr(designed, part)), part
    assert legacy.generated_kwh_per_kwh <= legacy.pue


def test_bands_cover_the_spread_of_published_plants() -> None:
    hours = np.array([8760.0])
    designed = annual_band("water_economizer", hours, **WARM)["pue"]
    for name, row in PRACTICES.items():
        band = annual_band("water_economizer", hours, **WARM, practice=name)["pue"]
        assert band.low <= 1.0 + row.low * (designed.value - 1.0)
        assert band.high >= 1.0 + row.high * (designed.value - 1.0)


def test_plates_that_take_all_heat_leave_the_losses_to_the_room() -> None:
    some, all_of_it = (
        facility_all(["dry_cooler_liquid", "tower_liquid"], **WARM, liquid_share=share)
        for share in (0.7, 1.0)
    )
    for name in some:
        assert all_of_it[name].pue < some[name].pue


def test_warmer_supply_air_spares_chillers_of_sealed_halls_alone() -> None:
    for name in ("water_economizer", "air_chiller", "indirect_evaporative", "dry_cooler_liquid"):
        usual, warm = (facility(name, **WARM, supply_air_c=t) for t in (None, 30.0))
        assert warm.pue < usual.pue, name
    outside = [facility("air_economizer", **WARM, supply_air_c=t).pue for t in (None, 30.0)]
    assert outside[0] == outside[1]


def test_supply_air_keeps_to_the_envelope() -> None:
    capped, at_limit = (facility("air_chiller", **WARM, supply_air_c=t) for t in (38.0, 32.0))
    assert capped.pue == at_limit.pue  # A1: 32 °C
