from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.catalogue.layers import open_layers
from siting.report.maps.shapes import BASIN_CLASSES, Topology, basin_areas


def _decoded(topology, name):
    """Polygons of a TopoJSON object, by its specification."""
    scale = topology["transform"]["scale"][0]
    arcs = [np.cumsum(np.array(arc), axis=0) * scale for arc in topology["arcs"]]

    def ring(numbers):
        parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in numbers]
        return np.vstack([part if k == 0 else part[1:] for k, part in enumerate(parts)])

    return [
        shapely.MultiPolygon([(ring(part[0]), [ring(hole) for hole in part[1:]])
                              for part in item["arcs"]])
        for item in topology["objects"][name]["geometries"]
    ]  # fmt: skip


def _squares():
    """Three unit squares: two side by side, one above the first; the first has a hole."""
    first = shapely.difference(shapely.box(0, 0, 1, 1), shapely.box(0.4, 0.4, 0.6, 0.6))
    others = [shapely.box(1, 0, 2, 1), shapely.box(0, 1, 1, 2)]
    return np.array([first, *others], dtype=object)


def test_what_is_encoded_comes_back():
    squares = _squares()
    made = Topology(0.1)
    made.add_polygons("areas", squares, [{"zone": f"Z{i}"} for i in range(3)])
    topology = made.to_json()
    for shape, back in zip(squares, _decoded(topology, "areas"), strict=True):
        assert shapely.symmetric_difference(shape, back).area == pytest.approx(0, abs=1e-9)
    assert [g["properties"]["zone"] for g in topology["objects"]["areas"]["geometries"]] == [
        "Z0", "Z1", "Z2"
    ]  # fmt: skip


def test_a_shared_border_is_one_line_and_the_rim_none():
    squares = _squares()
    made = Topology(0.1)
    left = shapely.LineString([(0, 0), (0, 2)])
    made.add_polygons("areas", squares, rim=left)
    made.add_mesh("inner", "areas", lambda who: len(who) == 2)
    made.add_mesh("outer", "areas", lambda who: len(who) == 1)
    inner = sum(shapely.LineString(line).length for line in made.lines("inner"))
    outer = sum(shapely.LineString(line).length for line in made.lines("outer"))
    assert inner == pytest.approx(2.0)
    assert outer == pytest.approx(8.0 - 2.0 + 0.8)  # all around, less the rim, and the hole


def test_the_classes_of_basins_hold_their_cells():
    classes, areas = basin_areas()
    layers = open_layers()
    lon, lat = -3.75, 40.25  # the cell of Madrid
    factor = layers.scarcity[int((90 - lat) / 0.5), int((lon + 180) / 0.5)]
    (held,) = np.flatnonzero(shapely.contains_xy(areas, lon, lat))
    assert BASIN_CLASSES[classes[held]] <= factor < BASIN_CLASSES[classes[held] + 1]
    cells = np.count_nonzero(np.isfinite(layers.scarcity))
    assert shapely.area(areas).sum() == pytest.approx(0.25 * cells)
