"""Numbers of doubtful size are said before the solve; what is usual is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.config import load_study, unusual_numbers

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
ARCTIC = CONFIGS / "arctic.yaml"

#: A change of a study, the key that is doubted, and the words for what may have been given.
ODD = {
    "a load in kW": ("demand.workloads.inference.it_mw=60000", "demand.workloads[0].it_mw", "kW"),
    "a round trip in s": (
        "demand.workloads.inference.max_rtt_ms=0.05", "demand.workloads[0].max_rtt_ms", "s or µs",
    ),
    "energy in GWh": ("limits.energy_mwh=500", "limits.energy_mwh", "GWh"),
    "energy in kWh": ("limits.energy_mwh=4e9", "limits.energy_mwh", "kWh"),
    "carbon in kg": ("limits.carbon_t_co2e=4e8", "limits.carbon_t_co2e", "kg"),
    "carbon in kt": ("limits.carbon_t_co2e=0.4", "limits.carbon_t_co2e", "kt"),
    "water in litres": ("limits.water_m3=1e10", "limits.water_m3", "litres"),
    "cost in millions": ("limits.cost_usd=150", "limits.cost_usd", "millions"),
    "water of a site in litres": ("limits.site_water_m3=1e10", "limits.site_water_m3", "litres"),
    "carbon price in kg": (
        "economics.carbon_price_usd_per_t=0.08", "economics.carbon_price_usd_per_t", "USD a kg",
    ),
    "a substation in millions": (
        "economics.site.substation_usd=30", "economics.site.substation_usd", "millions",
    ),
    "a cap in kg for each MWh": (
        "caps=[{metric: carbon_t_co2e, at_most: 200, per_it_mwh: true}]", "caps[0].at_most", "kg",
    ),
    "a cap in kWh": ("caps=[{metric: energy_mwh, at_most: 4e9}]", "caps[0].at_most", "kWh"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_number_in_the_wrong_unit_is_said_with_what_is_expected(name: str) -> None:
    change, key, slip = ODD[name]
    (doubt,) = map(str, unusual_numbers(load_study(ARCTIC, [change])))
    assert doubt.startswith(f"{key}: is ")
    assert "would be expected" in doubt
    assert slip in doubt.partition("not in ")[2]


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_nothing_is_doubted_in_the_studies_that_come_along(path: Path) -> None:
    assert unusual_numbers(load_study(path)) == ()


@pytest.mark.parametrize(
    "change",
    [
        "limits.energy_mwh=2e6",
        "limits.site_water_m3=1",
        "economics.carbon_price_usd_per_t=0",
        "caps=[{metric: carbon_t_co2e, at_most: 10, country: [NOR]}]",
        "caps=[{metric: energy_mwh, at_most: 1.2, per_it_mwh: true}]",
    ],
)
def test_tight_limits_and_none_are_not_doubted(change: str) -> None:
    assert unusual_numbers(load_study(ARCTIC, [change])) == ()
