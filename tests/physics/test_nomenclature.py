"""One name, one unit, one range."""

from __future__ import annotations

from dataclasses import fields

import pytest

from siting.nomenclature import METRICS, QUANTITIES, markdown_table, quantity
from siting.physics import Facility

SUFFIXES = {"_mw": "MW", "_mwh": "MWh", "_c": "°C", "_ms": "ms", "_km": "km", "_l_per_kwh": "L/kWh"}


def test_a_suffix_always_means_its_unit() -> None:
    for name, q in QUANTITIES.items():
        ending = max((s for s in SUFFIXES if name.endswith(s)), key=len, default=None)
        if ending is not None and "_per_" not in name.removesuffix("_l_per_kwh"):
            assert q.unit == SUFFIXES[ending], name


def test_everything_a_facility_returns_is_listed() -> None:
    assert {f.name for f in fields(Facility)} <= set(QUANTITIES)


def test_every_metric_has_words_for_reports() -> None:
    assert all(q.title and q.words and q.steps for q in METRICS.values())
    assert METRICS["water_m3"].unit_shown == "m³"


def test_a_slip_of_unit_falls_outside_the_range() -> None:
    assert not quantity("pressure_pa").holds(1013.25)  # hPa
    assert not quantity("temp_dry_bulb_c").holds(293.15)  # K
    assert not quantity("pue").holds(0.9)
    assert not quantity("pue").holds(float("nan"))
    with pytest.raises(KeyError, match="pue_typo"):
        quantity("pue_typo")


def test_table_has_a_row_for_each() -> None:
    assert len(markdown_table().splitlines()) == len(QUANTITIES) + 2


def test_pages_show_the_tables_of_the_code() -> None:
    from tools.document_physics import NOMENCLATURE, PHYSICS, nomenclature_page, physics_page

    page, hint = PHYSICS.read_text(encoding="utf-8"), "run: python -m tools.document_physics"
    assert physics_page(page) == page, hint
    assert nomenclature_page() == NOMENCLATURE.read_text(encoding="utf-8"), hint
