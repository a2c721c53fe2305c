"""Hydropower by season and year, and water in electricity under each convention for it.

``best``
    Hydropower of the grid evaporates the factor of its country, what WRI's published figure of the
    whole grid leaves for it; contracted hydropower that of the plants within 150 km, of which
    run-of-river plants evaporate nothing.
``country``
    The factor of the country for both.
``evaporation``
    17.0 L/kWh everywhere, the median of American reservoirs without allocation to other uses.
``zero``
    None: reservoirs serve other uses first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from siting.arrays import FloatArray, IntArray
from siting.catalogue import Catalogue, once_per_catalogue
from siting.catalogue.point_attributes import HYDRO_KM
from siting.errors import Fault, InputError
from siting.files import read_folder_table
from siting.geo import distance_km
from siting.supply.tables import DAYS_IN_MONTH, by_zone, monthly_table

__all__ = [
    "HYDRO_WATER",
    "HydroYear",
    "contract_water_l_per_kwh",
    "hydro_capacity_factor",
    "hydro_season",
    "hydro_water_origin",
    "hydro_year_factor",
]


HydroYear = Literal["normal", "dry", "wet"] | float
"""A normal year, the driest or wettest in ten, or generation as a multiple of a normal year."""


def hydro_capacity_factor(
    profiles: pd.DataFrame, zones: Sequence[str], month: IntArray, hydro_year: HydroYear = "normal"
) -> FloatArray:
    """Capacity factor of hydropower at each site in each step, shape (n, T). [-].

    NaN where the zone has no profile: hydropower cannot be contracted there.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Hydro profiles of the catalogue: index (zone, month); capacity_factor,
        dry_year_factor, wet_year_factor. [-]
    zones : sequence of str
        Hydro zone of each of n sites.
    month : numpy.ndarray
        Shape (T,), 1 to 12; 0 marks a design hour, which gets the lowest month.
    hydro_year : {"normal", "dry", "wet"} or float
        Which year; a number multiplies every month. [-]
    """
    normal = monthly_table(profiles, zones, "capacity_factor")
    by_month = np.minimum(normal * hydro_year_factor(profiles, zones, hydro_year), 1.0)
    return by_step(by_month, month)


def hydro_year_factor(
    profiles: pd.DataFrame, zones: Sequence[str], hydro_year: HydroYear
) -> FloatArray:
    """Generation in each month as a multiple of the normal year.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Hydro profiles of the catalogue: index (zone, month); capacity_factor,
        dry_year_factor, wet_year_factor. [-]
    zones : sequence of str
        Hydro zone of each of n sites.
    hydro_year : {"normal", "dry", "wet"} or float
        Which year; a number multiplies every month. [-]

    Returns
    -------
    numpy.ndarray
        Shape (n, 12). [-]
    """
    if hydro_year in ("dry", "wet"):
        return monthly_table(profiles, zones, f"{hydro_year}_year_factor")
    factor = 1.0 if hydro_year == "normal" else _as_factor(hydro_year)
    return np.full((len(zones), 12), factor)


def hydro_season(profiles: pd.DataFrame, zones: Sequence[str]) -> FloatArray:
    """Normal capacity factor of each month over its annual mean.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Hydro profiles of the catalogue: index (zone, month); capacity_factor,
        dry_year_factor, wet_year_factor. [-]
    zones : sequence of str
        Hydro zone of each of n sites.

    Returns
    -------
    numpy.ndarray
        Shape (n, 12). [-] The mean over the days of the year is 1; NaN without a profile.
    """
    normal = monthly_table(profiles, zones, "capacity_factor")
    mean = normal @ DAYS_IN_MONTH / DAYS_IN_MONTH.sum()
    return np.asarray(normal / mean[:, None])


def by_step(by_month: FloatArray, month: IntArray) -> FloatArray:
    """Spread monthly values, (n, 12), over the steps, in the same unit.

    Parameters
    ----------
    by_month : numpy.ndarray
        Shape (n, 12), in any unit.
    month : numpy.ndarray
        Shape (T,), 0 to 12; design hours (month 0) get the lowest month.
    """
    lowest = by_month.min(axis=1, keepdims=True)
    return np.concatenate([lowest, by_month], axis=1)[:, month]


def _as_factor(hydro_year: object) -> float:
    valid = isinstance(hydro_year, int | float) and not isinstance(hydro_year, bool)
    if valid and 0 <= float(hydro_year) <= 2:  # type: ignore[arg-type]
        return float(hydro_year)  # type: ignore[arg-type]
    raise InputError(
        [
            Fault(
                "supply",
                None,
                "supply.hydro_year",
                f"{hydro_year!r} is not a hydrological year",
                "Give normal, dry, wet, or generation as a multiple of a normal year, 0 to 2",
            )
        ]
    )


#: Column of ``grid_zones`` with the water of the grid under each convention.
HYDRO_WATER: Mapping[str, str] = MappingProxyType(
    {
        "best": "water_country_l_per_kwh",
        "country": "water_country_l_per_kwh",
        "evaporation": "water_l_per_kwh",
        "zero": "water_zero_hydro_l_per_kwh",
    }
)
_PLANTS = "hydro_plants.csv"
_COLUMNS = ["lat", "lon", "mw", "water_l_per_kwh", "water_high_l_per_kwh", "kind"]
#: Share of the capacity of known kind above which a site's value is no longer called assumed.
_MOSTLY = 0.5
_KM_PER_DEGREE = 110.0


def contract_water_l_per_kwh(
    catalogue: Catalogue, places: pd.DataFrame, source: str, convention: str = "best"
) -> FloatArray:
    """Water consumed to make a kilowatt-hour that a site contracts.

    Parameters
    ----------
    catalogue : Catalogue
        Supply sources, grid zones and hydropower plants.
    places : pandas.DataFrame
        Candidates with lat, lon [degrees] and grid_zone.
    source : str
        Row of ``Catalogue.supply_sources``.
    convention : str, default best
        Row of ``HYDRO_WATER``.

    Returns
    -------
    numpy.ndarray
        Shape (n,). [L/kWh]
    """
    facts = catalogue.supply_sources
    if source != "hydro" or convention in ("evaporation", "zero"):
        column = "water_zero_hydro_l_per_kwh" if convention == "zero" else "water_l_per_kwh"
        return np.full(len(places), float(facts[column][source]))
    zones = places["grid_zone"].astype(str).tolist()
    mean = by_zone(catalogue.grid_zones, zones, "hydro_water_l_per_kwh")
    if convention == "best":
        near = _plants_near(catalogue, places)
        mean = np.where(np.isfinite(near), near, mean)
    # A zone without a known mix has no factor; its dams are then those of everywhere.
    return np.where(np.isfinite(mean), mean, float(facts["water_l_per_kwh"][source]))


def hydro_water_origin(
    catalogue: Catalogue, places: pd.DataFrame, convention: str = "best"
) -> list[tuple[float, str, str]]:
    """Water of contracted hydropower at each place, with its label and what it rests on.

    Parameters
    ----------
    catalogue : Catalogue
        Supply sources, grid zones and hydropower plants.
    places : pandas.DataFrame
        Candidates with lat, lon [degrees] and grid_zone.
    convention : str, default best
        Row of ``HYDRO_WATER``.

    Returns
    -------
    list of (float, str, str)
        Value [L/kWh], label and source. Under ``best`` the source tells how much of the capacity
        within 150 km is of known kind, and between which values the rest leaves the answer.
    """
    values = contract_water_l_per_kwh(catalogue, places, "hydro", convention)
    if convention != "best":
        label = "derived" if convention == "country" else "assumed"
        return [(float(value), label, f"convention {convention}") for value in values]
    plants, rows = _plants(catalogue), _near(catalogue, places)
    found = []
    for value, near in zip(values, rows, strict=True):
        total = float(plants["mw"].to_numpy()[near].sum())
        if total <= 0:
            found.append((float(value), "assumed", "no plant within 150 km; mean of the country"))
            continue
        chosen = plants.iloc[near]
        share = chosen["mw"].to_numpy(dtype=float) / total
        known = chosen["kind"].notna().to_numpy(dtype=bool)
        water, most = (
            chosen[column].to_numpy(dtype=float)
            for column in ("water_l_per_kwh", "water_high_l_per_kwh")
        )
        low, high = float(share[known] @ water[known]), float(share @ most)
        text = f"kind known for {float(share[known].sum()):.0%} of the capacity within 150 km"
        text += "" if known.all() else f"; the rest leaves {low:.1f} to {high:.1f} L/kWh"
        found.append(
            (float(value), "modelled" if share[known].sum() > _MOSTLY else "assumed", text)
        )
    return found


@once_per_catalogue
def _plants(catalogue: Catalogue) -> pd.DataFrame:
    path = catalogue.folder / _PLANTS
    if not path.is_file():
        return pd.DataFrame(columns=_COLUMNS, dtype=float)
    table = read_folder_table(path).reindex(columns=_COLUMNS)
    table["water_high_l_per_kwh"] = table["water_high_l_per_kwh"].fillna(table["water_l_per_kwh"])
    return table.dropna(subset=_COLUMNS[:4]).reset_index(drop=True)


def _near(catalogue: Catalogue, places: pd.DataFrame) -> list[IntArray]:
    """Rows of the plants that each site can contract."""
    lat, lon = places["lat"].tolist(), places["lon"].tolist()
    return [_rows_near(catalogue, y, x) for y, x in zip(lat, lon, strict=True)]


@once_per_catalogue
def _rows_near(catalogue: Catalogue, y: float, x: float) -> IntArray:
    """Rows of the plants that a site at a latitude and longitude can contract."""
    plants = _plants(catalogue)
    lat, lon = plants["lat"].to_numpy(dtype=float), plants["lon"].to_numpy(dtype=float)
    near = np.flatnonzero(np.abs(lat - y) <= HYDRO_KM / _KM_PER_DEGREE)
    return near[distance_km(x, y, lon[near], lat[near]) <= HYDRO_KM]


def _plants_near(catalogue: Catalogue, places: pd.DataFrame) -> FloatArray:
    """Mean water of the plants that a site can contract, by capacity; NaN without any. [L/kWh]."""
    plants = _plants(catalogue)
    mw = plants["mw"].to_numpy(dtype=float)
    water = plants["water_l_per_kwh"].to_numpy(dtype=float)
    found = np.full(len(places), np.nan)
    for i, near in enumerate(_near(catalogue, places)):
        if mw[near].sum() > 0:
            found[i] = float(mw[near] @ water[near] / mw[near].sum())
    return found
