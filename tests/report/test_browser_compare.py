"""The page of a comparison, driven in headless Chromium."""

from __future__ import annotations

import pytest

from siting.report.pages.comparison import compare_page
from tests.helpers.browser import opened
from tests.helpers.fakes import EUROPE, EUROPEAN, HOSTILE, NORDIC, fake_placement


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("compare") / "compare.html"
    north, europe = fake_placement(NORDIC, EUROPEAN), fake_placement(EUROPE, EUROPEAN)
    path.write_text(compare_page({"north": north, f"hubs {HOSTILE}": europe}))
    return path


@pytest.fixture(scope="module")
def still(chromium, page):
    """One page for the tests that leave it as they found it."""
    with opened(chromium, page) as driven:
        yield driven


@pytest.fixture
def driven(chromium, page):
    with opened(chromium, page) as driven:
        yield driven


def test_it_is_small_and_says_what_differs_in_words(still, page):
    assert page.stat().st_size < 6e6
    words = still.page.locator("main").text_content()
    for said in ("Totals of a year, side by side", "open only afterwards", "open only before",
                 "What drives the change of each total", "Flows that moved"):  # fmt: skip
        assert said in words
    assert HOSTILE in still.page.locator("h1").inner_text()
    assert still.page.locator("img").count() == 0
    still.shot("compare", full=True)


def test_the_marks_are_explained_that_there_are():
    same = fake_placement(EUROPE, EUROPEAN)
    page = compare_page({"one": same, "other": same})
    assert "kept: as before" in page
    assert "open only afterwards" not in page


def _middle(shown):
    """Middle of what a map shows [km]; maps of one view differ only in their size."""
    west, east, south, north = shown
    return (west + east) / 2, (south + north) / 2


def test_moving_one_map_moves_all_of_them(driven):
    x, y = driven.spot("map0:sites", 0)
    driven.page.mouse.move(x, y)
    whole = driven.range("map1")
    driven.page.mouse.wheel(0, -240)
    driven.until(lambda: driven.range("map1") != whole)
    before = driven.rest("map1")
    driven.page.mouse.down()
    driven.page.mouse.move(x + 60, y + 30, steps=4)
    driven.page.mouse.up()
    driven.until(lambda: driven.range("map1")[0] < before[0] - 1)
    first, *others = (_middle(driven.range(plot)) for plot in ("map0", "map1", "difference0"))
    assert all(other == pytest.approx(first) for other in others)


def test_every_map_lies_on_the_same_land(still):
    ends = [
        still.value(
            f"siting.maps.get('{plot}').map.getAllLayers()"
            ".filter((layer) => layer.get('spec').objects?.length)"
            ".map((layer) => [...layer.getSource().getExtent()])"
        )
        for plot in ("map0", "map1", "difference0")
    ]
    assert ends[0] == ends[1] == ends[2]
    west, south, east, north = still.value("siting.maps.get('map0').spec.drawn")
    land = ends[0][1]
    assert west - 100 <= land[0] < land[2] <= east + 100
    assert south - 100 <= land[1] < land[3] <= north + 100


@pytest.mark.parametrize("width", [390, 1000, 1280])
def test_small_maps_cut_no_name_of_the_basemap_in_the_first_view(driven, width):
    driven.page.set_viewport_size({"width": width, "height": 900})
    driven.until("siting.maps.get('map0').map.getSize()[0] < innerWidth")
    driven.value("(({view, spec}) => view.fit(spec.first))(siting.maps.get('map0'))")
    for plot in ("map0", "map1", "difference0"):
        seen, cut = driven.cut_names(plot)
        assert seen > 3
        assert cut == []


def test_a_site_chosen_in_the_table_shows_on_every_map_that_has_it(driven):
    driven.tab("sites")
    driven.page.get_by_role("button", name="Luleå").click()
    for plot in ("map0", "map1", "difference0"):
        index = driven.ids(f"{plot}:sites").index("lulea")
        assert driven.chosen(f"{plot}:sites") == [index]
    driven.page.get_by_role("button", name="Madrid").click()
    assert driven.chosen("map0:sites") == []
    assert len(driven.chosen("map1:sites")) == 1


def test_the_difference_map_tells_what_became_of_a_site_and_of_a_flow(still):
    index = still.ids("difference0:sites").index("madrid")
    card = still.hover("difference0:sites", index)
    assert "open only afterwards" in card
    assert "90 MW" in card
    assert len(still.ids("difference0:flows")) > 0
    assert len(still.ids("difference0:flows-lost")) > 0


def test_a_layer_is_switched_on_every_map(still):
    still.page.locator("input[data-layer=flows]").uncheck()
    for plot in ("map0", "map1", "difference0"):
        assert not still.shows(f"{plot}:flows")
    still.page.locator("input[data-layer=flows]").check()
    for plot in ("map0", "map1", "difference0"):
        assert still.shows(f"{plot}:flows")


def test_one_placement_is_no_comparison():
    with pytest.raises(ValueError, match="two placements"):
        compare_page({"only": fake_placement(EUROPE, EUROPEAN)})
