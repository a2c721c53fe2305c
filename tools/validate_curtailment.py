"""Writes the tables of docs/validation/curtailment.md: headroom that curtailment frees.

    python -m tools.validate_curtailment --sources FOLDER

A new load that is the same in every hour is added to the hours of a balancing area, and whatever
would raise its peak is curtailed; the headroom is the largest such load of which no more than a
share of its energy is curtailed (Norris et al. 2025). Beside it stands a study with a connection of
which the same share may be taken away, and the hours in which it is. The hours are not part of the
package.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import siting
from siting.arrays import FloatArray, IndexArray
from siting.catalogue import load_catalogue
from siting.catalogue.weather import weather_of_sites
from siting.config import study_from_mapping
from siting.files import geodata_dir
from siting.run import check_study

__all__ = ["PUBLISHED_GW", "headroom_mw"]

PAGE = Path("docs/validation/curtailment.md")
_HERE = "<!-- From here written by `python -m tools.validate_curtailment`. -->"
#: Headroom of the 22 largest balancing authorities by the share that is curtailed. [GW]
PUBLISHED_GW = {0.0025: 76.0, 0.005: 100.0, 0.01: 126.0}
#: Areas whose generation is nearly their load: file, name and a site there.
AREAS = {
    "PJM": ("PJM", "ashburn"), "IL": ("MISO", "chicago"), "ERCO": ("ERCOT", "dallas"),
    "GA": ("Southern Company", "atlanta"),
}  # fmt: skip
#: Hours of the year in which a step is curtailed at 1 %.
_HOURS = 87.6
_FUELS = ["WND", "SUN", "WAT", "OIL", "NG", "COL", "NUC", "OTH"]


def headroom_mw(load_mw: FloatArray, share: float, peak_of: IndexArray | None = None) -> float:
    """Largest steady load of which a share of its energy is curtailed to keep the peak.

    Parameters
    ----------
    load_mw : ndarray, shape (N,)
        Load of each hour. [MW]
    share : float
        Curtailed energy over what the load would use in all hours. [-]
    peak_of : ndarray of int, shape (N,), optional
        Season of each hour, each of which keeps its own peak; one for the year by default.

    Returns
    -------
    float
        [MW]
    """
    season = np.zeros(len(load_mw), dtype=np.intp) if peak_of is None else peak_of
    peaks = np.full(season.max() + 1, -np.inf)
    np.maximum.at(peaks, season, load_mw)
    room = peaks[season] - load_mw
    low, high = 0.0, float(peaks.max())
    for _ in range(50):
        middle = 0.5 * (low + high)
        curtailed = np.maximum(middle - room, 0.0).mean() / middle
        low, high = (middle, high) if curtailed <= share else (low, middle)
    return low


def _hours(sources: Path, name: str) -> pd.Series[float]:
    """Generation of an area by the hour that begins, in UTC. [MW]."""
    path = sources / "carbon" / "us_ba_hourly_eia" / f"{name}_NG_and_avgCI.csv.gz"
    table = pd.read_csv(path, index_col=0, parse_dates=True)
    load = table[_FUELS].sum(axis=1)
    load.index = pd.DatetimeIndex(load.index) - pd.Timedelta(hours=1)
    return load


def _season(load: pd.Series[float]) -> IndexArray:
    """Winter (November to April) and summer."""
    month = pd.DatetimeIndex(load.index).month
    return np.where((month >= 5) & (month <= 10), 1, 0)


def _headrooms(areas: Mapping[str, pd.Series[float]]) -> Iterator[str]:
    shares = list(PUBLISHED_GW)
    yield _row("area, 2022", "peak GW", "load factor", *(f"{s:.2%}" for s in shares))
    yield "|---|--:|--:|--:|--:|--:|"
    total = np.zeros((2, len(shares)))
    for name, load in areas.items():
        values: FloatArray = np.asarray(load, dtype=float)
        found = np.array(
            [[headroom_mw(values, s, of) / 1e3 for s in shares] for of in (None, _season(load))]
        )
        total += found
        head = (f"{values.max() / 1e3:.1f}", f"{values.mean() / values.max():.2f}")
        yield _row(name, *head, *(f"{a:.1f} ({b:.1f})" for a, b in found.T))
    yield _row(f"these {len(areas)}", "", "", *(f"{a:.1f} ({b:.1f})" for a, b in total.T))
    shape = total / total[:, 1:2]
    yield _row("over that at 0.5 %", "", "", *(f"{a:.2f} ({b:.2f})" for a, b in shape.T))
    known = {gw: gw / PUBLISHED_GW[0.005] for gw in PUBLISHED_GW.values()}
    told = (f"{gw:g} GW, {part:.2f}" for gw, part in known.items())
    yield _row("Norris et al. (2025), 22 areas", "", "", *told)
    off = 100 * (shape / np.array(list(known.values())) - 1)
    yield _row("error of the shape", "", "", *(f"{a:+.0f} % ({b:+.0f} %)" for a, b in off.T))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _sensitivity(load: pd.Series[float], site: str) -> tuple[float, float, float]:
    """Load of a degree of cooling and of heating over the mean, and how much they explain.

    Least squares over the means by month and hour, on the typical weather of a site and one
    constant for each hour of the day.
    """
    catalogue = load_catalogue()
    weather = weather_of_sites(catalogue, catalogue.candidates.loc[[site]])
    real = weather.hours > 0
    hours, cell = weather.hours[real], (12 + weather.month[real] - 1) % 12 * 24 + weather.hour[real]
    degrees = weather.temp_dry_bulb_c[0, real] - 18.0
    weight = np.bincount(cell, hours, 288)
    both = [np.bincount(cell, x * hours, 288) / weight
            for x in (np.maximum(degrees, 0.0), np.maximum(-degrees, 0.0))]  # fmt: skip
    at = pd.DatetimeIndex(load.index)
    mean = load.groupby([at.month, at.hour]).mean().to_numpy() / load.mean()
    of_hour = (np.arange(288)[:, None] % 24 == np.arange(24)).astype(float)
    terms = np.column_stack([of_hour, *both])
    found = np.linalg.lstsq(terms, mean, rcond=None)[0]
    left = ((mean - terms @ found) ** 2).sum() / ((mean - mean.mean()) ** 2).sum()
    return float(found[24]), float(found[25]), float(1.0 - left)


def _sensitivities(areas: Mapping[str, pd.Series[float]]) -> Iterator[str]:
    yield _row("area", "a degree of cooling", "a degree of heating", "heating over cooling", "R²")
    yield "|---|--:|--:|--:|--:|"
    sites = dict(AREAS.values())
    for name, load in areas.items():
        cooling, heating, fit = _sensitivity(load, sites[name])
        percent = (f"{100 * cooling:.1f} %", f"{100 * heating:.1f} %")
        yield _row(name, *percent, f"{heating / cooling:.2f}", f"{fit:.2f}")


def _study(site: str, share: float, **more: Any) -> dict[str, Any]:
    """140 MW of IT where 100 MW are firm and 120 MW may be curtailed."""
    steps = [{"mw": 100}, {"mw": 120, "curtailable_hours": 8760 * share}]
    return {
        "name": "curtailment",
        "candidates": {"sites": [site]},
        "designs": ["air_economizer", "air_evaporative"],
        "demand": {
            "regions": "world",
            "workloads": [{"name": "all", "it_mw": 140, "max_rtt_ms": None, **more}],
        },
        "time": {"slices": 96},
        "supply": {"contracts": []},
        "connections": {"steps": steps},
        "storage": [{"name": "battery", "max_mw": 300, "duration_h": 4}],
        "objective": {"weights": {"energy": 0, "carbon": 0, "water": 0, "cost": 1}},
    }


def _taken_away(site: str) -> FloatArray:
    """Part of each hour of each month that a study with 1 % takes away, shape (12, 24), UTC."""
    c = check_study(study_from_mapping(_study(site, _HOURS / 8760))).problem.coefficients
    power, calendar = c.operation.power, c.operation.calendar
    assert power is not None
    assert calendar is not None
    away = 1.0 - power.output[power.curtailed][0]
    table = np.zeros((12, 24))
    for month in range(12):
        own = away[calendar.month == month]
        table[month] = np.repeat(own, 24 // len(own))
    return table


def _overlaps(areas: Mapping[str, pd.Series[float]]) -> Iterator[str]:
    heads = ("hours of highest load, 2022", "hours of a study", "of the first in the second")
    yield _row("area", "site", *heads, "by chance")
    yield "|---|---|---|---|--:|--:|"
    sites = dict(AREAS.values())
    for name, load in areas.items():
        table = _taken_away(sites[name])
        top = pd.DatetimeIndex(load.nlargest(round(_HOURS)).index)
        inside = table[top.month - 1, top.hour].mean()
        months = ", ".join(map(str, sorted(set(top.month.tolist()))))
        taken = np.argwhere(table > 0)
        said = f"month {taken[0, 0] + 1}, {taken[:, 1].min()} to {taken[:, 1].max() + 1} h UTC"
        real = f"months {months}, most at {top.hour.value_counts().index[0]} h UTC"
        yield _row(name, sites[name], real, said, f"{inside:.0%}", f"{table.mean():.0%}")


def _covered() -> Iterator[str]:
    yield "| site | share | cost, million USD a year | battery MW | firm connection |"
    yield "|---|--:|--:|--:|---|"
    for site in ("dallas", "ashburn"):
        for share in (0.0, *PUBLISHED_GW):
            found = siting.solve(study_from_mapping(_study(site, share)))
            row = found.sites.loc[site]
            cost, battery = found.metrics["cost_usd"] / 1e6, row["battery_storage_mw"]
            yield (
                f"| {site} | {share:.2%} | {cost:.2f} | {battery:.1f} | "
                f"{row['firm_connection_mw']:g} of {row['connection_mw']:g} MW |"
            )


def _page(sources: Path) -> str:
    areas = {name: _hours(sources, file) for file, (name, _) in AREAS.items()}
    lines = ["", "## Headroom by the method of the study, GW", "", *_headrooms(areas),
             "", "## Load of heating and cooling, over the mean load", "", *_sensitivities(areas),
             "", "## Hours that a study takes away", "", *_overlaps(areas),
             "", "## What carries them", "", *_covered(), ""]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, required=True)
    page = geodata_dir().parent / PAGE
    head = page.read_text(encoding="utf-8").partition(_HERE)[0]
    page.write_text(head + _HERE + "\n" + _page(parser.parse_args().sources), encoding="utf-8")


if __name__ == "__main__":
    main()
