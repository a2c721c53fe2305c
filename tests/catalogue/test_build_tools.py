"""The small tools that build the tables: TopoJSON, fixed decimals, merging of provenance."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from siting.files import geodata_dir

ROOT = Path(__file__).resolve().parents[2]
if not (ROOT / "tools" / "build_geodata").is_dir():
    pytest.skip("the build scripts are only in a checkout", allow_module_level=True)


def test_topojson_squares_share_their_border_arc(tmp_path):
    from tools.build_geodata.topojson import read_objects

    # Two unit squares with the border x = 1 as one arc; positions are (x - 10) / 0.5.
    topology = {
        "type": "Topology",
        "transform": {"scale": [0.5, 0.5], "translate": [10, 20]},
        "arcs": [
            [[2, 0], [0, 2]],
            [[2, 2], [-2, 0], [0, -2], [2, 0]],
            [[2, 2], [2, 0], [0, -2], [-2, 0]],
        ],
        "objects": {
            "squares": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "id": "1", "arcs": [[0, 1]]},
                    {"type": "Polygon", "id": "2", "arcs": [[0, 2]]},
                ],
            }
        },
    }
    path = tmp_path / "squares.json"
    path.write_text(json.dumps(topology))
    shapes = {props["id"]: shape for props, shape in read_objects(path, "squares")}
    assert shapes["1"].equals(box(10, 20, 11, 21))
    assert shapes["2"].equals(box(11, 20, 12, 21))


def test_topojson_arc_backwards(tmp_path):
    from tools.build_geodata.topojson import read_objects

    topology = {
        "type": "Topology",
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [[[0, 0], [1, 0], [0, 1]], [[0, 0], [0, 1], [1, 0]]],
        "objects": {"land": {"type": "Polygon", "arcs": [[0, ~1]]}},
    }
    path = tmp_path / "land.json"
    path.write_text(json.dumps(topology))
    ((_, shape),) = read_objects(path, "land")
    assert shape.equals(box(0, 0, 1, 1))


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(1.50, 3, "1.5"), (-0.0001, 2, "0"), (100.0, 0, "100"), (20.0, 1, "20"), (0.5, 2, "0.5")],
)
def test_numbers_have_one_spelling(value, decimals, text):
    from tools.build_geodata.common import fixed

    assert fixed(value, decimals) == text


def test_rebuilding_a_table_replaces_only_its_own_provenance():
    from tools.build_geodata.common import SourceRow, merge_sources

    def row(table, column, method):
        return SourceRow(table, column, "o", "l", "y", "-", method, "derived")

    old = [row("a.csv", "x", "old"), row("b.csv", "x", "old"), row("attributes.csv", "p", "old"),
           row("attributes.csv", "q", "old")]  # fmt: skip
    new = [row("a.csv", "y", "new"), row("attributes.csv", "q", "new")]
    merged = {(r.table, r.column, r.method) for r in merge_sources(old, new)}
    assert merged == {
        ("a.csv", "y", "new"), ("b.csv", "x", "old"), ("attributes.csv", "p", "old"),
        ("attributes.csv", "q", "new"),
    }  # fmt: skip


def test_an_unknown_label_is_refused():
    from tools.build_geodata.common import SourceRow

    with pytest.raises(ValueError, match="guessed"):
        SourceRow("a.csv", "x", "o", "l", "y", "-", "m", "derived|guessed")


def test_a_map_without_wgs84_is_not_written(tmp_path):
    from tools.build_geodata.common import write_geojson

    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[box(0, 0, 1, 1)], crs=3857)
    with pytest.raises(ValueError, match="EPSG:4326"):
        write_geojson(frame, tmp_path / "a.geojson")


def test_every_table_has_provenance_and_a_licence():
    folder = geodata_dir()
    tables = {path.name for path in folder.iterdir()} - {"sources.csv", "LICENSES.md"}
    known = set(pd.read_csv(folder / "sources.csv")["table"])
    licences = (folder / "LICENSES.md").read_text(encoding="utf-8")
    assert tables - known == set()
    assert {name for name in tables if f"`{name}`" not in licences} == set()


def test_the_share_alike_licence_stays_in_files_of_its_own():
    sources = pd.read_csv(geodata_dir() / "sources.csv")
    apart = {
        "ODbL": {
            "grid_carbon_hourly_electricitymaps.csv", "grid_zones_electricitymaps.csv",
            "grid_carbon_modelled_electricitymaps.csv", "substations_osm.npz",
        },
        "BY-SA": {"active_faults.npz"},
    }  # fmt: skip
    for licence, tables in apart.items():
        under = sources["licence"].str.contains(licence)
        assert set(sources.loc[under, "table"]) == tables
        assert not set(sources.loc[~under, "table"]) & tables


def test_what_is_assumed_says_how_far():
    sources = pd.read_csv(geodata_dir() / "sources.csv")
    for row in sources[sources["origin"].str.startswith("assumed")].itertuples():
        assert "range" in row.method or "within" in row.method, row.origin
