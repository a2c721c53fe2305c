"""Section of docs/validation/supply.md: connections against published figures and the network.

What a grid can spare at a site is not public. Two things are: campuses that stand or are announced,
and which voltages are near. One circuit carries √3 · U · I, with the current of the bundle that is
usual at its voltage.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue import Catalogue
from siting.catalogue.layers import Shore
from tools.build_geodata.supply_inputs import read_input

__all__ = ["circuit_mw", "connections", "highest_kv"]

_TEN_THOUSANDTH = 1e-4  # of a degree
_NEAR_KM = 50.0
#: Current of one conductor 243-AL1/39-ST1A [kA], and conductors of a bundle up to a voltage [kV].
_CONDUCTOR_KA = 0.645
_BUNDLES = ((200.0, 1), (310.0, 2), (np.inf, 4))


def circuit_mw(kv: float) -> float:
    """Power of one circuit at its voltage, by the standard conductors of pandapower and PyPSA.

    Parameters
    ----------
    kv : float
        Voltage; 0 for none. [kV]

    Returns
    -------
    float
        [MW] At a power factor of one.
    """
    wires = next(count for limit, count in _BUNDLES if kv < limit)
    return float(np.sqrt(3.0) * kv * _CONDUCTOR_KA * wires)


def highest_kv(folder: Path, places: pd.DataFrame, km: float = _NEAR_KM) -> pd.Series[float]:
    """Highest voltage of the substations near each place, where they are mapped.

    Parameters
    ----------
    folder : Path
        Of the catalogue.
    places : DataFrame
        country, lat and lon. [degrees]
    km : float
        Distance. [km]

    Returns
    -------
    Series
        [kV] 0 where the map has none; missing where there is no map.
    """
    files = (folder / "grid_network.npz", folder / "substations_osm.npz")
    parts = [np.load(file) for file in files if file.is_file()]
    lon, lat = (_points(parts, f"substations_{k}") * _TEN_THOUSANDTH for k in ("lon", "lat"))
    kv = _points(parts, "substations_kv")
    countries = {str(c) for part in parts for c in part["substations_countries"]}
    mapped_us = [part["substations_us_boxes"] for part in parts if "substations_us_boxes" in part]
    boxes = [box for part in mapped_us for box in part]
    place_lon, place_lat = (places[name].to_numpy(dtype=float) for name in ("lon", "lat"))
    beside, near = Shore(lon, lat).within(place_lon, place_lat, km)
    highest = np.zeros(len(places))
    np.maximum.at(highest, beside, kv[near])
    found = {}
    for i, (site, place) in enumerate(places.iterrows()):
        x, y = float(place["lon"]), float(place["lat"])
        mapped = place["country"] in countries
        if place["country"] == "USA":
            mapped &= any(b[0] <= x <= b[2] and b[1] <= y <= b[3] for b in boxes)
        found[site] = float(highest[i]) if mapped else np.nan
    return pd.Series(found)


def _points(parts: list[np.lib.npyio.NpzFile], name: str) -> FloatArray:
    return np.concatenate([part[name].astype(float) for part in parts])


def connections(catalogue: Catalogue) -> Iterator[str]:
    """Lines of the section."""
    places, campuses = catalogue.candidates, read_input("announced_campuses")
    kv = highest_kv(catalogue.folder, places).dropna()
    granted, circuit = places.loc[kv.index, "connection_mw"], kv.map(circuit_mw)
    above = kv.index[(granted > circuit) & (kv > 0)]
    yield "\n## Connections\n\n"
    yield (
        "`connection_mw` is 5 % of the generating capacity within 150 km, between 50 and 1,500 MW: "
        "*assumed*, and weak. Published campuses\nabove it stand in its place:\n\n"
        "| site | published [MW] | source |\n|---|---|---|\n"
    )
    for row in campuses.itertuples():
        yield f"| {row.site} | {row.mw} | {row.source} |\n"
    yield (
        "\nThey are those that were found, no list of all. Several campuses of one place may "
        "together draw more than the figure of its site.\n"
        f"\nSubstations are mapped around {len(kv)} of {len(places)} candidates (not in China, the "
        f"western United States and others). One\ncircuit at the highest voltage within "
        f"{_NEAR_KM:g} km (110 kV {circuit_mw(110.0):.0f} MW, 220 kV {circuit_mw(220.0):.0f}, "
        f"380 kV {circuit_mw(380.0):.0f}) carries the figure at all of them but\n"
        f"{', '.join(above)}; no substation is mapped within that distance of "
        f"{', '.join(kv.index[kv == 0])}. So it is supply and\nqueues that decide, not "
        "voltage, and neither is public: a utility's answer replaces the figure.\n"
    )
