"""Losses, fans, pumps, chillers, towers and water at points that can be checked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.arrays import site_blocks
from siting.physics import ENVELOPES, WATER_CLASSES, Parameter
from siting.physics.cooling import envelope, water_limit
from siting.physics.parameters import table
from siting.physics.plant import (
    ElectricalParameters,
    carnot_cop,
    compressor_energy,
    electrical_loss,
    fan_power,
    flow_law,
    part_load_power,
    pump_power,
    water_cooled_cop,
    water_flow,
)
from siting.physics.psychrometrics import outside_air
from siting.physics.towers import (
    TowerParameters,
    bleed_factor,
    blow_down,
    latent_heat,
    run_tower,
    tower_water_temp,
)


def test_full_load_losses_are_the_sum_of_the_rated_ones() -> None:
    # UPS and transformers a third more than needed: fixed losses times 1.33, square ones over it.
    ups, distribution = 0.01333 * 1.33 + 0.0064 + 0.01081 / 1.33, 0.0012 * 1.33 + 0.0088 / 1.33
    assert electrical_loss(1.0) == pytest.approx(ups + distribution + 0.001 + 0.003)


def test_a_ups_without_spare_units_has_its_published_efficiency() -> None:
    # White Paper 108: 97.0 % when full, 96.6 % at half, 94.2 % at a quarter of its rating.
    p = replace(
        ElectricalParameters(), redundancy=1.0, distribution_fixed=0.0,
        distribution_square=0.0, lighting_fixed=0.0, standby_fixed=0.0,
    )  # fmt: skip
    found = [1.0 / (1.0 + float(electrical_loss(load, p))) for load in (1.0, 0.5, 0.25)]
    assert found == pytest.approx([0.970, 0.962, 0.941], abs=0.001)


def test_two_systems_for_one_load_cost_most_in_an_empty_hall() -> None:
    doubled = replace(ElectricalParameters(), redundancy=2.0)
    more = [float(electrical_loss(x, doubled)) - float(electrical_loss(x)) for x in (1.0, 0.2)]
    assert 0.0 < more[0] < 0.01 < more[1]


def test_fixed_losses_weigh_more_in_an_empty_hall() -> None:
    p = ElectricalParameters()
    fixed = 1.33 * (p.ups_fixed + p.distribution_fixed) + p.lighting_fixed + p.standby_fixed
    square = (p.ups_square + p.distribution_square) / 1.33
    a_tenth = electrical_loss(0.1)
    assert a_tenth > 4.0 * float(electrical_loss(1.0))
    assert a_tenth == pytest.approx(fixed / 0.1 + p.ups_linear + 0.1 * square, rel=1e-9)


@pytest.mark.parametrize("load", [0.0, -0.5, 1.01, np.nan])
def test_a_load_that_cannot_be_is_refused(load: float) -> None:
    with pytest.raises(ValueError, match="load"):
        electrical_loss(load)


def test_fan_and_pump_do_flow_times_pressure() -> None:
    assert fan_power(2.0, 500.0, 0.5) == pytest.approx(2.0)  # 2 m³/s x 500 Pa / 0.5 = 2 kW
    assert pump_power(998.0, 100e3, 0.8) == pytest.approx(125.0)  # 1 m³/s x 100 kPa / 0.8


def test_lifting_sea_water_thirty_metres_takes_a_hundredth_of_the_heat() -> None:
    # 30 m, 8 K, 0.7: 1.2 to 1.3 % of the heat.
    flow = water_flow(1.0, 8.0)
    assert pump_power(flow, 30.0 * 9.81 * 998.0, 0.7) == pytest.approx(0.0125, rel=0.02)


def test_half_the_flow_takes_less_than_a_fifth_of_the_power() -> None:
    assert flow_law(1.0) == pytest.approx(1.0)
    assert flow_law(0.5, exponent=3.0) == pytest.approx(0.125)
    assert flow_law(0.5) < 0.2
    assert flow_law(0.0) == flow_law(0.2)  # least speed


def test_carnot_between_7_and_45_degrees() -> None:
    assert carnot_cop(7.0, 45.0, 1.0) == pytest.approx(280.15 / 38.0)
    assert carnot_cop(7.0, 0.0, 0.5) == carnot_cop(7.0, 22.0, 0.5)  # least lift


def test_water_cooled_regression_at_a_usual_rating_point() -> None:
    # Centrifugal chillers are rated 5.5 to 7 at 29.4 °C condenser water.
    assert 5.5 < float(water_cooled_cop(29.4, 0.8)) < 7.0
    assert water_cooled_cop(20.0, 0.8) > water_cooled_cop(30.0, 0.8)


def test_part_load_curve_passes_through_its_rated_point() -> None:
    assert part_load_power(1.0) == pytest.approx(1.0, abs=1e-3)
    assert compressor_energy(1.0, 1.05, 5.0, 1.0, 0.6) == pytest.approx(0.21, rel=1e-3)
    assert compressor_energy(0.0, 1.05, 5.0, 1.0, 0.6) == 0.0


def test_staged_machines_take_the_same_to_a_unit_of_heat_below_their_least_load() -> None:
    energy = [float(compressor_energy(1.0, 1.0, 5.0, x, 0.6)) for x in (0.8, 0.6, 0.4, 0.2)]
    assert energy[0] > energy[1] == energy[2] == energy[3]


def test_all_latent_heat_takes_one_and_a_half_litres_a_kwh() -> None:
    assert 3600.0 / float(latent_heat(30.0)) == pytest.approx(1.48, abs=0.01)


def test_cycles_fix_the_blow_down() -> None:
    evaporated, drift = 1.0, 0.01
    drained = float(blow_down(evaporated, drift, 5.0))
    assert (evaporated + drained + drift) / (drained + drift) == pytest.approx(5.0)
    assert blow_down(1.0, 0.5, 5.0) == 0.0  # drift alone keeps the solids down
    assert bleed_factor(5.0) == 1.25


def test_tower_evaporates_less_in_frost_than_on_a_mild_day() -> None:
    p = TowerParameters()
    air = outside_air([-10.0, 25.0, 40.0], [-13.0, 18.0, 5.0], 101325.0)
    water = tower_water_temp(air, 17.0, p)
    tower = run_tower(air, 1.0, water, p)
    frost, mild, desert = tower.latent_share
    assert 0.4 < frost < 0.75
    assert 0.75 < mild < 1.0
    assert desert > 1.0  # the tower cools the air as well
    rule_of_thumb = 0.00153 * p.range_k * float(water_flow(1.0, p.range_k)) * 3600.0
    assert tower.evaporated[1] == pytest.approx(rule_of_thumb, rel=0.10)  # ASHRAE S&E ch. 40


def test_tower_closes_its_balances_of_heat_and_of_water() -> None:
    p = TowerParameters()
    air = outside_air([22.0], [12.0], 95e3)
    water = tower_water_temp(air, 10.0, p)
    tower = run_tower(air, 1.3, water, p)
    sensible = 1.3 * (1.0 - tower.latent_share)
    latent = tower.evaporated / 3600.0 * 2501.0
    np.testing.assert_allclose(sensible + latent, 1.3, rtol=1e-9)
    solids_in, solids_out = tower.make_up, p.cycles * (tower.blow_down + tower.drift)
    np.testing.assert_allclose(solids_in, solids_out, rtol=1e-9)


def test_tower_never_makes_water_colder_than_asked_or_than_wet_bulb_allows() -> None:
    p = TowerParameters()
    air = outside_air([-20.0, 30.0], [-25.0, 24.0], 101325.0)
    cold, warm = tower_water_temp(air, 18.0, p)
    assert cold == 18.0
    assert warm == pytest.approx(air.temp_wet_bulb_c[1] + p.approach_k)


def test_classes_widen_from_the_recommended_envelope_outwards() -> None:
    order = [ENVELOPES[name] for name in ("recommended", "A1", "A2", "A3", "A4")]
    highs = [e.temp_high_c for e in order]
    assert highs == sorted(highs) == [27.0, 32.0, 35.0, 40.0, 45.0]
    assert WATER_CLASSES["W45"] == 45.0


def test_an_unknown_class_is_named_with_what_is_allowed() -> None:
    with pytest.raises(ValueError, match=r"A9.*recommended"):
        envelope("A9")
    with pytest.raises(ValueError, match=r"W99.*W17"):
        water_limit("W99")


def test_a_parameter_outside_its_own_range_is_refused() -> None:
    good = Parameter("approach_k", 4.0, 2.0, 6.0, "K", "by hand")
    with pytest.raises(ValueError, match="outside"):
        replace(good, value=7.0)
    with pytest.raises(ValueError, match="label"):
        replace(good, label="guessed")
    with pytest.raises(ValueError, match="twice"):
        table(good, good)


def test_blocks_hold_every_site_once() -> None:
    blocks = list(site_blocks(1000, 8760))
    assert [i for b in blocks for i in range(b.start, b.stop)] == list(range(1000))
    assert max((b.stop - b.start) * 8760 for b in blocks) <= 200_000
    assert len(list(site_blocks(3, 10_000_000))) == 3  # one site is the least


def test_public_names_exist_and_modules_see_numpy_only() -> None:
    import ast
    import importlib
    import pkgutil
    from pathlib import Path

    import siting.physics as physics

    for info in pkgutil.walk_packages(physics.__path__, "siting.physics."):
        module = importlib.import_module(info.name)
        assert all(hasattr(module, name) for name in getattr(module, "__all__", ())), info.name
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        roots = {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        roots |= {
            a.name.split(".")[0]
            for n in ast.walk(tree)
            if isinstance(n, ast.Import)
            for a in n.names
        }
        foreign = roots - {"siting", "numpy", "__future__", "typing", "types", "collections"}
        assert foreign <= {"dataclasses", "functools"}, (info.name, foreign)
