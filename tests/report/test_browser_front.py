"""The page of a front, driven in headless Chromium."""

from __future__ import annotations

from dataclasses import replace

import pytest

from siting.report.data.answers import answers_of, quantity_axis, selection_shares
from siting.report.pages.front import front_page
from tests.helpers.browser import opened
from tests.helpers.fakes import EUROPE, EUROPEAN, HOSTILE, NORDIC, fake_placement

OBJECTIVES = ("energy_mwh", "carbon_t_co2e", "water_m3")


def _answers():
    """Three points; the water falls as the carbon rises."""
    several = {}
    for i, sites in enumerate((NORDIC, EUROPE, {**NORDIC, **EUROPE})):
        placement = fake_placement(sites, EUROPEAN, name=f"x {HOSTILE}")
        metrics = {**placement.metrics, "carbon_t_co2e": 1e5 * (i + 1), "water_m3": 3e6 / (i + 1)}
        several[f"p{i}"] = replace(placement, metrics=metrics)
    return answers_of(f"front {HOSTILE}", several, OBJECTIVES, "p1")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("front") / "front.html"
    path.write_text(front_page(_answers()))
    return path


@pytest.fixture
def driven(chromium, page):
    with opened(chromium, page) as driven:
        yield driven


def _ids(driven):
    return sorted(driven.ids("map:sites"))


def test_the_first_answer_is_shown_at_first(driven, page):
    assert page.stat().st_size < 6e6
    assert _ids(driven) == sorted(EUROPE)
    assert (
        "Answer p1: Frankfurt am Main 140 MW" in driven.page.locator("#chosen-answer").inner_text()
    )
    assert driven.page.locator("img").count() == 0
    driven.shot("front", full=True)


def test_a_point_of_the_front_shows_its_map_its_row_and_its_line(driven):
    driven.tab("all-figures")
    plot = driven.page.locator("#figure-front-0")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    x, y = driven.value(
        """(() => {
          const view = Bokeh.index.get_by_id(siting.find('front-0').id);
          const {energy_mwh, carbon_t_co2e} = siting.find('answers').data;
          return [view.frame.x_scale.compute(energy_mwh[0]),
                  view.frame.y_scale.compute(carbon_t_co2e[0])];
        })()"""
    )
    driven.page.mouse.click(box["x"] + x, box["y"] + y)
    driven.until(lambda: driven.chosen("answers") == [0])
    assert driven.chosen("parallel:answers") == [0]
    assert _ids(driven) == sorted(NORDIC)
    assert driven.page.locator("#table-answers tr.chosen").get_attribute("data-key") == "p0"
    assert "Answer p0" in driven.page.locator("#chosen-answer").inner_text()
    assert "Kajaani" in driven.hover("map:sites", 0)
    driven.shot("front-chosen")


def test_a_row_shows_its_answer_and_the_line_follows(driven):
    driven.page.get_by_role("button", name="Answer p2").click()
    driven.tab("all-figures")
    assert _ids(driven) == sorted({*NORDIC, *EUROPE})
    assert driven.chosen("answers") == driven.chosen("parallel:answers") == [2]


def test_answers_can_be_filtered_once_one_is_pinned(chromium, tmp_path):
    answers = _answers()
    metric = "water_withdrawal_m3"
    answers.table.loc["p2", metric] = float("nan")
    path = tmp_path / "front.html"
    path.write_text(front_page(answers))
    with opened(chromium, path) as driven:
        driven.page.locator("#pin").click()
        field = driven.page.locator("input[data-filter=table-answers]")
        field.fill("Answer p2")
        driven.page.get_by_role("button", name="Answer p2").click()
        versus = driven.page.locator("#versus")
        driven.until(versus.is_visible)
        assert driven.page.locator("#table-answers").count() == 1
        assert versus.locator("tbody tr, table > tr").filter(visible=True).count() == 3
        change = versus.locator("tr").last.locator("th, td").all_inner_texts()
        heads = [head.partition(" [")[0] for head in versus.locator("thead th").all_inner_texts()]
        said = dict(zip(heads, change, strict=True))
        assert said["Carbon"] == "50.0 %"  # from 200 to 300 kt
        assert said["Water withdrawn"] == "–"
        field.fill("Answer p1")
        shown = driven.page.locator("#table-answers tbody tr").filter(visible=True)
        assert shown.get_attribute("data-key") == "p1"
        assert driven.page.locator(".filter output").first.inner_text() == "1 of 3"


def test_a_site_can_be_found_among_those_ever_chosen(driven):
    driven.tab("chosen-sites")
    driven.page.locator("#table-shares").get_by_role("button", name="Luleå").click()
    index = driven.ids("map:often").index("lulea")
    assert driven.chosen("map:often") == [index]
    card = driven.hover("map:often", index)
    assert "Luleå" in card


def test_shares_count_answers_and_units_suit_the_numbers():
    shares = selection_shares(_answers())["share"]
    assert shares["lulea"] == 1.0
    assert shares["madrid"] == pytest.approx(2 / 3)
    assert shares["other_0"] == 0.0
    values, title = quantity_axis("carbon_t_co2e", [2e5, 4e6])
    assert title == "Carbon [Mt CO₂e a year]"
    assert values.tolist() == [0.2, 4.0]
