"""Which sites may compete: regions as planners mean them, bounds, layers near by and rasters."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely import LineString, Point, box

from siting.catalogue.near_layers import read_own_layer
from siting.catalogue.rasters import coarse_values, raster_nodes, raster_values
from siting.catalogue.selection import COUNTRY_GROUPS, MARKETS, select_candidates, select_demand
from siting.coefficients.inputs import check_inputs, known_names, study_inputs
from siting.config import load_study, study_from_mapping
from siting.errors import DataError, StudyError
from siting.geo import geodesic_circle
from siting.screen import screen_study

DEMAND = {"regions": ["paris"], "workloads": [{"name": "a", "it_mw": 5, "max_rtt_ms": None}]}


def study(**candidates):
    return study_from_mapping({"name": "s", "candidates": candidates, "demand": DEMAND})


def competing(catalogue, **candidates):
    inputs = study_inputs(study(**candidates), catalogue)
    return set(inputs.sites.index), inputs.left_out


def countries(catalogue, **chosen):
    return set(catalogue.candidates.loc[list(select_candidates(catalogue, **chosen)), "country"])


def test_regions_are_what_planners_mean(catalogue):
    europe = countries(catalogue, region="europe")
    assert {"DEU", "GBR", "NOR", "ISL"} <= europe
    assert not europe & {"RUS", "TUR", "GEO"}
    assert countries(catalogue, region="north_america") == {"CAN", "MEX", "USA"}
    assert "RUS" in countries(catalogue, region="europe", countries=["RUS"])
    assert countries(catalogue, region="usa") == {"USA"}
    assert countries(catalogue, region="eea") - countries(catalogue, region="eu") == {"ISL", "NOR"}
    assert len(COUNTRY_GROUPS["eu"]) == 27
    assert (len(COUNTRY_GROUPS["nato"]), len(COUNTRY_GROUPS["oecd"])) == (32, 38)


def test_markets_are_grid_zones(catalogue):
    for market, zones in MARKETS.items():
        ids = select_candidates(catalogue, region=market)
        assert ids, market
        assert set(catalogue.candidates.loc[list(ids), "grid_zone"]) == set(zones)


def test_a_grid_zone_is_a_region_too(catalogue):
    ids = select_candidates(catalogue, region="NO-NO2")
    assert set(catalogue.candidates.loc[list(ids), "grid_zone"]) == {"NO-NO2"}
    assert "NO-NO2" in known_names(catalogue)["candidates.region"]


def test_countries_widen_and_exclude_countries_bar(catalogue):
    assert countries(catalogue, countries=["SWE", "NOR"]) == {"SWE", "NOR"}
    assert countries(catalogue, countries=["SWE"], region="usa") == {"SWE", "USA"}
    assert "FRA" not in countries(catalogue, region="eu", exclude_countries=["FRA"])
    assert select_candidates(catalogue, sites=["paris"], exclude_countries=["FRA"]) == ()
    chosen = {"region": "eu", "exclude_countries": ["FR"]}
    wrong = {"name": "s", "candidates": chosen, "demand": DEMAND}
    with pytest.raises(StudyError, match=r"exclude_countries.*'FR', which is not known"):
        study_from_mapping(wrong, known=known_names(catalogue))


def test_demand_takes_groups_of_countries(catalogue):
    ids = select_demand(catalogue, ["eu"])
    assert set(catalogue.demand.loc[list(ids), "country"]) <= COUNTRY_GROUPS["eu"]
    assert "paris" in ids


def test_sites_that_break_a_bound_are_left_out_with_the_reason(catalogue):
    kept, left = competing(catalogue, region="eu", bounds={"scarcity_factor": {"max": 20}})
    scarcity = catalogue.candidates["scarcity_factor"]
    assert (scarcity[list(kept)] <= 20).all()
    dry = next(iter(left))
    assert left[dry] == f"scarcity_factor {scarcity[dry]:g} is above 20 m3 world-eq/m3"
    near, _ = competing(catalogue, region="eu", bounds={"city_km": {"max": 10}})
    assert 0 < len(near) < len(kept)
    with pytest.raises(DataError, match=r"bounds.scarcity_facto: .* Did you mean scarcity_factor"):
        check_inputs(study(region="eu", bounds={"scarcity_facto": {"max": 20}}), catalogue)


def own_sites(tmp_path, **columns):
    lines = ["id,lat,lon," + ",".join(columns)]
    places = {"west": (50.0, 8.0), "middle": (50.0, 9.0), "east": (50.0, 10.0)}
    for i, (name, (lat, lon)) in enumerate(places.items()):
        lines.append(",".join([name, str(lat), str(lon), *(str(c[i]) for c in columns.values())]))
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_own_figures_can_be_bounded(catalogue, tmp_path):
    file = own_sites(tmp_path, price_usd_per_mwh=(80, 120, 95))
    kept, left = competing(catalogue, file=file, bounds={"price_usd_per_mwh": {"max": 100}})
    assert kept == {"west", "east"}
    assert left == {"middle": "price_usd_per_mwh 120 is above 100 USD/MWh"}


def made_raster(path, values, west=7.0, north=51.0, size=1.0, **more):
    values = np.asarray(values, dtype="float32")
    shape = {"width": values.shape[1], "height": values.shape[0], "count": 1, "dtype": "float32"}
    options = {"crs": "EPSG:4326", "transform": from_origin(west, north, size, size), **more}
    with rasterio.open(path, "w", driver="GTiff", **shape, **options) as raster:
        raster.write(values, 1)
    return str(path)


def test_a_slope_and_a_flood_raster_exclude_the_right_sites(catalogue, tmp_path):
    # cells of 1° from 7° E and 51° N: west lies in column 1, middle in 2, east in 3
    slope = made_raster(tmp_path / "slope.tif", [[1, 12, 3, 4], [1, 2, 30, 4]], west=6.5)
    flood = made_raster(tmp_path / "flood.tif", [[0, 0, 0, 2.5]] * 2, west=6.5, nodata=-1)
    chosen = {
        "file": own_sites(tmp_path),
        "rasters": {"slope_deg": {"file": slope}, "flood_m": {"file": flood}},
        "bounds": {"slope_deg": {"max": 8}, "flood_m": {"max": 0.5}},
    }
    kept, left = competing(catalogue, **chosen)
    inputs = study_inputs(study(**chosen), catalogue)
    values = inputs.catalogue.candidates.loc[["west", "middle", "east"], ["slope_deg", "flood_m"]]
    assert values.to_numpy().tolist() == [[2, 0], [30, 0], [4, 2.5]]
    assert kept == {"west"}
    assert left == {"middle": "slope_deg 30 is above 8", "east": "flood_m 2.5 is above 0.5"}
    cells = inputs.catalogue.provenance.set_index(["site", "attribute"])
    assert cells.loc[("east", "flood_m"), "source"] == "planner, flood.tif, at the point"


def test_means_and_extremes_are_those_of_the_catchment(tmp_path):
    values = np.add.outer(np.zeros(60), np.arange(100))  # rises by 1 every 0.02° to the east
    path = made_raster(tmp_path / "rise.tif", values, west=8.0, north=50.6, size=0.02)
    area = geodesic_circle(9.0, 50.0, 25.0)
    at, mean, most, least = (
        raster_values(tmp_path / "rise.tif", np.array([9.001]), np.array([50.0]), take=take,
                      shapes=[area])[0]
        for take in ("point", "mean", "max", "min")
    )  # fmt: skip
    west, _, east, _ = area.bounds
    assert path
    assert at == 50
    assert mean == pytest.approx(49.5, abs=0.1)
    assert most == pytest.approx((east - 8.0) / 0.02 - 0.5, abs=1.0)
    assert least == pytest.approx((west - 8.0) / 0.02 - 0.5, abs=1.0)


def test_rasters_whose_longitudes_run_to_360_are_read_in_the_west(tmp_path):
    path = made_raster(tmp_path / "wide.tif", [[1, 2, 3, 4]], west=0.0, north=45.0, size=90.0)
    values = raster_values(Path(path), np.array([10.0, -100.0, -10.0]), np.array([0.0, 0.0, 0.0]))
    assert values.tolist() == [1, 3, 4]


def test_rasters_in_other_crs_and_without_data(tmp_path):
    made_raster(tmp_path / "utm.tif", [[5.0]], west=400_000, north=5_600_000, size=200_000,
                crs="EPSG:32632")  # fmt: skip
    lon, lat = np.array([9.0, 60.0]), np.array([50.0, 0.0])
    found = raster_values(tmp_path / "utm.tif", lon, lat)
    assert found[0] == 5
    assert np.isnan(found[1])
    made_raster(tmp_path / "hole.tif", [[-1.0]], west=8.5, nodata=-1)
    assert np.isnan(raster_values(tmp_path / "hole.tif", lon[:1], lat[:1] + 0.5)[0])


def test_broken_rasters_are_refused_by_name(catalogue, tmp_path):
    (tmp_path / "broken.tif").write_bytes(b"II*\x00 and nothing else")
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        made_raster(tmp_path / "bare.tif", [[1.0]], crs=None, transform=rasterio.Affine.identity())
    made_raster(tmp_path / "flat.tif", [[1.0]], transform=rasterio.Affine(1, 1, 8, 1, 1, 50))
    made_raster(tmp_path / "fine.tif", [[1.0]])
    rasters = {
        name: {"file": str(tmp_path / f"{name}.tif"), "band": 2 if name == "fine" else 1}
        for name in ("broken", "bare", "flat", "fine")
    }
    with pytest.raises(DataError) as caught:
        check_inputs(study(file=own_sites(tmp_path), rasters=rasters), catalogue)
    told = str(caught.value)
    for words in ("broken.tif", "cannot be read", "bare.tif",
                  "flat.tif: crs: has no position on the Earth",
                  "has 1 bands, and band 2 is asked for"):  # fmt: skip
        assert words in told


KML = """<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>fibre</name>
<LineString><coordinates>7.5,50.05,0 8.0,50.05,0 8.5,50.05,0</coordinates></LineString></Placemark>
</Document></kml>"""


def test_lines_of_a_kml_keep_the_sites_near_them(catalogue, tmp_path):
    line = tmp_path / "fibre.kml"
    line.write_text(KML)
    file = own_sites(tmp_path)
    kept, left = competing(catalogue, file=file, near={"layer": str(line), "max_km": 10})
    assert kept == {"west"}  # 0.05° of latitude is 5.56 km
    assert left["middle"].startswith("near_fibre_km 36.")
    far, _ = competing(catalogue, file=file, near=[{"layer": str(line), "min_km": 10}])
    assert far == {"middle", "east"}
    away = read_own_layer(line).distance_km(np.array([8.0]), np.array([50.0]))
    assert away[0] == pytest.approx(5.5608, abs=0.01)


def test_near_takes_layers_of_the_catalogue_and_files_relative_to_the_study(catalogue, tmp_path):
    (tmp_path / "fibre.kml").write_text(KML)
    own_sites(tmp_path)
    text = (
        "name: s\ncandidates: {file: mine.csv, near: [{layer: fibre.kml, max_km: 10}, "
        "{layer: coast, max_km: 1000}]}\n"
        "demand: {regions: [paris], workloads: [{name: a, it_mw: 5, max_rtt_ms: null}]}\n"
    )
    (tmp_path / "s.yaml").write_text(text)
    inputs = study_inputs(load_study(tmp_path / "s.yaml"), catalogue)
    assert set(inputs.sites.index) == {"west"}
    with pytest.raises(StudyError, match="limits no distance"):
        study(region="eu", near={"layer": "coast"})


def screened(tmp_path, catalogue, **rules):
    base = {"countries": ["LUX"], "cell_km": 20, **rules}
    mapping = {"name": "s", "candidates": {}, "demand": DEMAND, "screen": base}
    return screen_study(study_from_mapping(mapping), catalogue)


def test_lines_and_points_exclude_cells_within_their_buffer(catalogue, tmp_path):
    shapes = [LineString([(6.0, 49.4), (6.0, 50.2)]), Point(6.3, 49.6)]
    path = tmp_path / "lines.gpkg"
    gpd.GeoDataFrame(geometry=shapes, crs=4326).to_file(path)
    rule = {"file": str(path), "reason": "power line"}
    with pytest.raises(DataError, match=r"is a line, not a polygon.*buffer_km above 0"):
        screened(tmp_path, catalogue, exclude=[rule])
    result = screened(tmp_path, catalogue, exclude=[{**rule, "buffer_km": 12}])
    lon, lat = result.cells["lon"].to_numpy(), result.cells["lat"].to_numpy()
    km = read_own_layer(path).distance_km(lon, lat)
    assert 0 < result.kept.sum() < len(lon)
    assert result.cells.loc[km <= 12, "reasons"].str.contains("power line").all()
    assert not result.cells.loc[km > 12, "reasons"].str.contains("power line").any()


def test_a_screen_takes_rasters_layers_and_excluded_countries(catalogue, tmp_path):
    steep = made_raster(tmp_path / "slope.tif", [[20, 1]] * 2, west=5.0, north=51.0, size=1.1)
    rules = {"rasters": {"slope_deg": {"file": steep}}, "bounds": {"slope_deg": {"max": 8}}}
    result = screened(tmp_path, catalogue, **rules)
    steep_cells = result.cells["lon"] < 6.1
    assert (result.kept == ~steep_cells).all()
    near = screened(tmp_path, catalogue, near=[{"layer": "cities", "max_km": 40}])
    assert (near.kept == (near.cells["near_cities_km"] <= 40)).all()
    both = screened(tmp_path, catalogue, countries=["LUX", "BEL"], exclude_countries=["BEL"])
    assert set(both.cells["country"]) == {"LUX"}
    with pytest.raises(DataError, match=r"screen.bounds.slop: is not known"):
        screened(tmp_path, catalogue, bounds={"slop": {"max": 3}})
    park = tmp_path / "park.gpkg"
    gpd.GeoDataFrame(geometry=[box(5.5, 49.0, 6.1, 50.5)], crs=4326).to_file(park)
    within = screened(tmp_path, catalogue, near=[{"layer": str(park), "max_km": 0}])
    assert (within.cells.loc[within.kept, "lon"] <= 6.1).all()


def test_a_coarse_reading_keeps_what_was_asked_of_the_cells(tmp_path):
    """One flooded cell of 4 million: its maximum stays, the mean all but forgets it."""
    values = np.zeros((2000, 2000))
    values[401, 1001] = 4.0
    path = Path(made_raster(tmp_path / "flood.tif", values, west=8.0, north=52.0, size=1e-3))
    lon, lat = np.array([9.0015, 8.0, 9.9995, 7.5, np.inf]), np.array([51.5985, 52, 50.0005, 51, 5])
    most, mean = (coarse_values(path, lon, lat, take=take) for take in ("max", "mean"))
    assert most.tolist()[:3] == [4.0, 0.0, 0.0]
    assert mean.tolist()[:3] == [1.0, 0.0, 0.0]
    assert np.isnan(most[3:]).all()
    assert raster_nodes(path).min(axis=0).tolist() == pytest.approx([8.0, 50.0])


def test_a_coarse_reading_knows_longitudes_from_0_to_360(tmp_path):
    columns = np.tile(np.arange(36.0), (18, 1))
    path = Path(made_raster(tmp_path / "world.tif", columns, west=0.0, north=90.0, size=10.0))
    lon, lat = np.array([5.0, -5.0, 175.0, -175.0]), np.zeros(4)
    assert coarse_values(path, lon, lat).tolist() == [0.0, 35.0, 17.0, 18.0]
