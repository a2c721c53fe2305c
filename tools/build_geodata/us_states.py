"""Wind and solar of the United States by state: what its plants really gave, 2014-2019.

A state is that of the nearest of 1,020 weather stations, since no outline of the states is among
the sources; near a border that may be the neighbour. A state with a fleet of its own has its level
(derived); one without takes the plants within 500 km of its middle, for sun within 1,000 km where
there are none (modelled); one without those (wind in the south-east) has no row, so that nothing
can be contracted there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from siting.geo import distance_km

__all__ = ["GPPD", "fleet_levels", "nearest_state", "state_stations"]

GPPD = "net generation of United States plants (EIA), WRI Global Power Plant Database (v1.3+, 2022)"
_YEARS = range(2014, 2020)
_HOURS = 8760.0
#: A plant-year outside these is a part of a year or an error of capacity.
_PLAUSIBLE = {"wind": (0.10, 0.60), "solar": (0.06, 0.40)}
_FUEL = {"wind": "Wind", "solar": "Solar"}
#: What makes a fleet: this many plant-years, and megawatts in 2019.
_LEAST_YEARS, _LEAST_MW = 6, 50.0
#: How far a state without one looks for it; sun changes more slowly over the land than wind.
_REACH_KM = {"wind": (500.0,), "solar": (500.0, 1000.0)}


def state_stations(sources: Path) -> pd.DataFrame:
    """Stations with their state: columns state, lat, lon [degrees]."""
    table = pd.read_csv(sources / "climate" / "us_tmy3" / "index.csv", keep_default_na=False)
    return table[["state", "lat", "lon"]]


def nearest_state(
    stations: pd.DataFrame, lat: pd.Series[float], lon: pd.Series[float]
) -> pd.Series[str]:
    """State of the station nearest to each place.

    Parameters
    ----------
    stations : pandas.DataFrame
        From :func:`state_stations`.
    lat, lon : pandas.Series
        Places. [degrees]

    Returns
    -------
    pandas.Series
        Two letters, same index.
    """
    nearest = [
        int(np.argmin(distance_km(x, y, stations["lon"], stations["lat"])))
        for y, x in zip(lat, lon, strict=True)
    ]
    return pd.Series(stations["state"].to_numpy()[nearest], index=lat.index)


def _plant_years(sources: Path, technology: str) -> pd.DataFrame:
    """One row a plant and whole year of operation: lat, lon, mw, year, cf [-]."""
    path = sources / "power_plants" / "gppd_source_databases_merged.csv.gz"
    every = pd.read_csv(path, low_memory=False)
    plants = every[(every["src_db"] == "USA") & (every["primary_fuel"] == _FUEL[technology])]
    frames = []
    for year in _YEARS:
        ran = plants[plants["commissioning_year"] < year]
        cf = ran[f"generation_gwh_{year}"] * 1000.0 / _HOURS / ran["capacity_mw"]
        frames.append(
            pd.DataFrame({"lat": ran["latitude"], "lon": ran["longitude"], "cf": cf,
                          "mw": ran["capacity_mw"], "year": year})
        )  # fmt: skip
    table = pd.concat(frames)
    low, high = _PLAUSIBLE[technology]
    return table[table["cf"].between(low, high)]


def _mean(rows: pd.DataFrame) -> float:
    """Capacity factor of a fleet over its years, by capacity. [-]."""
    return float(np.average(rows["cf"], weights=rows["mw"]))


def _is_fleet(rows: pd.DataFrame) -> bool:
    last = rows[rows["year"] == max(_YEARS)]
    return len(rows) >= _LEAST_YEARS and float(last["mw"].sum()) >= _LEAST_MW


def fleet_levels(sources: Path, technology: str) -> pd.DataFrame:
    """Annual capacity factor of each state that has one, or has plants near.

    Parameters
    ----------
    sources : pathlib.Path
        Folder of the raw sources.
    technology : {"wind", "solar"}
        Which plants.

    Returns
    -------
    pandas.DataFrame
        Index state; columns level [-] and label (derived: its own fleet; modelled: plants
        around the middle of its stations).
    """
    stations, rows = state_stations(sources), _plant_years(sources, technology)
    rows = rows.reset_index(drop=True)
    of_state = dict(tuple(rows.groupby(nearest_state(stations, rows["lat"], rows["lon"]))))
    found = {}
    for state, own in stations.groupby("state"):
        fleet = of_state.get(str(state), rows.iloc[:0])
        if _is_fleet(fleet):
            found[str(state)] = (_mean(fleet), "derived")
            continue
        middle = float(own["lon"].mean()), float(own["lat"].mean())
        away = distance_km(*middle, rows["lon"], rows["lat"])
        near = [rows[away <= reach] for reach in _REACH_KM[technology]]
        level = next((_mean(plants) for plants in near if _is_fleet(plants)), None)
        if level is not None:
            found[str(state)] = (level, "modelled")
    return pd.DataFrame.from_dict(found, orient="index", columns=["level", "label"])
