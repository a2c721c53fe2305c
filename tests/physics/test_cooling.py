"""Each design where its behaviour is known beforehand."""

from __future__ import annotations

from dataclasses import astuple, fields, replace
from typing import Any

import numpy as np
import pytest

from siting.physics import (
    DESIGNS,
    Design,
    Facility,
    Inputs,
    facility,
    facility_all,
    facility_blocks,
    streams,
)
from siting.physics.cooling.once_through import IntakeParameters, intake_pressure
from siting.physics.designs import permitted
from siting.physics.plant import electrical_loss

SEA_LEVEL = 101325.0
MILD: Inputs = {
    "temp_dry_bulb_c": 12.0,
    "temp_dew_point_c": 7.0,
    "pressure_pa": SEA_LEVEL,
    "temp_water_c": 10.0,
}
HOT: Inputs = {
    "temp_dry_bulb_c": 33.0,
    "temp_dew_point_c": 25.0,
    "pressure_pa": SEA_LEVEL,
    "temp_water_c": 29.0,
}


def run(design: Design | str, weather: Inputs, **changes: Any) -> Facility:
    return facility(design, **{**weather, **changes})  # type: ignore[typeddict-item]


def test_there_are_twelve_designs_and_three_need_water() -> None:
    assert len(DESIGNS) == 12
    needs = {name: set(d.needs) for name, d in DESIGNS.items() if d.needs}
    assert needs == {"lake_water": {"lake"}, "sea_water": {"sea"}, "subsea_pod": {"sea"}}


@pytest.mark.parametrize("name", [n for n in DESIGNS if n != "air_chiller"])
def test_a_mild_hour_is_free_for_all_but_the_plain_chiller(name: str) -> None:
    # Dry coolers for the room air of a liquid-cooled hall need 13 °C at most.
    assert run(name, MILD).is_free


def test_the_plain_chiller_never_rests() -> None:
    assert run("air_chiller", MILD).mechanical_share == 1.0
    assert run("air_chiller", MILD, temp_dry_bulb_c=-20.0, temp_dew_point_c=-25.0).pue < 1.25


@pytest.mark.parametrize("name", ["air_chiller", "dry_cooler_liquid", "subsea_pod", "lake_water"])
def test_dry_designs_use_no_fresh_water(name: str) -> None:
    for weather in (MILD, HOT):
        assert run(name, weather).wue_l_per_kwh == 0.0


@pytest.mark.parametrize("name", ["lake_water", "sea_water", "subsea_pod"])
def test_once_through_gives_all_heat_to_the_water_and_draws_much(name: str) -> None:
    f, s = run(name, MILD), streams(name, **MILD)
    inside = 1.0 + float(electrical_loss(1.0)) + s.losses + s.fans + s.compressors
    assert f.heat_rejected_to_water == pytest.approx(inside, rel=1e-9)
    assert f.withdrawal_l_per_kwh > 100.0


def test_a_design_that_needs_water_says_so() -> None:
    with pytest.raises(ValueError, match="temp_water_c"):
        run("lake_water", MILD, temp_water_c=None)


def test_a_site_without_water_gets_no_figure_and_spoils_no_other() -> None:
    temps = np.array([10.0, np.nan])
    for name in ("lake_water", "sea_water", "subsea_pod"):
        f = run(name, MILD, temp_water_c=temps)
        for field in fields(f):
            if field.name in ("fuel_kwh_per_kwh", "generated_kwh_per_kwh"):
                continue
            known, unknown = np.asarray(getattr(f, field.name))
            assert np.isfinite(known), field.name
            assert np.isnan(unknown), field.name
        assert f.is_free.tolist() == [True, False]
    assert np.isfinite(run("air_economizer", MILD, temp_water_c=temps).pue).all()


def test_discharge_limit_costs_flow() -> None:
    cool, warm = run("lake_water", MILD), run("lake_water", MILD, temp_water_c=26.0)
    assert warm.withdrawal_l_per_kwh > 1.5 * cool.withdrawal_l_per_kwh


def test_distance_costs_pumping_and_depth_does_not() -> None:
    near = run("lake_water", MILD, intake_distance_km=0.5)
    far = run("lake_water", MILD, intake_distance_km=8.0)
    assert 0.001 < far.pue - near.pue < 0.03
    p = IntakeParameters()
    friction = intake_pressure(p, 0.3, 2.0) - intake_pressure(p, 0.3, 0.0)
    diameter = np.sqrt(4.0 * 0.3 / (np.pi * p.velocity_m_s))
    by_hand = p.friction_factor * 4000.0 / diameter * 0.5 * p.density_kg_m3 * p.velocity_m_s**2
    assert friction == pytest.approx(by_hand)


def test_a_pod_ignores_the_weather_above_it() -> None:
    assert run("subsea_pod", MILD).pue == pytest.approx(
        run("subsea_pod", HOT, temp_water_c=10.0).pue
    )


def test_a_pod_is_free_until_the_sea_is_too_warm_for_its_servers() -> None:
    temps = np.array([4.0, 24.5, 26.0, 29.0])
    f = run("subsea_pod", MILD, temp_water_c=temps)
    assert f.is_free.tolist() == [True, True, False, False]


def test_pods_carry_spare_servers_and_steel() -> None:
    pod, hall = DESIGNS["subsea_pod"], DESIGNS["air_economizer"]
    assert pod.it_spare_share > hall.it_spare_share
    assert pod.embodied_kg_per_kw_yr > hall.embodied_kg_per_kw_yr
    assert pod.refrigerant_t_per_mw_yr == 0.0


def test_refrigerant_is_charge_times_leak_times_potential() -> None:
    design = DESIGNS["air_chiller"]
    expected = design.refrigerant_kg_per_kw * 0.02 * 1430.0
    assert design.refrigerant_t_per_mw_yr == pytest.approx(expected)


def test_wetting_saves_energy_and_takes_water_on_a_hot_dry_day() -> None:
    desert: dict[str, Any] = {"temp_dry_bulb_c": 40.0, "temp_dew_point_c": 2.0}
    for dry, wet in (
        ("air_economizer", "air_evaporative"),
        ("dry_cooler_liquid", "adiabatic_liquid"),
    ):
        without, with_water = run(dry, MILD, **desert), run(wet, MILD, **desert)
        assert with_water.pue < without.pue
        assert with_water.wue_l_per_kwh > 0.5 > without.wue_l_per_kwh


def test_media_evaporate_what_the_energy_balance_asks() -> None:
    # 38 °C, 0.0058 kg/kg to 26.7 °C at constant enthalpy: 4.6 g a kg of air.
    weather: Inputs = {"temp_dry_bulb_c": 38.0, "temp_dew_point_c": 6.0, "pressure_pa": SEA_LEVEL}
    s = streams("air_evaporative", **weather)
    heat = 1.041 + s.fans
    per_kg = 1.006 * (38.0 - 26.7) / 2551.0
    by_hand = heat / (1.006 * 16.6) * per_kg * 3600.0
    assert s.evaporated == pytest.approx(by_hand, rel=0.02)


def test_media_that_stay_dry_take_no_water_at_all() -> None:
    cold = np.linspace(5.0, 15.0, 41)
    s = streams("air_evaporative", temp_dry_bulb_c=cold, temp_dew_point_c=cold - 2.0,
                pressure_pa=SEA_LEVEL)  # fmt: skip
    assert not np.any(s.evaporated)


def test_an_economizer_in_the_tropics_recirculates() -> None:
    f = run("air_economizer", HOT)
    assert f.mechanical_share == 1.0
    assert f.wue_l_per_kwh == 0.0


@pytest.mark.parametrize("name", ["air_economizer", "air_evaporative"])
def test_halls_of_outside_air_are_humidified_to_the_floor_of_their_class(name: str) -> None:
    moist, arid = run(name, MILD), run(name, MILD, temp_dew_point_c=-20.0)
    edge = run(name, MILD, temp_dew_point_c=-11.0)
    assert moist.wue_l_per_kwh == pytest.approx(0.0, abs=1e-12)
    assert edge.wue_l_per_kwh == pytest.approx(0.0, abs=1e-12)
    assert 0.0 < arid.wue_l_per_kwh < 0.5


def test_a_study_may_ask_for_the_floor_of_2011() -> None:
    frost: dict[str, Any] = {"temp_dry_bulb_c": -5.0, "temp_dew_point_c": -8.0}
    today = run("air_evaporative", MILD, **frost)
    former = run("air_evaporative", MILD, min_dew_point_c=5.5, **frost)
    assert today.wue_l_per_kwh == 0.0
    # By hand: 0.065 kg/s of air, 36 % of it from outside, 5.66 - 1.93 g/kg, and a fifth of bleed.
    by_hand = 0.0653 * 0.359 * 0.00373 * 3600.0 * 1.2
    assert former.wue_l_per_kwh == pytest.approx(by_hand, rel=0.02)
    with pytest.raises(ValueError, match="min_dew_point_c"):
        run("air_evaporative", MILD, min_dew_point_c=18.0)


def test_hot_dry_air_is_humidified_to_eight_per_cent() -> None:
    # 8 % at 32 °C is a dew point of -6.5 °C: more than the -12 °C of the class.
    arid: dict[str, Any] = {"temp_dry_bulb_c": 31.9, "temp_dew_point_c": -8.0}
    assert run("air_economizer", MILD, **arid).wue_l_per_kwh > 0.0
    assert run("air_economizer", MILD, inlet="A2", temp_dew_point_c=-8.0).wue_l_per_kwh == 0.0


def test_a_stricter_class_needs_more_cooling() -> None:
    weather: dict[str, Any] = {"temp_dry_bulb_c": 30.0, "temp_dew_point_c": 14.0}
    share = [
        run("air_economizer", MILD, inlet=name, **weather).mechanical_share
        for name in ("A2", "A1", "recommended")
    ]
    assert share[0] == share[1] == 0.0 < share[2]


def test_warmer_facility_water_is_easier_to_cool() -> None:
    share = [
        run("dry_cooler_liquid", HOT, water_class=name).mechanical_share
        for name in ("W45", "W32", "W17")
    ]
    assert share == sorted(share)
    assert share[0] < share[-1]


def test_thin_air_takes_more_fan_power() -> None:
    assert run("air_economizer", MILD, pressure_pa=75e3).pue > run("air_economizer", MILD).pue


@pytest.mark.parametrize("name", DESIGNS)
def test_an_almost_empty_hall_has_a_higher_pue(name: str) -> None:
    # At middling load speed control wins; near nothing the fixed losses do.
    assert run(name, MILD, load=0.05).pue > run(name, MILD, load=1.0).pue + 0.05


def test_engine_closes_its_balance_and_exports_nothing() -> None:
    f = run("absorption_trigen", HOT)
    assert f.fuel_kwh_per_kwh > 0.0
    assert f.generated_kwh_per_kwh == pytest.approx(0.42 * np.asarray(f.fuel_kwh_per_kwh))
    assert f.generated_kwh_per_kwh <= f.pue
    cooled_by_heat = np.asarray(f.fuel_kwh_per_kwh) * 0.42 * 0.70
    assert cooled_by_heat <= 1.041 + streams("absorption_trigen", **HOT).fans


def test_engine_rests_in_free_hours_and_doubles_the_tower_water_otherwise() -> None:
    assert run("absorption_trigen", MILD).fuel_kwh_per_kwh == 0.0
    driven, electric = run("absorption_trigen", HOT), run("water_economizer", HOT)
    assert 1.5 < driven.wue_l_per_kwh / electric.wue_l_per_kwh < 2.5
    assert driven.pue < electric.pue  # less electricity; the gas stands beside it


@pytest.mark.parametrize("name", DESIGNS)
def test_parts_add_up_to_the_pue(name: str) -> None:
    for weather in (MILD, HOT):
        s = streams(name, **weather)
        total = 1.0 + float(electrical_loss(1.0)) + s.losses + s.fans + s.pumps + s.compressors
        assert run(name, weather).pue == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("name", DESIGNS)
def test_all_in_one_call_is_each_on_its_own(name: str) -> None:
    together = facility_all(DESIGNS, **HOT)[name]
    assert astuple(together) == astuple(run(name, HOT))


def test_blocks_of_sites_are_the_whole() -> None:
    rng = np.random.default_rng(7)
    dry = rng.uniform(-20.0, 40.0, (50, 9000))
    dew = dry - rng.uniform(0.0, 15.0, (50, 9000))
    inputs: Inputs = {
        "temp_dry_bulb_c": dry,
        "temp_dew_point_c": dew,
        "pressure_pa": rng.uniform(70e3, 102e3, (50, 1)),
        "temp_water_c": rng.uniform(4.0, 30.0, (50, 1)),
    }
    whole = facility_all(["lake_water", "air_evaporative"], **inputs)
    seen = 0
    for block, part in facility_blocks(["lake_water", "air_evaporative"], **inputs):
        for name, f in part.items():
            for field in fields(f):
                np.testing.assert_allclose(
                    getattr(f, field.name), np.asarray(getattr(whole[name], field.name))[block]
                )
        seen += block.stop - block.start
    assert seen == 50


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"temp_dry_bulb_c": np.nan}, "missing"),
        ({"temp_dew_point_c": 15.0}, "dew point"),
        ({"pressure_pa": 0.0}, "pressure"),
    ],
)
def test_weather_that_cannot_be_is_refused(change: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        run("lake_water", MILD, **change)


def test_an_unknown_design_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"magic.*subsea_pod"):
        run("magic", MILD)


def test_a_variant_runs_with_its_own_parameters() -> None:
    base = DESIGNS["air_economizer"]
    quiet = replace(base, parameters=replace(base.parameters, fan_pressure_pa=325.0))
    saved = np.asarray(run(base, MILD).pue) - np.asarray(run(quiet, MILD).pue)
    assert saved == pytest.approx(float(np.asarray(streams(base, **MILD).fans)) / 2.0, rel=0.05)


def test_every_parameter_stands_in_a_table_with_its_source() -> None:
    for design in DESIGNS.values():
        listed = {name for rows in design.tables for name in rows}
        own = {f.name for f in fields(design.parameters)} - {"plant", "tower"}
        assert own <= listed, design.name
        assert all(row.source for rows in design.tables for row in rows.values())


def test_water_within_two_kelvin_of_the_discharge_limit_cannot_be_given_back() -> None:
    temps = np.array([10.0, 28.0, 28.1, np.nan])
    assert DESIGNS["lake_water"].keeps_discharge(temps).tolist() == [True, True, False, False]
    assert DESIGNS["air_chiller"].keeps_discharge(temps).all()
    strict = permitted(DESIGNS["lake_water"], 20.0)
    assert strict.keeps_discharge(temps).tolist() == [True, False, False, False]
    assert run(strict, MILD, temp_water_c=16.0).withdrawal_l_per_kwh > (
        1.5 * run("lake_water", MILD, temp_water_c=16.0).withdrawal_l_per_kwh
    )
    assert permitted(DESIGNS["air_chiller"], 20.0) is DESIGNS["air_chiller"]
