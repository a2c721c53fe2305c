from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.errors import DataError
from siting.geo import recentred
from siting.report.maps.basemap import read_basemap
from siting.report.maps.projection import choose_projection, view_of


def _lines(base, name):
    return shapely.union_all([shapely.LineString(line) for line in base.topology.lines(name)])


def _view(lon, lat):
    return view_of(choose_projection(lon, lat), lon, lat, width=700, height=420)


def test_land_on_both_sides_of_the_antimeridian_is_one_again():
    both = shapely.union(shapely.box(150, 60, 180, 70), shapely.box(-180, 60, -170, 70))
    (whole,) = recentred(np.array([both]), 170.0)
    assert whole.geom_type == "Polygon"
    assert whole.area == pytest.approx(40 * 10)
    assert whole.bounds == pytest.approx((150, 60, 190, 70))


def test_land_is_cut_only_opposite_of_the_central_meridian():
    land = shapely.box(-30, 0, 60, 10)
    (cut,) = recentred(np.array([land]), 180.0)
    assert cut.area == pytest.approx(land.area, rel=1e-6)
    assert sorted(part.bounds[0] for part in cut.geoms) == pytest.approx([0, 330], abs=1e-5)


def test_no_border_is_drawn_along_the_antimeridian():
    view = _view([160.0, -175.0], [62.0, 69.0])
    base = read_basemap(view)
    seam = shapely.LineString(view.points([(180.0, lat) for lat in np.linspace(60.5, 69.5, 50)]))
    assert shapely.area(shapely.intersection(shapely.union_all(base.areas), seam.buffer(1))) > 0
    crossing = shapely.intersection(_lines(base, "coast"), seam.buffer(1))
    assert shapely.length(crossing) < 0.05 * seam.length


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ([0.0, 20.0], [40.0, 60.0]),
        ([-122.0, 0.0, 151.0], [45.0, 50.0, -34.0]),
        ([-122.0, 151.0], [65.0, -34.0]),
        ([-20.0, 30.0], [64.0, 70.0]),
    ],
)
def test_outlines_stay_inside_of_the_globe_and_the_window(lon, lat):
    base = read_basemap(_view(lon, lat))
    west, south, east, north = shapely.total_bounds(base.areas)
    assert west >= -1e-6
    assert south >= -1e-6
    assert east <= 700 + 1e-6
    assert north <= 420 + 1e-6
    outside = shapely.difference(shapely.union_all(base.areas), base.globe.buffer(0.2))
    assert shapely.area(outside) == pytest.approx(0, abs=1e-6)


def test_missing_outlines_are_named_together(tmp_path):
    with pytest.raises(DataError) as caught:
        read_basemap(_view([0.0, 20.0], [40.0, 60.0]), tmp_path)
    assert [fault.where.rsplit("/")[-1] for fault in caught.value.faults] == [
        "basemap.npz",
        "lakes.geojson",
    ]
