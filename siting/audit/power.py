"""Steps of connections and own generators of a placement against what the study offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.audit.electricity import source_profile
from siting.audit.outcome import TOLERANCE, LimitCheck, at_least, at_most
from siting.audit.replay import SiteFacts, Steps
from siting.audit.reported import Basis, of_source
from siting.catalogue import Catalogue
from siting.catalogue.place_rules import covered
from siting.catalogue.weather_steps import Weather
from siting.config import GeneratorOffer, Study
from siting.placement import Placement
from siting.supply import curtailed_share, load_signal
from siting.supply.power import (
    connection_steps,
    fuel_segments,
    generator_carbon_t_per_mwh,
    generator_cost_usd,
    generator_offers,
    generator_price_usd_per_mwh,
    island_sites,
    step_cost_usd_per_mw,
)

__all__ = [
    "Powered",
    "first_power_checks",
    "gather_power",
    "late_cost_usd",
    "made_on_steps",
    "power_checks",
    "power_metrics",
]


@dataclass(frozen=True)
class Powered:
    """Power of one site besides contracts: as reported, and as offered.

    Parameters
    ----------
    base_mw : float
        Connection without any step. [MW]
    step_mw, step_away : mapping of str to (float, ndarray of shape (T,))
        Power of each step that the site takes, and the part of each slice without it. [MW], [-]
    wrong : tuple of str
        Steps that it takes and that nobody offers in its year.
    step_cost_usd : float
        What its steps cost a year. [USD]
    offers : mapping of str to GeneratorOffer
        What it may build.
    units : mapping of str to float
        What it has, by name.
    output : mapping of str to ndarray, shape (T,)
        Most output of a unit over its size. [-]
    profile : mapping of str to ndarray, shape (N,)
        Output in each step of what follows the weather. [-]
    made_mw : mapping of str to ndarray, shape (T,)
        Planned output. [MW]
    reserve_h : float
        Hours of the peak that its stores must hold. [h]
    """

    base_mw: float
    step_mw: Mapping[str, float]
    step_away: Mapping[str, FloatArray]
    wrong: tuple[str, ...]
    step_cost_usd: float
    offers: Mapping[str, GeneratorOffer]
    units: Mapping[str, float]
    output: Mapping[str, FloatArray]
    profile: Mapping[str, FloatArray]
    made_mw: Mapping[str, FloatArray]
    reserve_h: float

    def peak_mw(self, *, one_out: bool) -> float:
        """Largest power that the halls may draw at their peak. [MW]."""
        each = {
            name: offer.figure("unit_mw") * offer.figure("firm_share")
            for name, offer in self.offers.items()
        }
        there = [name for name, count in self.units.items() if count > 0.5]
        lost = max((each[name] for name in there), default=0.0) if one_out else 0.0
        own = sum(each[name] * self.units[name] for name in there)
        return self.base_mw + sum(self.step_mw.values()) + own - lost

    def import_mw(self, slices: int) -> FloatArray:
        """Most import in each slice, shape (T,). [MW]."""
        parts = [mw * (1.0 - self.step_away[name]) for name, mw in self.step_mw.items()]
        return np.sum([np.full(slices, self.base_mw), *parts], axis=0)


def gather_power(
    at: Basis, placement: Placement, site: str, facts: SiteFacts, steps: Steps
) -> Powered:
    """Gather steps and generators of an open site, from study, tables and the reported plan."""
    study, catalogue, place = at.study, at.catalogue, at.place(site)
    row = placement.sites[placement.sites.index == site].iloc[0]
    island = bool(island_sites(study, catalogue, place)[0])
    offered = {x.name: x for x in connection_steps(study, catalogue, place).get(site, ())}
    text = row.get("connection_steps", "")
    taken = [name for name in str(text if isinstance(text, str) else "").split(" + ") if name]
    known = [name for name in taken if name in offered]
    year, asked = study.supply.year, study.connections
    cost, away, power, wrong = 0.0, {}, {}, [n for n in taken if n not in offered]
    for name in known:
        step = offered[name].step
        ordered = year if asked is None or asked.ordered is None else asked.ordered
        late = year is not None and step.first_year(ordered or year) > year
        wrong += [name] if late or island or taken.count(name) > 1 else []
        power[name] = offered[name].mw
        signal = _signal(study, facts, at.weather, site, place, steps)
        away[name] = curtailed_share(signal, steps.slice_h, step.curtailed_hours)
        if asked is not None:
            rate = study.economics.discount_rate
            cost += power[name] * step_cost_usd_per_mw(asked, step, rate)
    offers = _offers(study, catalogue, place)
    profile = {
        name: np.nan_to_num(source_profile(at, offer.kind, site), nan=0.0)
        for name, offer in offers.items()
        if offer.kind in ("solar", "wind")
    }
    return Powered(
        base_mw=0.0 if offered or island else facts.connection_mw,
        step_mw=power,
        step_away=away,
        wrong=tuple(wrong),
        step_cost_usd=cost,
        offers=offers,
        units={name: float(row.get(f"{name}_units", 0.0)) for name in offers},
        output={n: _output(x, profile.get(n), steps) for n, x in offers.items()},
        profile=profile,
        made_mw={name: of_source(placement.supply, site, name, steps.slices) for name in offers},
        reserve_h=study.generation.island_storage_h if study.generation and island else 0.0,
    )


def first_power_due(
    placement: Placement, catalogue: Catalogue
) -> Iterator[tuple[int, float, float]]:
    """Entry, installed power of its places, and part of the years in which it is due. [MW], [-]."""
    study = placement.study
    if not study.first_power:
        return
    built = placement.built.groupby("site")["installed_mw"].sum()
    places = catalogue.candidates.loc[list(map(str, built.index))]
    for i, asked in enumerate(study.first_power):
        here = covered(places, asked.where, "", known=catalogue.candidates)
        year, years = study.supply.year, study.supply.years
        late = 1.0 if year is None else min(1.0, (year + years - asked.by) / years)
        if late > 0:
            yield i, float(built.to_numpy(dtype=float)[here].sum()), late


def first_power_checks(placement: Placement, catalogue: Catalogue) -> Iterator[LimitCheck]:
    """Power that is due stands, where its lateness has no price."""
    for i, mw, _ in first_power_due(placement, catalogue):
        asked = placement.study.first_power[i]
        if asked.usd_per_mw_year is None:
            place = f"first_power[{i}]"
            yield at_least("first_power", mw, asked.mw, unit="MW", where=place)


def late_cost_usd(placement: Placement, catalogue: Catalogue) -> float:
    """Price of all power that is late in the years of a placement, a year. [USD]."""
    total = 0.0
    for i, mw, late in first_power_due(placement, catalogue):
        asked = placement.study.first_power[i]
        total += (asked.usd_per_mw_year or 0.0) * late * max(0.0, asked.mw - mw)
    return total


def _signal(
    study: Study, facts: SiteFacts, weather: Weather, site: str, place: pd.DataFrame, steps: Steps
) -> FloatArray:
    """Order in which slices are curtailed, shape (T,); higher is earlier."""
    clock: FloatArray = np.mod(weather.hour + float(place["lon"].iloc[0]) / 15.0, 24.0)
    temp_c = weather.temp_dry_bulb_c[weather.place.index(site)]
    country = [str(place["country"].iloc[0])]
    load = steps.mean(load_signal(temp_c[None, :], clock[None, :], country)[0])
    if study.connections is not None and study.connections.curtailed_when == "price":
        return steps.mean(facts.grid_price_usd_per_mwh) + 1e-6 * load
    return load


def _offers(study: Study, catalogue: Catalogue, place: pd.DataFrame) -> dict[str, GeneratorOffer]:
    if study.generation is None:
        return {}
    known = catalogue.candidates
    return {
        x.name: x for x in generator_offers(study) if covered(place, x.where, "", known=known)[0]
    }


def _output(offer: GeneratorOffer, profile: FloatArray | None, steps: Steps) -> FloatArray:
    most = np.full(steps.slices, offer.figure("availability"))
    return most if profile is None else most * steps.mean(profile)


def made_on_steps(powered: Powered, drawn_mw: FloatArray, steps: Steps) -> FloatArray:
    """Planned output of units in each step, of a site that draws so much, shape (N,). [MW].

    Within a slice, solar and wind follow the weather and the others what the site draws, as far as
    their units go; nothing in a design hour.
    """
    total = np.zeros(len(steps.hours))
    for name, made in powered.made_mw.items():
        shape = powered.profile.get(name, drawn_mw)
        mean = steps.mean(shape)
        part = np.divide(made, mean, out=np.zeros_like(made), where=mean > 0)
        offer = powered.offers[name]
        most = offer.figure("unit_mw") * powered.units[name]
        total += np.where(steps.of_step >= 0, np.minimum(part[steps.of_step] * shape, most), 0.0)
    return total


def power_metrics(
    powered: Powered, facts: SiteFacts, study: Study, steps: Steps
) -> dict[str, float]:
    """Contribution of steps and generators to the metrics of a site, carbon without its price."""
    hours, rate, gas = steps.slice_h, study.economics.discount_rate, study.economics
    cost, running, embodied, water, drawn = powered.step_cost_usd, 0.0, 0.0, 0.0, 0.0
    for name, offer in powered.offers.items():
        count, made = powered.units[name], float(powered.made_mw[name] @ hours)
        fuel = _burnt(offer, powered.made_mw[name], count * powered.output[name])
        burnt = float(fuel @ hours) / max(made, 1e-9)
        cost += count * generator_cost_usd(offer, rate)
        cost += made * generator_price_usd_per_mwh(offer, gas.gas_price_usd_per_mwh, burnt)
        running += made * generator_carbon_t_per_mwh(offer, burnt)
        each = offer.figure("embodied_kg_per_kw") / offer.figure("lifetime_years")
        embodied += count * offer.figure("unit_mw") * each
        water += made * offer.figure("water_l_per_kwh")
        drawn += made * offer.figure("withdrawal_l_per_kwh")
    return {
        "cost_usd": cost + water * facts.water_price_usd_per_m3,
        "carbon_operational_t_co2e": running,
        "carbon_embodied_t_co2e": embodied,
        "water_m3": water,
        "water_withdrawal_m3": drawn,
        "water_scarcity_m3": water * facts.scarcity_site,
    }


def _burnt(offer: GeneratorOffer, made_mw: FloatArray, units: FloatArray) -> FloatArray:
    """Fuel that a generator burns in each slice, its segments filled in order. [MW]."""
    burnt, left = np.zeros(len(made_mw)), made_mw
    pieces = fuel_segments(offer)
    for i, piece in enumerate(pieces):
        most = piece.share * offer.figure("unit_mw") * units
        part = left if i == len(pieces) - 1 else np.minimum(left, most)
        burnt, left = burnt + piece.burnt * part, left - part
    return burnt


def power_checks(powered: Powered, site: str, study: Study) -> Iterator[LimitCheck]:
    """Steps that are offered in the year; whole units, no more than may be built; their output."""
    where = f"{site}: {', '.join(powered.wrong)}" if powered.wrong else site
    yield at_most("connection_steps", len(powered.wrong), 0.0, where=where)
    for name, offer in powered.offers.items():
        place, count = f"{name} at {site}", powered.units[name]
        whole = abs(count - round(count))
        yield at_most("whole_units", whole, 0.0, where=place)
        late = study.supply.year is not None and study.supply.year < offer.figure("first_year")
        most = 0.0 if late else offer.max_units
        yield at_most("max_units", count, most, where=place)
        full = count * offer.figure("unit_mw") * powered.output[name]
        above = float((powered.made_mw[name] - full).max())
        below = float((powered.made_mw[name] - offer.figure("min_load") * full).min())
        scaled = TOLERANCE * max(1.0, float(full.max()))
        yield at_most("generation_max", above, 0.0, scaled, unit="MW", where=place)
        yield at_least("generation_min", below, 0.0, scaled, unit="MW", where=place)
