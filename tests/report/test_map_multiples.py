"""Small maps side by side, and how often each site is chosen."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from siting.report.maps.multiples import (
    draw_frequency,
    draw_multiples,
    frequency_map,
    multiples_map,
)
from siting.report.maps.palette import DARK, LIGHT, map_style
from tests.helpers.fakes import CITIES, EUROPE, EUROPEAN, HOSTILE, NORDIC, WORLD, fake_placement


def _shares():
    world = fake_placement(WORLD, tuple(CITIES), candidates=100).candidates
    share = np.where(world["is_open"], np.linspace(0.05, 1.0, len(world)), 0.0)
    table = world[["name", "lat", "lon"]].assign(share=share)
    table.iloc[0, 3] = 1.0
    return table


def test_symbols_of_all_small_maps_are_on_one_scale():
    small = {site: (*facts[:5], facts[5] / 4) for site, facts in EUROPE.items()}
    with map_style():
        figure = draw_multiples(
            {"a": fake_placement(EUROPE, EUROPEAN), "b": fake_placement(small, EUROPEAN),
             "c": fake_placement(NORDIC, EUROPEAN)}, "Three", LIGHT,
        )  # fmt: skip
    assert len(figure.axes) == 3
    largest = [
        max(float(points.get_sizes().max()) for points in axes.collections
            if len(getattr(points, "get_sizes", list)()) and points.get_zorder() == 10)
        for axes in figure.axes[:2]
    ]  # fmt: skip
    assert largest[0] == pytest.approx(4 * largest[1])


def test_no_two_labels_of_the_frequency_map_touch():
    with map_style():
        figure = draw_frequency(_shares(), "How often", LIGHT)
        renderer = FigureCanvasAgg(figure).get_renderer()
        boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    pairs = [(a, b) for a, b in combinations(boxes, 2) if a.overlaps(b)]
    assert len(boxes) > 20
    assert not pairs


def test_the_frequency_map_says_how_many_are_chosen_and_how_many_always():
    with map_style():
        figure = draw_frequency(_shares(), "How often", DARK)
    words = " ".join(text.get_text() for text in figure.texts)
    assert "20 of 120 candidates are chosen at least once, 1 always" in words
    assert "100 %" in [text.get_text() for text in figure.axes[0].texts]


def test_both_are_written_in_every_format_and_names_are_only_text(tmp_path):
    shares = _shares().assign(name=HOSTILE)
    for kind in ("png", "svg", "pdf"):
        frequency_map(shares, path=tmp_path / f"f.{kind}", title=HOSTILE, dark=True)
        multiples_map({HOSTILE: fake_placement(EUROPE, EUROPEAN)}, path=tmp_path / f"m.{kind}",
                      title="One")  # fmt: skip
    for path in tmp_path.glob("*.svg"):
        assert "<img" not in path.read_text()
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")
