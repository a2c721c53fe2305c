"""Makes the helpers of this folder importable, and maps independent of the built-in outlines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from siting.report.maps import basemap


def _box(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def _feature(*boxes: list[list[list[float]]]) -> dict[str, Any]:
    geometry = {"type": "MultiPolygon", "coordinates": list(boxes)}
    return {"type": "Feature", "properties": {}, "geometry": geometry}


@pytest.fixture(scope="session")
def outlines_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outlines of a few boxes: one country over Europe, one across the antimeridian."""
    land = [
        _feature(_box(-10, 36, 40, 70)),
        _feature(_box(150, 60, 180, 70), _box(-180, 60, -170, 70)),
    ]
    lakes = [_feature(_box(20, 50, 24, 52))]
    folder = tmp_path_factory.mktemp("outlines")
    for name, features in (("countries", land), ("lakes", lakes)):
        text = json.dumps({"type": "FeatureCollection", "features": features})
        (folder / f"{name}.geojson").write_text(text)
    return folder


@pytest.fixture
def simple_outlines(outlines_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Maps of those outlines."""
    monkeypatch.setattr(basemap, "geodata_dir", lambda: outlines_folder)
    return outlines_folder
