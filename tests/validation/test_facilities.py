"""What is published of real facilities, beside what is predicted with nothing set for a place."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.files import geodata_dir
from siting.physics import PRACTICES

ROOT = Path(__file__).resolve().parents[2]
if not (ROOT / "tools").is_dir() or not geodata_dir().is_dir():
    pytest.skip("the validation scripts are only in a checkout", allow_module_level=True)
from tools import validate_facilities  # noqa: E402
from tools.facilities import (  # noqa: E402
    AWS,
    AZURE,
    GOOGLE,
    HELD_OUT,
    TOWER_WUE_L_PER_KWH,
    Prediction,
    azure_rows,
    mean_absolute_error,
    predict,
    read_facilities,
    region_design,
)
from tools.facility_water import FLOORS, evaporative, rank_correlation  # noqa: E402
from tools.fit_practice import fitted, ratios  # noqa: E402


@pytest.fixture(scope="module")
def predictions() -> list[Prediction]:
    return predict(read_facilities())


@pytest.fixture(scope="module")
def held_out() -> list[Prediction]:
    return predict(read_facilities(HELD_OUT))


def errors(rows: list[Prediction]) -> list[float]:
    return [abs(p.pue_error or 0.0) for p in rows if p.facility.pue and not p.facility.bound]


def share_in_band(rows: list[Prediction]) -> float:
    known = [p for p in rows if p.facility.pue and not p.facility.bound]
    return float(np.mean([p.pue.holds(p.facility.pue or 0.0) for p in known]))


def test_the_practice_helps_where_it_was_not_fitted(held_out: list[Prediction]) -> None:
    """AWS and Google: neither error is worse than that of the plants as designed."""
    designed = predict([p.facility for p in held_out], bands=False, practice=None)
    for operator, most in ((AWS, 0.066), (GOOGLE, 0.048)):
        own, bare = (
            errors([p for p in rows if p.facility.operator == operator])
            for rows in (held_out, designed)
        )
        assert np.mean(own) < np.mean(bare)
        assert np.mean(own) < most  # 0.087 and 0.049 before there was a practice


def test_the_bands_hold_four_fifths_of_what_is_published(
    predictions: list[Prediction], held_out: list[Prediction]
) -> None:
    assert share_in_band(predictions) >= 0.8
    for operator in (AWS, GOOGLE):
        assert share_in_band([p for p in held_out if p.facility.operator == operator]) >= 0.8


def test_the_factors_are_those_of_the_fit() -> None:
    """On the training table alone; the climate of a place may move them by some hundredths."""
    found = fitted(ratios(read_facilities()))
    assert found.keys() == PRACTICES.keys()
    for name, row in PRACTICES.items():
        assert (row.value, row.low, row.high) == pytest.approx(found[name], abs=0.05), name
    assert not {f.operator for f in read_facilities()} & {AWS, GOOGLE}


def of(predictions: list[Prediction], name: str) -> Prediction:
    return next(p for p in predictions if p.facility.id == name)


def test_one_rule_meets_azure_within_four_hundredths(predictions: list[Prediction]) -> None:
    """With the practice that is fitted to its measured regions; 0.055 for plants as designed."""
    azure = azure_rows(predictions)
    assert len(azure) == 52
    assert mean_absolute_error(azure) <= 0.04


def test_the_rule_reads_water_and_nothing_else() -> None:
    assert region_design([]) == region_design([0.49]) == "air_evaporative"
    assert region_design([0.1, 1.8]) == "water_economizer"


def test_wetted_media_take_less_than_the_threshold_in_every_azure_region() -> None:
    azure = [f for f in read_facilities() if f.operator == AZURE]
    wetted = predict([replace(f, design="air_evaporative") for f in azure], bands=False)
    assert max(p.wue.value for p in wetted) < TOWER_WUE_L_PER_KWH


@pytest.mark.parametrize(
    "name", ["lulea_2013", "natick_2018_2020", "prineville_2011", "prineville_2013"]
)
def test_published_pue_lies_in_the_band(predictions: list[Prediction], name: str) -> None:
    prediction = of(predictions, name)
    assert prediction.pue.holds(prediction.facility.pue or 0.0)
    assert abs(prediction.pue_error or 0.0) < 0.035


@pytest.mark.parametrize("name", ["natick_2018_2020", "prineville_2011", "prineville_2013"])
def test_published_wue_lies_in_the_band(predictions: list[Prediction], name: str) -> None:
    prediction = of(predictions, name)
    assert prediction.wue.holds(prediction.facility.wue_l_per_kwh or 0.0)


def test_cold_places_no_longer_come_out_as_the_thirstiest() -> None:
    """Twelve AWS regions, never fitted: water rises with published water at today's floor."""
    rows = [f for f in evaporative(read_facilities(HELD_OUT)) if f.year == "2024"]
    published = [f.wue_l_per_kwh or 0.0 for f in rows]
    rank = {}
    for name, floor in FLOORS.items():
        found = predict([replace(f, min_dew_point_c=floor) for f in rows], bands=False)
        rank[name] = rank_correlation(published, [p.wue.value for p in found])
    assert {f.operator for f in rows} == {AWS}
    today, former = rank.values()
    assert former < 0.0 < today


def test_ranks_of_equal_values_are_shared() -> None:
    assert rank_correlation([1.0, 2.0, 3.0], [10.0, 20.0, 30.0]) == pytest.approx(1.0)
    assert rank_correlation([1.0, 1.0, 2.0], [5.0, 5.0, 1.0]) == pytest.approx(-1.0)


def test_qiandao_stays_below_its_published_bound(predictions: list[Prediction]) -> None:
    # "Less than 1.3" for the year; its best hour of 1.17 lies far up in the band.
    year, best = of(predictions, "qiandao_2015"), of(predictions, "qiandao_minimum_2015")
    assert year.pue.high < 1.30
    assert best.pue.value + 0.05 < 1.17 < best.pue.high


def test_no_facility_has_a_parameter_of_its_own() -> None:
    """The table gives a design, a position and water, and the script no other number of a place."""
    tree = ast.parse((ROOT / "tools" / "facilities.py").read_text(encoding="utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    bands = [c for c in calls if getattr(c.func, "id", "") in {"annual_band", "annual_figures"}]
    assert bands
    assert all([k.arg for k in call.keywords] == [None] for call in bands)


def test_the_page_is_what_the_script_writes(
    predictions: list[Prediction], held_out: list[Prediction]
) -> None:
    text: Any = validate_facilities.page(predictions, held_out)
    assert validate_facilities.PAGE.read_text(encoding="utf-8") == text, (
        "run python -m tools.validate_facilities"
    )


def test_every_figure_has_a_source_and_says_whether_it_was_read() -> None:
    for facility in read_facilities():
        assert facility.source
        assert facility.why
        assert facility.reference_read in {"yes", "no"}
