from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from siting.placement import StateOutcome
from siting.report.display import placement_table
from siting.status import Status
from tests.helpers.fakes import EUROPE, EUROPEAN, WORLD, fake_placement


def _printed(placement, width=80):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(placement_table(placement))
    return console.file.getvalue()


@pytest.mark.parametrize("console_width", [80, 160])
def test_no_line_is_wider_than_80_columns(console_width):
    sites = {
        **WORLD,
        "long": (
            "A name that is very much longer than its column " * 3,
            "XXX",
            1.0,
            2.0,
            "indirect_evaporative",
            98_765.4,
        ),
    }
    lines = _printed(fake_placement(sites, EUROPEAN), console_width).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 80


def test_sites_metrics_gap_and_audit_are_there():
    text = _printed(fake_placement(EUROPE, EUROPEAN, audit={"passed": True}))
    for words in ("Luleå", "subsea_pod", "Optimal: proven within 0.05 %", "Water withdrawn", "TWh",
                  "Audit passed"):  # fmt: skip
        assert words in text


def test_a_stopped_solve_is_not_called_optimal():
    text = _printed(fake_placement(EUROPE, EUROPEAN, status=Status.TIME_LIMIT, gap=0.2))
    assert "optimal" not in text.lower()
    assert "20 % better may exist" in text


def test_markup_and_escapes_in_names_are_only_text():
    sites = {"a": ("[bold]X[/bold]\x1b[31m", "XXX", 50.0, 8.0, "air_economizer", 40.0)}
    text = _printed(fake_placement(sites, ("paris",)))
    assert "[bold]X[/b" in text
    assert "\x1b" not in text


def test_totals_of_a_state_have_the_units_of_their_mean():
    half, whole = (
        fake_placement({"a": ("A", "XXX", 50.0, 8.0, "air_economizer", mw)}, ("paris",))
        for mw in (20.0, 40.0)
    )
    states = tuple(
        StateOutcome(year=year, scenario="base", probability=1.0, share=0.5, cost_share=0.5,
                     placement=replace(p, metrics={**p.metrics, "carbon_t_co2e": carbon,
                                                   "water_m3": 2.5e6, "cost_usd": 1.23e8}))
        for year, p, carbon in ((2030, half, 56_900.0), (2035, whole, 143_000.0))
    )  # fmt: skip
    text = _printed(replace(states[1].placement, states=states))
    of_states = text[text.index("A year of each period") :]
    for words in ("kt CO₂e", "million m³", "million USD", "56.9", "143", "2.5", "123"):
        assert words in of_states
    assert "hm³" not in text


def test_what_would_be_counted_otherwise_stands_under_its_metric():
    lines = _printed(fake_placement(EUROPE, EUROPEAN)).splitlines()
    water = next(i for i, line in enumerate(lines) if line.startswith("Water consumed"))
    assert lines[water + 1].startswith("  with no water counted for hydropower")
    assert any(line.startswith("Carbon, contract-based") for line in lines)
