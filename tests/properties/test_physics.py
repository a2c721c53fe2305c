"""What holds for every weather: orderings, balances, monotony, scalar and array alike."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.geo import sphere_km
from siting.physics import DESIGNS, ENVELOPES, facility_all, streams
from siting.physics import psychrometrics as psy
from siting.physics.latency import fibre_bound_ms, round_trip_ms
from siting.physics.plant import electrical_loss
from siting.physics.psychrometrics import outside_air
from siting.physics.towers import TowerParameters, run_tower
from tests.helpers.seeds import examples

temps = st.floats(-45.0, 50.0)
depressions = st.floats(0.0, 35.0)
pressures = st.floats(60e3, 106e3)
waters = st.floats(-1.5, 34.0)
loads = st.floats(0.1, 1.0)
classes = st.sampled_from(sorted(ENVELOPES))

SETTINGS = settings(max_examples=examples(150))


def weather(dry: float, depression: float, pressure: float, water: float) -> dict[str, Any]:
    return {
        "temp_dry_bulb_c": dry,
        "temp_dew_point_c": dry - depression,
        "pressure_pa": pressure,
        "temp_water_c": water,
    }


@SETTINGS
@given(st.floats(-60.0, 60.0), depressions, st.floats(60e3, 108e3))
def test_wet_bulb_lies_between_dew_point_and_dry_bulb(
    dry: float, depression: float, pressure: float
) -> None:
    dew = dry - depression
    wet = float(psy.wet_bulb(dry, dew, pressure))
    assert dew - 1e-6 <= wet <= dry + 1e-6


@SETTINGS
@given(temps, st.floats(0.0, 30.0), st.floats(0.0, 5.0), pressures)
def test_moister_air_has_a_higher_wet_bulb(
    dry: float, depression: float, more: float, pressure: float
) -> None:
    drier = float(psy.wet_bulb(dry, dry - depression - more, pressure))
    assert drier <= float(psy.wet_bulb(dry, dry - depression, pressure)) + 1e-6


@SETTINGS
@given(temps, depressions, pressures)
def test_wet_bulb_closes_the_balance_of_the_saturator(
    dry: float, depression: float, pressure: float
) -> None:
    dew = dry - depression
    wet = psy.wet_bulb(dry, dew, pressure)
    ratio = float(psy.humidity_ratio(dew, pressure))
    if not np.isclose(wet, 0.0, atol=1e-6):  # the wick freezes there: two balances
        implied = float(psy.humidity_ratio_from_wet_bulb(dry, wet, pressure))
        assert implied == pytest.approx(ratio, abs=1e-8)


@SETTINGS
@given(temps, depressions, pressures, waters, loads, classes)
def test_every_design_stays_within_what_physics_allows(
    dry: float, depression: float, pressure: float, water: float, load: float, inlet: str
) -> None:
    inputs = weather(dry, depression, pressure, water)
    for name, f in facility_all(DESIGNS, **inputs, load=load, inlet=inlet).items():
        assert 1.0 <= f.pue < 3.0, name
        assert 0.0 <= f.wue_l_per_kwh < 20.0, name
        assert f.withdrawal_l_per_kwh >= f.wue_l_per_kwh, name
        assert 0.0 <= f.mechanical_share <= 1.0, name
        assert 0.0 <= f.heat_rejected_to_water < 3.0, name
        assert f.generated_kwh_per_kwh <= min(f.pue, f.fuel_kwh_per_kwh + 1e-12), name


@SETTINGS
@given(temps, depressions, pressures, waters, st.floats(0.0, 20.0), classes)
def test_colder_never_raises_the_mechanical_share(
    dry: float, depression: float, pressure: float, water: float, colder: float, inlet: str
) -> None:
    # The moisture stays, as far as colder air can hold it; lake and sea cool as well.
    warm = weather(dry, depression, pressure, water)
    cold = weather(dry - colder, max(depression - colder, 0.0), pressure, water - colder)
    before = facility_all(DESIGNS, **warm, inlet=inlet)
    after = facility_all(DESIGNS, **cold, inlet=inlet)
    for name in DESIGNS:
        assert after[name].mechanical_share <= before[name].mechanical_share + 1e-9, name


@SETTINGS
@given(temps, depressions, pressures, waters)
def test_a_wider_envelope_never_raises_the_mechanical_share(
    dry: float, depression: float, pressure: float, water: float
) -> None:
    inputs = weather(dry, depression, pressure, water)
    runs = [facility_all(DESIGNS, **inputs, inlet=c) for c in ("recommended", "A1", "A2", "A3")]
    for name in DESIGNS:
        shares = [float(run[name].mechanical_share) for run in runs]
        assert all(a >= b - 1e-9 for a, b in pairwise(shares)), (name, shares)


@SETTINGS
@given(temps, depressions, pressures, waters)
def test_water_closes_its_balance(
    dry: float, depression: float, pressure: float, water: float
) -> None:
    inputs = weather(dry, depression, pressure, water)
    for name, f in facility_all(DESIGNS, **inputs).items():
        s = streams(name, **inputs)
        fresh = np.asarray(s.evaporated) + s.drift + s.blow_down
        assert f.wue_l_per_kwh == pytest.approx(float(fresh), abs=1e-12)
        assert f.withdrawal_l_per_kwh == pytest.approx(float(fresh + s.once_through), abs=1e-9)
        if s.once_through:  # heat = flow x heat capacity x a rise within its bounds
            rise = float(f.heat_rejected_to_water) / (float(s.once_through) * 4.1 / 3600.0)
            assert 1.9 < rise < 10.5, name


@SETTINGS
@given(temps, depressions, pressures, waters, loads, classes)
def test_energy_closes_its_balance(
    dry: float, depression: float, pressure: float, water: float, load: float, inlet: str
) -> None:
    inputs = {**weather(dry, depression, pressure, water), "load": load, "inlet": inlet}
    loss = float(electrical_loss(load))
    for name, f in facility_all(DESIGNS, **inputs).items():
        s = streams(name, **inputs)
        inside = 1.0 + loss + float(s.losses) + float(s.fans)  # what warms the building
        assert f.pue == pytest.approx(inside + float(s.pumps) + float(s.compressors), rel=1e-12)
        if s.once_through:  # all of it, and the work of the chillers, goes to the water
            assert f.heat_rejected_to_water == pytest.approx(inside + float(s.compressors))
        if name == "absorption_trigen":  # fuel is electricity, heat that drives, and losses
            assert f.generated_kwh_per_kwh <= 0.48 * f.fuel_kwh_per_kwh + 1e-12


@SETTINGS
@given(st.floats(-30.0, 45.0), depressions, pressures, st.floats(0.1, 2.0), st.floats(0.5, 15.0))
def test_a_tower_rejects_its_heat_as_sensible_and_latent(
    dry: float, depression: float, pressure: float, heat: float, above: float
) -> None:
    p = TowerParameters()
    air = outside_air(dry, dry - depression, pressure)
    water = air.temp_wet_bulb_c + p.approach_k + above
    tower = run_tower(air, heat, np.asarray(water), p)
    leaving = float(water) + 0.5 * p.range_k
    saturated = float(psy.saturation_humidity_ratio(leaving, pressure))
    moisture = saturated - float(air.humidity_ratio)
    if moisture < 1e-5:
        return
    air_kg = float(tower.evaporated) / 3600.0 / moisture
    sensible = air_kg * 1.006 * (leaving - dry)
    latent = air_kg * (
        saturated * (2501.0 + 1.86 * leaving) - float(air.humidity_ratio) * (2501.0 + 1.86 * dry)
    )
    assert sensible + latent == pytest.approx(heat, rel=1e-6)
    # Dissolved solids: what comes in with the make-up leaves with drift and blow-down.
    solids_out = (float(tower.drift) + float(tower.blow_down)) * p.cycles
    assert solids_out >= float(tower.make_up) - 1e-9


@SETTINGS
@given(st.lists(st.tuples(temps, depressions, pressures, waters), min_size=1, max_size=6))
def test_an_array_is_its_elements(rows: list[tuple[float, float, float, float]]) -> None:
    columns = np.array([list(weather(*row).values()) for row in rows]).T
    names = ("temp_dry_bulb_c", "temp_dew_point_c", "pressure_pa", "temp_water_c")
    together = facility_all(DESIGNS, **dict(zip(names, columns, strict=True)))  # type: ignore[arg-type]
    for i, row in enumerate(rows):
        for name, f in facility_all(DESIGNS, **weather(*row)).items():
            assert np.ndim(f.pue) == 0
            assert f.pue == pytest.approx(np.asarray(together[name].pue)[i], rel=1e-9)
            assert f.wue_l_per_kwh == pytest.approx(
                np.asarray(together[name].wue_l_per_kwh)[i], rel=1e-6, abs=1e-9
            )


@SETTINGS
@given(st.floats(0.0, 20037.0), st.floats(0.0, 20037.0))
def test_farther_takes_longer_and_never_beats_light(a: float, b: float) -> None:
    near, far = sorted((a, b))
    assert round_trip_ms(near) <= round_trip_ms(far)
    assert round_trip_ms(far) >= fibre_bound_ms(far)


places = st.tuples(st.floats(-180.0, 180.0), st.floats(-90.0, 90.0))


@SETTINGS
@given(places, places, places)
def test_distance_is_a_metric(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]
) -> None:
    ab, ba = float(sphere_km(*a, *b)), float(sphere_km(*b, *a))
    assert ab == pytest.approx(ba, abs=1e-6)
    assert ab <= float(sphere_km(*a, *c)) + float(sphere_km(*c, *b)) + 1e-3


@SETTINGS
@given(st.floats(-45.0, 42.0), depressions, pressures, waters)
def test_a_breath_of_warmth_changes_little(
    dry: float, depression: float, pressure: float, water: float
) -> None:
    # Slopes stay below 0.5 a kelvin: no control of any design jumps.
    before = facility_all(DESIGNS, **weather(dry, depression, pressure, water))
    after = facility_all(DESIGNS, **weather(dry + 1e-3, depression, pressure, water + 1e-3))
    for name in DESIGNS:
        assert after[name].pue == pytest.approx(before[name].pue, abs=5e-4), name
        assert after[name].mechanical_share == pytest.approx(
            before[name].mechanical_share, abs=5e-4
        ), name
