"""What is known of places reaches the folder of a run: hazards, rasters and distances."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

import siting
from siting.placement.folder import load_placement
from tests.helpers.runs import keep_run

pytestmark = pytest.mark.usefixtures("numbers_are_kept")


def test_values_of_rasters_and_hazards_are_in_the_tables_of_a_plan(tmp_path):
    with rasterio.open(tmp_path / "own.tif", "w", driver="GTiff", width=36, height=18, count=1,
                       dtype="float32", crs="EPSG:4326",
                       transform=from_origin(-180, 90, 10, 10)) as raster:  # fmt: skip
        raster.write(np.arange(18.0 * 36).reshape(18, 36).astype("float32"), 1)
    study = siting.load({
        "name": "places",
        "candidates": {
            "sites": ["lulea", "dublin"],
            "rasters": {"score": {"file": str(tmp_path / "own.tif")}},
            "near": [{"layer": "cities", "max_km": 500}],
        },
        "designs": ["air_economizer"],
        "demand": {"regions": "europe",
                   "workloads": [{"name": "all", "it_mw": 40, "max_rtt_ms": None}]},
        "periods": [{"year": 2028, "years": 2}, {"year": 2030, "years": 2}],
        "caps": [{"metric": "carbon_operational_t_co2e", "at_most": 0.4, "per_it_mwh": True}],
        "time": {"slices": 12},
        "supply": {"contracts": []},
        "objective": {"weights": {"cost": 1}},
    })  # fmt: skip
    keep_run(siting.solve(study), tmp_path / "run")
    placement = load_placement(tmp_path / "run")
    table = placement.candidates
    # rows of 10 degrees from 90 N, columns of 10 degrees from 180 W
    assert table["score"].to_dict() == {"lulea": 2 * 36 + 20, "dublin": 3 * 36 + 17}
    assert (table["near_cities_km"] > 0).all()
    assert table["cyclones_per_yr"].to_dict() == pytest.approx({"lulea": 0, "dublin": 0}, abs=0.05)
    assert (table["relief_slope_m_per_km"] > 0).any()
    rows = placement.provenance.set_index(["site", "attribute"])
    site = placement.sites.index[0]
    assert rows.loc[(site, "score"), "source"] == "planner, own.tif, at the point"
    assert rows.loc[(site, "relief_slope_m_per_km"), "label"] == "derived"
    assert "JTWC" in rows.loc[(site, "cyclones_per_yr"), "source"]
