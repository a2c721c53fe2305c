from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.report.data import (
    amount,
    audit_sentence,
    clean,
    convention_title,
    gap_text,
    number,
    status_sentence,
)
from siting.report.pictures import draw_front
from siting.status import Status
from tests.helpers.fakes import EUROPE, EUROPEAN, fake_placement


@given(st.floats(1e-8, 10.0))
def test_a_gap_is_never_understated_and_at_most_a_tenth_overstated(gap):
    shown = float(gap_text(gap).removesuffix(" %").replace(",", "")) / 100
    assert gap * (1 - 1e-6) <= shown <= gap * 1.1 + 1e-12


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (1234.6, "1,235"), (0.05, "0.05"), (12.345, "12.3"), (math.nan, "–"), (None, "–"),
     (-0.5, "−0.5")],
)  # fmt: skip
def test_numbers_have_about_three_figures(value, shown):
    assert number(value) == shown


def test_amounts_take_the_largest_unit_that_leaves_at_least_one():
    assert amount("energy_mwh", 29_100_000) == "29.1 TWh"
    assert amount("energy_mwh", 999) == "999 MWh"
    assert amount("carbon_t_co2e", 1_200_000) == "1.2 Mt CO₂e"
    assert amount("water_m3", 12_300_000) == "12.3 million m³"
    assert amount("cost_usd", 2.5e9) == "2.5 billion USD"


def test_status_is_said_plainly():
    def words(**how):
        return status_sentence(fake_placement(EUROPE, EUROPEAN, **how))

    assert words() == "Optimal: proven within 0.05 % of the best possible."
    assert words(status=Status.GAP_LIMIT, gap=0.02).startswith("Within 2 % of the best possible")
    late = words(status=Status.TIME_LIMIT, gap=0.031)
    assert "up to 3.1 % better may exist" in late
    assert "optimal" not in late.lower()
    unbounded = words(status=Status.TIME_LIMIT, gap=math.inf)
    assert "before any bound was proven" in unbounded


def test_an_audit_that_failed_is_not_passed_over():
    assert audit_sentence({"passed": False}).startswith("Audit FAILED")
    assert audit_sentence({"passed": True}).startswith("Audit passed")
    assert audit_sentence(None) == "Not audited."


def test_names_are_one_printable_line():
    assert clean("a\n\tb\x1b[31m\u202ec") == "a b[31mc"


def test_conventions_are_named_after_their_metric():
    assert convention_title("water_m3_hydro_zero") == (
        "Water consumed (with no water counted for hydropower)"
    )
    assert convention_title("carbon_t_co2e_location_based", short=True).startswith("location-based")
    assert convention_title("water_m3_own_way") == "Water consumed (own way)"
    assert convention_title("water_withdrawal_m3") == "Water withdrawn"


def test_the_picture_of_a_front_rounds_its_proof_up(tmp_path):
    table = pd.DataFrame({
        "carbon_t_co2e": [1.0, 2.0, 3.0], "water_m3": [9.0, 5.0, 4.0],
        "gap_of_range": [0.0, 0.004474, 0.001], "is_knee": [False, True, False],
    })  # fmt: skip
    file = tmp_path / "front.svg"
    draw_front(table, ["carbon_t_co2e", "water_m3"], file, title="t", hypervolume=0.5)
    text = file.read_text(encoding="utf-8")
    assert "for carbon and water consumed" in text
    assert "within 0.45 % of the range of carbon" in text
