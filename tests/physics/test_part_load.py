"""Halls that are not full: published curves, and a PUE that does not fall with emptier halls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.files import geodata_dir
from siting.physics import DESIGNS, facility_all
from siting.physics.plant import PartLoadParameters, relative_energy
from siting.profile.designs import annual_band

ROOT = Path(__file__).resolve().parents[2]

# Frost, a mild day, a dry and a wet hot one, the mild one at 2,500 m; lake and sea cold and warm.
WEATHER: dict[str, Any] = {
    "temp_dry_bulb_c": np.array([-10.0, 14.0, 40.0, 32.0, 14.0]),
    "temp_dew_point_c": np.array([-14.0, 9.0, 5.0, 26.0, 3.0]),
    "pressure_pa": np.array([101325.0, 101325.0, 100e3, 101325.0, 75e3]),
    "temp_water_c": np.array([4.0, 10.0, 27.0, 25.0, 8.0]),
}


def pue(load: float) -> dict[str, np.ndarray]:
    results = facility_all(DESIGNS, **WEATHER, load=load)
    return {name: np.broadcast_to(f.pue, (5,)) for name, f in results.items()}


def test_no_design_gets_better_below_sixty_per_cent() -> None:
    steps = [pue(load) for load in (0.6, 0.5, 0.4, 0.3, 0.2, 0.1)]
    for name in DESIGNS:
        values = np.array([step[name] for step in steps])
        # Half a thousandth at the thinnest air, where fans weigh most.
        assert (np.diff(values, axis=0) > -5e-4).all(), name
        assert (values[2:] > values[0]).all(), name


def test_a_hall_at_forty_per_cent_takes_more_than_a_full_one() -> None:
    full, emptier = pue(1.0), pue(0.4)
    for name in DESIGNS:
        assert emptier[name].mean() > full[name].mean(), name


def test_powers_follow_the_published_curves() -> None:
    # ASHRAE 90.1 App. G: variable speed at a fixed pressure, fan and pump, down to the least flow.
    p = PartLoadParameters()
    x = np.linspace(p.least_fan_flow, 1.0)
    fan = 0.0013 + 0.1470 * x + 0.9506 * x**2 - 0.0998 * x**3
    pump = 0.5726 * x - 0.3010 * x**2 + 0.7347 * x**3
    assert np.abs(x**p.fan_exponent - fan).max() < 0.015
    assert np.abs(x**p.pump_exponent - pump).max() < 0.045


def test_servers_that_idle_draw_air() -> None:
    # EnergyPlus, data center example: air 0.1 T - 1.4 + 0.9 x, power T/15 - 1 + x; at 20 °C.
    idle = -(20.0 / 15.0 - 1.0)  # the x at which power is nil
    air = [0.1 * 20.0 - 1.4 + 0.9 * x for x in (idle, 1.0)]
    assert PartLoadParameters().idle_air_flow == pytest.approx(air[0] / air[1])


def test_a_full_hall_is_the_yardstick() -> None:
    p = PartLoadParameters()
    for factor in (p.hall_fans, p.pumps, p.outdoor_fans):
        assert factor(1.0) == pytest.approx(1.0)
    assert relative_energy(0.5, 0.5, 3.0, 0.1) == pytest.approx(0.25)
    assert relative_energy(0.1, 0.1, 3.0, 0.5) == pytest.approx(0.125 / 0.1)


@pytest.mark.parametrize("name", ["air_evaporative", "water_economizer", "subsea_pod"])
def test_bands_reach_upwards(name: str) -> None:
    hours = np.full(5, 1752.0)
    full = annual_band(name, hours, **WEATHER)["pue"]
    assert full.high - full.value > full.value - full.low
    emptier = annual_band(name, hours, **WEATHER, load=0.4)["pue"]
    assert emptier.high > full.high


def test_the_page_is_what_the_script_writes() -> None:
    if not (ROOT / "tools").is_dir() or not geodata_dir().is_dir():
        pytest.skip("the validation scripts are only in a checkout")
    from tools import validate_part_load as page

    text = page.page(page.pue_by_load())
    assert page.PAGE.read_text(encoding="utf-8") == text, "run python -m tools.validate_part_load"
