from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.config import study_from_mapping
from siting.report.pages import map_part
from siting.report.pages.interactive_map import frame_of, live_map
from siting.report.pages.shades import OVERLAYS, add_near, add_overlays, add_shapes
from tests.helpers.fakes import EUROPEAN, NORDIC, fake_placement


@pytest.fixture
def plot():
    return live_map(frame_of([-5.0, 20.0], [40.0, 60.0]), "map")


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        (shapely.Point(8, 50), "point"),
        (shapely.LineString([(5, 50), (9, 52)]), "line"),
        (shapely.box(5, 50, 6, 51), "area"),
    ],
)
def test_any_shape_becomes_a_layer_of_its_kind_where_it_lies(plot, shape, kind):
    add_shapes(plot, "mine", np.array([shape, shape], dtype=object), stroke="#123456")
    (layer,) = plot.layers
    assert (layer.name, layer.kind, layer.is_on) == ("mine", kind, False)
    centre = plot.frame.km([shape.centroid.coords[0]])[0]
    x = np.mean(np.concatenate([np.ravel(v) for v in np.ravel(layer.columns["x"])]))
    assert x == pytest.approx(centre[0], abs=30.0)


def test_what_lies_elsewhere_is_no_layer(plot):
    add_shapes(plot, "far", np.array([shapely.Point(150, -35)], dtype=object))
    assert plot.layers == []


def test_europe_has_lines_and_substations_and_the_names_are_those_of_the_table(plot):
    add_overlays(plot)
    names = [layer.name for layer in plot.layers]
    assert {"power-lines", "substations"} <= set(names) <= set(OVERLAYS)
    assert not any(layer.is_on for layer in plot.layers)


def test_own_layers_of_a_study_are_on_the_map_with_a_switch(plot, tmp_path):
    cable = tmp_path / "cable & co.kml"
    cable.write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><LineString><coordinates>'
        "10,50 20,50</coordinates></LineString></Placemark></Document></kml>"
    )
    mapping = fake_placement(NORDIC, EUROPEAN).study.to_mapping()
    near = [{"layer": "substations", "max_km": 20}, {"layer": str(cable), "max_km": 5}]
    study = study_from_mapping({**mapping, "candidates": {**mapping["candidates"], "near": near}})
    add_near(plot, study)
    assert [(layer.name, layer.kind, layer.is_on) for layer in plot.layers] == [
        ("near-0", "point", True), ("near-1", "point", True)]  # fmt: skip
    assert all(len(layer.columns["x"]) > 50 for layer in plot.layers)
    switches = str(map_part([("", plot, "words")], []))
    assert 'data-layer="near-1"' in switches
    assert "Substations, at most 20 km" in switches
    assert "Cable &amp; co.kml, at most 5 km" in switches
