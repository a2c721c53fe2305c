"""Makes the helpers of this folder importable, and maps independent of the built-in outlines."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.report.maps import basemap
from tools.build_geodata.outlines import packed_polygons


@pytest.fixture(scope="session")
def outlines_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outlines of a few boxes: one country over Europe, one across the antimeridian."""
    europe = shapely.box(-10, 36, 40, 70)
    both = shapely.union(shapely.box(150, 60, 180, 70), shapely.box(-180, 60, -170, 70))
    areas = packed_polygons("areas", np.array([europe, both], dtype=object))
    coarse = {key.replace("areas", "coarse"): values for key, values in areas.items()}
    named = {
        f"areas_{key}": np.array(["AAA", "BBB"]) for key in ("country", "country_name", "zone")
    }
    folder = tmp_path_factory.mktemp("outlines")
    np.savez(
        folder / "basemap.npz", **areas, **coarse, **named, areas_name=np.array(["", ""]),
        rivers_xy=np.array([[0, 500_000], [100_000, 0]], np.int32),
        rivers_0=np.array([0, 2], np.int32),
        cities_name=np.array(["Aleph"]), cities_at=np.array([[100_000, 500_000]], np.int32),
        cities_people=np.array([1_000_000], np.int32), cities_alone_km=np.array([900], np.int16),
    )  # fmt: skip
    lakes = gpd.GeoSeries([shapely.box(20, 50, 24, 52)], crs=4326)
    (folder / "lakes.geojson").write_text(lakes.to_json(), encoding="utf-8")
    return folder


@pytest.fixture
def simple_outlines(outlines_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Maps of those outlines."""
    monkeypatch.setattr(basemap, "geodata_dir", lambda: outlines_folder)
    return outlines_folder
