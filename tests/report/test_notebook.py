"""Results in a notebook: units of each number, pictures, and pages in frames of their own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from siting.nomenclature import METRICS, unit_of
from siting.sweeps.cases import SweepResult
from siting.sweeps.plan import plan_from_mapping
from tests.helpers.fakes import EUROPE, EUROPEAN, HOSTILE, fake_placement

PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def placement():
    return fake_placement(EUROPE, EUROPEAN)


def test_every_number_of_the_frame_has_its_unit(placement) -> None:
    frame = placement.to_frame()
    numbers = frame.select_dtypes("number").columns
    without = [c for c in numbers if c not in frame.attrs["units"] and c not in ("lat", "lon")]
    assert without == []
    assert frame.attrs["units"]["it_mw"] == "MW"
    assert frame.attrs["of"] == "a typical year"
    assert "units" not in placement.sites.attrs


@pytest.mark.parametrize(
    ("column", "unit"),
    [("carbon_t_co2e_location_based", "t CO2e"), ("cost_halls_usd", "USD"), ("pue", "-"),
     ("water_scarcity_m3_hydro_zero", "m3 world-eq"), ("wind_contract_mw", "MW"),
     ("scarcity_low", "m3 world-eq/m3"), ("rtt_p90_ms", "ms"), ("name", None),
     ("binding", None)],
)  # fmt: skip
def test_the_unit_of_a_column_follows_from_its_name(column: str, unit: str | None) -> None:
    assert unit_of(column) == unit


def test_a_placement_draws_itself(placement, tmp_path: Path) -> None:
    picture = placement.plot()
    assert picture._repr_png_().startswith(PNG)
    picture.save(tmp_path / "map.png")
    assert (tmp_path / "map.png").read_bytes() == picture.png
    for page in (placement.map(), placement.page()):
        shown = page._repr_html_()
        assert shown.startswith('<iframe sandbox="allow-scripts"')
        assert "&lt;!DOCTYPE html&gt;" in shown
    page.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == page.text


def test_names_in_a_frame_are_text() -> None:
    sites = {"a": (HOSTILE, HOSTILE, 50.0, 8.0, "air_economizer", 40.0)}
    shown = fake_placement(sites, ("paris",), name=HOSTILE).map()._repr_html_()
    head = shown[: shown.index("srcdoc=")]
    assert "<img" not in head
    assert shown.count("<") == 1  # the page is one attribute, whatever it holds


def _sweep(placement, over: dict[str, list[object]]) -> SweepResult:
    plan = plan_from_mapping({"over": over, "metrics": ["cost_usd"]})
    first, *others = over
    rows = [(v, w) for v in over[first] for w in (over[others[0]] if others else [0.0])]
    facts = {"status": "optimal", "reason": "", "gap": 0.0, "objective": 1.0, "bound": 1.0,
             "audit_passed": True, "warnings": "", **dict.fromkeys(METRICS, 5.0)}  # fmt: skip
    table = pd.DataFrame([{first: v, **({others[0]: w} if others else {}), **facts}
                          for v, w in rows]).rename_axis("case")  # fmt: skip
    table.loc[1, "status"] = "time_limit"
    sites = pd.DataFrame({"case": [0], "site": ["paris"]})
    empty = pd.DataFrame({"metric": [], "parameter": []})
    return SweepResult(placement.study, plan, table, sites, sites, empty)


@pytest.mark.parametrize(
    "over",
    [{"economics.carbon_price_usd_per_t": [0.0, 50.0, 100.0]},
     {"climate.year": ["typical", "hot"]},
     {"limits.max_sites": [2.0, 3.0], "climate.year": ["typical", "hot"]}],
)  # fmt: skip
def test_a_sweep_draws_itself(placement, over) -> None:
    result = _sweep(placement, over)
    assert result.plot().png.startswith(PNG)
    assert f"{len(result.table)} cases" in result._repr_html_()
    assert "data:image/png;base64," in result._repr_html_()
    assert [*result.placements] == [*result.table.index]  # each solved when it is asked for
    assert len(result.table) not in result.placements
