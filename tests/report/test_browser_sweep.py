"""The page of a sweep, and what it tells of the parameters."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from bokeh.models import Text as TextGlyph

from siting.report.data import key_title, key_titles
from siting.report.data.answers import (
    answers_of,
    answers_sentences,
    moves_alone,
    some_answers,
    swings,
)
from siting.report.maps.palette import LIGHT
from siting.report.pages.bars import SERIES
from siting.report.pages.sweep import choice_by_value, choice_chart, sweep_page, value_classes
from tests.helpers.browser import opened
from tests.helpers.fakes import EUROPE, EUROPEAN, HOSTILE, NORDIC, fake_placement

#: limits.max_sites, climate.warming_k and energy [MWh] of each case; the first is the base.
CASES = ((4, 0.0, 100.0), (2, 0.0, 130.0), (8, 0.0, 90.0), (4, 2.0, 104.0), (8, 2.0, 999.0))
PARAMETERS = ("limits.max_sites", "climate.warming_k")


def _answers():
    several = {}
    for i, (most, _, energy) in enumerate(CASES):
        placement = fake_placement(NORDIC if most == 2 else EUROPE, EUROPEAN)
        metrics = {**placement.metrics, "energy_mwh": energy}
        several[f"c{i}"] = replace(placement, metrics=metrics)
    answers = answers_of(f"sweep {HOSTILE}", several, ("energy_mwh", "carbon_t_co2e"), "c0")
    changed = pd.DataFrame([case[:2] for case in CASES], list(several), list(PARAMETERS))
    return replace(answers, table=pd.concat([changed, answers.table], axis=1))


def _indices():
    rows = [("energy_mwh", p, 0.2, 0.05, 0.3, 0.06) for p in PARAMETERS]
    columns = ["metric", "parameter", "first", "first_conf", "total", "total_conf"]
    return pd.DataFrame(rows, columns=columns)


def test_a_swing_counts_only_cases_in_which_nothing_else_moves():
    table = swings(_answers().table, _answers().first, PARAMETERS, "energy_mwh")
    assert list(table.index) == ["limits.max_sites", "climate.warming_k"]
    assert table.loc["limits.max_sites"].tolist() == [90.0, 130.0, 8, 2]
    assert table.loc["climate.warming_k", ["low", "high"]].tolist() == [100.0, 104.0]


def test_choice_is_a_share_of_the_cases_with_that_value():
    shares = choice_by_value(_answers(), "limits.max_sites")
    assert list(shares.columns) == ["2", "4", "8"]
    assert shares.loc["tromso"].tolist() == [1.0, 0.0, 0.0]
    assert shares.loc["madrid"].tolist() == [0.0, 1.0, 1.0]
    assert shares.loc["lulea"].tolist() == [1.0, 1.0, 1.0]


def test_many_values_become_classes_of_equal_count_and_words_stay_words():
    classes = value_classes(pd.Series(range(80), dtype=float))
    assert classes.value_counts().tolist() == [10] * 8
    assert list(value_classes(pd.Series(["dry", "normal", "dry"])).cat.categories) == [
        "dry", "normal",
    ]  # fmt: skip


def test_a_key_is_named_by_its_last_words():
    assert key_title("demand.workloads.chat.max_rtt_ms") == "Chat maximum RTT [ms]"
    assert key_title("limits.max_share_per_site") == "Maximum share per site"
    assert key_title("objective.method") == "Method"
    assert key_title("climate.warming_k") == "Warming [K]"


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("economics.land_ha_per_mw", "Land [ha/MW]"),
        ("economics.demand_charge_usd_per_mw_month", "Demand charge [USD/MW/month]"),
        ("economics.carbon_price_usd_per_t", "Carbon price [USD/t CO₂e]"),
        ("caps[0].per_it_mwh", "Cap 1, per IT MWh"),
        ("periods[1].year", "Period 2, year"),
        ("scenarios.cases[0].probability", "Case 1, probability"),
        ("candidates.bounds.coast_km.max", "Coast maximum [km]"),
        ("candidates.bounds.hydro_mw_150km.min", "Hydro within 150 km minimum [MW]"),
        ("limits.max_mw_per_site", "Maximum power per site [MW]"),
        ("first_power[0].usd_per_mw_year", "First power 1, cost [USD/MW/a]"),
        ("supply.ppas", "PPAs"),
        ("supply.hydro_year", "Hydro year"),
        ("objective.weights.carbon", "Weight of carbon"),
        ("storage[0].lifetime_years", "Storage 1, lifetime [a]"),
        ("generation.units[0].fixed_om_usd_per_kw_yr", "Unit 1, fixed O&M [USD/kW/yr]"),
        ("heat_reuse.heat_pump_cop", "Heat pump COP"),
        ("sites.overrides", "Overrides"),
        ("gap", "Gap"),
    ],
)
def test_the_unit_of_the_schema_stands_once_and_the_entry_stays(path, title):
    assert key_title(path) == title


def test_titles_that_would_be_the_same_begin_with_their_section():
    paths = ["supply.carbon", "climate.year", "policy.year", "periods[0].year"]
    assert list(key_titles(paths, ["Carbon"]).values()) == [
        "Supply, carbon", "Climate, year", "Policy, year", "Period 1, year",
    ]  # fmt: skip


def test_the_page_shows_what_matters_and_a_row_shows_its_map(chromium, tmp_path):
    path = tmp_path / "sweep.html"
    path.write_text(sweep_page(_answers(), PARAMETERS, indices=_indices()))
    assert path.stat().st_size < 6e6
    with opened(chromium, path) as driven:
        words = driven.page.locator("main").text_content()
        for said in ("Sensitivity", "One parameter at a time", "Choice of sites by parameter",
                     "Indices of sensitivity", "Maximum sites"):  # fmt: skip
            assert said in words
        for tab in ("sensitivity", "one-parameter-at-a-time", "choice-of-sites-by-parameter"):
            driven.tab(tab)
        driven.tab("answers")
        for name in ("line-0", "index-0", "tornado-0", "tornado-1", "choice-0", "choice-1"):
            assert driven.value(f"siting.find('{name}').renderers.length") > 0
        driven.page.get_by_role("button", name="Answer c1").click()
        assert sorted(driven.ids("map:sites")) == sorted(NORDIC)
        driven.page.get_by_role("button", name="Dark page").click()
        assert driven.page.locator("img").count() == 0
        driven.shot("sweep", full=True)


def _lead(page):
    """What stands above the tabs."""
    return page[page.index("<main") : page.index('role="tablist"')]


def test_a_sweep_of_one_parameter_at_a_time_leads_with_its_swings():
    answers = _answers()
    alone = replace(answers, table=answers.table.drop(index="c4"))
    assert moves_alone(answers, PARAMETERS).tolist() == [True, True, True, True, False]
    assert "figure-tornado-0" in _lead(sweep_page(alone, PARAMETERS))
    assert "figure-line-0" in _lead(sweep_page(answers, PARAMETERS))


def test_a_sweep_of_one_parameter_has_lines_and_no_swings():
    page = sweep_page(_answers(), PARAMETERS[:1])
    assert "figure-line-0" in _lead(page)
    assert "tornado" not in page[page.index("<main") : page.index("</main>")]


def test_a_figure_that_is_the_same_in_all_answers_is_said_once():
    answers = _answers()
    what, _ = answers_sentences(answers)
    assert "energy 90 to 999 MWh a year" in what
    same = replace(answers, table=answers.table.assign(energy_mwh=100.0))
    assert "energy 100 MWh a year;" in answers_sentences(same)[0]


def test_shares_are_read_on_the_colour_that_they_have():
    texts = [each for each in choice_chart(_answers(), PARAMETERS[0], "choice").renderers
             if isinstance(each.glyph, TextGlyph)]  # fmt: skip
    shown = {each.glyph.text_color: each.view.filter.booleans for each in texts}
    share = texts[0].data_source.data["share"]
    assert shown["#ffffff"] == [value > 0.75 for value in share]
    assert shown[LIGHT.ink] == [value <= 0.75 for value in share]


def test_a_sweep_in_which_nothing_moves_alone_has_no_tornado(tmp_path):
    answers = _answers()
    together = replace(answers, table=answers.table.loc[["c0", "c4"]])
    assert swings(together.table, together.first, PARAMETERS, "energy_mwh").empty
    assert "One parameter at a time" not in sweep_page(together, PARAMETERS)


def _many(count):
    """The first case again and again, every third in the north, with the columns of a sweep."""
    answers = _answers()
    ids = [str(i) for i in range(count)]
    like = ["c1" if i % 3 == 0 else "c0" for i in range(count)]
    table = answers.table.loc[like].set_axis(ids, axis="index")
    table = table.assign(status="optimal", audit_passed=True, **{PARAMETERS[1]: range(count)})
    by_case = dict(tuple(answers.sites.groupby("answer")))
    sites = pd.concat([by_case[c].assign(answer=i) for i, c in zip(ids, like, strict=True)])
    return replace(answers, table=table, sites=sites, first="1")


@pytest.mark.parametrize(
    ("lines", "coloured"), [(2, 2), (len(SERIES), len(SERIES)), (len(SERIES) + 1, 0)]
)
def test_as_many_lines_are_told_apart_as_there_are_colours(lines, coloured):
    made = sweep_page(_many(lines), PARAMETERS)
    assert sum(f'class="swatch" style="background:{c}"' in made for c in SERIES) == coloured


@pytest.fixture(scope="module")
def long_page(tmp_path_factory):
    path = tmp_path_factory.mktemp("sweep") / "long.html"
    path.write_text(sweep_page(_many(1000), PARAMETERS))
    return path


def test_a_long_sweep_lists_some_answers_and_counts_all(long_page):
    few = some_answers(_many(1000), 300)
    assert len(few.table) <= 300
    assert "1" in few.table.index
    assert set(few.sites["answer"]) == set(few.table.index)
    assert long_page.stat().st_size < 6e6
    assert "of 1,000 answers are listed" in long_page.read_text()
    assert some_answers(_many(20), 300).table.shape[0] == 20


def test_a_long_sweep_opens_and_can_be_chosen_from(chromium, long_page):
    with opened(chromium, long_page) as driven:
        driven.page.locator("#table-answers button.pick").last.click()
        assert len(driven.ids("map:sites")) > 0
