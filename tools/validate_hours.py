"""Writes the tables of docs/validation/hours.md: clean supply by the hour against the chronology.

    python -m tools.validate_hours --sources FOLDER

A site contracts wind and solar so that 90 % of its energy is matched at the time that it is drawn
(`supply.clean`). What is contracted is then replayed over all hours of the fleets of that zone, in
their order, at the capacity factor of the tables. `replay` does the same for any placement:

    python -m tools.validate_hours --sources FOLDER --run RUN

The sources are not part of the package.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import siting
from siting.arrays import FloatArray
from siting.catalogue import load_catalogue
from siting.catalogue.stations import step_frame
from siting.files import geodata_dir
from siting.placement import Placement
from siting.supply.hydro import hydro_capacity_factor
from siting.supply.renewables import day_type_factor, solar_capacity_factor, wind_capacity_factor
from siting.supply.tables import DAYS_IN_MONTH, monthly_table
from tools.build_geodata.fleet_hours import Fleet, fleets

__all__ = ["chronology", "matched", "replay"]

PAGE = Path("docs/validation/hours.md")
_HERE = "<!-- From here written by `python -m tools.validate_hours`. -->"
PLACES = (
    "vienna", "sofia", "prague", "frankfurt", "odense", "madrid", "lyon", "london", "athens",
    "rome", "vilnius", "amsterdam", "lisbon", "bucharest", "dallas", "los_angeles", "quincy",
    "council_bluffs", "ashburn", "phoenix", "sydney", "johannesburg", "hohhot",
)  # fmt: skip
_SHARE, _IT_MW = 0.9, 20.0
_BATTERY = {"name": "battery", "max_mw": 60.0, "duration_h": 4.0, "capex_usd_per_kwh": 100.0}


def matched(load: float, made: FloatArray, store_mw: float = 0.0, hours: float = 4.0,
            efficiency: float = 0.85) -> float:  # fmt: skip
    """Share of a steady load that is served at the time, from output or from what was stored.

    Parameters
    ----------
    load : float
        [MW]
    made : ndarray, shape (T,)
        Output in the order of the hours. [MW]
    store_mw, hours, efficiency : float
        Power, energy over power and round trip of a store. [MW], [h], [-]
    """
    served = np.minimum(made, load)
    if store_mw <= 0:
        return float(served.mean() / load)
    level, given = 0.0, 0.0
    for surplus in made - load:
        if surplus > 0:
            level = min(level + efficiency * min(surplus, store_mw), hours * store_mw)
        else:
            back = min(-surplus, store_mw, level)
            level, given = level - back, given + back
    return float((served.sum() + given) / len(made) / load)


def chronology(known: dict[tuple[str, str], Fleet], zone: str, level: dict[str, float]) -> Any:
    """Hours of wind and solar of a zone, at the annual level of the tables, where years overlap.

    Returns
    -------
    DataFrame
        Columns wind and solar [-], one row an hour in UTC; None without hours of both.
    """
    if not {(zone, "wind"), (zone, "solar")} <= set(known):
        return None
    parts = {name: known[zone, name].hours for name in ("wind", "solar")}
    table = pd.DataFrame(parts).dropna()
    if len(table) < 8700:
        return None
    return table / table.mean() * pd.Series(level)


def replay(placement: Placement, known: dict[tuple[str, str], Fleet]) -> pd.DataFrame:
    """Share of clean energy of each site by its plan, and over the hours of the sources.

    Hydropower keeps its months; the facility draws its annual mean.

    Returns
    -------
    DataFrame
        site, zone, hours, planned, replayed. [-]
    """
    catalogue = load_catalogue()
    rows = []
    for site, row in placement.sites.iterrows():
        place = catalogue.candidates.loc[site]
        zone, load = str(place["renewable_zone"]), float(row["energy_mwh"]) / 8760.0
        hours = chronology(known, zone, _levels(catalogue, zone))
        planned = float(row.get("clean_share_0", np.nan))
        if hours is None:
            rows.append((site, zone, 0, planned, np.nan))
            continue
        made = sum(hours[name].to_numpy() * float(row.get(f"{name}_contract_mw", 0.0))
                   for name in ("wind", "solar"))  # fmt: skip
        hydro = float(row.get("hydro_contract_mw", 0.0))
        if hydro > 0:
            month = pd.DatetimeIndex(hours.index).month.to_numpy()
            made = made + hydro * hydro_capacity_factor(
                catalogue.hydro_profiles, [str(place["hydro_zone"])], month
            )[0]  # fmt: skip
        store = _store(placement)
        share = matched(load, np.asarray(made), float(row.get("battery_storage_mw", 0.0)), *store)
        rows.append((site, zone, len(hours), planned, share))
    return pd.DataFrame(rows, columns=["site", "zone", "hours", "planned", "replayed"])


def _store(placement: Placement) -> tuple[float, float]:
    """Duration and efficiency of the first store of a study. [h], [-]."""
    stores = placement.study.storage
    return (stores[0].duration_h, stores[0].round_trip_efficiency) if stores else (4.0, 0.85)


def _levels(catalogue: Any, zone: str) -> dict[str, float]:
    """Annual capacity factor of wind and solar by the tables. [-]."""
    profiles, days = catalogue.renewable_profiles, DAYS_IN_MONTH / DAYS_IN_MONTH.sum()
    found = {}
    for name in ("wind", "solar"):
        own = profiles[profiles.index.get_level_values("technology") == name]
        table = monthly_table(own.droplevel("technology"), [zone], "capacity_factor")
        found[name] = float(table[0] @ days)
    return found


def _study(site: str, days: str, slices: int, *, store: bool) -> dict[str, Any]:
    return {
        "name": "hours",
        "candidates": {"sites": [site]},
        "designs": ["air_economizer"],
        "demand": {
            "regions": "world",
            "workloads": [{"name": "all", "it_mw": _IT_MW, "max_rtt_ms": None}],
        },
        "time": {"slices": slices},
        "supply": {
            "contracts": ["wind", "solar"],
            "day_types": days,
            "max_contract_share": 10.0,
            "max_contract_mw": {"wind": 5000.0, "solar": 5000.0},
            "clean": [{"share": _SHARE, "matched": "year"}],
        },
        "storage": [_BATTERY] if store else [],
        "objective": {"weights": {"energy": 0, "carbon": 0, "water": 0, "cost": 1}},
        "solver": {"gap": 0.01},
    }


def _steady(known: dict[tuple[str, str], Fleet]) -> Iterator[tuple[str, str, float, float, float]]:
    """Site, source and share of a load with half wind, half sun of 90 %: hours, days, months."""
    catalogue = load_catalogue()
    hours, month, hour, group = step_frame()
    for site in PLACES:
        place = catalogue.candidates.loc[site]
        zone, profiles = str(place["renewable_zone"]), catalogue.renewable_profiles
        true = chronology(known, zone, _levels(catalogue, zone))
        if true is None:
            continue
        shares = []
        for told in (True, False):
            days = {name: day_type_factor(catalogue, [zone], name, month, group, hour)
                    if told else None for name in ("wind", "solar")}  # fmt: skip
            wind = wind_capacity_factor(profiles, [zone], month, hours, days["wind"])[0]
            solar = solar_capacity_factor(profiles, [zone], [place["lat"]], [place["lon"]], month,
                                          hour, hours, days["solar"])[0]  # fmt: skip
            made = 0.5 * _SHARE * sum(x / np.average(x, weights=hours) for x in (wind, solar))
            shares.append(float(np.average(np.minimum(made, 1.0), weights=hours)))
        made = 0.5 * _SHARE * (true / true.mean()).sum(axis=1)
        told_share, plain_share = shares
        share = float(np.minimum(made, 1.0).mean())
        yield site, known[zone, "wind"].source, share, told_share, plain_share


def _solved(
    known: dict[tuple[str, str], Fleet],
    days: str,
    *,
    store: bool = False,
    slices: int = 480,
    places: tuple[str, ...] = PLACES,
) -> dict[str, tuple[float, float]]:
    """Share by the plan and by the replay, by site."""  # fmt: skip
    found = {}
    for site in places:
        placement = siting.solve(siting.load(_study(site, days, slices, store=store)))
        row = replay(placement, known).iloc[0]
        if np.isfinite(row["replayed"]):
            found[site] = (float(row["planned"]), float(row["replayed"]))
    return found


def _page(known: dict[tuple[str, str], Fleet]) -> str:
    typical, mean = _solved(known, "typical"), _solved(known, "mean", slices=96)
    stored = _solved(known, "typical", store=True)
    lines = ["", "## A study that asks for 90 %", "",
             "| site | fleet | plan | replay | off | with a battery | replay | off | mean days | "
             "replay | off |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    catalogue = load_catalogue()
    for site, pair in typical.items():
        zone = str(catalogue.candidates.loc[site, "renewable_zone"])
        cells = [f"{a:.1%} | {b:.1%} | {100 * (a - b):+.1f}"
                 for a, b in (pair, stored[site], mean[site])]  # fmt: skip
        fleet = known[zone, "wind"]
        lines.append(f"| {site} | {zone}, {fleet.label} | " + " | ".join(cells) + " |")
    for words, found in (("typical days", typical), ("typical days and a battery", stored),
                         ("mean days", mean)):  # fmt: skip
        off = 100 * np.array([a - b for a, b in found.values()])
        lines += ["", f"With {words} the plan is {np.abs(off).mean():.1f} points off in the mean "
                      f"({off.mean():+.1f} with sign), and {(np.abs(off) <= 2).sum()} of "
                      f"{len(off)} places are within 2."]  # fmt: skip
    lines += ["", "## A given mix", "",
              "| site | chronology | typical days | off | mean days | off |",
              "|---|---|---|---|---|---|"]  # fmt: skip
    rows = list(_steady(known))
    for site, _, true, told, plain in rows:
        lines.append(f"| {site} | {true:.1%} | {told:.1%} | {100 * (told - true):+.1f} | "
                     f"{plain:.1%} | {100 * (plain - true):+.1f} |")  # fmt: skip
    off = 100 * np.array([[told - true, plain - true] for _, _, true, told, plain in rows])
    told, plain = np.abs(off).mean(axis=0)
    lines += ["", f"Mean absolute error of the {len(rows)} places: {told:.1f} points with typical "
                  f"days, {plain:.1f} with mean days; {(np.abs(off[:, 0]) <= 2).sum()} and "
                  f"{(np.abs(off[:, 1]) <= 2).sum()} are within 2.", ""]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Write the page, or print the replay of a run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--run", type=Path)
    given = parser.parse_args()
    known = fleets(given.sources)
    if given.run is not None:
        print(replay(siting.load(given.run), known).round(4).to_string(index=False))
        return
    page = geodata_dir().parent / PAGE
    head = page.read_text(encoding="utf-8").partition(_HERE)[0]
    page.write_text(head + _HERE + "\n" + _page(known), encoding="utf-8")


if __name__ == "__main__":
    main()
