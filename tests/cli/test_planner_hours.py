"""Hours and prices of the planner's that are not what they should be, by command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.catalogue.hourly import hourly_means, hourly_values
from siting.config.base import closest, did_you_mean, in_another_unit
from siting.errors import DataError

DAY = [round(0.3 + 0.2 * np.sin(np.pi * hour / 12), 4) for hour in range(24)]
YEAR = [str(value) for value in DAY * 365]
STUDY = """\
name: t
candidates: {sites: [lulea, dublin], file: own.csv}
demand:
  regions: [stockholm]
  workloads: [{name: a, it_mw: 5, max_rtt_ms: null, profile: {shape: file, file: load.csv}}]
supply: {ppas: ppas.csv, year: 2026}
generation: {file: generators.csv}
sites: {overrides: {lulea: {price_file: price.csv}}}
time: {slices: 24}
"""


def stamps(start: str = "2023-01-01", clock: str = "UTC", form: str = "%Y-%m-%d %H:%M") -> Any:
    return pd.date_range(start, periods=8760, freq="h", tz=clock).strftime(form).tolist()


def written(path: Path, column: str, cells: list[str], times: list[str] | None = None,
            sep: str = ",", end: str = "\n") -> Path:  # fmt: skip
    lines = cells if times is None else map(sep.join, zip(times, cells, strict=True))
    head = column if times is None else f"time{sep}{column}"
    path.write_text(end.join([head, *lines]) + end, encoding="utf-8", newline="")
    return path


def test_all_errors_of_planner_files_come_together(command: Any, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(STUDY)
    (tmp_path / "own.csv").write_text("id,lat,lon,price_eur_per_mwh\nmine,65,22,60\n")
    (tmp_path / "ppas.csv").write_text(
        "source,zone,mw,price_usd_per_mwh,profile\n"
        "wind,SWE,50,30,short.csv\nwind,SWE,50,0.03,below.csv\nwind,SWE,50,30,twice.csv\n"
    )
    (tmp_path / "generators.csv").write_text(
        "name,kind,max_units,fuel_price_eur_per_kwh\nengine,gas_engine,1,0.05\n"
    )
    written(tmp_path / "load.csv", "load", YEAR[:-1])
    written(tmp_path / "price.csv", "EUR/kWh", YEAR)
    written(tmp_path / "short.csv", "capacity_factor", YEAR[:-1])
    written(tmp_path / "below.csv", "capacity_factor", ["0.1", "-0.2", *YEAR[2:]])
    times = stamps()
    written(tmp_path / "twice.csv", "capacity_factor", YEAR, [*times[:99], *times[98:-1]])
    for verb in ("check", "solve"):
        ended = command(verb, "s.yaml")
        assert ended.code == 2
        told = ended.err + ended.out
        for words in (
            "own.csv:1: price_eur_per_mwh: unknown column. Convert it and name it price_usd_",
            "ppas.csv:3: price_usd_per_mwh: is 0.03, which looks like a price per kWh",
            "short.csv:8760: capacity_factor: the table ends here: it has 8,759 rows. Give 8,760",
            "below.csv:3: capacity_factor: is -0.2, outside 0 to 1. Give 0 to 1",
            "twice.csv:101: time: is '2023-01-05 02:00', where 5 January 03:00 UTC is due. Give",
            "generators.csv:1: fuel_price_eur_per_kwh: is no column of generators. Convert it",
            "load.csv:8760: load: the table ends here: it has 8,759 rows. Give 8,760 hours",
            "price.csv:1: EUR/kWh: is in another unit. Convert it and name the column price_usd",
        ):
            assert words in told, told
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("column", "name"),
    [("load", "price_usd_per_mwh"), ("price_usd_per_mwh", "load"),
     ("capacity_factor", "price_usd_per_mwh"), ("price_usd_per_mwh", "capacity_factor")],
)  # fmt: skip
def test_a_table_of_another_figure_is_told(tmp_path: Path, column: str, name: str) -> None:
    path = written(tmp_path / "mixed.csv", column, YEAR)
    with pytest.raises(DataError) as caught:
        hourly_values(path, name)
    said = f"mixed.csv:1: {column}: is another figure. Give a table of {name}"
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (
            lambda: stamps("2023-07-01"),
            "h.csv:2: time: is '2023-07-01 00:00', where 1 January 00:00 UTC",
        ),
        (lambda: stamps(form="%Y-%m-%dT%H:%M+01:00"), "h.csv:2: time: is '2023-01-01T00:00+01:00'"),
        (
            lambda: stamps(clock="Europe/Berlin"),
            "h.csv:2020: time: is '2023-03-26 03:00', where 26 March",
        ),
        (lambda: stamps("2023-01-01 01:00"), "h.csv:2: time: is '2023-01-01 01:00'"),
        (
            lambda: stamps("2024-01-01"),
            "h.csv:1418: time: is '2024-02-29 00:00', where 1 March 00:00 UTC",
        ),
        (lambda: stamps()[::-1], "h.csv:2: time: is '2023-12-31 23:00'"),
        (
            lambda: [*stamps()[:9], "", *stamps()[10:]],
            "h.csv:11: time: is empty, where 1 January 09:00",
        ),
        (
            lambda: stamps("2023-01-02", form="%d.%m.%Y %H:%M"),
            "h.csv:2: time: is '02.01.2023 00:00'",
        ),
    ],
)
def test_stamps_that_are_not_the_hours_due_are_told(
    tmp_path: Path, times: Callable[[], list[str]], words: str
) -> None:
    path = written(tmp_path / "h.csv", "capacity_factor", YEAR, times())
    with pytest.raises(DataError) as caught:
        hourly_means(path, "capacity_factor")
    assert [words in str(fault) for fault in caught.value.faults] == [True]


@pytest.mark.parametrize(
    ("times", "sep", "end"),
    [
        (lambda: stamps(form="%Y-%m-%dT%H:%M:%SZ"), ",", "\r\n"),
        (lambda: stamps(form="%d.%m.%Y %H:%M"), ";", "\n"),
        (lambda: stamps(form="%m/%d/%Y %H:%M"), "\t", "\n"),
        (lambda: stamps("2023-01-01 00:30"), ",", "\n"),
        (lambda: [f"{2005 + i % 7}{text[4:]}" for i, text in enumerate(stamps())], ",", "\n"),
        (lambda: [str(i + 1) for i in range(8760)], ",", "\n"),
    ],
)
def test_stamps_of_the_hours_due_are_read(
    tmp_path: Path, times: Callable[[], list[str]], sep: str, end: str
) -> None:
    cells = [cell.replace(".", ",") for cell in YEAR] if sep == ";" else YEAR
    path = written(tmp_path / "h.csv", "CAPACITY_FACTOR", cells, times(), sep, end)
    np.testing.assert_allclose(hourly_means(path, "capacity_factor")[6], DAY)


def test_a_local_clock_has_its_own_offset_and_no_daylight_saving_time(tmp_path: Path) -> None:
    fixed = written(tmp_path / "a.csv", "load", YEAR, stamps(form="%Y-%m-%dT%H:%M+01:00"))
    assert hourly_values(fixed, "load", utc=False)[1].shape == (8760, 1)
    summer = stamps(clock="Europe/Berlin", form="%Y-%m-%dT%H:%M%z")
    with pytest.raises(DataError) as caught:
        hourly_values(written(tmp_path / "b.csv", "load", YEAR, summer), "load", utc=False)
    assert "without daylight saving time" in str(caught.value.faults[0])


def test_a_blank_line_is_named_where_the_year_is_too_short(tmp_path: Path) -> None:
    path = written(tmp_path / "h.csv", "load", [*YEAR[:99], "", *YEAR[100:]])
    with pytest.raises(DataError) as caught:
        hourly_values(path, "load")
    assert "it has 8,759 rows; line 101 is blank" in str(caught.value.faults[0])


@pytest.mark.parametrize(
    ("column", "figure", "other"),
    [
        ("price_eur_per_mwh", "price_usd_per_mwh", True),
        ("€/MWh", "price_usd_per_mwh", True),
        ("price_ct_per_kwh", "price_usd_per_mwh", True),
        ("load (%)", "load", True),
        ("price_usd_per_mwh_m1", "price_usd_per_mwh", False),
        ("prise_usd_per_mwh", "price_usd_per_mwh", False),
        ("carbon_g_per_kwh", "grid_carbon_g_per_kwh", False),
        ("carbon_kg_per_kwh", "grid_carbon_g_per_kwh", True),
        ("it_kw", "it_mw", True),
        ("cost_usd_per_kw", "cost_usd_per_mw", True),
        ("max_rtt_s", "max_rtt_ms", True),
        ("min_mw", "max_mw", False),
    ],
)
def test_units_in_names(column: str, figure: str, other: bool) -> None:
    assert in_another_unit(column, figure) is other
    assert did_you_mean(column, figure).startswith("Convert" if other else "Did you mean")


def test_a_load_is_read_in_any_unit(tmp_path: Path) -> None:
    tables = [
        written(tmp_path / f"{i}.csv", name, YEAR) for i, name in enumerate(["load (%)", "load"])
    ]
    with_unit, plain = (hourly_values(table, "load")[1] for table in tables)
    assert (with_unit == plain).all()


def test_a_plant_that_never_runs_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        hourly_means(
            written(tmp_path / "h.csv", "capacity_factor", ["0"] * 8760), "capacity_factor"
        )
    assert "is 0 in every hour" in str(caught.value.faults[0])


def test_a_folder_where_a_file_is_meant_is_told_as_one(command: Any, tmp_path: Path) -> None:
    (tmp_path / "d.csv").mkdir()
    plain = "\n".join(STUDY.splitlines()[:1] + STUDY.splitlines()[2:4])
    (tmp_path / "s.yaml").write_text(
        f"{plain}\n  workloads: [{{name: a, it_mw: 5, max_rtt_ms: null}}]\n"
        "candidates: {sites: [lulea]}\nsupply: {ppas: d.csv}\n"
    )
    told = command("check", "s.yaml", "--set", "candidates.file=d.csv").err
    assert told.count("d.csv': names a folder. Give a path") == 2
    swapped = command("profile", "--lat", "1e9", "--lon", "0")
    assert "swapped" not in swapped.err
    assert "swapped? lat 5, lon 100" in command("profile", "--lat", "100", "--lon", "5").err


@pytest.mark.parametrize("column", ["price (EUR/kWh)", "Price €/kWh", "price_ct_per_kwh"])
def test_a_column_of_another_unit_is_known_by_its_quantity(column: str) -> None:
    known = ["lat", "price_usd_per_mwh", "water_price_usd_per_m3"]
    assert closest(column, known) == "price_usd_per_mwh"
