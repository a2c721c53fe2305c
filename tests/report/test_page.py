from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from siting.report import write_report
from siting.report.maps.palette import DARK, LIGHT
from siting.report.pages import report_page
from siting.report.pages.interactive_map import frame_of, live_map
from siting.report.pages.layers import placement_frame
from siting.report.pages.parts import Column, Link, Table, show
from siting.status import Status
from tests.helpers.fakes import CITIES, EUROPE, EUROPEAN, HOSTILE, WORLD, fake_placement

VOID = {"meta", "input"}


class _Page(HTMLParser):
    """Tags with attributes in order, and what was opened and never closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] not in (["style"], ["script"]):
            self.text += data

    def every(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def europe():
    """A page that several tests read."""
    return report_page(fake_placement(EUROPE, EUROPEAN))


def _hostile():
    sites = {"a": (HOSTILE, HOSTILE, 50.0, 8.0, "air_economizer", 40.0)}
    placement = fake_placement(sites, ("paris",), name=f"x {HOSTILE}")
    limit = {"name": HOSTILE, "where": HOSTILE, "value": 1.0, "limit": 2.0, "excess": -1.0,
             "unit": HOSTILE, "ok": True}  # fmt: skip
    return replace(
        placement,
        sites=placement.sites.assign(binding=HOSTILE, **{f"{HOSTILE}_contract_mw": 1.0}),
        flows=placement.flows.assign(workload=HOSTILE),
        supply=placement.supply.assign(source=HOSTILE),
        other_conventions={HOSTILE: 1.0},
        left_out={HOSTILE: HOSTILE},
        payoff={HOSTILE: {"best": 1.0, "nadir": 2.0, "gap": 0.0}},
        screened={HOSTILE: 1},
        seconds={HOSTILE: 1.0},
        versions={HOSTILE: HOSTILE},
        catalogue_sha256=HOSTILE,
        audit={"passed": True, "steps": 1, "metrics": {HOSTILE: 1.0}, "differences": {},
               "limits": [limit], "hidden": [HOSTILE], "faults": [HOSTILE]},
    )  # fmt: skip


def test_names_that_are_markup_stay_text():
    text = report_page(_hostile())
    page = _Page(text)
    assert "<img" not in text
    assert page.every("img") == []
    assert HOSTILE in page.text
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert all("src" not in attrs for attrs in page.every("script"))


def test_page_asks_nothing_of_the_network(europe):
    page = _Page(europe)
    for _, attrs in page.tags:
        for name, value in attrs.items():
            if name in {"src", "href", "xlink:href", "srcset", "action", "data"}:
                assert value.startswith("#")
            elif not name.startswith("xmlns"):
                assert not re.search(r"https?://|url\((?!#)", value or "")
    policy = page.every("meta")[1]["content"]
    assert policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy


def test_page_and_map_are_there_and_small_enough(tmp_path):
    write_report(fake_placement(WORLD, tuple(CITIES), candidates=400), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "map.png",
        "report.html",
    ]
    assert (tmp_path / "report.html").stat().st_size < 3.5e6


def test_every_part_of_the_answer_is_on_the_page():
    placement = fake_placement(EUROPE, EUROPEAN, audit={"passed": True, "steps": 1442})
    page = _Page(report_page(placement))
    assert page.open == []
    for words in ("Optimal: proven within 0.05 %", "Genève", "Deep lake water",
                  "Maximum share per site",
                  "no grid zone", "no water counted", "Worst", "max_rtt_ms: 60", "ab" * 32,
                  "Version of pulp", "Audit passed", "inference"):  # fmt: skip
        assert words in page.text


def test_the_page_tells_parts_of_the_carbon_and_which_round_trips_were_measured():
    placement = fake_placement(EUROPE, EUROPEAN)
    share = {"carbon_grid_t_co2e": 0.25, "carbon_servers_t_co2e": 0.75}
    parts = {name: part * placement.sites["carbon_t_co2e"] for name, part in share.items()}
    labels = ["measured"] * len(placement.flows)
    told = replace(placement, sites=placement.sites.assign(**parts),
                   flows=placement.flows.assign(rtt_label=labels))  # fmt: skip
    page = _Page(report_page(told))
    for words in ("Servers, embodied", "Energy from the grid", "Measured round trips [% of load]"):
        assert words in page.text
    assert "Refrigerant that leaks" not in page.text


@pytest.mark.parametrize("status", [Status.TIME_LIMIT, Status.GAP_LIMIT])
def test_the_word_optimal_needs_a_proof(status):
    text = report_page(fake_placement(EUROPE, EUROPEAN, status=status, gap=0.0423))
    assert "optimal" not in text.lower()
    assert "4.3 %" in text


def test_an_audit_that_failed_stands_out():
    audit = {"passed": False, "faults": ["energy_mwh: recomputed 5, +12 %"]}
    page = _Page(report_page(fake_placement(EUROPE, EUROPEAN, audit=audit)))
    assert "Audit FAILED" in page.text
    assert "recomputed 5" in page.text
    assert any("bad" in attrs.get("class", "") for attrs in page.every("p"))


def test_a_long_list_of_what_slices_hid_is_whole_but_does_not_fill_the_page():
    audit = {"passed": True, "hidden": [f"site {i}: peak hidden" for i in range(30)]}
    page = _Page(report_page(fake_placement(EUROPE, EUROPEAN, audit=audit)))
    assert "22 more" in page.text
    assert all(f"site {i}: peak hidden" in page.text for i in range(30))


def test_page_can_be_used_without_eyes_or_mouse(europe):
    page = _Page(europe)
    tags = [tag for tag, _ in page.tags]
    assert {"header", "main", "footer", "h1"} <= set(tags)
    assert page.every("html")[0]["lang"] == "en"
    assert tags.count("table") == tags.count("caption")
    for attrs in page.every("svg"):
        assert attrs.get("aria-hidden") == "true" or (attrs["role"], bool(attrs["aria-label"])) == (
            "img",
            True,
        )
    assert all("scope" in attrs for attrs in page.every("th"))
    assert len(page.every("button")) > 10
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    labels = {attrs["aria-labelledby"] for attrs in page.every("section")}
    assert labels <= set(ids)


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_text_has_the_contrast_of_wcag_aa(palette):
    for text in (palette.ink, palette.muted):
        for ground in (palette.paper, palette.land, palette.sea):
            dark, light = sorted((_luminance(text), _luminance(ground)))
            assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_page_styles_are_those_of_the_map(europe):
    text = europe
    for palette in (LIGHT, DARK):
        for role, colour in vars(palette).items():
            assert f"--map-{role}: {colour}" in text


def test_attributes_cannot_be_broken_out_of():
    made = show([Table("T", [Column("A", ["x"])], link=Link("sites", ['"><script>']))])
    assert '<tr data-key="&#34;&gt;&lt;script&gt;">' in made


def test_tables_that_a_phone_stacks_say_that_they_are_tables():
    columns = [Column("A", ["x"]), *(Column(f"B{i}", [1.0], numeric=True) for i in range(5))]
    made = show([Table("T", columns)])
    counted = {role: made.count(f'role="{role}"') for role in ("table", "row", "cell")}
    assert counted == {"table": 1, "row": 2, "cell": 5}


def test_long_tables_that_a_phone_stacks_say_so_too():
    columns = [Column(f"B{i}", [1.0] * 501, numeric=True) for i in range(6)]
    made = show([Table("T", columns)])
    counted = {role: made.count(f'role="{role}"') for role in ("table", "row", "cell")}
    assert counted == {"table": 1, "row": 502, "cell": 5 * 501}


def test_missing_numbers_are_dashes_that_sort_last():
    made = show([Table("T", [Column("A", ["x"]), Column("B", [float("nan")], numeric=True)])])
    assert '<td data-value="">–</td>' in made


def test_the_first_view_of_a_map_has_every_candidate():
    placement = fake_placement(EUROPE, EUROPEAN)
    far = placement.candidates.assign(lat=placement.candidates["lat"].where(
        placement.candidates.index != "other_0", 69.6))  # fmt: skip
    frame = placement_frame([replace(placement, candidates=far)])
    x, y = frame.km(far[["lon", "lat"]]).T
    assert ((frame.x[0] < x) & (x < frame.x[1])).all()
    assert ((frame.y[0] < y) & (y < frame.y[1])).all()


def test_a_name_stands_on_a_side_on_which_a_phone_does_not_cut_it():
    plot = live_map(frame_of([0.0, 20.0], [45.0, 55.0]), "map")
    at = {"y": [sum(plot.frame.y) / 2] * 2, "radius": [10.0, 10.0]}
    at["x"] = [
        plot.frame.x[0] + share * (plot.frame.x[1] - plot.frame.x[0]) for share in (0.7, 0.2)
    ]
    plot.add_names(at | {"text": ["Frankfurt am Main", "Paris"]})
    assert plot.layers[-1].columns["side"] == ["left", "right"]
