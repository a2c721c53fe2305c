"""Electricity of each open site, straight from the tables: grid, prices, water, contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.audit.replay import Contract
from siting.audit.reported import Basis
from siting.catalogue.power_files import Ppa
from siting.catalogue.weather_steps import Weather
from siting.config import Study
from siting.supply import (
    contract_price_usd_per_mwh,
    counts_as_clean,
    fixed_profile,
    given_by_step,
    plant_place,
    scaled_profile,
    study_ppas,
)
from siting.supply.grid import (
    grid_carbon_g_per_kwh,
    time_of_use_factor,
    wholesale_swing_usd_per_mwh,
)
from siting.supply.hydro import HYDRO_WATER, contract_water_l_per_kwh, hydro_capacity_factor
from siting.supply.renewables import (
    DAY_TYPES_FILE,
    day_type_factor,
    solar_capacity_factor,
    wind_capacity_factor,
)
from siting.supply.tables import by_zone, carbon_table, hourly_carbon_shapes, price_table

__all__ = [
    "Row",
    "contracts_at",
    "given_of",
    "grid_carbon",
    "grid_price",
    "grid_water",
    "number_of",
    "row_of",
    "zone_of",
]


Row = Mapping[Any, Any]


def row_of(table: pd.DataFrame, label: str) -> Row:
    """One row of a table whose index has no label twice."""
    row: Any = table.loc[label]
    return dict(zip(table.columns, row, strict=True))


def zone_of(place: Row, name: str) -> Sequence[str]:
    """Zone of a place as the list of one that the supply functions take."""
    return [str(place.get(name))]


def number_of(row: Row, name: str) -> float:
    """Value of an attribute, NaN where it is missing: it then shows in every total."""
    return float(row.get(name, np.nan))


def given_of(row: Row, name: str, otherwise: float) -> float:
    """Figure of the planner's, or what it would be without it."""
    own = number_of(row, name)
    return otherwise if np.isnan(own) else own


def grid_price(at: Basis, site: str) -> FloatArray:
    """Price of grid energy in each step: the planner's, or that of the zone. [USD/MWh]."""
    study, catalogue, weather = at.study, at.catalogue, at.weather
    place = at.place(site)
    own = given_by_step(place, "price_usd_per_mwh", weather.month, weather.hour)[0]
    grid = price_table(catalogue, study.supply.prices)
    zones = place["grid_zone"].astype(str).tolist()
    zone = by_zone(grid, zones, "price_usd_per_mwh")[0]
    by_hour = time_of_use_factor(
        study.economics.time_of_use, place["lon"].to_numpy(float), weather.month, weather.hour
    )[0]
    market = zone * by_hour
    if study.economics.hourly_prices:
        market = market + wholesale_swing_usd_per_mwh(
            catalogue, zones, weather.month, weather.hour, study.supply.prices
        )[0]  # fmt: skip
    return np.asarray(np.where(np.isnan(own), market, own) * study.supply.grid_price_factor)


def grid_water(
    study: Study, grid: pd.DataFrame, place: Row, zone: Sequence[str]
) -> tuple[float, float]:
    """Water consumed and withdrawn for grid energy. [L/kWh]."""
    own_used, own_drawn = (
        number_of(place, name) for name in ("grid_water_l_per_kwh", "grid_withdrawal_l_per_kwh")
    )
    used = float(by_zone(grid, zone, HYDRO_WATER[study.supply.hydro_water])[0])
    drawn = float(by_zone(grid, zone, "withdrawal_l_per_kwh")[0])
    used = used if np.isnan(own_used) else own_used
    drawn = drawn if np.isnan(own_drawn) else own_drawn
    return used, float(np.fmax(drawn, own_used))


def grid_carbon(at: Basis, site: str) -> FloatArray:
    """Carbon of grid energy in each step: the planner's, or that of the zone. [g CO2e/kWh]."""
    terms, catalogue, weather = at.study.supply, at.catalogue, at.weather
    hourly = terms.hourly_carbon and terms.carbon_signal == "average"
    place = at.place(site)
    own = given_by_step(place, "grid_carbon_g_per_kwh", weather.month, weather.hour)[0]
    zone = place["grid_zone"].astype(str).tolist()
    table = grid_carbon_g_per_kwh(
        carbon_table(catalogue, terms.carbon_signal, terms.carbon_basis),
        catalogue.hydro_profiles,
        zone,
        weather.month,
        terms.hydro_year,
        hour_utc=weather.hour if hourly else None,
        hourly_shapes=hourly_carbon_shapes(catalogue) if hourly else None,
    )
    known = np.where(np.isnan(own), np.asarray(table[0], dtype=float), own)
    return np.asarray(known * terms.grid_carbon_factor)


def contracts_at(at: Basis, site: str) -> Mapping[str, Contract]:
    """Sources that the study allows and that have a profile at the site."""
    study, catalogue = at.study, at.catalogue
    place, terms = row_of(catalogue.candidates, site), study.supply
    here = at.place(site)
    most = {
        "hydro": terms.hydro_share * number_of(place, "hydro_mw_150km"),
        "wind": terms.max_contract_mw.wind,
        "solar": terms.max_contract_mw.solar,
    }
    most = {source: given_of(place, f"ppa_{source}_mw", mw) for source, mw in most.items()}
    offered: dict[str, Contract] = {}
    for source in terms.contracts:
        factor = _capacity_factor(at, source, place)
        if np.isfinite(factor).all() and np.isfinite(most[source]):
            price = contract_price_usd_per_mwh(
                catalogue, here, source, terms.delivery_usd_per_mwh, terms.prices
            )
            offered[source] = Contract(
                capacity_factor=factor,
                by_day=factor
                if study.typical_days or source == "hydro"
                else _capacity_factor(_apart(at), source, place),
                price_usd_per_mwh=given_of(place, f"ppa_{source}_usd_per_mwh", float(price[0])),
                limit_mw=most[source],
                **_plant(at, here, source, None),
            )
    return offered | _own_contracts(at, site, place)


def _own_contracts(at: Basis, site: str, place: Row) -> dict[str, Contract]:
    """The planner's PPAs that are for the site; none can be contracted in a year without it."""
    study, catalogue, weather = at.study, at.catalogue, at.weather
    terms, zone = study.supply, str(place.get("grid_zone"))
    found = {}
    for ppa in study_ppas(study, catalogue):
        if not ppa.is_for(site, zone):
            continue
        factor = fixed_profile(ppa, weather.month, weather.hour)
        by_day = factor
        if factor is None:
            plant = row_of(catalogue.candidates, plant_place(ppa, catalogue, site))
            own = np.nan if ppa.capacity_factor is None else ppa.capacity_factor
            plant = {**plant, f"ppa_{ppa.source}_capacity_factor": own}
            factor = _capacity_factor(at, ppa.source, plant)
            by_day = _capacity_factor(_apart(at), ppa.source, plant)
        running = ppa.runs(terms.year, terms.years)
        found[ppa.id] = Contract(
            capacity_factor=factor,
            by_day=factor if by_day is None else by_day,
            price_usd_per_mwh=ppa.price_usd_per_mwh,
            limit_mw=ppa.mw if running else 0.0,
            plant_mw=ppa.mw,
            **_plant(at, at.place(site), ppa.source, ppa),
        )
    return found


def _plant(at: Basis, place: pd.DataFrame, source: str, ppa: Ppa | None) -> dict[str, Any]:
    """Carbon and water of a contract at a place, and the rules on clean supply that count it."""
    terms, facts = at.study.supply, row_of(at.catalogue.supply_sources, source)
    water = contract_water_l_per_kwh(at.catalogue, place, source, terms.hydro_water)
    rules, zone = map(terms.terms_of, terms.clean), str(place["grid_zone"].iloc[0])
    return {
        "carbon_g_per_kwh": number_of(facts, "carbon_g_per_kwh"),
        "water_l_per_kwh": float(water[0]),
        "withdrawal_l_per_kwh": number_of(facts, "withdrawal_l_per_kwh"),
        "clean": tuple(counts_as_clean(rule, source, ppa, zone) for rule in rules),
    }


def _apart(at: Basis) -> Basis:
    """Basis with types of days told apart, where the catalogue has them."""
    if not (at.catalogue.folder / DAY_TYPES_FILE).is_file():
        return at
    supply = at.study.supply.model_copy(update={"day_types": "typical"})
    return replace(at, study=at.study.model_copy(update={"supply": supply}))


def _capacity_factor(at: Basis, source: str, place: Row) -> FloatArray:
    """Output of a source in each step, shape (N,), NaN where there is none. [-]."""
    study, catalogue, weather = at.study, at.catalogue, at.weather
    month, zone = weather.month, zone_of(place, "renewable_zone")
    profiles, days = catalogue.renewable_profiles, None
    if source == "hydro":
        zone, year = zone_of(place, "hydro_zone"), study.supply.hydro_year
        table = hydro_capacity_factor(catalogue.hydro_profiles, zone, month, year)
        return _to_given_mean(source, np.asarray(table[0], dtype=float), place, weather)
    if study.typical_days:
        steps = (month, weather.day_group, weather.hour)
        days = day_type_factor(catalogue, zone, source, *steps)
    if source == "wind":
        table = wind_capacity_factor(profiles, zone, month, weather.hours, days)
    else:
        table = solar_capacity_factor(
            profiles, zone, [place["lat"]], [place["lon"]], month, weather.hour, weather.hours, days
        )
    return _to_given_mean(source, np.asarray(table[0], dtype=float), place, weather)


def source_profile(at: Basis, source: str, site: str) -> FloatArray:
    """Output of a source at a site in each step, shape (N,), NaN where there is none. [-]."""
    return _capacity_factor(at, source, row_of(at.catalogue.candidates, site))


def _to_given_mean(source: str, factor: FloatArray, place: Row, weather: Weather) -> FloatArray:
    """Output at the annual capacity factor that the planner gave. [-]."""
    own = np.array([number_of(place, f"ppa_{source}_capacity_factor")])
    return np.asarray(scaled_profile(factor[None, :], own, weather.month, weather.hours)[0])
