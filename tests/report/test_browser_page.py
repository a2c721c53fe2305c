"""The page of a placement, driven in headless Chromium."""

from __future__ import annotations

import io
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest

from siting.placement import StateOutcome
from siting.report.pages import report_page
from tests.helpers.browser import opened
from tests.helpers.fakes import CITIES, EUROPE, EUROPEAN, HOSTILE, NORDIC, WORLD, fake_placement


def write(placement, folder):
    (folder / "report.html").write_text(report_page(placement), encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory, built_in_outlines):
    folder = tmp_path_factory.mktemp("europe")
    placement = fake_placement(EUROPE, EUROPEAN, name="europe", audit={"passed": True})
    with built_in_outlines():
        write(placement, folder)
    return folder / "report.html"


@pytest.fixture(scope="module")
def still(chromium, page):
    """One page for the tests that leave it as they found it."""
    with opened(chromium, page) as driven:
        yield driven


@pytest.fixture
def driven(chromium, page):
    with opened(chromium, page) as driven:
        yield driven


def test_the_page_opens_at_once_and_asks_for_nothing(driven, page):
    # What opening takes, by count and not by the clock; 2 s on an idle machine.
    assert page.stat().st_size < 6e6
    assert driven.value("document.querySelectorAll('*').length") < 4_000
    assert driven.value("globalThis.Bokeh === undefined")  # charts wait for their tab
    driven.shot("placement", full=True)


def test_the_wheel_zooms_and_the_drag_moves(driven):
    before = driven.range()
    x, y = driven.spot("map:sites", 0)
    driven.page.mouse.move(x, y)
    driven.page.mouse.wheel(0, -240)
    driven.until(lambda: driven.range()[0] > before[0])
    zoomed = driven.rest()
    assert zoomed[1] - zoomed[0] < 0.9 * (before[1] - before[0])
    assert (zoomed[1] - zoomed[0]) / (zoomed[3] - zoomed[2]) == pytest.approx(
        (before[1] - before[0]) / (before[3] - before[2])
    )
    driven.page.mouse.down()
    driven.page.mouse.move(x + 120, y, steps=4)
    driven.page.mouse.up()
    driven.until(lambda: driven.range()[0] < zoomed[0])


def test_the_map_moves_by_keys_and_by_buttons(driven):
    before = driven.range()
    driven.page.locator(".map").focus()
    driven.page.keyboard.press("ArrowRight")
    driven.until(lambda: driven.rest()[0] > before[0])
    driven.page.keyboard.press("+")
    driven.until(lambda: driven.rest()[1] - driven.range()[0] < before[1] - before[0])
    driven.page.keyboard.press("0")
    assert driven.range() == pytest.approx(before, rel=1e-3)
    driven.page.get_by_role("button", name="Zoom in").click()
    assert driven.range()[1] - driven.range()[0] < before[1] - before[0]


def test_the_pointer_shows_the_card_of_a_site_with_months_and_sources(still):
    card = still.hover("map:sites", 0)
    assert "Luleå" in card
    for words in ("PUE by month", "WUE by month", "Electricity: Hydro 50 %", "Limits that bind",
                  "Maximum share per site", "Water consumed", "Climate",
                  "Where the 1 numbers"):  # fmt: skip
        assert words in card
    still.shot("hover")


def test_the_pointer_shows_round_trips_and_places_not_chosen(driven):
    x = driven.ids("map:candidates").index("other_0")
    driven.page.locator("input[data-layer=sites]").uncheck()
    driven.page.locator("input[data-layer=flows]").uncheck()
    driven.page.locator("input[data-layer=demand]").uncheck()
    card = driven.hover("map:candidates", x)
    assert "Not chosen" in card
    assert "g CO₂e/kWh" in card


@pytest.mark.parametrize("width", [1280, 390])
def test_no_name_of_the_basemap_is_cut_in_the_first_view(driven, width):
    driven.page.set_viewport_size({"width": width, "height": 900})
    driven.until("siting.maps.get('map').map.getSize()[0] < innerWidth")
    driven.page.locator("[data-move='0']").click()
    seen, cut = driven.cut_names()
    assert seen > 10
    assert cut == []


@pytest.mark.parametrize("layer", ["candidates", "flows", "demand"])
def test_each_layer_can_be_switched(still, layer):
    box = still.page.locator(f"input[data-layer={layer}]")
    before = box.is_checked()
    assert still.shows(f"map:{layer}") == before
    box.set_checked(not before)
    assert still.shows(f"map:{layer}") != before
    box.set_checked(before)
    assert still.shows(f"map:{layer}") == before


#: Where a name of the basemap stands on the screen [px], a little below it.
BELOW = """((name) => {
  const own = siting.maps.get("map");
  const named = own.map.getAllLayers().filter((layer) => !layer.get("spec").name)
    .flatMap((layer) => layer.getSource().getFeatures?.() ?? [])
    .find((each) => each.get("text") === name);
  const box = own.map.getTargetElement().getBoundingClientRect();
  const [x, y] = own.map.getPixelFromCoordinate(named.getGeometry().getCoordinates());
  return [box.left + x, box.top + y + 14];
})"""


def _colour_below(driven, name):
    x, y = driven.value(f"{BELOW}('{name}')")
    driven.value("siting.maps.get('map').map.renderSync()")
    shot = driven.page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1})
    return plt.imread(io.BytesIO(shot))[0, 0].tolist()


def test_the_map_is_coloured_by_a_figure_of_the_zones(driven):
    for box in driven.page.locator("input[data-layer]").all():
        box.uncheck()
    driven.page.locator("#figure-map").scroll_into_view_if_needed()
    plain = _colour_below(driven, "FRANCE")
    for shade in ("carbon", "price", "water-of-grid"):
        driven.page.locator("#shade").select_option(shade)
        driven.until(lambda: _colour_below(driven, "FRANCE") != plain)
        assert _colour_below(driven, "FRANCE") != _colour_below(driven, "GERMANY")
        assert driven.page.locator(f"[data-key-of={shade}]").is_visible()
        driven.shot(f"shade-{shade}")
    driven.page.locator("#shade").select_option("")
    driven.until(lambda: _colour_below(driven, "FRANCE") == plain)
    assert driven.page.locator("[data-key-of=carbon]").is_hidden()


def test_a_row_highlights_its_site_and_fills_the_charts(driven):
    driven.page.get_by_role("button", name="Madrid").first.click()
    driven.tab("power")
    index = driven.ids("map:sites").index("madrid")
    assert driven.chosen("map:sites") == [index]
    assert driven.page.locator("#chosen-site").input_value() == "madrid"
    months = driven.value("[...siting.find('chart:pue').data.value]")
    assert months[6] == pytest.approx(1.26)
    stack = driven.value("siting.find('dispatch:wind').data.top[0]")
    assert stack == pytest.approx(90.0)
    driven.shot("chosen")


def test_a_site_on_the_map_highlights_its_row(driven):
    driven.page.mouse.click(*driven.spot("map:sites", 3))
    rows = driven.page.locator("#table-sites tr.chosen")
    driven.until(rows.count)
    assert rows.count() == 1
    chosen = driven.ids("map:sites")[3]
    assert rows.get_attribute("data-key") == chosen
    assert rows.locator("button.pick").get_attribute("aria-pressed") == "true"


def test_a_page_around_the_map_is_told_which_place_was_chosen(driven):
    driven.value("addEventListener('siting:place', (event) => (window.told = event.detail))")
    driven.page.mouse.click(*driven.spot("map:sites", 0))
    driven.until("window.told !== undefined")
    site = driven.ids("map:sites")[0]
    assert driven.value("window.told") == {"map": "map", "layer": "sites", "id": site}


def test_a_row_of_a_candidate_takes_the_place_of_a_chosen_site(driven):
    driven.page.get_by_role("button", name="Madrid").first.click()
    driven.page.get_by_text("candidates that were not chosen").first.click()
    driven.page.locator("#table-candidates button.pick").nth(2).click()
    assert len(driven.chosen("map:candidates")) == 1
    assert driven.chosen("map:sites") == []
    assert driven.page.locator("#table-sites tr.chosen").count() == 0


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A page with many candidates."""
    folder = tmp_path_factory.mktemp("many")
    write(fake_placement(EUROPE, EUROPEAN, candidates=600), folder)
    return folder / "report.html"


def test_the_row_of_a_chosen_candidate_is_marked_before_its_long_table_is_opened(chromium, many):
    with opened(chromium, many) as driven:
        assert driven.page.locator("#table-candidates").is_hidden()
        driven.value("siting.choose('candidates', ['other_599'])")
        marked = driven.page.locator("#table-candidates tr.chosen")
        assert [row.get_attribute("data-key") for row in marked.all()] == ["other_599"]


def test_a_long_table_is_read_without_scripts(chromium, many):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(many.as_uri())
    page.get_by_text("candidates that were not chosen").first.click()
    assert page.locator("#table-candidates tbody tr").filter(visible=True).count() == 600
    context.close()


def test_a_table_sorts_and_filters(driven):
    driven.page.locator("input[data-filter=table-sites]").fill("ESP")
    rows = driven.page.locator("#table-sites tbody tr:visible")
    assert rows.count() == 1
    assert driven.page.locator("output").first.inner_text() == "1 of 6"
    assert driven.chosen("map:sites") == [driven.ids("map:sites").index("madrid")]
    driven.page.locator("input[data-filter=table-sites]").fill("")
    assert driven.chosen("map:sites") == []
    driven.page.locator("#table-sites th button").nth(3).click()
    loads = driven.page.locator("#table-sites tbody tr td:nth-child(4)").all_inner_texts()
    assert loads == sorted(loads, key=float)


#: Bring a name of the basemap into the middle at a resolution [km/px], where it has been read.
GO_TO = """((name, resolution) => {
  const { map, view } = siting.maps.get("map");
  const found = map.getAllLayers().filter((layer) => !layer.get("spec").name)
    .flatMap((layer) => layer.getSource().getFeatures?.() ?? [])
    .find((each) => each.get("text") === name);
  if (found) view.setCenter(found.getGeometry().getCoordinates());
  view.setResolution(resolution);
  return Boolean(found);
})"""


def test_more_names_appear_where_the_map_is_zoomed(chromium, tmp_path, built_in_outlines):
    with built_in_outlines():
        write(fake_placement(WORLD, tuple(CITIES), candidates=200, name="world"), tmp_path)
    with opened(chromium, tmp_path / "report.html", dark=True) as driven:
        driven.until(lambda: driven.is_named("CANADA"))
        assert not driven.is_named("Toulouse")
        driven.shot("world-dark")
        # Names that are seen from near alone are read when the map is near them.
        driven.value(f"{GO_TO}('Paris', 6)")
        driven.until(lambda: driven.value(f"{GO_TO}('Toulouse', 2)"))
        driven.until(lambda: driven.is_named("Toulouse"))
        driven.shot("world-zoomed")


def test_the_page_can_be_turned_dark_and_back(still):
    paper = "getComputedStyle(document.getElementById('figure-map')).backgroundColor"
    light = still.value(paper)
    still.page.get_by_role("button", name="Dark page").click()
    assert still.value(paper) != light
    assert still.value("getComputedStyle(document.body).backgroundColor") == "rgb(16, 23, 29)"
    still.shot("dark")
    still.page.get_by_role("button", name="Light page").click()
    assert still.value(paper) == light


def test_hostile_names_are_only_text(chromium, tmp_path):
    ending = f"</script><script>alert(2)</script>{HOSTILE}"
    sites = {HOSTILE: (ending, HOSTILE, 50.0, 8.0, "air_economizer", 40.0)}
    placement = fake_placement(sites, ("paris",), name=f"x {HOSTILE}")
    hostile = placement.flows.assign(workload=HOSTILE)
    placement = type(placement)(**{**vars(placement), "flows": hostile})
    write(placement, tmp_path)
    with opened(chromium, tmp_path / "report.html") as driven:
        assert ending in driven.hover("map:sites", 0)
        driven.page.mouse.click(*driven.spot("map:sites", 0))
        driven.until(driven.page.locator("tr.chosen").count)
        assert driven.page.locator("img").count() == 0
        assert HOSTILE in driven.page.locator("h1").inner_text()
        driven.shot("hostile")


def test_a_slider_shows_the_sites_and_flows_of_each_period(chromium, tmp_path):
    early, late = fake_placement(NORDIC, EUROPEAN), fake_placement(EUROPE, EUROPEAN)
    states = tuple(
        StateOutcome(year=year, scenario="base", probability=1.0, share=0.5, cost_share=0.5,
                     placement=placement)
        for year, placement in ((2030, early), (2035, late))
    )  # fmt: skip
    (tmp_path / "report.html").write_text(report_page(replace(late, states=states)))
    with opened(chromium, tmp_path / "report.html") as driven:
        year = driven.page.locator("#phase-name")
        assert (year.inner_text(), sorted(driven.ids("map:sites"))) == ("2035", sorted(EUROPE))
        driven.page.locator("#phase").press("ArrowLeft")
        assert (year.inner_text(), sorted(driven.ids("map:sites"))) == ("2030", sorted(NORDIC))
        assert len(driven.ids("map:flows")) > 0
        assert "IT load (2030): " in driven.hover("map:sites", 0)
        driven.tab("phases")
        assert driven.page.get_by_text("IT load of each site in each period").is_visible()


def test_a_phone_stacks_the_rows_of_wide_tables_under_their_headings(chromium, page):
    label = "getComputedStyle(document.querySelector('#table-sites td'), '::before').content"
    with opened(chromium, page) as driven:
        assert driven.value(label) == "none"
        driven.page.set_viewport_size({"width": 390, "height": 844})
        assert driven.value(label).startswith('"Country"')
        for tab in driven.value("[...document.querySelectorAll('[role=tab]')].map(t => t.hash)"):
            driven.tab(tab[1:])
            wide = f"[...document.querySelectorAll('{tab} .wide')]"
            assert driven.value(f"{wide}.every(e => e.scrollWidth <= e.clientWidth + 1)"), tab
        driven.page.locator("#tab-sites").click()
        driven.page.locator("#table-sites th button").nth(3).click()
        loads = driven.page.locator("#table-sites tbody td:nth-child(4)").all_inner_texts()
        assert loads == sorted(loads, key=float)
