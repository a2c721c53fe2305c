from __future__ import annotations

import dataclasses
import struct

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from siting.config import study_from_mapping
from siting.physics import DESIGNS
from siting.report import placement_map
from siting.report.data.states import near_layers, thinned
from siting.report.maps import SIZE_PX, draw_map, round_values
from siting.report.maps.labels import drawable
from siting.report.maps.layers import main_flows, marker, site_radii
from siting.report.maps.palette import (
    LIGHT,
    OTHER_DESIGN,
    design_mark,
    design_title,
    map_style,
    wrapped,
)
from siting.status import Status
from tests.helpers.fakes import (
    ARCTIC,
    CITIES,
    EUROPE,
    EUROPEAN,
    HOSTILE,
    NORDIC,
    WORLD,
    fake_placement,
)


def _words(placement):
    """All text of a map."""
    with map_style():
        figure = draw_map(placement, LIGHT)
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return figure, " ".join(text.get_text() for text in texts)


@pytest.mark.parametrize("dark", [False, True])
def test_png_has_its_size_and_shows_something(tmp_path, dark):
    path = tmp_path / "map.png"
    placement_map(fake_placement(EUROPE, EUROPEAN), path=path, dark=dark)
    assert struct.unpack(">II", path.read_bytes()[16:24]) == SIZE_PX
    assert len(np.unique(imread(path).reshape(-1, 4)[::97], axis=0)) > 100


@pytest.mark.parametrize(("suffix", "start"), [(".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_vector_maps_are_the_same_bytes_every_time(tmp_path, suffix, start):
    paths = [tmp_path / f"{n}{suffix}" for n in "ab"]
    for path in paths:
        placement_map(fake_placement(NORDIC, ARCTIC), path=path)
    first, second = (path.read_bytes() for path in paths)
    assert first.startswith(start)
    assert first == second


def test_another_suffix_is_refused_before_anything_is_drawn(tmp_path):
    with pytest.raises(ValueError, match=r"\.png, \.svg or \.pdf"):
        placement_map(fake_placement(EUROPE, EUROPEAN), path=tmp_path / "map.gif")


def test_drawing_leaves_the_settings_of_matplotlib_alone(tmp_path):
    before = dict(mpl.rcParams)
    placement_map(fake_placement(EUROPE, EUROPEAN), path=tmp_path / "map.svg")
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("status", [Status.TIME_LIMIT, Status.GAP_LIMIT])
def test_only_a_proven_optimum_is_called_optimal(status):
    _, words = _words(fake_placement(EUROPE, EUROPEAN, status=status, gap=0.0423))
    assert "optimal" not in words.lower()
    assert "4.3 %" in words
    assert "Optimal" in _words(fake_placement(EUROPE, EUROPEAN))[1]


def test_dollars_and_backslashes_in_names_stay_as_they_are():
    name = r"$\frac{a}$ $x_2$"
    sites = {"a": (name, "XXX", 50.0, 8.0, "air_economizer", 40.0)}
    figure, words = _words(fake_placement(sites, ("paris",), name="cost $5 $"))
    assert name in words
    assert "cost $5 $" in words
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    assert not any(text.get_parse_math() for text in texts)


def test_markup_in_names_does_not_enter_the_svg(tmp_path):
    sites = {"a": (HOSTILE, "XXX", 50.0, 8.0, "air_economizer", 40.0)}
    placement = fake_placement(sites, ("paris",), name="--><script>alert(1)<")
    placement_map(placement, path=tmp_path / "map.svg")
    svg = (tmp_path / "map.svg").read_text()
    assert "<img" not in svg
    assert "<script" not in svg


def test_a_name_that_the_font_cannot_draw_gives_way_to_its_id():
    assert drawable("贵阳", "guiyang") == "guiyang"
    assert drawable("Luleå", "lulea") == "Luleå"
    assert len(drawable("x" * 80, "x")) == 26


@pytest.mark.parametrize("count", [1, 20])
def test_every_site_of_the_world_is_labelled_and_the_legend_fits(count):
    chosen = dict(list(WORLD.items())[:count])
    figure, words = _words(fake_placement(chosen, tuple(CITIES), candidates=200))
    assert "Without room" not in words
    assert all(name in words for name, *_ in chosen.values())
    legend = figure.axes[1]
    assert min(text.get_position()[1] for text in legend.texts) > 5


def test_the_legend_has_room_for_every_built_in_design():
    sites = {
        f"s{i}": (f"Site {i}", "XXX", 40.0 + i, 3.0 * i, design, 50.0)
        for i, design in enumerate(DESIGNS)
    }
    figure, _ = _words(fake_placement(sites, tuple(CITIES), candidates=200))
    assert min(text.get_position()[1] for text in figure.axes[1].texts) > 5


def test_layers_that_decide_on_sites_are_drawn_and_named(tmp_path):
    cable = tmp_path / "cable & co.kml"
    cable.write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><LineString><coordinates>'
        "10,60 20,60</coordinates></LineString></Placemark></Document></kml>"
    )
    placement = fake_placement(NORDIC, EUROPEAN)
    near = [
        {"layer": "power_lines", "min_kv": 380, "max_km": 20},
        {"layer": str(cable), "min_km": 5},
    ]
    mapping = placement.study.to_mapping()
    study = study_from_mapping({**mapping, "candidates": {**mapping["candidates"], "near": near}})
    figure, words = _words(dataclasses.replace(placement, study=study))
    plain, _ = _words(placement)
    assert "Power lines, 380 kV or more," in words
    assert "cable & co.kml" in words.lower()
    assert len(figure.axes[0].collections) == len(plain.axes[0].collections) + 2
    above_land = [c for c in figure.axes[0].collections if c.get_zorder() == 4]
    assert [len(c.get_offsets()) > 50 for c in above_land] == [True, True]
    cable.unlink()
    gone = near_layers(study)
    assert gone[1].title.endswith("(not drawn: the file cannot be read)")
    assert len(gone[0].lon_lat) > 10_000


def test_a_window_shows_a_point_for_each_step():
    xy = np.array([[0.1, 0.1], [0.2, 0.3], [5.0, 5.0], [11.0, 1.0], [np.inf, 1.0]])
    assert thinned(xy, (10.0, 10.0)).tolist() == [[0.1, 0.1], [5.0, 5.0]]


def test_no_two_designs_look_alike_and_all_are_known():
    marks = [design_mark(design) for design in DESIGNS]
    assert len(set(marks)) == len(DESIGNS)
    assert OTHER_DESIGN not in marks


def test_a_site_of_several_designs_is_named_by_all_and_marked_by_the_first():
    both = "air_economizer + lake_water"
    assert design_mark(both) == design_mark("air_economizer")
    assert design_title(both) == f"{DESIGNS['air_economizer'].title} + Deep lake water"


def test_symbol_areas_are_in_proportion_to_the_load():
    radii = site_radii([400.0, 100.0], 20.0)
    assert radii == pytest.approx([20.0, 10.0])
    areas = []
    for shape in ("circle", "square", "diamond", "triangle"):
        style, size = marker(shape, 10.0)
        path = style.get_transform().transform_path(style.get_path())
        polygons = path.to_polygons()
        x, y = np.asarray(polygons[0]).T * np.sqrt(size)
        areas.append(0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))
    assert areas == pytest.approx([np.pi * 100] * 4, rel=0.02)


def test_few_flows_are_all_drawn_and_many_are_said_to_be_left_out():
    few = fake_placement(EUROPE, EUROPEAN)
    assert main_flows(few.flows).is_all
    assert "Every flow is drawn." in _words(few)[1]
    many = fake_placement(WORLD, tuple(CITIES))
    shown = main_flows(many.flows)
    kept, total = shown.table["it_mw"].sum(), many.flows["it_mw"].sum()
    assert 0.9 <= kept / total == pytest.approx(shown.share)
    assert f"{len(shown.table)} largest of {shown.total} flows" in _words(many)[1]


def test_round_values_are_round_and_not_above_the_largest():
    assert round_values(320.0) == [200.0, 100.0, 20.0]
    assert round_values(0.7) == pytest.approx([0.5, 0.2, 0.05])
    assert round_values(0.0) == []


def test_wrapping_keeps_every_word():
    assert wrapped("Cooling towers with water-side economizer", 21) == [
        "Cooling towers with",
        "water-side economizer",
    ]
