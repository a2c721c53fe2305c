"""Physics, electricity and limits of each open site, straight from weather and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from siting import supply
from siting.arrays import FloatArray, IntArray
from siting.audit.outcome import LimitCheck, at_most
from siting.audit.replay import Contract, SiteFacts, capital_recovery
from siting.audit.reported import Factors, OpenSite
from siting.catalogue import Catalogue, Weather
from siting.catalogue.power_files import Ppa
from siting.config import Study
from siting.errors import DataError, Fault
from siting.physics import DESIGNS, Design, facility
from siting.physics.designs import permitted
from siting.physics.site_costs import SERVER_YEARS

__all__ = [
    "HallFacts",
    "gather_facts",
    "hall_facts",
    "sum_checks",
    "water_temperature",
    "whole_site",
]

Row = Mapping[Any, Any]

_MONTHS = [f"m{month}" for month in range(1, 13)]


def gather_facts(
    sites: Iterable[OpenSite],
    study: Study,
    catalogue: Catalogue,
    weather: Weather,
    factors: Factors,
) -> dict[str, SiteFacts]:
    """Facts of every open site.

    Parameters
    ----------
    sites : iterable of OpenSite
        The open sites and their designs.
    study : Study
        For its supply and its economics.
    catalogue : Catalogue
        The tables that the study was solved with.
    weather : Weather
        All steps at the open sites, under the climate of the study.
    factors : mapping
        Mean factors on cost and embodied carbon of what stands; one where there are none.

    Raises
    ------
    siting.errors.DataError
        For every open site or design that the tables or the weather do not know.
    """
    sites = tuple(sites)
    _raise_unknown(sites, catalogue, weather)
    grid = supply.grid_table(catalogue)
    return {
        s.site: _site_facts(
            s.site,
            DESIGNS[s.design],
            study,
            catalogue,
            grid,
            weather,
            factors.get((s.site, s.design), (1.0, 1.0)),
        )
        for s in sites
    }


def _raise_unknown(sites: Iterable[OpenSite], catalogue: Catalogue, weather: Weather) -> None:
    remedy = "Audit with the catalogue that the study was solved with"
    faults = []
    for s in sites:
        problems = {
            "is not a candidate of the catalogue": s.site in catalogue.candidates.index,
            "has no weather": s.site in weather.place,
            f"has the unknown design {s.design!r}": s.design in DESIGNS,
        }
        wrong = [problem for problem, known in problems.items() if not known]
        faults += [Fault("placement", None, s.site, problem, remedy) for problem in wrong]
    if faults:
        raise DataError(faults)


def water_temperature(body: Row, month: IntArray) -> FloatArray:
    """Water at the intake in each step; a design hour (month 0) gets the warmest month.

    Parameters
    ----------
    body : mapping
        Row of ``Catalogue.water_bodies`` with m1 to m12. [°C]
    month : ndarray of int, shape (N,)
        0 to 12.

    Returns
    -------
    ndarray, shape (N,)
        [°C]
    """
    by_month = np.array([body[month] for month in _MONTHS], dtype=float)
    return np.concatenate([[by_month.max()], by_month])[month]


def _site_facts(
    site: str,
    design: Design,
    study: Study,
    catalogue: Catalogue,
    grid: pd.DataFrame,
    weather: Weather,
    factors: tuple[float, float],
) -> SiteFacts:
    place = _row(catalogue.candidates, site)
    body = _row(catalogue.water_bodies, site) if site in catalogue.water_bodies.index else None
    has = frozenset() if body is None else frozenset({str(body["kind"])})
    usable = body if body is not None and design.needs & has else None
    zone, economics = _zone(place, "grid_zone"), study.economics
    site_costs = economics.site
    rate = capital_recovery(economics.discount_rate, economics.lifetime_years)
    suited = permitted(design, study.halls.discharge_limit_c)
    physics = _physics(site, suited, weather, usable, study)
    used, drawn = _grid_water(study, grid, place, zone)
    # What is bought for each unit that reaches the halls.
    bought = 1.0 / (1.0 - _given(place, "loss_share", 0.0))
    own_part = 1.0 - _given(place, "capex_credit_share", 0.0)
    charge = _given(
        place, "demand_charge_usd_per_mw_month", economics.demand_charge_usd_per_mw_month
    )
    capex = _given(place, "capex_usd_per_kw", design.capex_usd_per_kw)
    capex = _given(place, f"capex_usd_per_kw_{design.name}", capex)
    taxed = _given(place, "property_tax_share", 0.0)
    opening = site_costs.works_usd + site_costs.substation_usd + site_costs.fibre_usd
    opening = _given(place, "opening_cost_usd", opening)
    return SiteFacts(
        **_as_given(physics, place, design.name, weather),
        grid_carbon_g_per_kwh=bought * _grid_carbon(study, catalogue, site, weather),
        grid_price_usd_per_mwh=bought * _grid_price(study, catalogue, grid, site, weather),
        grid_water_l_per_kwh=bought * used,
        grid_withdrawal_l_per_kwh=bought * drawn,
        scarcity_site=_number(place, "scarcity_factor"),
        scarcity_electricity=_number(place, "scarcity_factor_country"),
        connection_mw=_limit(place, "connection_mw") / bought,
        heat_limit_mw=np.inf if usable is None else _limit(usable, "heat_limit_mw"),
        block_mw=design.block_mw,
        # 1 kg/kW is 1 t/MW.
        fixed_carbon_t_per_mw=factors[1] * design.embodied_kg_per_kw_yr
        + design.refrigerant_t_per_mw_yr
        + _each_year(study, design, "refresh_kg_co2e_per_kw"),
        spare_carbon_t_per_mw=study.technology.server_embodied_factor
        * study.demand.mean_it_embodied_kg_per_kw_yr(study.demand.loads_mw),
        spare_share=_spares(study, design),
        fixed_cost_usd_per_mw=factors[0] * capex * 1000.0 * (own_part * rate + taxed),
        om_usd_per_mw=1000.0
        * (
            economics.of_design(design.name, "om_usd_per_kw_yr")
            + _each_year(study, design, "refresh_usd_per_kw")
        )
        + 12.0 * bought * charge * _peak(physics, place, design.name, weather)
        + _given(place, "land_usd_per_ha", 0.0)
        * economics.land_ha_per_mw
        * (economics.discount_rate + taxed),
        open_cost_usd=(own_part * rate + taxed) * opening + site_costs.staff_usd_per_yr,
        open_carbon_t=site_costs.embodied_t_co2e / economics.lifetime_years,
        water_price_usd_per_m3=_given(
            place, "water_price_usd_per_m3", economics.water_price_usd_per_m3
        ),
        electricity_tax_usd_per_mwh=bought
        * _given(place, "electricity_tax_usd_per_mwh", _national_tax(study, place)),
        land_limit_mw=_limit(place, "land_limit_mw"),
        needs=design.needs,
        has=has,
        contracts={
            name: _delivered(contract, bought)
            for name, contract in _contracts(site, study, catalogue, weather).items()
        },
        location_based=study.supply.carbon == "location",
        storage_credit_share=_given(place, "storage_credit_share", 0.0),
    )


def _peak(physics: dict[str, FloatArray], place: Row, design: str, weather: Weather) -> float:
    """Largest PUE of all steps: the planner's where it is given. [-]."""
    return float(np.max(_as_given(physics, place, design, weather)["pue"]))


def _national_tax(study: Study, place: Row) -> float:
    """Duty of the country on electricity, where the study asks for it. [USD/MWh]."""
    if study.economics.electricity_tax == "none":
        return 0.0
    return float(supply.electricity_tax_usd_per_mwh([str(place.get("country"))])[0])


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


def _row(table: pd.DataFrame, label: str) -> Row:
    """One row of a table whose index has no label twice."""
    return dict(zip(table.columns, table.loc[label], strict=True))


def _zone(place: Row, name: str) -> Sequence[str]:
    """Zone of a place as the list of one that the supply functions take."""
    return [str(place.get(name))]


def _number(row: Row, name: str) -> float:
    """Value of an attribute, NaN where it is missing: it then shows in every total."""
    return float(row.get(name, np.nan))


def _given(row: Row, name: str, otherwise: float) -> float:
    """Figure of the planner's, or what it would be without it."""
    own = _number(row, name)
    return otherwise if np.isnan(own) else own


def _limit(row: Row, name: str) -> float:
    """Value of a limit, infinite where none is known."""
    value = _number(row, name)
    return np.inf if np.isnan(value) else value


def _physics(
    site: str, design: Design, weather: Weather, body: Row | None, study: Study
) -> dict[str, FloatArray]:
    """Arrays over the steps; a design without the water that it needs has none to report."""
    steps = len(weather.hours)
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
        **study.halls.inputs,
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
        name: _number(place, f"{name}_{design}") for name in ("pue", "wue_l_per_kwh", "pue_peak")
    }
    own = {name: _number(place, name) if np.isnan(v) else v for name, v in own.items()}
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


def _grid_price(
    study: Study, catalogue: Catalogue, grid: pd.DataFrame, site: str, weather: Weather
) -> FloatArray:
    """Price of grid energy in each step: the planner's, or that of the zone. [USD/MWh]."""
    place = catalogue.candidates.loc[[site]]
    own = supply.given_by_step(place, "price_usd_per_mwh", weather.month, weather.hour)[0]
    zone = supply.grid_price_usd_per_mwh(grid, place["grid_zone"].astype(str).tolist())[0]
    by_hour = supply.time_of_use_factor(
        study.economics.time_of_use, place["lon"].to_numpy(float), weather.month, weather.hour
    )[0]
    market = zone * by_hour
    if study.economics.hourly_prices:
        zones = place["grid_zone"].astype(str).tolist()
        market = market + supply.wholesale_swing_usd_per_mwh(
            catalogue, zones, weather.month, weather.hour
        )[0]  # fmt: skip
    return np.asarray(np.where(np.isnan(own), market, own) * study.supply.grid_price_factor)


def _grid_water(
    study: Study, grid: pd.DataFrame, place: Row, zone: Sequence[str]
) -> tuple[float, float]:
    """Water consumed and withdrawn for grid energy. [L/kWh]."""
    own_used, own_drawn = (
        _number(place, name) for name in ("grid_water_l_per_kwh", "grid_withdrawal_l_per_kwh")
    )
    used = float(supply.grid_water_l_per_kwh(grid, zone, study.supply.hydro_water)[0])
    drawn = float(supply.grid_withdrawal_l_per_kwh(grid, zone)[0])
    used = used if np.isnan(own_used) else own_used
    drawn = drawn if np.isnan(own_drawn) else own_drawn
    return used, float(np.fmax(drawn, own_used))


def _grid_carbon(
    study: Study,
    catalogue: Catalogue,
    site: str,
    weather: Weather,
) -> FloatArray:
    terms = study.supply
    hourly = terms.hourly_carbon and terms.carbon_signal == "average"
    place = catalogue.candidates.loc[[site]]
    own = supply.given_by_step(place, "grid_carbon_g_per_kwh", weather.month, weather.hour)[0]
    zone = place["grid_zone"].astype(str).tolist()
    table = supply.grid_carbon_g_per_kwh(
        supply.carbon_table(catalogue, terms.carbon_signal, terms.carbon_basis),
        catalogue.hydro_profiles,
        zone,
        weather.month,
        study.supply.hydro_year,
        hour_utc=weather.hour if hourly else None,
        hourly_shapes=supply.hourly_carbon_shapes(catalogue) if hourly else None,
    )
    known = np.where(np.isnan(own), np.asarray(table[0], dtype=float), own)
    return np.asarray(known * study.supply.grid_carbon_factor)


def _contracts(
    site: str, study: Study, catalogue: Catalogue, weather: Weather
) -> Mapping[str, Contract]:
    """Sources that the study allows and that have a profile at the site."""
    place, terms = _row(catalogue.candidates, site), study.supply
    apart = _apart(study)
    most = {
        "hydro": terms.hydro_share * _number(place, "hydro_mw_150km"),
        "wind": terms.max_contract_mw.wind,
        "solar": terms.max_contract_mw.solar,
    }
    most = {source: _given(place, f"ppa_{source}_mw", mw) for source, mw in most.items()}
    offered: dict[str, Contract] = {}
    for source in terms.contracts:
        factor = _capacity_factor(source, place, study, catalogue, weather)
        if np.isfinite(factor).all() and np.isfinite(most[source]):
            facts = _row(catalogue.supply_sources, source)
            here = catalogue.candidates.loc[[site]]
            water = supply.contract_water_l_per_kwh(catalogue, here, source, terms.hydro_water)
            price = supply.contract_price_usd_per_mwh(
                catalogue, here, source, terms.delivery_usd_per_mwh
            )
            offered[source] = Contract(
                capacity_factor=factor,
                by_day=_capacity_factor(source, place, apart, catalogue, weather),
                carbon_g_per_kwh=_number(facts, "carbon_g_per_kwh"),
                water_l_per_kwh=float(water[0]),
                withdrawal_l_per_kwh=_number(facts, "withdrawal_l_per_kwh"),
                price_usd_per_mwh=_given(place, f"ppa_{source}_usd_per_mwh", float(price[0])),
                limit_mw=most[source],
                clean=_counted(study, source, None, str(place.get("grid_zone"))),
            )
    return offered | _own_contracts(site, place, study, catalogue, weather)


def _own_contracts(
    site: str, place: Row, study: Study, catalogue: Catalogue, weather: Weather
) -> dict[str, Contract]:
    """The planner's PPAs that are for the site; none can be contracted in a year without it."""
    terms, zone = study.supply, str(place.get("grid_zone"))
    here, found = catalogue.candidates.loc[[site]], {}
    for ppa in supply.study_ppas(study, catalogue):
        if not ppa.is_for(site, zone):
            continue
        factor = supply.fixed_profile(ppa, weather.month, weather.hour)
        by_day = factor
        if factor is None:
            at = _row(catalogue.candidates, supply.plant_place(ppa, catalogue, site))
            own = np.nan if ppa.capacity_factor is None else ppa.capacity_factor
            at = {**at, f"ppa_{ppa.source}_capacity_factor": own}
            factor = _capacity_factor(ppa.source, at, study, catalogue, weather)
            by_day = _capacity_factor(ppa.source, at, _apart(study), catalogue, weather)
        facts = _row(catalogue.supply_sources, ppa.source)
        water = supply.contract_water_l_per_kwh(catalogue, here, ppa.source, terms.hydro_water)
        running = ppa.runs(terms.year, terms.years)
        found[ppa.id] = Contract(
            capacity_factor=factor,
            by_day=factor if by_day is None else by_day,
            carbon_g_per_kwh=_number(facts, "carbon_g_per_kwh"),
            water_l_per_kwh=float(water[0]),
            withdrawal_l_per_kwh=_number(facts, "withdrawal_l_per_kwh"),
            price_usd_per_mwh=ppa.price_usd_per_mwh,
            limit_mw=ppa.mw if running else 0.0,
            clean=_counted(study, ppa.source, ppa, zone),
            plant_mw=ppa.mw,
        )
    return found


def _counted(study: Study, source: str, ppa: Ppa | None, zone: str) -> tuple[bool, ...]:
    """Return which rules on clean supply count a contract."""
    terms = [study.supply.terms_of(rule) for rule in study.supply.clean]
    return tuple(supply.counts_as_clean(of, source, ppa, zone) for of in terms)


def _apart(study: Study) -> Study:
    """The study with types of days told apart."""
    supply_ = study.supply.model_copy(update={"day_types": "typical"})
    return study.model_copy(update={"supply": supply_})


def _capacity_factor(
    source: str, place: Row, study: Study, catalogue: Catalogue, weather: Weather
) -> FloatArray:
    """Output of a source in each step, shape (N,), NaN where there is none. [-]."""
    month, zone = weather.month, _zone(place, "renewable_zone")
    profiles, days = catalogue.renewable_profiles, None
    if source == "hydro":
        zone, year = _zone(place, "hydro_zone"), study.supply.hydro_year
        table = supply.hydro_capacity_factor(catalogue.hydro_profiles, zone, month, year)
        return _to_given_mean(source, np.asarray(table[0], dtype=float), place, weather)
    if study.typical_days:
        steps = (month, weather.day_group, weather.hour)
        days = supply.day_type_factor(catalogue, zone, source, *steps)
    if source == "wind":
        table = supply.wind_capacity_factor(profiles, zone, month, weather.hours, days)
    else:
        table = supply.solar_capacity_factor(
            profiles, zone, [place["lat"]], [place["lon"]], month, weather.hour, weather.hours, days
        )
    return _to_given_mean(source, np.asarray(table[0], dtype=float), place, weather)


def source_profile(
    source: str, site: str, study: Study, catalogue: Catalogue, weather: Weather
) -> FloatArray:
    """Output of a source at a site in each step, shape (N,), NaN where there is none. [-]."""
    return _capacity_factor(source, _row(catalogue.candidates, site), study, catalogue, weather)


def _to_given_mean(source: str, factor: FloatArray, place: Row, weather: Weather) -> FloatArray:
    """Output at the annual capacity factor that the planner gave. [-]."""
    own = np.array([_number(place, f"ppa_{source}_capacity_factor")])
    return np.asarray(supply.scaled_profile(factor[None, :], own, weather.month, weather.hours)[0])


#: Facts of each hall of each site, in the order of ``OpenSite.halls``, or of the site alone.
HallFacts = Mapping[str, tuple[SiteFacts, ...]]


def hall_facts(
    sites: Sequence[OpenSite],
    study: Study,
    catalogue: Catalogue,
    weather: Weather,
    factors: Factors,
) -> HallFacts:
    """Facts of every design at every open site, its halls as old as ``factors`` says."""
    single = gather_facts([s for s in sites if not s.halls], study, catalogue, weather, factors)
    several = {
        s.site: tuple(
            gather_facts([h], study, catalogue, weather, factors)[s.site] for h in s.halls
        )
        for s in sites
        if s.halls
    }
    return {site: (facts,) for site, facts in single.items()} | several


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


def sum_checks(
    s: OpenSite, parts: Sequence[SiteFacts], most: int, tolerance: float
) -> Iterator[LimitCheck]:
    """Return what the designs of one site share: connection, heat of the water body, their number.

    Σ_k largest PUE[k] · installed[k]  ≤  connection,   and the same for heat
    """
    yield at_most("designs_per_site", len(parts), most, tolerance, where=s.site)
    if not s.halls:
        return
    pairs = list(zip(s.halls, parts, strict=True))
    peak = sum(float(f.pue.max()) * h.installed_mw for h, f in pairs)
    most_mw = parts[0].connection_mw
    yield at_most("connection", peak, most_mw, tolerance, unit="MW", where=s.site)
    heat = sum(float(f.heat_to_water.max()) * h.installed_mw for h, f in pairs)
    body = min(f.heat_limit_mw for f in parts)
    yield at_most("heat_to_water", heat, body, tolerance, unit="MW", where=s.site)
    off = abs(sum(h.it_mw for h in s.halls) - s.it_mw)
    yield at_most("sum_of_halls", off, 0.0, tolerance * max(1.0, s.it_mw), unit="MW", where=s.site)
