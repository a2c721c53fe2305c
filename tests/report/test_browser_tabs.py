"""Tabs, widths and what assistive technology finds, on each kind of page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from siting.report.data.answers import answers_of
from siting.report.pages import report_page
from siting.report.pages.comparison import compare_page
from siting.report.pages.front import front_page
from siting.report.pages.robustness import load_robustness, robustness_page
from siting.report.pages.sweep import sweep_page
from tests.helpers.browser import opened
from tests.helpers.fakes import EUROPE, EUROPEAN, NORDIC, fake_placement
from tests.helpers.robustness import fake_robustness

AXE = Path(__file__).resolve().parents[2] / "build/axe/node_modules/axe-core/axe.min.js"
#: Tables and the page itself where they are wider than their place.
TOO_WIDE = """() => [...document.querySelectorAll('.wide'), document.documentElement]
  .filter((node) => node.clientWidth && node.scrollWidth > node.clientWidth + 1)
  .map((node) => node.getAttribute('aria-label') ?? 'page')"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tabs")
    both = {"north": fake_placement(NORDIC, EUROPEAN), "europe": fake_placement(EUROPE, EUROPEAN)}
    audit = {"passed": True, "steps": 1442, "metrics": both["europe"].metrics, "differences": {}}
    texts = {
        "placement": report_page(both["europe"].with_audit(audit)),
        "compare": compare_page(both),
        "front": front_page(answers_of("front", both, ("energy_mwh", "cost_usd"), "north")),
    }
    answers = answers_of("sweep", both, ("energy_mwh", "cost_usd"), "north")
    swept = {
        "climate.warming_k": [0.0, 3.0],
        "limits.max_share_per_site": [0.25, 1.0],
        "demand.workloads.inference.max_rtt_ms": [50.0, 70.0],
        "supply.hydro_year": ["normal", "normal"],
        "audit_passed": [True, True],
    }
    texts["sweep"] = sweep_page(
        replace(answers, table=answers.table.assign(**swept)), list(swept)[:4]
    )
    fake_robustness(folder)
    texts["robustness"] = robustness_page(load_robustness(folder))
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    return folder


KINDS = ("placement", "compare", "front", "sweep", "robustness")


def test_tabs_move_by_keyboard_and_open_by_address(chromium, pages):
    with opened(chromium, pages / "placement.html") as driven:
        shown = "[...document.querySelectorAll('[role=tabpanel]')].filter(p => p.checkVisibility())"
        ids = f"{shown}.map(p => p.id)"
        assert driven.value(ids) == ["sites"]
        driven.page.locator("#tab-sites").focus()
        for key, opens in (("ArrowRight", "power"), ("End", "method"), ("ArrowRight", "sites"),
                           ("ArrowLeft", "method"), ("Home", "sites")):  # fmt: skip
            driven.page.keyboard.press(key)
            assert driven.value(ids) == [opens]
            assert driven.value("document.activeElement.id") == f"tab-{opens}"
            assert driven.page.locator("[role=tab][aria-selected=true]").count() == 1
        driven.value("location.hash = '#network'")
        driven.until(f"{ids}[0] === 'network'")
        driven.until("document.getElementById('network').dataset.drawn === 'yes'")
        assert driven.value("siting.find('rtt-0').renderers.length") > 0


@pytest.mark.parametrize("name", KINDS)
def test_no_table_scrolls_sideways_at_1280_pixels(chromium, pages, name):
    with opened(chromium, pages / f"{name}.html") as driven:
        for key in driven.value("[...document.querySelectorAll('[role=tabpanel]')].map(p => p.id)"):
            driven.tab(key)
            driven.value("document.querySelectorAll('details').forEach((d) => (d.open = true))")
            assert driven.value(TOO_WIDE) == [], key


@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_nothing_serious(chromium, pages, name):
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run tools/install_axe.sh, which needs npm")
    with opened(chromium, pages / f"{name}.html") as driven:
        driven.value(AXE.read_text(encoding="utf-8"))
        driven.value("document.querySelectorAll('[role=tabpanel]').forEach("
                     "(panel) => panel.classList.add('open'))")  # fmt: skip
        found = driven.value("axe.run(document, {resultTypes: ['violations']})")["violations"]
        serious = [v for v in found if v["impact"] in {"serious", "critical"}]
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in serious] == []


def test_the_chosen_answer_is_compared_with_the_one_that_was_pinned(chromium, pages):
    with opened(chromium, pages / "front.html") as driven:
        driven.page.locator("#pin").click()
        driven.page.get_by_role("button", name="Answer europe").click()
        versus = driven.page.locator("#versus")
        driven.until(versus.is_visible)
        words = versus.inner_text()
        assert words.startswith("Answer europe: Frankfurt am Main 140 MW")
        assert "– against Answer north: Kajaani 150 MW" in words
        assert words.splitlines()[-1].startswith("Change")
