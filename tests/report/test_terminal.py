from __future__ import annotations

import io

import pytest
from rich.console import Console

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


def test_what_would_be_counted_otherwise_stands_under_its_metric():
    lines = _printed(fake_placement(EUROPE, EUROPEAN)).splitlines()
    water = next(i for i, line in enumerate(lines) if line.startswith("Water consumed"))
    assert lines[water + 1].startswith("  with no water counted for hydropower")
    assert any(line.startswith("Carbon, contract-based") for line in lines)
