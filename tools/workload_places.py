"""Energy, carbon and water of published work at places of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.catalogue import Catalogue, load_catalogue
from siting.profile import profile_place
from siting.supply.grid import HYDRO_CARBON_G_PER_KWH
from siting.supply.tables import grid_table

__all__ = ["CASES", "HUBS", "Impact", "Place", "places", "work_at"]

GRID_COLUMNS = ("carbon_g_per_kwh", "water_l_per_kwh", "water_zero_hydro_l_per_kwh")

CASES = (
    ("Arctic air", "lulea", "air_economizer"),
    ("Subsea pod", "orkney", "subsea_pod"),
    ("Lake water", "qiandao_lake", "lake_water"),
    ("Southwest hydropower", "guian", "air_economizer"),
)
"""The four cases: name, site of the catalogue, and the design that the case is known for."""

HUBS = tuple(
    ("Hub of today", site, "water_economizer")
    for site in (
        "ashburn", "dublin", "frankfurt", "phoenix", "singapore", "beijing", "shanghai", "shenzhen",
    )
)  # fmt: skip
"""Hubs on cooling towers with an economizer, the same plant everywhere."""


@dataclass(frozen=True)
class Place:
    """One place with one design, a year on average.

    Parameters
    ----------
    case, name, design : str
        What it stands for.
    pue : float
        [-]
    wue_l_per_kwh : float
        Water on site. [L/kWh of IT]
    carbon_g_per_kwh : float
        Grid of the place, by location, over the life cycle. [g CO2e/kWh]
    water_l_per_kwh, water_zero_hydro_l_per_kwh : float
        Water of that electricity with reservoirs' evaporation, and without. [L/kWh]
    has_hydro : bool
        Whether hydropower stands within 150 km.
    """

    case: str
    name: str
    design: str
    pue: float
    wue_l_per_kwh: float
    carbon_g_per_kwh: float
    water_l_per_kwh: float
    water_zero_hydro_l_per_kwh: float
    has_hydro: bool


@dataclass(frozen=True)
class Impact:
    """Energy, carbon and water of some work at a place.

    Parameters
    ----------
    energy_mwh : float
        Electricity of the facility. [MWh]
    carbon_t, carbon_hydro_t : float
        Electricity by location, and from contracted hydropower (NaN where there is none). [t CO2e]
    water_site_m3, water_m3, water_zero_hydro_m3 : float
        On site; with the electricity's, reservoirs' evaporation counted or not. [m³]
    """

    energy_mwh: float
    carbon_t: float
    carbon_hydro_t: float
    water_site_m3: float
    water_m3: float
    water_zero_hydro_m3: float


def places(rows: Iterable[tuple[str, str, str]], catalogue: Catalogue | None = None) -> list[Place]:
    """Read what the catalogue and the physics say of each site.

    Parameters
    ----------
    rows : iterable of tuple
        Case, site and design, as in ``CASES``.
    catalogue : Catalogue, optional
        The built-in one by default.
    """
    catalogue = catalogue or load_catalogue()
    grid = grid_table(catalogue)
    return [_place(catalogue, grid, row) for row in rows]


def _place(catalogue: Catalogue, grid: pd.DataFrame, row: tuple[str, str, str]) -> Place:
    case, site, design = row
    zone = str(catalogue.candidates.loc[site, "grid_zone"])
    power = {name: float(grid[name].loc[zone]) for name in GRID_COLUMNS}
    profile = profile_place(catalogue=catalogue, site=site, designs=[design])
    year = profile.designs[design]
    return Place(
        case=case,
        name=str(profile.place["name"]),
        design=design,
        pue=year["pue"],
        wue_l_per_kwh=year["wue_l_per_kwh"],
        carbon_g_per_kwh=power["carbon_g_per_kwh"],
        water_l_per_kwh=power["water_l_per_kwh"],
        water_zero_hydro_l_per_kwh=power["water_zero_hydro_l_per_kwh"],
        has_hydro=float(catalogue.candidates["hydro_mw_150km"].loc[site]) > 0.0,
    )


def work_at(it_mwh: float, place: Place) -> Impact:
    """Energy, carbon and water of some work at a place.

    Water = E_IT (WUE + PUE × water of electricity) and carbon = E_IT × PUE × intensity, as in
    Li et al. (2023), arXiv:2304.03271. Buildings, servers and networks are left out.

    Parameters
    ----------
    it_mwh : float
        Energy of the IT equipment. [MWh]
    place : Place
        Where it is done.
    """
    energy = it_mwh * place.pue
    site = it_mwh * place.wue_l_per_kwh
    hydro = HYDRO_CARBON_G_PER_KWH if place.has_hydro else np.nan
    return Impact(
        energy_mwh=energy,
        carbon_t=energy * place.carbon_g_per_kwh / 1e3,
        carbon_hydro_t=energy * hydro / 1e3,
        water_site_m3=site,
        water_m3=site + energy * place.water_l_per_kwh,
        water_zero_hydro_m3=site + energy * place.water_zero_hydro_l_per_kwh,
    )
