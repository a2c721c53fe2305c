"""A planner's table of connection steps: what it says, and all of its errors at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from siting.catalogue.power_files import doubtful_steps, read_connections
from siting.config.supply import Connections, ConnectionStep
from siting.errors import DataError

SITES = {"lulea", "ashburn"}


def _written(folder: Path, *lines: str) -> Path:
    path = folder / "connections.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_steps_stand_in_the_order_of_the_rows_by_site(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        "site,year,mw,cost_usd_per_mw,lead_years,firm_hours",
        "lulea,2026,40,100000,,",
        "ashburn,2027,50,0,,",
        "lulea,2028,60,300000,2.5,8672",
    )
    steps = read_connections(path, SITES)
    assert {site: [(x.year, x.mw) for x in own] for site, own in steps.items()} == {
        "lulea": [(2026, 40.0), (2028, 60.0)],
        "ashburn": [(2027, 50.0)],
    }
    late = steps["lulea"][1]
    assert (late.cost_usd_per_mw, late.curtailed_hours) == (300000.0, 88.0)
    # Ordered in 2026 it is there in the middle of 2028, after its year; ordered in 2020, by then.
    assert late.first_year(2026) == 2028.5
    assert late.first_year(2020) == 2028.0


@pytest.mark.parametrize(
    ("column", "value", "hours"),
    [("firm_hours", "8760", 0.0), ("curtailable_hours", "50", 50.0),
     ("curtailable_share", "0.01", 87.6)],
)  # fmt: skip
def test_curtailment_may_be_given_in_three_ways(
    tmp_path: Path, column: str, value: str, hours: float
) -> None:
    path = _written(tmp_path, f"site,year,mw,cost_usd_per_mw,{column}", f"lulea,2026,40,0,{value}")
    assert read_connections(path, SITES)["lulea"][0].curtailed_hours == pytest.approx(hours)
    in_study = ConnectionStep.model_validate({"mw": 40, column: float(value)})
    assert in_study.curtailed_hours == pytest.approx(hours)
    assert ConnectionStep.model_validate(in_study.model_dump()) == in_study


def test_kilowatts_read_as_megawatts_are_doubted_by_row_and_by_key(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        "site,year,mw,cost_usd_per_mw",
        "lulea,2026,50000,0",
        "",
        "ashburn,2026,1500,0",
        "ashburn,2027,1501,0",
        "elsewhere,2027,90000,0",
    )
    most_mw = {"lulea": 600.0, "ashburn": 1500.0}
    asked = Connections.model_validate(
        {"file": str(path), "steps": [{"mw": 1500}, {"mw": 60000}, {"share": 2}]}
    )
    doubt = "MW, ten times what the study needs, and more than the grid of the site gives. Give"
    assert [words.partition(" megawatts")[0] for words in doubtful_steps(asked, most_mw)] == [
        f"connections.csv:2: mw: is 50,000 {doubt}",
        f"connections.csv:5: mw: is 1,501 {doubt}",
        f"connections.steps[1].mw: is 60,000 {doubt}",
    ]


def test_a_study_gives_it_in_one_of_them() -> None:
    with pytest.raises(ValidationError, match="gives firm_hours and curtailable_share"):
        ConnectionStep.model_validate({"mw": 40, "firm_hours": 8000, "curtailable_share": 0.01})


def test_every_error_is_told_at_once_with_row_column_and_remedy(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        "site,year,mw,cost_usd_per_mw,curtailable_hours,firm_hours,firm,colour",
        "nowhere,2026,40,100000,,,,",
        "lulea,20x8,-60,300000,88,8000,,",
        "lulea,2031.5,200,,9000,,maybe,",
        "ashburn,2027,50,200000,,,no,",
    )
    with pytest.raises(DataError) as error:
        read_connections(path, SITES)
    found = {(fault.line, fault.key) for fault in error.value.faults}
    assert found == {
        (1, "colour"), (2, "site"), (3, "year"), (3, "mw"), (3, "curtailable_hours"), (4, "year"),
        (4, "cost_usd_per_mw"), (4, "curtailable_hours"), (4, "firm"), (5, "firm"),
    }  # fmt: skip
    assert all(f.where == "connections.csv" and f.remedy for f in error.value.faults)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read_connections(_written(tmp_path, "site,mw", "lulea,40"), SITES)
    assert {fault.key for fault in error.value.faults} == {"year", "cost_usd_per_mw"}


def test_rows_of_another_length_do_not_hide_what_is_wrong_in_the_others(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        "site,year,mw,cost_usd_per_mw,curtailable_hours,firm",
        "Lulea,2026,40,100000,,",
        "lulea,2026,40",
        "lulea,2026,40,0,88,yes",
        "lulea,2026,40,0,0,no",
        "lulea,2026,-4,0,,,",
        "lulea,2026,0,0,,",
    )
    with pytest.raises(DataError) as error:
        read_connections(path, SITES)
    faults = error.value.faults
    assert [(fault.line, fault.key) for fault in faults] == [
        (2, "site"), (3, ""), (4, "firm"), (5, "firm"), (6, ""), (7, "mw"),
    ]  # fmt: skip
    assert faults[0].remedy == "Did you mean lulea?"
    assert faults[2].problem == "is yes, but curtailable_hours is 88"
