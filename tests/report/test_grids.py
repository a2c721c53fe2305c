"""Numbers in cells of a map: hazards and rasters lie where they should, and stay small."""

from __future__ import annotations

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_origin

from siting.catalogue.layers import open_layers
from siting.catalogue.near_layers import HAZARDS, hazards_at
from siting.config import study_from_mapping
from siting.config.candidates import Raster
from siting.report import write_report
from siting.report.maps.shapes import hazard_cells, raster_cells
from siting.report.pages import map_part
from siting.report.pages.interactive_map import frame_of, live_map
from siting.report.pages.layers import candidate_cards, placement_frame
from siting.report.pages.shades import add_shades
from tests.helpers.browser import opened
from tests.helpers.fakes import EUROPE, EUROPEAN, fake_placement

VIEW = frame_of([-5.0, 20.0], [40.0, 60.0]).view


def flood(folder, west=8.0):
    """Depth 2 m in the east of a raster of 4 by 2 degrees, 0 in the west; 50 to 52 degrees N."""
    path = folder / "flood.tif"
    values = np.repeat([[0.0, 2.0]], 20, axis=0).repeat(20, axis=1).astype("float32")
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=40,
        height=20,
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=from_origin(west, 52, 0.1, 0.1),
    ) as raster:
        raster.write(values, 1)  # fmt: skip
    return str(path)


def value_at(cells, lon, lat, view=VIEW):
    x, y = view.points([(lon, lat)])[0]
    west, south, east, north = cells.box
    rows, columns = cells.values.shape
    row, column = (
        int((y - south) / (north - south) * rows),
        int((x - west) / (east - west) * columns),
    )
    return cells.values[row, column]


def test_cells_of_a_raster_lie_where_the_raster_does(tmp_path):
    cells = raster_cells(Raster(file=flood(tmp_path)), VIEW)
    assert [value_at(cells, lon, 51.0) for lon in (8.5, 9.5, 10.5, 11.5)] == [0, 0, 2, 2]
    assert max(cells.values.shape) == 400
    assert cells.box[2] - cells.box[0] < 0.2 * VIEW.width


def test_a_raster_of_elsewhere_has_no_cells(tmp_path):
    assert raster_cells(Raster(file=flood(tmp_path, west=150.0)), VIEW) is None


@pytest.mark.parametrize("name", HAZARDS)
def test_cells_of_a_hazard_are_what_candidates_are_told(name):
    view = frame_of([120.0, 125.0], [20.0, 28.0]).view
    cells = hazard_cells(name, view)
    west, south, east, north = cells.box
    rows, columns = cells.values.shape
    middle = (west + 150.5 * (east - west) / columns, south + 90.5 * (north - south) / rows)
    told = hazards_at(open_layers(), *view.lon_lat([middle]).T)[name]
    assert cells.values[90, 150] == told[0]
    assert cells.values.max() > 0


def coloured(tmp_path):
    placement = fake_placement(EUROPE, EUROPEAN)
    mapping = placement.study.to_mapping()
    rasters = {"flood_depth_m": {"file": flood(tmp_path), "take": "max"}}
    study = study_from_mapping(
        {**mapping, "candidates": {**mapping["candidates"], "rasters": rasters}}
    )
    table = placement.candidates.assign(
        flood_depth_m=np.linspace(0, 3, len(placement.candidates)), cyclones_per_yr=0.25
    )
    return type(placement)(**{**vars(placement), "study": study, "candidates": table})


def test_rasters_and_hazards_colour_the_map_by_small_images(tmp_path):
    placement = coloured(tmp_path)
    plot = live_map(frame_of([-5.0, 20.0], [40.0, 60.0]), "map")
    add_shades(plot, placement)
    assert {"raster-0", "cyclones", "slope", "carbon"} <= set(plot.shades)
    for name in ("raster-0", "cyclones", "slope"):
        data = plot.shades[name].data
        kind, text = data["image"].split(",")
        assert kind == "data:image/png;base64"
        assert len(text) < 25_000
        image = Image.open(io.BytesIO(base64.b64decode(text)))
        assert max(image.size) <= 400
        west, south, east, north = data["box"]
        assert (east - west) / (north - south) == pytest.approx(
            image.width / image.height, rel=0.02
        )
    assert ">Flood depth m, your raster</option>" in str(map_part([("", plot, "words")], []))
    assert "Flood depth m, your raster: up to 0 " in str(map_part([("", plot, "words")], []))


def test_the_card_of_a_candidate_has_the_value_of_the_raster(tmp_path):
    placement = coloured(tmp_path)
    card = candidate_cards(placement.candidates.iloc[-1:], placement)[0].splitlines()
    assert "Flood depth m: 3" in card
    assert "Tropical storms in the degree cell: 0.25 1/yr" in card


def test_a_raster_that_is_gone_still_colours_the_candidates(tmp_path):
    placement = coloured(tmp_path)
    (tmp_path / "flood.tif").unlink()
    plot = live_map(frame_of([-5.0, 20.0], [40.0, 60.0]), "map")
    add_shades(plot, placement)
    assert "image" not in plot.shades["raster-0"].data
    assert "the file cannot be read here" in str(map_part([("", plot, "words")], []))


def test_a_raster_is_drawn_over_its_places_and_nowhere_else(chromium, tmp_path):
    placement = coloured(tmp_path)
    write_report(placement, tmp_path)
    frame = placement_frame([placement])
    with opened(chromium, tmp_path / "report.html") as driven:
        for box in driven.page.locator("input[data-layer]").all():
            box.uncheck()
        driven.page.locator("#figure-map").scroll_into_view_if_needed()

        def colour_at(lon, lat):
            at = frame.km([(lon, lat)])[0].tolist()
            x, y = driven.value(
                "(own => { own.map.renderSync(); const box = own.map.getTargetElement()"
                f".getBoundingClientRect(); const [x, y] = own.map.getPixelFromCoordinate({at});"
                " return [box.left + x, box.top + y]; })(siting.maps.get('map'))"
            )
            shot = driven.page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1})
            return plt.imread(io.BytesIO(shot))[0, 0].tolist()

        places = {"dry": (9.1, 51.3), "flooded": (11.1, 51.3), "outside": (13.0, 51.3)}
        plain = {name: colour_at(*at) for name, at in places.items()}
        driven.page.locator("#shade").select_option("raster-0")
        driven.until(lambda: colour_at(*places["flooded"]) != plain["flooded"])
        shown = {name: colour_at(*at) for name, at in places.items()}
        assert shown["dry"] not in (plain["dry"], shown["flooded"])
        assert shown["outside"] == plain["outside"]
        assert driven.page.locator("[data-key-of=raster-0]").is_visible()
        assert driven.is_quiet()
        driven.shot("raster")
