"""The authors' worked examples, the branches that they do not reach, and their climate zones."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from siting.files import geodata_dir
from siting.physics.plant import water_cooled_cop
from tools.lei_masanet import (
    AIR_RANGES,
    AirsideChiller,
    PublishedParameters,
    airside_chiller_pue,
    facility_heat,
)
from tools.lei_masanet_waterside import (
    SEA_RANGES,
    TOWER_RANGES,
    WatersideSea,
    WatersideTower,
    waterside_sea_pue,
    waterside_tower_pue,
)

# Worked examples of the published model: 20 °C (air or sea), 40 %, 101,325 Pa.
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = json.loads(
    (ROOT / "tests" / "fixtures" / "pue_worked_example.json").read_text(encoding="utf-8")
)
VECTOR = tuple(EXAMPLES["PUE_AE_Chiller"]["w"])
PUBLISHED_PUE = EXAMPLES["PUE_AE_Chiller"]["PUE"]
EXAMPLE = AirsideChiller.from_vector(VECTOR)
TOWER = WatersideTower.from_vector(EXAMPLES["PUE_WEC_Chiller"]["w"])
SEA = WatersideSea.from_vector(EXAMPLES["PUE_WES_Chiller"]["w"])


def test_worked_examples_are_met_to_a_millionth() -> None:
    assert airside_chiller_pue(EXAMPLE, 20.0, 40.0, 101325.0) == pytest.approx(
        PUBLISHED_PUE, abs=1e-6
    )
    assert waterside_tower_pue(TOWER, 20.0, 40.0, 101325.0) == pytest.approx(
        EXAMPLES["PUE_WEC_Chiller"]["PUE"], abs=1e-6
    )
    assert waterside_sea_pue(SEA, 20.0, 101325.0) == pytest.approx(
        EXAMPLES["PUE_WES_Chiller"]["PUE"], abs=1e-6
    )


@pytest.mark.parametrize(
    ("kind", "key", "count"),
    [
        (AirsideChiller, "PUE_AE_Chiller", 26),
        (WatersideTower, "PUE_WEC_Chiller", 26),
        (WatersideSea, "PUE_WES_Chiller", 22),
    ],
)
def test_vectors_keep_their_published_order(
    kind: type[PublishedParameters], key: str, count: int
) -> None:
    vector = tuple(EXAMPLES[key]["w"])
    assert len(vector) == len(EXAMPLES[key]["order"]) == count
    assert kind.from_vector(vector).to_vector() == vector
    with pytest.raises(ValueError, match=str(count)):
        kind.from_vector(vector[:-1])


def test_every_parameter_has_its_published_range_and_the_examples_lie_inside() -> None:
    for example, ranges in ((EXAMPLE, AIR_RANGES), (TOWER, TOWER_RANGES), (SEA, SEA_RANGES)):
        assert {f.name for f in fields(example)} == set(ranges)
        for name, (low, high) in ranges.items():
            assert low <= getattr(example, name) <= high, name


def test_moist_air_starts_the_chiller() -> None:
    free = airside_chiller_pue(EXAMPLE, 20.0, 60.0, 101325.0)
    chilled = airside_chiller_pue(EXAMPLE, 20.0, 75.0, 101325.0)
    assert free == pytest.approx(PUBLISHED_PUE, abs=1e-6)
    assert chilled - free > 0.1


def test_spraying_takes_almost_no_electricity() -> None:
    desert = airside_chiller_pue(EXAMPLE, 40.0, 10.0, 101325.0)
    assert 0.0 < desert - PUBLISHED_PUE < 0.006


def test_no_state_does_better_than_the_losses_alone() -> None:
    temps, humidities = np.meshgrid([-20.0, 0.0, 15.0, 35.0], [10.0, 50.0, 90.0])
    pue = airside_chiller_pue(EXAMPLE, temps, humidities, 95e3)
    assert np.shape(pue) == temps.shape
    assert (pue > facility_heat(EXAMPLE)).all()


def test_the_sea_carries_all_heat_then_part_then_none() -> None:
    supply = SEA.supply_c + SEA.air_rise_k - SEA.air_rise_k / SEA.coil_effectiveness
    full = supply - SEA.exchanger_approach_k  # the warmest sea that carries all of it
    none = full + SEA.water_rise_k
    edge, half, over = (
        float(waterside_sea_pue(SEA, t, 101325.0))
        for t in (full, full + 0.5 * SEA.water_rise_k, none)
    )
    assert edge == pytest.approx(float(waterside_sea_pue(SEA, 5.0, 101325.0)))
    assert edge < half < over
    # Without an economizer: the heat over the chiller's performance, and what it adds to the sea.
    heat = facility_heat(SEA) / SEA.sensible_share
    cop = float(water_cooled_cop(none, SEA.chiller_load)) * (1.0 + SEA.cop_change)
    chiller = heat / cop
    sea = chiller / (4.2 * SEA.sea_rise_k) / 1000.0 * SEA.sea_pump_pressure_pa / 1000.0
    loop = heat / (4.2 * SEA.water_rise_k) / 1e6 * (
        SEA.chilled_pump_pressure_pa / SEA.chilled_pump_efficiency
        - SEA.economizer_pump_pressure_pa / SEA.economizer_pump_efficiency
    )  # fmt: skip
    assert over - edge == pytest.approx(chiller + sea / SEA.sea_pump_efficiency + loop, rel=1e-9)


def test_towers_are_bound_to_the_wet_bulb() -> None:
    dry = waterside_tower_pue(TOWER, 30.0, 10.0, 101325.0)
    wet = waterside_tower_pue(TOWER, 30.0, 90.0, 101325.0)
    assert wet - dry > 0.08
    # Cold plants differ by the density of the air in the tower alone.
    cold = [float(waterside_tower_pue(TOWER, t, 50.0, 101325.0)) for t in (-10.0, 10.0)]
    assert cold[1] - cold[0] == pytest.approx(0.0, abs=1e-3)
    slow = replace(TOWER, tower_approach_k=2.8)
    assert waterside_tower_pue(slow, 26.0, 80.0, 101325.0) < waterside_tower_pue(
        TOWER, 26.0, 80.0, 101325.0
    )


@pytest.mark.slow
def test_the_page_is_what_the_script_writes() -> None:
    if not (ROOT / "tools").is_dir() or not geodata_dir().is_dir():
        pytest.skip("the validation scripts are only in a checkout")
    from tools import validate_published_model as script

    found = script.zones()
    for zone in found:  # the economizer on towers agrees with the published bands everywhere
        low, high = zone.published["water"]
        assert zone.model["water"] == pytest.approx((low, high), abs=0.03)
        assert low < zone.design["water"].value < high
    assert script.PAGE.read_text(encoding="utf-8") == script.page(found), (
        "run python -m tools.validate_published_model"
    )
