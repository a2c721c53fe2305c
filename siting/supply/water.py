"""Water in electricity, under each convention for hydropower.

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

import numpy as np
import pandas as pd

from siting.catalogue import Catalogue, once_per_catalogue
from siting.catalogue.point_attributes import HYDRO_KM
from siting.geo import distance_km
from siting.supply.tables import FloatArray

__all__ = ["HYDRO_WATER", "contract_water_l_per_kwh", "grid_water_l_per_kwh"]

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
_KM_PER_DEGREE = 110.0


def grid_water_l_per_kwh(
    grid_zones: pd.DataFrame, zones: Sequence[str], convention: str = "best"
) -> FloatArray:
    """Water consumed to make a kilowatt-hour of the grid.

    Parameters
    ----------
    grid_zones : pandas.DataFrame
        Index zone; from :func:`siting.supply.grid_table`.
    zones : sequence of str
        Grid zone of each of n sites.
    convention : str, default best
        Row of ``HYDRO_WATER``. The water of hydropower is the same in dry and wet years: a
        reservoir evaporates by its surface.

    Returns
    -------
    numpy.ndarray
        Shape (n,). [L/kWh] NaN where the mix of the zone is not known.
    """
    return grid_zones[HYDRO_WATER[convention]].reindex(list(zones)).to_numpy(dtype=float)


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
        return np.full(len(places), facts[column].astype(float)[source])
    zones = catalogue.grid_zones["hydro_water_l_per_kwh"]
    mean = zones.reindex(places["grid_zone"].astype(str)).to_numpy(dtype=float)
    if convention == "best":
        near = _plants_near(_plants(catalogue), places)
        mean = np.where(np.isfinite(near), near, mean)
    # A zone without a known mix has no factor; its dams are then those of everywhere.
    return np.where(np.isfinite(mean), mean, facts["water_l_per_kwh"].astype(float)[source])


@once_per_catalogue
def _plants(catalogue: Catalogue) -> pd.DataFrame:
    path = catalogue.folder / _PLANTS
    columns = ["lat", "lon", "mw", "water_l_per_kwh"]
    if not path.is_file():
        return pd.DataFrame(columns=columns, dtype=float)
    return pd.read_csv(path)[columns].dropna()


def _plants_near(plants: pd.DataFrame, places: pd.DataFrame) -> FloatArray:
    """Mean water of the plants that a site can contract, by capacity; NaN without any. [L/kWh]."""
    lat, lon, mw, water = (plants[k].to_numpy(dtype=float) for k in plants.columns)
    found = np.full(len(places), np.nan)
    for i, (y, x) in enumerate(zip(places["lat"], places["lon"], strict=True)):
        near = np.flatnonzero(np.abs(lat - y) <= HYDRO_KM / _KM_PER_DEGREE)
        near = near[distance_km(x, y, lon[near], lat[near]) <= HYDRO_KM]
        if mw[near].sum() > 0:
            found[i] = float(mw[near] @ water[near] / mw[near].sum())
    return found
