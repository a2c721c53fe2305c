"""Cells have one area anywhere, over a pole and across the antimeridian."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import Point, box

from siting.errors import DataError
from siting.geo import geodesic_area_km2, split_at_antimeridian
from siting.screen.area import make_cells


@pytest.mark.parametrize(
    "area",
    [
        box(5, 45, 15, 55),
        box(15, 68, 30, 71),
        box(-70, -50, -60, -40),
        split_at_antimeridian(box(170, 62, 190, 68)),
        box(-180, 80, 180, 90),
    ],
)
def test_cells_are_of_one_area_that_fills_the_region(area):
    cells = make_cells(area, 50.0, 5000)
    areas = np.array([geodesic_area_km2(shape) for shape in cells.outlines()])
    assert np.allclose(areas, 2500.0, rtol=2e-3)
    whole = geodesic_area_km2(shapely.segmentize(area, 1.0))  # along the parallels
    assert areas.sum() == pytest.approx(whole, rel=0.1)
    assert shapely.is_valid(cells.outlines()).all()


def test_cells_of_the_whole_world_are_of_one_area():
    cells = make_cells(box(-180, -60, 180, 80), 500.0, 5000)
    assert cells.crs.to_epsg() == 6933
    areas = [geodesic_area_km2(shape) for shape in cells.outlines()]
    assert areas == pytest.approx(np.full(len(areas), 250_000.0), rel=0.02)
    assert np.abs(cells.lon).max() <= 180.0


def test_cells_do_not_overlap():
    shapes = make_cells(box(170, 60, 180, 66), 80.0, 5000).outlines()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    assert (shared[first != second] < 1e-3 * shapely.area(shapes).min()).all()


def test_one_cell_holds_the_pole():
    shapes = make_cells(box(-180, 80, 180, 90), 90.0, 5000).outlines()
    assert sum(shape.intersects(Point(0, 90)) for shape in shapes) == 1


def test_too_fine_a_grid_says_what_fits():
    with pytest.raises(DataError, match=r"Give \d+ or more"):
        make_cells(box(0, 40, 20, 60), 1.0, 5000)


def test_too_coarse_a_grid_is_refused():
    with pytest.raises(DataError, match="no cell"):
        make_cells(box(10.3, 50.3, 10.31, 50.31), 900.0, 10)
