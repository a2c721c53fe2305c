"""Pages without a mouse and for weak eyes: keyboard, contrast and words for every picture."""

from __future__ import annotations

import pytest

from siting.report.data.answers import answers_of
from siting.report.pages import report_page
from siting.report.pages.comparison import compare_page
from siting.report.pages.front import front_page
from tests.helpers.browser import opened
from tests.helpers.fakes import EUROPE, EUROPEAN, NORDIC, fake_placement

#: Contrast of every visible text with what lies behind it, by the formula of WCAG 2.
CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const solid = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a > 0.99) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const weak = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !node.checkVisibility() ||
        node.closest("script, style, noscript, [aria-hidden], .hole")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(solid(node))].sort();
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    seen += 1;
    if ((high + 0.05) / (low + 0.05) < 4.5) weak.push(walk.currentNode.data.trim());
  }
  return { seen, weak };
}"""
#: What tells a control from the others.
NAME = "(e) => e.id || e.dataset.layer || e.dataset.move || e.className"
#: What a reader who cannot see or point would miss.
UNNAMED = """() => [
  ...[...document.querySelectorAll("button, input, select, [role=group], [role=img], svg")]
    .filter((node) => !node.closest("[aria-hidden], .hole") && node.checkVisibility())
    .filter((node) => !(node.getAttribute("aria-label") || node.textContent.trim() ||
                        node.labels?.length)),
].map((node) => node.outerHTML.slice(0, 90))"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    north, europe = fake_placement(NORDIC, EUROPEAN), fake_placement(EUROPE, EUROPEAN)
    both = {"north": north, "europe": europe}
    texts = {
        "placement": report_page(europe),
        "compare": compare_page(both),
        "front": front_page(answers_of("front", both, ("energy_mwh", "cost_usd"), "north")),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    return folder


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["placement", "compare", "front"])
def test_all_text_has_contrast_and_every_control_a_name(chromium, pages, name, dark):
    with opened(chromium, pages / f"{name}.html", dark=dark) as driven:
        driven.value("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        driven.value("document.querySelectorAll('[role=tabpanel]').forEach("
                     "(panel) => panel.classList.add('open'))")  # fmt: skip
        found = driven.value(CONTRAST)
        assert found["seen"] > 100
        assert found["weak"] == []
        assert driven.value(UNNAMED) == []


def test_everything_can_be_reached_and_used_by_keyboard(chromium, pages):
    with opened(chromium, pages / "placement.html") as driven:
        reached = []
        for _ in range(60):
            driven.page.keyboard.press("Tab")
            reached.append(driven.value(f"({NAME})(document.activeElement)"))
        for what in ("skip", "shade", "sites", "theme", "map", "+", "-", "0", "pick"):
            assert what in reached, what
        driven.page.locator("#table-sites button.pick").nth(1).focus()
        driven.page.keyboard.press("Enter")
        assert len(driven.chosen("map:sites")) == 1
        driven.page.locator("#shade").focus()
        driven.page.keyboard.press("ArrowDown")
        assert driven.page.locator("[data-key-of=carbon]").is_visible()
        assert driven.value(
            "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
        )  # the focus can be seen


def test_the_skip_link_comes_first_and_leads_to_the_answer(chromium, pages):
    with opened(chromium, pages / "front.html") as driven:
        driven.page.keyboard.press("Tab")
        assert driven.page.locator("a.skip").evaluate("node => node === document.activeElement")
        driven.page.keyboard.press("Enter")
        assert driven.value("document.activeElement.id") == "main"
