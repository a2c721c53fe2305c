"""Physics, costs and limits of each open site, straight from weather and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from siting.arrays import FloatArray, IntArray
from siting.audit.electricity import (
    Row,
    contracts_at,
    given_of,
    grid_carbon,
    grid_price,
    grid_water,
    number_of,
    row_of,
    zone_of,
)
from siting.audit.outcome import TOLERANCE, LimitCheck, at_most
from siting.audit.replay import Contract, SiteFacts, capital_recovery
from siting.audit.reported import Basis, Factors, OpenSite
from siting.catalogue.weather_steps import Weather
from siting.config import Study
from siting.errors import DataError, Fault
from siting.physics import DESIGNS, Design, facility
from siting.physics.designs import SERVER_YEARS, permitted
from siting.supply.grid import electricity_tax_usd_per_mwh
from siting.supply.tables import grid_table

__all__ = ["HallFacts", "hall_facts", "sum_checks", "water_temperature", "whole_site"]

_MONTHS = [f"m{month}" for month in range(1, 13)]


#: Facts of each hall of each site, in the order of ``OpenSite.halls``, or of the site alone.
HallFacts = Mapping[str, tuple[SiteFacts, ...]]


def hall_facts(
    at: Basis, sites: Sequence[OpenSite], factors: Factors, load: FloatArray | None = None
) -> HallFacts:
    """Facts of every design at every open site.

    Raises `DataError` for every open site or design that the tables or the weather do not know.

    Parameters
    ----------
    factors : mapping
        Mean factors on cost and embodied carbon of what stands; one where there are none.
    load : ndarray, shape (N,), optional
        IT power over the rating of the halls in each step; that of the study otherwise. [-]
    """
    halls = {s.site: s.halls or (s,) for s in sites}
    _raise_unknown(at, [hall for own in halls.values() for hall in own])
    return {
        site: tuple(_site_facts(at, hall, factors, load) for hall in own)
        for site, own in halls.items()
    }


def _raise_unknown(at: Basis, sites: Iterable[OpenSite]) -> None:
    remedy = "Audit with the catalogue that the study was solved with"
    faults = []
    for s in sites:
        problems = {
            "is not a candidate of the catalogue": s.site in at.catalogue.candidates.index,
            "has no weather": s.site in at.weather.place,
            f"has the unknown design {s.design!r}": s.design in DESIGNS,
        }
        wrong = [problem for problem, known in problems.items() if not known]
        faults += [Fault("placement", None, s.site, problem, remedy) for problem in wrong]
    if faults:
        raise DataError(dict.fromkeys(faults))


def water_temperature(body: Row, month: IntArray) -> FloatArray:
    """Water at the intake in each step; a design hour (month 0) gets the warmest month. [°C].

    ``body`` is a row of ``Catalogue.water_bodies`` with m1 to m12. [°C]
    """
    by_month = np.array([body[month] for month in _MONTHS], dtype=float)
    return np.concatenate([[by_month.max()], by_month])[month]


def _site_facts(at: Basis, s: OpenSite, factors: Factors, load: FloatArray | None) -> SiteFacts:
    study, catalogue, weather = at.study, at.catalogue, at.weather
    site, design = s.site, DESIGNS[s.design]
    cost, carbon = factors.get((site, s.design), (1.0, 1.0))
    place = row_of(catalogue.candidates, site)
    body = row_of(catalogue.water_bodies, site) if site in catalogue.water_bodies.index else None
    has = frozenset() if body is None else frozenset({str(body["kind"])})
    usable = body if body is not None and design.needs & has else None
    zone = zone_of(place, "grid_zone")
    suited = permitted(design, study.halls.discharge_limit_c)
    physics = _physics(at, site, suited, usable, load)
    used, drawn = grid_water(study, grid_table(catalogue), place, zone)
    # What is bought for each unit that reaches the halls.
    bought = 1.0 / (1.0 - given_of(place, "loss_share", 0.0))
    peak = _peak(physics, place, design.name, weather)
    own: dict[str, Any] = _as_given(physics, place, design.name, weather) | _costs(
        study, design, place, cost, bought, peak
    )
    return SiteFacts(
        **own,
        grid_carbon_g_per_kwh=bought * grid_carbon(at, site),
        grid_price_usd_per_mwh=bought * grid_price(at, site),
        grid_water_l_per_kwh=bought * used,
        grid_withdrawal_l_per_kwh=bought * drawn,
        scarcity_site=number_of(place, "scarcity_factor"),
        scarcity_electricity=number_of(place, "scarcity_factor_country"),
        connection_mw=limit_of(place, "connection_mw") / bought,
        heat_limit_mw=np.inf if usable is None else limit_of(usable, "heat_limit_mw"),
        block_mw=design.block_mw,
        # 1 kg/kW is 1 t/MW.
        fixed_carbon_t_per_mw=carbon * design.embodied_kg_per_kw_yr
        + design.refrigerant_t_per_mw_yr
        + _each_year(study, design, "refresh_kg_co2e_per_kw"),
        spare_carbon_t_per_mw=study.technology.server_embodied_factor
        * study.demand.mean_it_embodied_kg_per_kw_yr(study.demand.loads_mw),
        spare_share=_spares(study, design),
        open_carbon_t=study.economics.site.embodied_t_co2e / study.economics.lifetime_years,
        land_limit_mw=limit_of(place, "land_limit_mw"),
        needs=design.needs,
        has=has,
        contracts={
            name: _delivered(contract, bought) for name, contract in contracts_at(at, site).items()
        },
        location_based=study.supply.carbon == "location",
        storage_credit_share=given_of(place, "storage_credit_share", 0.0),
    )


def _costs(
    study: Study, design: Design, place: Row, factor: float, bought: float, peak: float
) -> dict[str, Any]:
    """Cost of halls at the prices of their year, of the site, of water and of electricity tax."""
    economics, site = study.economics, study.economics.site
    rate = capital_recovery(economics.discount_rate, economics.lifetime_years)
    own_part = 1.0 - given_of(place, "capex_credit_share", 0.0)
    taxed = given_of(place, "property_tax_share", 0.0)
    charge = given_of(
        place, "demand_charge_usd_per_mw_month", economics.demand_charge_usd_per_mw_month
    )
    capex = given_of(place, "capex_usd_per_kw", design.capex_usd_per_kw)
    capex = given_of(place, f"capex_usd_per_kw_{design.name}", capex)
    opening = site.works_usd + site.substation_usd + site.fibre_usd
    opening = given_of(place, "opening_cost_usd", opening)
    kept = economics.of_design(design.name, "om_usd_per_kw_yr")
    kept += _each_year(study, design, "refresh_usd_per_kw")
    land = given_of(place, "land_usd_per_ha", 0.0) * economics.land_ha_per_mw
    tax = given_of(place, "electricity_tax_usd_per_mwh", _national_tax(study, place))
    water = given_of(place, "water_price_usd_per_m3", economics.water_price_usd_per_m3)
    return {
        "fixed_cost_usd_per_mw": factor * capex * 1000.0 * (own_part * rate + taxed),
        "om_usd_per_mw": 1000.0 * kept
        + 12.0 * bought * charge * peak
        + land * (economics.discount_rate + taxed),
        "open_cost_usd": (own_part * rate + taxed) * opening + site.staff_usd_per_yr,
        "water_price_usd_per_m3": water,
        "electricity_tax_usd_per_mwh": bought * tax,
    }


def _peak(physics: dict[str, FloatArray], place: Row, design: str, weather: Weather) -> float:
    """Largest PUE of all steps: the planner's where it is given. [-]."""
    return float(np.max(_as_given(physics, place, design, weather)["pue"]))


def _national_tax(study: Study, place: Row) -> float:
    """Duty of the country on electricity, where the study asks for it. [USD/MWh]."""
    if study.economics.electricity_tax == "none":
        return 0.0
    return float(electricity_tax_usd_per_mwh([str(place.get("country"))])[0])


def _delivered(contract: Contract, bought: float) -> Contract:
    """A contract for each unit that reaches the halls."""
    return replace(
        contract,
        capacity_factor=contract.capacity_factor / bought,
        by_day=contract.by_day / bought,
        carbon_g_per_kwh=contract.carbon_g_per_kwh * bought,
        water_l_per_kwh=contract.water_l_per_kwh * bought,
        withdrawal_l_per_kwh=contract.withdrawal_l_per_kwh * bought,
        price_usd_per_mwh=contract.price_usd_per_mwh * bought,
    )


def _each_year(study: Study, design: Design, name: str) -> float:
    """A figure of each change of the IT in sealed pods, a year; zero where there is none."""
    years = study.economics.of_design(design.name, "refresh_years")
    return study.economics.of_design(design.name, name) / years if years > 0 else 0.0


def _spares(study: Study, design: Design) -> float:
    """Servers made beyond those of a hall that can be opened at any time. [-]."""
    years = study.economics.of_design(design.name, "refresh_years")
    sooner = SERVER_YEARS.value / years if 0 < years < SERVER_YEARS.value else 1.0
    return sooner * (1.0 + design.it_spare_share) - 1.0


def limit_of(row: Row, name: str) -> float:
    """Value of a limit, infinite where none is known."""
    value = number_of(row, name)
    return np.inf if np.isnan(value) else value


def _physics(
    at: Basis, site: str, design: Design, body: Row | None, load: FloatArray | None
) -> dict[str, FloatArray]:
    """Arrays over the steps; a design without the water that it needs has none to report."""
    weather, steps = at.weather, len(at.weather.hours)
    names = {
        "pue": "pue",
        "wue_l_per_kwh": "wue_l_per_kwh",
        "withdrawal_l_per_kwh": "withdrawal_l_per_kwh",
        "heat_to_water": "heat_rejected_to_water",
        "generated": "generated_kwh_per_kwh",
        "fuel": "fuel_kwh_per_kwh",
    }
    if design.needs and body is None:
        return {name: np.full(steps, np.nan) for name in names}
    row = weather.place.index(site)
    result = facility(
        design,
        temp_dry_bulb_c=weather.temp_dry_bulb_c[row],
        temp_dew_point_c=weather.temp_dew_point_c[row],
        pressure_pa=weather.pressure_pa[row],
        temp_water_c=None if body is None else water_temperature(body, weather.month),
        intake_distance_km=None if body is None else float(body["intake_distance_km"]),
        **at.study.halls.inputs | ({} if load is None else {"load": load}),
    )
    return {
        name: np.broadcast_to(np.asarray(getattr(result, theirs), float), (steps,))
        for name, theirs in names.items()
    }


def _as_given(
    facts: dict[str, FloatArray], place: Row, design: str, weather: Weather
) -> dict[str, FloatArray]:
    """Efficiencies over the steps, those of the planner in place of the physics.

    A PUE that is given holds in every step, and in the design hours its peak.
    """
    own = {
        name: number_of(place, f"{name}_{design}") for name in ("pue", "wue_l_per_kwh", "pue_peak")
    }
    own = {name: number_of(place, name) if np.isnan(v) else v for name, v in own.items()}
    changed = dict(facts)
    if np.isfinite(own["pue"]) and np.isfinite(facts["pue"]).all():
        peak = np.fmax(own["pue"], own["pue_peak"])
        changed["pue"] = np.where(weather.month == 0, peak, own["pue"])
    if np.isfinite(own["wue_l_per_kwh"]) and np.isfinite(facts["pue"]).all():
        changed["wue_l_per_kwh"] = np.full_like(facts["pue"], own["wue_l_per_kwh"])
        changed["withdrawal_l_per_kwh"] = np.maximum(
            facts["withdrawal_l_per_kwh"], own["wue_l_per_kwh"]
        )
    return changed


def whole_site(s: OpenSite, parts: Sequence[SiteFacts]) -> SiteFacts:
    """One set of facts for a site: means over its designs by load, or by what is installed.

    Sums over the site are then those of its designs, since each enters load or installed power
    linearly. Peaks do not: see `sum_checks`.
    """
    if not s.halls:
        return parts[0]
    load = np.array([max(h.it_mw, 1e-9) for h in s.halls])
    built = np.array([h.installed_mw for h in s.halls])
    load, built = load / load.sum(), built / built.sum()
    by_load = ("pue", "wue_l_per_kwh", "withdrawal_l_per_kwh", "heat_to_water", "generated",
               "fuel", "spare_share")  # fmt: skip
    by_built = ("fixed_carbon_t_per_mw", "fixed_cost_usd_per_mw", "om_usd_per_mw")
    means = {name: sum(w * getattr(f, name) for w, f in zip(load, parts, strict=True))
             for name in by_load}  # fmt: skip
    means |= {name: sum(w * getattr(f, name) for w, f in zip(built, parts, strict=True))
              for name in by_built}  # fmt: skip
    return replace(parts[0], **means)


def sum_checks(s: OpenSite, parts: Sequence[SiteFacts], most: int) -> Iterator[LimitCheck]:
    """Checks on limits that the designs of one site share: connection, heat, their number.

    Σ_k largest PUE[k] · installed[k]  ≤  connection,   and the same for heat
    """
    yield at_most("designs_per_site", len(parts), most, where=s.site)
    if not s.halls:
        return
    pairs = list(zip(s.halls, parts, strict=True))
    peak = sum(float(f.pue.max()) * h.installed_mw for h, f in pairs)
    most_mw = parts[0].connection_mw
    yield at_most("connection", peak, most_mw, unit="MW", where=s.site)
    heat = sum(float(f.heat_to_water.max()) * h.installed_mw for h, f in pairs)
    body = min(f.heat_limit_mw for f in parts)
    yield at_most("heat_to_water", heat, body, unit="MW", where=s.site)
    off = abs(sum(h.it_mw for h in s.halls) - s.it_mw)
    yield at_most("sum_of_halls", off, 0.0, TOLERANCE * max(1.0, s.it_mw), unit="MW", where=s.site)
