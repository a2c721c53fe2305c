"""Electricity of the sites: the grid of their zone, and what may be contracted near them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

import numpy as np
import pandas as pd

from siting.arrays import FloatArray, IndexArray
from siting.catalogue.figures import given
from siting.catalogue.power_files import Ppa
from siting.coefficients.sets import Setting
from siting.config import Estimate
from siting.supply import (
    contract_price_usd_per_mwh,
    fixed_profile,
    given_by_step,
    given_or,
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
from siting.supply.origin import site_carbon_detail
from siting.supply.renewables import day_type_factor, solar_capacity_factor, wind_capacity_factor
from siting.supply.tables import (
    by_zone,
    carbon_table,
    grid_table,
    hourly_carbon_shapes,
    price_table,
)

__all__ = [
    "ESTIMATES",
    "Grid",
    "Offers",
    "bought_per_used",
    "contract_offers",
    "grid_factors",
    "offer_price_usd_per_mwh",
    "offer_water_l_per_kwh",
    "profile_of_source",
]


#: Carbon of the grid: the mean of all that generates, or what an added load calls for.
CARBON_SIGNALS = ("average", "marginal")
ESTIMATES: tuple[Estimate, ...] = get_args(Estimate)


@dataclass(frozen=True)
class Grid:
    """Grid energy of S sites.

    Parameters
    ----------
    carbon_t_per_mwh : ndarray, shape (S, T)
        [t CO2e/MWh]
    carbon_by_signal : mapping of str to ndarray, shape (S, T)
        The average and the marginal carbon; NaN where a zone has none. [t CO2e/MWh]
    price_usd_per_mwh : mapping of str to ndarray, shape (S, T)
        At the estimate and at both ends of its range. [USD/MWh]
    water_l_per_kwh : mapping of str to ndarray, shape (S,)
        Consumption under each convention for hydropower. [L/kWh]
    withdrawal_l_per_kwh : ndarray, shape (S,)
        [L/kWh]
    carbon_detail : tuple of str, S
        Zone, seasonal profile of its carbon, and its label.
    """

    carbon_t_per_mwh: FloatArray
    carbon_by_signal: Mapping[str, FloatArray]
    price_usd_per_mwh: Mapping[str, FloatArray]
    water_l_per_kwh: Mapping[str, FloatArray]
    withdrawal_l_per_kwh: FloatArray
    carbon_detail: tuple[str, ...]

    def delivered(self, bought: FloatArray) -> Grid:
        """Factors by MWh at the halls, for each of which ``bought`` MWh are bought, shape (S,)."""
        return replace(
            self,
            carbon_t_per_mwh=self.carbon_t_per_mwh * bought[:, None],
            carbon_by_signal={k: v * bought[:, None] for k, v in self.carbon_by_signal.items()},
            price_usd_per_mwh={k: v * bought[:, None] for k, v in self.price_usd_per_mwh.items()},
            water_l_per_kwh={k: v * bought for k, v in self.water_l_per_kwh.items()},
            withdrawal_l_per_kwh=self.withdrawal_l_per_kwh * bought,
        )


@dataclass(frozen=True)
class Offers:
    """Contracts on offer (O), one row a site and source.

    Parameters
    ----------
    site : ndarray of int, shape (O,)
        Index of the site.
    source : tuple of str
        Name in every result: that of a built-in source, or of the planner's PPA.
    technology : tuple of str
        Row of ``Catalogue.supply_sources``.
    ppa : tuple of Ppa or None
        The planner's contract behind it; None for a built-in offer.
    limit_mw : ndarray, shape (O,)
        Most that can be contracted. [MW]
    capacity_factor : ndarray, shape (O, T)
        Mean of each slice, as far as it reaches the halls. [-]
    bought : ndarray, shape (O,), or size zero
        Energy bought for each MWh that reaches the halls. [-]
    """

    site: IndexArray
    source: tuple[str, ...]
    technology: tuple[str, ...]
    ppa: tuple[Ppa | None, ...]
    limit_mw: FloatArray
    capacity_factor: FloatArray
    bought: FloatArray = field(default_factory=lambda: np.zeros(0))

    def plus(self, other: Offers) -> Offers:
        """These offers, then others."""
        return Offers(
            site=np.concatenate([self.site, other.site]),
            source=self.source + other.source,
            technology=self.technology + other.technology,
            ppa=self.ppa + other.ppa,
            limit_mw=np.concatenate([self.limit_mw, other.limit_mw]),
            capacity_factor=np.concatenate([self.capacity_factor, other.capacity_factor]),
        )


def grid_factors(at: Setting) -> Grid:
    """Carbon, price and water of grid energy at each site."""
    study, sites, mean = at.study, at.sites, at.slices.mean
    zones = sites["grid_zone"].astype(str).tolist()
    table = grid_table(at.catalogue)
    carbons = {signal: _grid_carbon(at, zones, signal) for signal in CARBON_SIGNALS}
    scale = study.supply.grid_carbon_factor / 1000.0
    by_signal = {
        signal: scale * mean(_given_or_zone(at, "grid_carbon_g_per_kwh", carbon))
        for signal, carbon in carbons.items()
    }
    waters = {name: by_zone(table, zones, column) for name, column in HYDRO_WATER.items()}
    waters = {k: given_or(sites, "grid_water_l_per_kwh", v) for k, v in waters.items()}
    withdrawal = by_zone(table, zones, "withdrawal_l_per_kwh")
    withdrawal = given_or(sites, "grid_withdrawal_l_per_kwh", withdrawal)
    found = Grid(
        carbon_t_per_mwh=by_signal[study.supply.carbon_signal],
        carbon_by_signal=by_signal,
        price_usd_per_mwh={each: mean(_grid_price(at, zones, each)) for each in ESTIMATES},
        water_l_per_kwh=waters,
        # What is consumed has been withdrawn; only a given figure can contradict that.
        withdrawal_l_per_kwh=np.fmax(withdrawal, given(sites, "grid_water_l_per_kwh")),
        carbon_detail=tuple(
            f"{zone}: {words} ({label})"
            for zone, (words, label) in zip(
                zones, site_carbon_detail(study, at.catalogue, sites), strict=True
            )
        ),
    )
    return found.delivered(bought_per_used(sites))


def bought_per_used(sites: pd.DataFrame) -> FloatArray:
    """Energy bought for each MWh that reaches the halls, by the losses of each site. (S,) [-]."""
    return np.asarray(1.0 / (1.0 - np.nan_to_num(given(sites, "loss_share"))))


def _grid_carbon(at: Setting, zones: list[str], signal: str) -> FloatArray:
    """Carbon of the grid of each zone in each step under a signal, shape (S, N) [g/kWh]."""
    terms, catalogue, weather = at.study.supply, at.catalogue, at.weather
    hourly = terms.hourly_carbon and signal == "average"
    return grid_carbon_g_per_kwh(
        carbon_table(catalogue, signal, terms.carbon_basis),
        catalogue.hydro_profiles,
        zones,
        weather.month,
        terms.hydro_year,
        hour_utc=weather.hour if hourly else None,
        hourly_shapes=hourly_carbon_shapes(catalogue) if hourly else None,
    )


def _grid_price(at: Setting, zones: list[str], estimate: Estimate) -> FloatArray:
    """Price of grid energy in each step, shape (S, N) [USD/MWh]."""
    study, month, hour = at.study, at.weather.month, at.weather.hour
    lon = at.sites["lon"].to_numpy(float)
    by_hour = time_of_use_factor(study.economics.time_of_use, lon, month, hour)
    table = price_table(at.catalogue, estimate)
    price = by_zone(table, zones, "price_usd_per_mwh")[:, None] * by_hour
    if study.economics.hourly_prices:
        price = price + wholesale_swing_usd_per_mwh(at.catalogue, zones, month, hour, estimate)
    own = _given_or_zone(at, "price_usd_per_mwh", price)
    return np.asarray(own * study.supply.grid_price_factor)


def _given_or_zone(at: Setting, name: str, zone: FloatArray) -> FloatArray:
    """A figure of grid energy in each step, shape (S, N): the planner's, or that of the zone."""
    own = given_by_step(at.sites, name, at.weather.month, at.weather.hour)
    return np.where(np.isnan(own), zone, own)


def contract_offers(at: Setting) -> Offers:
    """Contracts that the study allows and the place has, and the planner's own PPAs.

    A zone without a profile has no built-in offer of that source.
    """
    offers = _built_in_offers(at).plus(_own_offers(at))
    bought = bought_per_used(at.sites)[offers.site]
    reached = offers.capacity_factor / bought[:, None]
    return replace(offers, bought=bought, capacity_factor=reached)


def _own_offers(at: Setting) -> Offers:
    """The planner's PPAs at every site that each is for; nothing of those that do not run."""
    terms, sites = at.study.supply, at.sites
    rows = [
        (s, ppa)
        for ppa in study_ppas(at.study, at.catalogue)
        for s, (site, zone) in enumerate(zip(sites.index, sites["grid_zone"], strict=True))
        if ppa.is_for(str(site), str(zone))
    ]
    factor = [_own_profile(at, ppa, str(sites.index[s])) for s, ppa in rows]
    mw = [ppa.mw if ppa.runs(terms.year, terms.years) else 0.0 for _, ppa in rows]
    return Offers(
        site=np.array([s for s, _ in rows], dtype=np.intp),
        source=tuple(ppa.id for _, ppa in rows),
        technology=tuple(ppa.source for _, ppa in rows),
        ppa=tuple(ppa for _, ppa in rows),
        limit_mw=np.array(mw, dtype=float),
        capacity_factor=at.slices.mean(np.array(factor).reshape(len(rows), len(at.weather.hours))),
    )


def _own_profile(at: Setting, ppa: Ppa, site: str) -> FloatArray:
    """Output of a PPA per contracted MW in each step, shape (N,) [-]."""
    catalogue, weather = at.catalogue, at.weather
    fixed = fixed_profile(ppa, weather.month, weather.hour)
    if fixed is not None:
        return fixed
    place = catalogue.candidates.loc[[plant_place(ppa, catalogue, site)]]
    profile = profile_of_source(replace(at, sites=place), ppa.source)
    mean = np.array([np.nan if ppa.capacity_factor is None else ppa.capacity_factor])
    return np.asarray(scaled_profile(profile, mean, weather.month, weather.hours)[0])


def _built_in_offers(at: Setting) -> Offers:
    terms, sites, names = at.study.supply, at.sites, at.study.supply.contracts
    most = {
        "hydro": terms.hydro_share * sites["hydro_mw_150km"].to_numpy(dtype=float),
        "wind": np.full(len(sites), terms.max_contract_mw.wind),
        "solar": np.full(len(sites), terms.max_contract_mw.solar),
    }
    most = {name: given_or(sites, f"ppa_{name}_mw", mw) for name, mw in most.items()}
    profiles = {name: _capacity_factor(at, name) for name in names}
    rows = [
        (s, name)
        for s in range(len(sites))
        for name in names
        if np.isfinite(profiles[name][s]).all() and most[name][s] > 0
    ]
    factor = np.array([profiles[name][s] for s, name in rows])
    return Offers(
        site=np.array([s for s, _ in rows], dtype=np.intp),
        source=tuple(name for _, name in rows),
        technology=tuple(name for _, name in rows),
        ppa=(None,) * len(rows),
        limit_mw=np.array([most[name][s] for s, name in rows], dtype=float),
        capacity_factor=at.slices.mean(factor.reshape(len(rows), len(at.weather.hours))),
    )


def offer_price_usd_per_mwh(at: Setting, offers: Offers, estimate: Estimate) -> FloatArray:
    """Price of all that each contract generates, as bought for what reaches the halls. [USD/MWh].

    The estimate is that of the tables; the planner's own prices stay.
    """
    terms, sites = at.study.supply, at.sites
    by_source: dict[str, FloatArray] = {
        name: given_or(
            sites,
            f"ppa_{name}_usd_per_mwh",
            contract_price_usd_per_mwh(
                at.catalogue, sites, name, terms.delivery_usd_per_mwh, estimate
            ),
        )
        for name in terms.contracts
    }
    price = [
        by_source[source][s] if ppa is None else ppa.price_usd_per_mwh
        for s, source, ppa in zip(offers.site, offers.source, offers.ppa, strict=True)
    ]
    return np.array(price, dtype=float) * offers.bought


def _capacity_factor(at: Setting, source: str) -> FloatArray:
    """Output per contracted MW in each step, shape (S, N), NaN where there is none [-]."""
    own = given(at.sites, f"ppa_{source}_capacity_factor")
    return scaled_profile(profile_of_source(at, source), own, at.weather.month, at.weather.hours)


def profile_of_source(at: Setting, source: str) -> FloatArray:
    """Output of a source around each site by the tables of the catalogue."""
    catalogue, sites, weather = at.catalogue, at.sites, at.weather
    zones, month = sites["renewable_zone"].astype(str).tolist(), weather.month
    if source == "hydro":
        zones = sites["hydro_zone"].astype(str).tolist()
        year = at.study.supply.hydro_year
        return hydro_capacity_factor(catalogue.hydro_profiles, zones, month, year)
    days = None
    if at.study.typical_days:
        days = day_type_factor(catalogue, zones, source, month, weather.day_group, weather.hour)
    if source == "wind":
        return wind_capacity_factor(catalogue.renewable_profiles, zones, month, weather.hours, days)
    return solar_capacity_factor(
        catalogue.renewable_profiles,
        zones,
        sites["lat"].to_numpy(dtype=float),
        sites["lon"].to_numpy(dtype=float),
        month,
        weather.hour,
        weather.hours,
        days,
    )


def offer_water_l_per_kwh(at: Setting, offers: Offers, convention: str) -> FloatArray:
    """Water of each contract offer under a convention for hydropower, shape (O,) [L/kWh]."""
    names = np.array(offers.technology)
    found = np.zeros(len(names))
    for source in dict.fromkeys(offers.technology):
        at_site = contract_water_l_per_kwh(at.catalogue, at.sites, source, convention)
        found = np.where(names == source, at_site[offers.site], found)
    return found * offers.bought
