import json

import numpy as np
import pandas as pd
import pytest

from siting.catalogue.layers import MONTH_COLUMNS, water_temperature
from siting.files import geodata_dir
from siting.physics.towers import lake_heat_limit_mw

MONTHS = list(MONTH_COLUMNS)


@pytest.fixture
def bodies():
    rows = [np.arange(1.0, 13.0), np.arange(12.0, 0.0, -1.0)]
    return pd.DataFrame(rows, columns=MONTHS, index=["north", "south"])


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(geodata_dir() / "water_bodies.csv").set_index("site")


def test_each_step_has_the_mean_of_its_month_and_design_hours_the_warmest(bodies):
    temperature = water_temperature(bodies, ["south", "north"], [1, 7, 12, 0])
    np.testing.assert_array_equal(temperature, [[12, 6, 1, 12], [1, 7, 12, 12]])


def test_a_site_without_water_has_none(bodies):
    temperature = water_temperature(bodies, ["inland", "north"], [0, 3])
    assert np.isnan(temperature[0]).all()
    assert np.isfinite(temperature[1]).all()


def test_months_outside_the_year_and_double_sites_are_refused(bodies):
    with pytest.raises(ValueError, match="months"):
        water_temperature(bodies, ["north"], [13])
    with pytest.raises(ValueError, match="more than one"):
        water_temperature(pd.concat([bodies, bodies]), ["north"], [1])


def test_every_sea_and_lake_candidate_has_water_and_no_other(table):
    features = json.loads((geodata_dir() / "candidates.geojson").read_text())["features"]
    kinds = {f["properties"]["id"]: f["properties"]["kinds"].split(",") for f in features}
    for ours, kind in (("sea", "subsea"), ("lake", "lake")):
        assert set(table.index[table["kind"] == ours]) == {s for s in kinds if kind in kinds[s]}


@pytest.mark.parametrize(
    ("site", "low", "high"),
    [
        pytest.param("toronto", 3.5, 5.5, id="Toronto deep lake water, about 4 °C at 83 m"),
        pytest.param("lausanne", 5.0, 8.0, id="EPFL intake in Lake Geneva, 6 to 7 °C"),
        pytest.param("ithaca", 3.9, 6.5, id="Cornell lake source, 4 to 5 °C"),
        pytest.param("qiandao_lake", 9.0, 18.0, id="Qiandao at 35 m, 17 °C quoted at the warmest"),
        pytest.param("orkney", 6.5, 12.5, id="Natick, 7 to 12 °C through the year"),
        pytest.param("lingshui", 22.0, 28.0, id="Hainan at 30 m"),
    ],
)
def test_intake_temperatures_stay_where_operators_find_them(table, site, low, high):
    months = table.loc[site, MONTHS].to_numpy(dtype=float)
    assert months.min() >= low
    assert months.max() <= high


def test_water_is_liquid_and_labelled(table):
    months = table[MONTHS].to_numpy(dtype=float)
    assert np.isfinite(months).all()
    assert (months[table["kind"] == "lake"] >= 0.0).all()
    assert (months >= -1.9).all()
    assert (months < 32.0).all()
    assert set(table["label"]) <= {"derived", "modelled"}
    assert table["source"].notna().all()


def test_the_heat_limit_of_a_lake_follows_from_its_area_and_outflow(table):
    lakes = table[table["kind"] == "lake"]
    limit = np.asarray(lake_heat_limit_mw(lakes["area_km2"], lakes["outflow_m3_s"]))
    np.testing.assert_allclose(lakes["heat_limit_mw"], limit, atol=0.51)
    # 30 W/(m² K) x 0.2 K = 6 MW/km², and 0.84 MW for each m³/s that leaves.
    most = 6.0 * lakes["area_km2"] + 0.84 * lakes["outflow_m3_s"]
    assert (lakes["heat_limit_mw"] <= most + 1.0).all()
    assert (lakes["heat_limit_mw"] > 0.9 * 6.0 * np.minimum(lakes["area_km2"], 314.0)).all()
    assert table.loc[table["kind"] == "sea", "heat_limit_mw"].isna().all()
