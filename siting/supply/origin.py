"""Origin of the electricity figures of a place: value, label and source of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.catalogue import GIVEN, Catalogue, once_per_catalogue
from siting.catalogue.figures import figure_of, given
from siting.catalogue.power_files import BASELOAD, BUILT_IN, Ppa
from siting.config import Study
from siting.supply import study_ppas
from siting.supply.grid import USD_PER_EUR, electricity_tax_of, hourly_price_zones
from siting.supply.hydro import HYDRO_WATER, hydro_season, hydro_water_origin
from siting.supply.renewables import day_type_origin
from siting.supply.tables import (
    DAYS_IN_MONTH,
    by_zone,
    grid_table,
    hourly_carbon_shapes,
    hydro_zones_of,
    measured_carbon_shapes,
    price_table,
)

__all__ = ["carbon_detail", "site_carbon_detail", "supply_origin"]

#: Seasonal profile of the carbon of a zone: in words, and its label.
BY_HOUR = ("by month and hour, shape measured", "measured")
BY_SUN = ("by month and hour, from the hours of its wind and solar", "modelled")
BY_MONTH = ("by month, from the season of its hydropower", "modelled")
ANNUAL = ("annual mean all year", "assumed")
BY_MARKET = ("wholesale part by month and hour", "measured")
BY_PLANNER = ("as the planner gives it", GIVEN)

#: Columns of a place with the zone of its profiles.
_ZONES = ("hydro_zone", "renewable_zone")
_PROFILES = {
    "hydro": ("hydro_zone", "hydro_profiles"),
    "wind": ("renewable_zone", "renewable_profiles"),
    "solar": ("renewable_zone", "renewable_profiles"),
}


def carbon_detail(study: Study, catalogue: Catalogue, zones: list[str]) -> list[tuple[str, str]]:
    """Detail within the year of the carbon of each zone, and its label.

    Parameters
    ----------
    study : Study
        For ``supply.hourly_carbon``.
    catalogue : Catalogue
        Zones, hydro seasons and shapes by the hour.
    zones : list of str
        Grid zones.

    Returns
    -------
    list of (str, str)
        Words, and measured (a shape by month and hour), modelled (from the hours of wind and
        solar, or the season of hydropower) or assumed (the annual mean in every hour).
    """
    told: dict[str, tuple[str, str]] = {}
    if study.supply.hourly_carbon:
        every, measured = hourly_carbon_shapes(catalogue), measured_carbon_shapes(catalogue)
        told = dict.fromkeys(map(str, every.index.get_level_values("zone")), BY_SUN)
        told |= dict.fromkeys(map(str, measured.index.get_level_values("zone")), BY_HOUR)
    grid = grid_table(catalogue)
    season = hydro_season(catalogue.hydro_profiles, hydro_zones_of(grid, zones))
    share = by_zone(grid, zones, "hydro_share")
    fossil = by_zone(grid, zones, "marginal_fossil_carbon_g_per_kwh")
    seasonal = np.isfinite(season).all(axis=1) & np.isfinite(fossil) & (share > 0)
    return [
        told.get(zone, BY_MONTH if swings else ANNUAL)
        for zone, swings in zip(zones, seasonal, strict=True)
    ]


def site_carbon_detail(
    study: Study, catalogue: Catalogue, sites: pd.DataFrame
) -> list[tuple[str, str]]:
    """Detail within the year of the carbon of each site's grid: of its zone, or the planner's.

    Parameters
    ----------
    study, catalogue
        As for :func:`carbon_detail`.
    sites : DataFrame
        Rows of ``Catalogue.candidates``.
    """
    details = carbon_detail(study, catalogue, sites["grid_zone"].astype(str).tolist())
    own = _given_figures(sites, "grid_carbon_g_per_kwh", "grid_carbon_file")
    return [BY_PLANNER if own[i] else detail for i, detail in enumerate(details)]


def _given_figures(sites: pd.DataFrame, name: str, file: str) -> np.ndarray:
    """Mask of the sites with a figure of the planner's in any form, shape (n,)."""
    columns = [c for c in sites.columns if figure_of(str(c)) in (name, file)]
    if not columns:
        return np.zeros(len(sites), dtype=bool)
    return np.asarray(sites[columns].notna().any(axis=1).to_numpy(dtype=bool))


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
        site, attribute, value, label, source. A figure that is not known has no row, and neither
        has one in whose place the planner gave another, which is in the catalogue's provenance.
    """
    places = catalogue.candidates.loc[sites]
    grid = price_table(catalogue, study.supply.prices)
    details = site_carbon_detail(study, catalogue, places)
    hidden = _replaced(places)
    own, file = study_ppas(study, catalogue), Path(study.supply.ppas or "").name
    water = [(np.nan, "", "")] * len(places)
    if "hydro" in study.supply.contracts:
        water = hydro_water_origin(catalogue, places, study.supply.hydro_water)
    markets, rows = hourly_price_zones(catalogue), []
    where = (places[name].tolist() for name in ("country", "grid_zone", *_ZONES))
    for i, (site, country, grid_zone, *zones) in enumerate(zip(places.index, *where, strict=True)):
        zone = str(grid_zone)
        facts = grid.loc[zone].to_dict() if zone in grid.index else {}
        found = [*_tax_rows(study, str(country))]
        found += [*_grid_rows(study, facts, details[i], by_market=zone in markets)]
        named = dict(zip(_ZONES, map(str, zones), strict=True))
        found += [*_contract_rows(study, catalogue, named, water[i])]
        found += [row for ppa in own if ppa.is_for(str(site), zone) for row in _ppa_rows(ppa, file)]
        known = (row for row in found if not pd.isna(row[1]))
        rows += [(site, *row) for row in known if not (row[0] in hidden and hidden[row[0]][i])]
    return pd.DataFrame(rows, columns=["site", "attribute", "value", "label", "source"])


def _replaced(places: pd.DataFrame) -> dict[str, np.ndarray]:
    """Mask of the sites with a figure of the planner's in place of each figure of supply."""
    water = ~np.isnan(given(places, "grid_water_l_per_kwh"))
    return {
        "grid_carbon_g_per_kwh": _given_figures(
            places, "grid_carbon_g_per_kwh", "grid_carbon_file"
        ),
        "electricity_tax_usd_per_mwh": ~np.isnan(given(places, "electricity_tax_usd_per_mwh")),
        "grid_price_usd_per_mwh": _given_figures(places, "price_usd_per_mwh", "price_file"),
        **{f"grid_{column}": water for column in HYDRO_WATER.values()},
        **{
            f"{source}_capacity_factor": ~np.isnan(given(places, f"ppa_{source}_capacity_factor"))
            for source in _PROFILES
        },
    }


def _grid_rows(
    study: Study, zone: Mapping[Any, Any], detail: tuple[str, str], *, by_market: bool
) -> Iterator[tuple[str, Any, Any, Any]]:
    """Carbon, its course in the year, water and price of a grid zone."""
    basis = f"{zone.get('carbon_source')}, {_year(zone.get('carbon_year'))}"
    basis += f", {zone.get('carbon_basis')}"
    if study.supply.carbon_signal == "marginal":
        margin = "UNFCCC IFI Default Grid Factors 2021, combined margin of the country"
        yield "grid_carbon_g_per_kwh", zone.get("carbon_marginal_g_per_kwh"), "modelled", margin
    else:
        yield "grid_carbon_g_per_kwh", zone.get("carbon_g_per_kwh"), zone.get("carbon_label"), basis
    yield "grid_carbon_within_the_year", *detail, "siting.supply (docs/supply.md)"
    column = HYDRO_WATER[study.supply.hydro_water]
    mix = (
        f"mix of {_year(zone.get('mix_year'))} ({zone.get('mix_source')}, {zone.get('mix_label')})"
    )
    source = f"{mix} times Macknick et al. 2012"
    if column == HYDRO_WATER["best"]:
        source = f"WRI by country, hydropower {zone.get('hydro_water_label')}; {source}"
    yield f"grid_{column}", zone.get(column), "derived", source
    price = "price_usd_per_mwh"
    yield f"grid_{price}", zone.get(price), zone.get("price_label"), _price_source(zone)
    if study.economics.hourly_prices:
        words, label = BY_MARKET if by_market else (ANNUAL[0], "assumed")
        yield "grid_price_within_the_year", words, label, "grid_price_hourly.csv"


def _price_source(zone: Mapping[Any, Any]) -> str:
    """Source of a price, its year, and its range where it is assumed."""
    low, high = (zone.get(f"price_{side}_usd_per_mwh", np.nan) for side in ("low", "high"))
    span = f" ({low:.0f} to {high:.0f} USD/MWh)" if pd.notna(low) and pd.notna(high) else ""
    year, detail = zone.get("price_year", np.nan), zone.get("price_detail", np.nan)
    told = [str(zone.get("price_source"))]
    told += [str(detail)] if isinstance(detail, str) and detail else []
    told += [f"year {year:.0f}" if pd.notna(year) else "year not told"]
    return "; ".join(told) + span


@once_per_catalogue
def _by_zone(catalogue: Catalogue, source: str) -> dict[str, tuple[Any, Any, Any] | None]:
    """Capacity factor of a source in each zone with any month, its label and what it rests on.

    None where months are missing.
    """
    profiles = getattr(catalogue, _PROFILES[source][1])
    if source != "hydro":
        profiles = profiles.xs(source, level="technology", drop_level=False)
    found: dict[str, tuple[Any, Any, Any] | None] = {}
    for zone, rows in profiles.sort_index().groupby(level="zone"):
        found[str(zone)], first = None, rows.iloc[0]
        if len(rows) == len(DAYS_IN_MONTH):
            mean = float(rows["capacity_factor"].to_numpy(dtype=float) @ DAYS_IN_MONTH)
            value, text = round(mean / float(DAYS_IN_MONTH.sum()), 4), first.get("source")
            found[str(zone)] = value, first.get("label"), f"{text}, zone {zone}"
    return found


def _contract_rows(
    study: Study, catalogue: Catalogue, zones: Mapping[str, str], water: tuple[float, str, str]
) -> Iterator[tuple[str, Any, Any, Any]]:
    """Capacity factor of each source that a site may contract, and water of hydropower."""
    for source in study.supply.contracts:
        zone = zones[_PROFILES[source][0]]
        known = _by_zone(catalogue, source)
        if (row := known.get(zone)) is not None:
            yield f"{source}_capacity_factor", *row
        if source == "hydro" and zone in known:
            yield "hydro_contract_water_l_per_kwh", *water
        if source != "hydro" and study.typical_days:
            days = day_type_origin(catalogue, zone, source)
            yield f"{source}_day_types", "fleet", *days


def _tax_rows(study: Study, country: str) -> Iterator[tuple[str, Any, Any, Any]]:
    """Duty of the country on electricity, where the study counts it."""
    rate = electricity_tax_of(country)
    if study.economics.electricity_tax == "country" and rate is not None:
        usd = round(USD_PER_EUR * rate.eur_per_mwh, 2)
        span = f"{rate.source} ({rate.low:g} to {rate.high:g} EUR/MWh)"
        yield "electricity_tax_usd_per_mwh", usd, rate.label, span


def _ppa_rows(ppa: Ppa, file: str) -> Iterator[tuple[str, Any, Any, Any]]:
    """Price and profile of one of the planner's contracts."""
    source = f"planner, {file}"
    yield f"{ppa.id}_usd_per_mwh", ppa.price_usd_per_mwh, GIVEN, source
    yield f"{ppa.id}_mw", ppa.mw, GIVEN, source
    profile = ppa.profile if ppa.profile in (BUILT_IN, BASELOAD) else Path(ppa.profile).name
    yield f"{ppa.id}_profile", profile, GIVEN, source


def _year(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, int | float) and np.isfinite(value) else str(value)
