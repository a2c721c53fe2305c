"""The page of workloads is what its script writes, and its arithmetic is that of the literature."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if not (ROOT / "tools").is_dir():
    pytest.skip("the validation scripts are only in a checkout", allow_module_level=True)
from siting.physics.workloads import PRESETS  # noqa: E402
from tools import document_workloads  # noqa: E402
from tools.press_verdicts import read_press, verdicts  # noqa: E402
from tools.workload_places import CASES, HUBS, Place, places, work_at  # noqa: E402


@pytest.fixture(scope="module")
def where() -> list[Place]:
    return places((*CASES, *HUBS))


def test_the_page_is_what_the_script_writes(where: list[Place]) -> None:
    text = document_workloads.page(where)
    assert document_workloads.PAGE.read_text(encoding="utf-8") == text, (
        "run python -m tools.document_workloads"
    )


def test_published_carbon_of_gpt3_follows_from_its_grid() -> None:
    place = Place("as published", "US", "", 1.10, 0.0, 429.0, 0.0, 0.0, has_hydro=False)
    work = work_at(PRESETS["gpt3_training"].it_value, place)
    assert work.energy_mwh == pytest.approx(1287.0)
    assert work.carbon_t == pytest.approx(552.1, abs=0.1)


def test_water_identity_of_li_et_al() -> None:
    # US average: 1,287 MWh, WUE 0.55 and PUE 1.17 of the fleet, 3.142 L/kWh: 0.708 and 5.439 ML.
    place = Place("as published", "US", "", 1.17, 0.55, 0.0, 3.142, 0.0, has_hydro=False)
    work = work_at(1287.0, place)
    assert work.water_site_m3 == pytest.approx(708.0, abs=1.0)
    assert work.water_m3 == pytest.approx(5439.0, abs=10.0)


def test_cases_take_less_energy_than_every_hub_but_dublin(where: list[Place]) -> None:
    cases = [p.pue for p in where if p.case != "Hub of today"]
    hubs = [p.pue for p in where if p.case == "Hub of today" and p.name != "Dublin"]
    assert max(cases) < min(hubs)


def test_every_figure_of_the_press_is_judged(where: list[Place]) -> None:
    found = verdicts(where)
    assert len(found) == len(read_press()) == 14
    assert all(word and why for _, word, why in found)
