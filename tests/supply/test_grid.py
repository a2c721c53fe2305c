"""The grid: annual carbon, how it moves with hydropower, and the water in a kilowatt-hour."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.files import geodata_dir
from siting.supply.grid import dry_year_carbon, grid_carbon_g_per_kwh, seasonal_carbon
from siting.supply.hydro import HYDRO_WATER
from siting.supply.tables import by_zone, hourly_carbon_shapes, measured_carbon_shapes
from tests.supply.conftest import DAYS

MONTHS = np.arange(1, 13)
HYDRO_ZONES = ["CN-YN", "CN-SC", "CN-GZ", "NO-NO2", "SE-SE2", "BR-CS", "CA-QC", "US-NW-BPAT"]


def _carbon(catalogue, grid, zones, year="normal"):
    return grid_carbon_g_per_kwh(grid, catalogue.hydro_profiles, zones, MONTHS, year)


def _annual(monthly):
    return monthly @ DAYS / 365


@pytest.mark.parametrize(
    ("zone", "low", "high"),
    [("NO", 20, 60), ("SE-SE1", 10, 30), ("IS", 20, 40), ("FR", 20, 60), ("PL", 500, 800),
     ("IN", 500, 750), ("CN-YN", 90, 200), ("CN-HE", 550, 800), ("US-MIDA-PJM", 350, 450)],
)  # fmt: skip
def test_annual_carbon_is_what_is_known_of_the_place(grid, zone, low, high):
    assert low < grid.loc[zone, "carbon_g_per_kwh"] < high


def test_year_of_the_steps_has_the_published_annual_mean(catalogue, grid):
    zones = [*HYDRO_ZONES, "PL", "SG", "IS"]
    found = _annual(_carbon(catalogue, grid, zones))
    np.testing.assert_allclose(found, grid["carbon_g_per_kwh"].loc[zones], rtol=1e-5)


def test_yunnan_is_dirtier_in_the_dry_season(catalogue, grid):
    month = _carbon(catalogue, grid, ["CN-YN"])[0]
    assert month[:4].mean() > 2 * month[5:9].mean()


def test_dry_year_never_has_less_carbon_and_wet_year_never_more(catalogue, grid):
    dry, normal, wet = (
        _annual(_carbon(catalogue, grid, HYDRO_ZONES, year)) for year in ("dry", "normal", "wet")
    )
    assert (dry > normal).all()
    assert (wet <= normal + 1e-9).all()


def test_zones_without_hydropower_do_not_care_about_the_year(catalogue, grid):
    zones = ["SG", "HK", "SA", "US-NW-CHPD"]
    assert (grid["hydro_share"].loc[zones[:3]] == 0).all()
    dry, normal = (_carbon(catalogue, grid, zones[:3], year) for year in ("dry", "normal"))
    np.testing.assert_array_equal(dry, normal)


def test_dry_year_of_guizhou_follows_the_formula(catalogue, grid):
    row = grid.loc["CN-GZ"]
    normal, dry = (_carbon(catalogue, grid, ["CN-GZ"], year)[0] for year in ("normal", "dry"))
    by_hand = row["hydro_share"] * (1 - 0.70) * (row["marginal_fossil_carbon_g_per_kwh"] - 24)
    assert _annual(dry) - _annual(normal) == pytest.approx(by_hand, rel=1e-3)


def test_carbon_does_not_fall_below_that_of_hydropower_itself(catalogue, grid):
    zones = list(grid.index[grid["carbon_g_per_kwh"] > 24])
    assert _carbon(catalogue, grid, zones, "wet").min() >= 24 - 1e-9


@given(
    carbon=st.floats(24, 900),
    share=st.floats(0, 1),
    fossil=st.floats(490, 820),
    season=st.lists(st.floats(0.05, 3), min_size=12, max_size=12),
)
def test_season_keeps_the_annual_mean_whatever_the_dams_do(carbon, share, fossil, season):
    shape = np.array(season) / np.average(season, weights=DAYS)
    month = seasonal_carbon(*(np.array([x]) for x in (carbon, share, fossil)), shape[None, :])
    assert _annual(month)[0] == pytest.approx(carbon, rel=1e-9)
    assert month.min() >= 24 - 1e-6


def test_half_of_hydropower_lost_is_replaced_by_coal():
    found = dry_year_carbon(np.array(100.0), np.array(0.4), np.array(820.0), np.array(0.5))
    assert found == pytest.approx(100 + 0.4 * 0.5 * (820 - 24))


def test_californian_noon_is_cleaner_than_its_evening(catalogue, grid):
    hour, month = np.tile(np.arange(24), 12), np.repeat(MONTHS, 24)
    measured = grid_carbon_g_per_kwh(
        grid, catalogue.hydro_profiles, ["US-CAL-CISO", "KE"], month,
        hour_utc=hour, hourly_shapes=hourly_carbon_shapes(catalogue),
    )  # fmt: skip
    april = measured[0, month == 4]
    assert april[20] < 0.6 * april[4]  # 12:00 and 20:00 Pacific standard time
    mean = np.average(measured[0], weights=DAYS[month - 1])
    assert mean == pytest.approx(grid.loc["US-CAL-CISO", "carbon_g_per_kwh"], rel=1e-3)
    assert np.ptp(measured[1, month == 4]) == 0


def test_the_sun_of_spain_cleans_its_noon_and_every_shape_keeps_the_year(catalogue):
    shapes = hourly_carbon_shapes(catalogue)
    spain = shapes.loc["ES"].to_numpy(float)
    assert spain[5, 12] < 0.8 * spain[5, 20]  # June, noon and evening
    every = shapes.to_numpy(float).reshape(-1, 12, 24).mean(axis=2) @ DAYS / DAYS.sum()
    np.testing.assert_allclose(every, 1.0, atol=2e-3)
    assert shapes.index.get_level_values("zone").nunique() > 140


def test_series_that_are_estimates_from_end_to_end_are_no_measured_shape(catalogue):
    zones = set(measured_carbon_shapes(catalogue).index.get_level_values("zone"))
    assert {"DE", "GB", "US-NW-BPAT"} <= zones
    assert not {"IN-WE", "JP-TK"} & zones


def test_official_factors_of_chinese_exporters_fit_their_thermal_share(grid):
    # An exporter's factor is its own thermal plants' over all its generation: 750 to 900 g per
    # thermal kilowatt-hour, the range of Chinese coal fleets.
    exporters = grid.loc[["CN-YN", "CN-SC", "CN-GZ", "CN-NM", "CN-SX", "CN-XJ", "CN-NX", "CN-GS"]]
    thermal = exporters["fossil_share"] + exporters["biomass_share"]
    assert (exporters["carbon_direct_g_per_kwh"] / thermal).between(750, 900).all()


def test_shares_of_generation_add_up_to_one(grid):
    fuels = ["coal", "gas", "oil", "nuclear", "hydro", "wind", "solar", "biomass", "geothermal"]
    shares = grid[[f"{fuel}_share" for fuel in fuels]].dropna()
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)


def test_the_two_water_conventions_differ_by_hydropower_alone(grid):
    known = grid.dropna(subset=["hydro_share"])
    difference = known["water_l_per_kwh"] - known["water_zero_hydro_l_per_kwh"]
    np.testing.assert_allclose(difference, 17.0003 * known["hydro_share"], atol=1e-4)


def test_water_of_thermal_grids_agrees_with_the_published_factor(grid):
    """Countries with little hydropower, where reservoirs do not decide: WRI against bottom-up."""
    both = grid.loc[~grid.index.str.contains("-")].dropna(subset=["water_wri_l_per_kwh"])
    both = both.dropna(subset=["water_l_per_kwh"])
    error = both["water_l_per_kwh"] - both["water_wri_l_per_kwh"]
    relative = (error / both["water_wri_l_per_kwh"]).abs()
    print(  # noqa: T201 - the size of the disagreement belongs in the log
        f"bottom-up water against WRI, {len(both)} countries: bias {error.mean():+.2f} L/kWh, "
        f"median relative error {relative.median():.0%}"
    )
    for zone in ("DE", "FR", "PL", "IN", "KR", "JP", "FI", "RO"):
        assert relative[zone] < 0.25, zone


def test_withdrawal_is_never_less_than_consumption(grid):
    known = grid.dropna(subset=["hydro_share"]).index.tolist()
    consumed = by_zone(grid, known, "water_l_per_kwh")
    assert (by_zone(grid, known, "withdrawal_l_per_kwh") >= consumed - 1e-4).all()


def test_cheap_north_of_sweden_and_dear_ireland(grid):
    north, south, ireland = by_zone(grid, ["SE-SE1", "SE-SE4", "IE"], "price_usd_per_mwh")
    assert north < south < ireland


def test_nothing_is_invented_for_an_unknown_zone(catalogue, grid):
    assert np.isnan(by_zone(grid, ["nowhere"], "price_usd_per_mwh")).all()
    assert np.isnan(by_zone(grid, ["nowhere"], HYDRO_WATER["best"])).all()
    assert np.isnan(_carbon(catalogue, grid, ["nowhere"])).all()


def test_open_database_licence_stays_in_files_of_its_own(catalogue):
    rows = catalogue.sources
    shared_alike = rows["licence"].str.contains("ODbL")
    assert rows.loc[shared_alike, "table"].str.contains("electricitymaps|_osm").all()
    chinese = catalogue.grid_zones.index.str.match(r"CN-[A-Z]{2}$")
    assert catalogue.grid_zones.loc[~chinese, "carbon_g_per_kwh"].isna().all()


def test_candidates_find_their_zone_in_every_supply_table(catalogue, grid):
    candidates = catalogue.candidates
    assert candidates["grid_zone"].isin(grid.index).all()
    known = grid.loc[candidates["grid_zone"], ["carbon_g_per_kwh", "water_l_per_kwh"]]
    assert known.notna().all(axis=None)


def test_the_table_of_droughts_in_the_docs_is_that_of_the_package(catalogue, grid):
    """Annual means of a normal, a dry and a wet year, lowest and highest month; life cycle."""
    text = (geodata_dir().parent / "docs" / "supply.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| ([\w ]+?) \| (\d+ \| \d+ \| \d+ \| \d+ … \d+) \|$", text, re.M))
    zones = {
        "Yunnan": "CN-YN",
        "Guizhou": "CN-GZ",
        "Norway NO2": "NO-NO2",
        "Brazil centre": "BR-CS",
    }
    found = {}
    for name, zone in zones.items():
        normal, dry, wet = (
            _carbon(catalogue, grid, [zone], year)[0] for year in ("normal", "dry", "wet")
        )
        found[name] = [*map(_annual, (normal, dry, wet)), normal.min(), normal.max()]
    assert set(told) == set(found)
    for name, figures in found.items():
        # A mean at a half rounds up on one machine and down on another.
        rounded = [float(x) for x in re.findall(r"\d+", told[name])]
        assert rounded == pytest.approx(figures, abs=0.5 + 1e-6), name
