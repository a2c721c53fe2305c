"""The built-in candidates: the families are there, and known places have their known values."""

from __future__ import annotations

from collections import Counter

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from siting.catalogue import Catalogue, load_catalogue
from siting.catalogue.selection import missing_attributes, select_candidates
from siting.errors import DataError
from siting.files import geodata_dir
from siting.geo import distance_km


@pytest.fixture(scope="module")
def candidates(catalogue: Catalogue) -> gpd.GeoDataFrame:
    return catalogue.candidates


def test_every_family_of_site_is_well_represented(candidates):
    counts = Counter(kind for kinds in candidates["kinds"] for kind in kinds)
    least = {"arctic": 32, "subsea": 16, "lake": 14, "hydro": 30, "hub": 70, "edwc": 10}
    assert len(candidates) >= 240
    assert {kind: count for kind, count in least.items() if counts[kind] < count} == {}
    assert counts["edwc"] == 10  # ten clusters in eight hubs


def test_the_four_cases_and_the_hubs_of_today_are_there(candidates):
    cases = """lulea hamina orkney lingshui lingang qiandao_lake dongjiang_lake guian guiyang
        ashburn dublin frankfurt singapore beijing shanghai shenzhen phoenix prineville"""
    assert set(cases.split()) <= set(candidates.index)


def test_ids_are_plain_words(candidates):
    assert candidates.index.is_unique
    assert candidates.index.str.fullmatch(r"[a-z]+(_[a-z]+)*").all()


def test_arctic_candidates_lie_north_of_58_degrees(candidates):
    arctic = candidates[candidates["kinds"].map(lambda kinds: "arctic" in kinds)]
    assert arctic["lat"].min() > 58.0


def test_the_clusters_lie_where_the_hub_approvals_put_them(candidates):
    # NDRC approval letters 2021-12 and 2022-02, as positions of the named places.
    published = {
        "zhangjiakou": (40.82, 114.88), "yangtze_delta_zone": (31.15, 120.95),
        "wuhu": (31.35, 118.43), "shaoguan": (24.81, 113.60), "tianfu": (30.40, 104.08),
        "chongqing": (29.56, 106.55), "horinger": (40.38, 111.82), "guian": (26.45, 106.47),
        "qingyang": (35.71, 107.64), "zhongwei": (37.50, 105.19),
    }  # fmt: skip
    edwc = candidates[candidates["kinds"].map(lambda kinds: "edwc" in kinds)]
    assert set(edwc.index) == set(published)
    for site, (lat, lon) in published.items():
        assert distance_km(lon, lat, edwc.lon[site], edwc.lat[site]) < 1.0


def test_southwest_china_has_a_family_of_hydro_sites(candidates):
    southwest = candidates["grid_zone"].isin(["CN-GZ", "CN-SC", "CN-YN", "CN-CQ", "CN-GX"])
    hydro = candidates["kinds"].map(lambda kinds: "hydro" in kinds)
    assert (southwest & hydro).sum() >= 30


def test_each_candidate_is_in_its_country(candidates):
    countries = gpd.read_file(geodata_dir() / "countries.geojson")
    outlines = countries.dissolve("iso3").geometry
    for site, row in candidates.iterrows():
        outline = outlines[row["country"]]
        near = outline.intersects(row["geometry"])  # the catchment reaches 25 km
        assert near, f"{site} is not within 25 km of {row['country']}"


def test_catchments_are_25_km_around_the_point(candidates):
    for site, row in candidates.iterrows():
        corners = pd.DataFrame(row["geometry"].convex_hull.exterior.coords, columns=["x", "y"])
        away = distance_km(row["lon"], row["lat"], corners["x"], corners["y"])
        assert away.max() == pytest.approx(25.0, abs=0.05), site


@pytest.mark.parametrize(
    ("site", "attribute", "value", "tolerance"),
    [
        ("lulea", "scarcity_factor", 1.5, 0.05),  # AWARE 1.2 at the point
        ("phoenix", "scarcity_factor", 100.0, 0.05),
        ("guiyang", "scarcity_factor", 1.1, 0.05),
        ("kunming", "elevation_m", 1890.0, 30.0),
        ("guiyang", "elevation_m", 1100.0, 60.0),
        ("thimphu", "elevation_m", 2330.0, 50.0),
        ("singapore", "elevation_m", 15.0, 20.0),
        ("phoenix", "coast_km", 250.0, 60.0),  # to the Gulf of California
        ("lingshui", "coast_km", 3.0, 5.0),
        ("toronto", "lake_km", 0.0, 3.0),
        ("geneva", "lake_km", 0.0, 3.0),
    ],
)
def test_known_values(candidates, site, attribute, value, tolerance):
    assert candidates.loc[site, attribute] == pytest.approx(value, abs=tolerance)


def test_hydropower_near_known_stations(candidates):
    mw = candidates["hydro_mw_150km"]
    assert mw["yichang"] > 22_500 + 2_700  # Three Gorges and Gezhouba
    assert mw["foz_do_iguacu"] > 14_000  # Itaipu
    assert 3_000 < mw["boden"] < 5_000  # the Lule river has about 4,300
    assert mw["dublin"] == mw["phoenix"] - mw["phoenix"] == 0
    assert mw["shanghai"] == 0  # Tianhuangping is pumped storage


def test_scarcity_factor_is_within_the_range_of_the_method(candidates):
    known = candidates["scarcity_factor"].dropna()
    assert known.between(0.1, 100.0).all()
    assert len(known) > 0.98 * len(candidates)


def test_missing_stays_missing_and_is_named(catalogue):
    lacking = missing_attributes(catalogue, ["elevation_m", "aqueduct_score"], ["lulea", "phoenix"])
    assert lacking == {"lulea": ("aqueduct_score",)}
    nowhere = missing_attributes(catalogue, ["ice_cream"], ["lulea"])
    assert nowhere == {"lulea": ("ice_cream",)}


def test_every_cell_has_a_label_and_a_known_origin(catalogue):
    cells = catalogue.provenance
    assert cells.notna().all(axis=None)
    assert set(cells["label"]) <= {"measured", "derived", "modelled", "assumed"}
    pairs = set(zip(catalogue.sources["column"], catalogue.sources["origin"], strict=True))
    assert set(zip(cells["attribute"], cells["source"], strict=True)) <= pairs


def test_wide_columns_say_the_same_as_the_tidy_cells(catalogue):
    wide = catalogue.candidates.drop(columns="geometry")
    attributes = catalogue.provenance["attribute"].unique()
    assert wide[attributes].notna().to_numpy().sum() == len(catalogue.provenance)


def test_every_zone_of_a_candidate_is_in_the_grid_table(catalogue):
    assert set(catalogue.candidates["grid_zone"]) <= set(catalogue.grid_zones.index)


def test_a_site_and_its_grid_have_one_season_of_hydropower(catalogue):
    zones = catalogue.candidates.set_index("grid_zone")["hydro_zone"]
    assert (zones == catalogue.grid_zones["hydro_zone"].reindex(zones.index)).all()


def test_every_hydro_site_has_a_season(catalogue):
    hydro = catalogue.candidates["kinds"].map(lambda kinds: "hydro" in kinds)
    known = catalogue.hydro_profiles.index.get_level_values("zone")
    assert set(catalogue.candidates.loc[hydro, "hydro_zone"]) <= set(known)


def test_reading_twice_gives_the_same_hash():
    assert load_catalogue(geodata_dir()).sha256 == load_catalogue().sha256


def test_kinds_and_region_narrow_and_sites_add(catalogue):
    nordic = select_candidates(catalogue, kinds=["arctic"], region="europe")
    more = select_candidates(catalogue, kinds=["arctic"], region="europe", sites=["singapore"])
    assert set(more) - set(nordic) == {"singapore"}
    assert "fairbanks" not in nordic
    assert select_candidates(catalogue, sites=["lulea"]) == ("lulea",)
    assert len(select_candidates(catalogue)) == len(catalogue.candidates)


def test_an_excluded_site_is_gone_however_it_was_named(catalogue):
    chosen = select_candidates(catalogue, kinds=["edwc"], sites=["guian"], exclude=["guian"])
    assert len(chosen) == 9
    assert "guian" not in chosen


def test_all_unknown_names_are_reported_with_the_closest(catalogue):
    with pytest.raises(DataError) as caught:
        select_candidates(catalogue, kinds=["artic"], sites=["lulae"], exclude=["dubln"])
    assert [fault.key for fault in caught.value.faults] == [
        "candidates.kinds", "candidates.sites", "candidates.exclude",
    ]  # fmt: skip
    remedies = " ".join(fault.remedy for fault in caught.value.faults)
    assert all(name in remedies for name in ("arctic", "lulea", "dublin"))


def test_order_of_the_question_does_not_change_the_answer(catalogue):
    forth = select_candidates(catalogue, kinds=["lake", "subsea"])
    back = select_candidates(catalogue, kinds=["subsea", "lake"])
    assert forth == back
    assert np.all(np.diff([catalogue.candidates.index.get_loc(site) for site in forth]) > 0)
