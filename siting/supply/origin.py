"""Where the electricity figures of a place are from: value, label and source of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from siting.catalogue import Catalogue
from siting.config import Study
from siting.supply.hydro import hydro_season
from siting.supply.tables import DAYS_IN_MONTH, grid_table, hourly_carbon_shapes

__all__ = ["carbon_detail", "supply_origin"]

#: How the carbon of a zone moves within the year: in words, and its label.
BY_HOUR = ("by month and hour, shape measured", "measured")
BY_MONTH = ("by month, from the season of its hydropower", "modelled")
ANNUAL = ("annual mean all year", "assumed")

_PROFILES = {
    "hydro": ("hydro_zone", "hydro_profiles"),
    "wind": ("renewable_zone", "renewable_profiles"),
    "solar": ("renewable_zone", "renewable_profiles"),
}


def carbon_detail(study: Study, catalogue: Catalogue, zones: list[str]) -> list[tuple[str, str]]:
    """How finely the carbon of each zone is told within the year, and the label of that.

    Parameters
    ----------
    study : Study
        For ``supply.hourly_carbon``.
    catalogue : Catalogue
        Zones, hydro seasons and measured shapes.
    zones : list of str
        Grid zones.

    Returns
    -------
    list of (str, str)
        Words, and measured (a shape by month and hour), modelled (the season of hydropower) or
        assumed (the annual mean in every hour).
    """
    measured: set[str] = set()
    if study.supply.hourly_carbon:
        measured = set(hourly_carbon_shapes(catalogue).index.get_level_values("zone"))
    rows = grid_table(catalogue).reindex(zones)
    season = hydro_season(catalogue.hydro_profiles, rows["hydro_zone"].tolist())
    facts = rows[["hydro_share", "marginal_fossil_carbon_g_per_kwh"]].to_numpy(dtype=float)
    seasonal = np.isfinite(season).all(axis=1) & np.isfinite(facts).all(axis=1) & (facts[:, 0] > 0)
    return [
        BY_HOUR if zone in measured else BY_MONTH if swings else ANNUAL
        for zone, swings in zip(zones, seasonal, strict=True)
    ]


def supply_origin(study: Study, catalogue: Catalogue, sites: pd.Index[str]) -> pd.DataFrame:
    """Value, label and source of what each site's electricity is.

    Parameters
    ----------
    study : Study
        For the conventions and contracts in force.
    catalogue : Catalogue
        Candidates, zones and profiles.
    sites : Index
        Ids of candidates.

    Returns
    -------
    DataFrame
        site, attribute, value, label, source. A figure that is not known has no row.
    """
    places, grid = catalogue.candidates.loc[sites], grid_table(catalogue)
    details = carbon_detail(study, catalogue, places["grid_zone"].astype(str).tolist())
    rows = []
    for (site, place), detail in zip(places.iterrows(), details, strict=True):
        zone = str(place["grid_zone"])
        facts = grid.loc[zone].to_dict() if zone in grid.index else {}
        found = [*_grid_rows(study, facts, detail), *_contract_rows(study, catalogue, place)]
        rows += [(site, *row) for row in found if not pd.isna(row[1])]
    return pd.DataFrame(rows, columns=["site", "attribute", "value", "label", "source"])


def _grid_rows(
    study: Study, zone: Mapping[Any, Any], detail: tuple[str, str]
) -> Iterator[tuple[str, Any, Any, Any]]:
    """Carbon, its course in the year, water and price of a grid zone."""
    basis = f"{zone.get('carbon_source')}, {_year(zone.get('carbon_year'))}"
    basis += f", {zone.get('carbon_basis')}"
    yield "grid_carbon_g_per_kwh", zone.get("carbon_g_per_kwh"), zone.get("carbon_label"), basis
    yield "grid_carbon_within_the_year", *detail, "siting.supply (docs/supply.md)"
    evaporation = study.supply.hydro_water == "evaporation"
    column = "water_l_per_kwh" if evaporation else "water_zero_hydro_l_per_kwh"
    mix = (
        f"mix of {_year(zone.get('mix_year'))} ({zone.get('mix_source')}, {zone.get('mix_label')})"
    )
    source = f"{mix} times Macknick et al. 2012"
    yield f"grid_{column}", zone.get(column), "derived", source
    price = "price_usd_per_mwh"
    yield f"grid_{price}", zone.get(price), zone.get("price_label"), zone.get("price_source")


def _contract_rows(
    study: Study, catalogue: Catalogue, place: pd.Series[Any]
) -> Iterator[tuple[str, Any, Any, Any]]:
    """Annual capacity factor of each source that the study lets a site contract."""
    for source in study.supply.contracts:
        column, table = _PROFILES[source]
        profiles = getattr(catalogue, table)
        chosen = profiles.index.get_level_values("zone") == place[column]
        if source != "hydro":
            chosen &= profiles.index.get_level_values("technology") == source
        rows = profiles[chosen].sort_index()
        if len(rows) == len(DAYS_IN_MONTH):
            mean = float(rows["capacity_factor"].to_numpy(dtype=float) @ DAYS_IN_MONTH)
            value = round(mean / float(DAYS_IN_MONTH.sum()), 4)
            first = rows.iloc[0]
            label, origin = first.get("label"), first.get("source")
            yield f"{source}_capacity_factor", value, label, f"{origin}, zone {place[column]}"


def _year(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, int | float) and np.isfinite(value) else str(value)
