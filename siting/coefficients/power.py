"""Steps of connections and own generators of a study, in whole units, for the optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, cast

import numpy as np

from siting.arrays import BoolArray, FloatArray, IndexArray, freeze_arrays, no_values
from siting.catalogue.place_rules import covered
from siting.coefficients.energy import Grid, profile_of_source
from siting.coefficients.sets import Setting
from siting.config import GeneratorOffer, Study
from siting.supply import curtailed_share, load_signal
from siting.supply.power import (
    SiteStep,
    connection_steps,
    fuel_segments,
    generator_carbon_t_per_mwh,
    generator_cost_usd,
    generator_offers,
    generator_price_usd_per_mwh,
    island_sites,
    offered,
    step_cost_usd_per_mw,
)

__all__ = ["Power", "Segment", "build_power", "connection_base_mw", "room_mw", "weather_output"]


def _grouped(site: IndexArray) -> dict[int, IndexArray]:
    """Positions of each site, looked up at once for all of them."""
    if not len(site):
        return {}
    order = np.argsort(site, kind="stable")
    sites, first = np.unique(site[order], return_index=True)
    return dict(zip(map(int, sites), np.split(order, first[1:]), strict=True))


@dataclass(frozen=True)
class Segment:
    """Part of the output of a generator over which a MWh burns the same.

    Parameters
    ----------
    share : float
        Of the output of a unit; the segments of a generator add up to 1. [-]
    price_usd_per_mwh, carbon_t_per_mwh : float
        Fuel and upkeep, and emissions. [USD/MWh], [t CO2e/MWh]
    """

    share: float
    price_usd_per_mwh: float
    carbon_t_per_mwh: float


@dataclass(frozen=True)
class Power:
    """Options to power a site (J): steps of its connection, and generators.

    Parameters
    ----------
    site : ndarray of int, shape (J,)
        Site of each.
    name : tuple of str
        Name of the step or of the technology.
    unit_mw : ndarray, shape (J,)
        Power of one unit. [MW]
    most : ndarray of int, shape (J,)
        Most units in the period of the state; 0 where it is not there yet.
    connects : ndarray of bool, shape (J,)
        Whether it is a step of the connection; otherwise it generates.
    firm : ndarray, shape (J,)
        Part of a unit that counts at the peak of the halls. [-]
    output : ndarray, shape (J, T)
        Most power of a unit in a slice over its size: what a generator gives, what may be imported
        over a step. [-]
    least : ndarray, shape (J,)
        Part of ``output`` that cannot be turned off. [-]
    cost_usd, carbon_t_co2e : ndarray, shape (J,)
        Of one unit a year: annuity and upkeep, embodied carbon. [USD], [t CO2e]
    price_usd_per_mwh, carbon_t_per_mwh : ndarray, shape (J,)
        Fuel and upkeep of generated energy at full output, and its emissions. [USD/MWh],
        [t CO2e/MWh]
    water_l_per_kwh, withdrawal_l_per_kwh : ndarray, shape (J,)
        Water of generated energy, drawn at the site. [L/kWh]
    clean : ndarray of bool, shape (J,)
        Whether rules on clean supply count generated energy as clean.
    one_out : bool
        Whether the peak must be met with any one unit of the firm generators out.
    reserve_h : ndarray, shape (S,)
        Hours of the peak that the stores of a site hold at least; empty for none. [h]
    curves : tuple of tuple of Segment
        Segments of each generator whose heat rate depends on its load, empty for the others; they
        are filled in order, each burning more than the one before save for the first, which is
        full where a part of the output cannot be turned off. Empty where no generator has any.
    """

    site: IndexArray
    name: tuple[str, ...]
    unit_mw: FloatArray
    most: IndexArray
    connects: BoolArray
    firm: FloatArray
    output: FloatArray
    least: FloatArray
    cost_usd: FloatArray
    carbon_t_co2e: FloatArray
    price_usd_per_mwh: FloatArray
    carbon_t_per_mwh: FloatArray
    water_l_per_kwh: FloatArray
    withdrawal_l_per_kwh: FloatArray
    clean: BoolArray
    one_out: bool = False
    reserve_h: FloatArray = field(default_factory=no_values)
    curves: tuple[tuple[Segment, ...], ...] = ()

    def __post_init__(self) -> None:
        freeze_arrays(self, len(self.name), but=("reserve_h",))

    @cached_property
    def generators(self) -> IndexArray:
        """Generator of each of G segments, indices of the J; most generators have one."""
        counts = [max(1, len(own)) for own in self.curves] or np.ones(len(self.name), dtype=int)
        return np.repeat(np.arange(len(self.name)), np.where(self.connects, 0, counts))

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The G segments of all generators, in order."""
        found = list[Segment]()
        for j in np.flatnonzero(~self.connects):
            price, carbon = float(self.price_usd_per_mwh[j]), float(self.carbon_t_per_mwh[j])
            found += (self.curves[j] if self.curves else ()) or (Segment(1.0, price, carbon),)
        return tuple(found)

    @cached_property
    def floors(self) -> FloatArray:
        """Part of the output of a unit that each segment cannot turn off, shape (G,). [-]."""
        first = np.diff(self.generators, prepend=-1) > 0
        return np.where(first, self.least[self.generators], 0.0)

    @property
    def made_usd_per_mwh(self) -> FloatArray:
        """Fuel and upkeep of a MWh of each segment, shape (G,). [USD/MWh]."""
        return np.array([x.price_usd_per_mwh for x in self.segments])

    @property
    def made_t_per_mwh(self) -> FloatArray:
        """Emissions of a MWh of each segment, shape (G,). [t CO2e/MWh]."""
        return np.array([x.carbon_t_per_mwh for x in self.segments])

    @cached_property
    def spared(self) -> IndexArray:
        """Indices of the generators of which one unit may be out, N of them."""
        firm = ~self.connects & (self.firm > 0)
        return np.flatnonzero(firm & self.one_out)

    @property
    def curtailed(self) -> BoolArray:
        """Steps over which less may be imported in some slices, shape (J,)."""
        return self.connects & (self.output < 1.0).any(axis=1)

    @property
    def dispatched(self) -> BoolArray:
        """Options that join the slices of their site: generators, and curtailable steps."""
        return ~self.connects | self.curtailed

    @property
    def uses_water(self) -> bool:
        """Return whether generated energy takes water at its site."""
        return bool(self.water_l_per_kwh.any() or self.withdrawal_l_per_kwh.any())

    def at(self, s: int) -> IndexArray:
        """Options of a site, indices of the J."""
        return self._of_site.get(int(s), np.zeros(0, dtype=np.intp))

    def generators_at(self, s: int) -> IndexArray:
        """Segments of the generators of a site, as positions among ``generators``."""
        return self._generators_of_site.get(int(s), np.zeros(0, dtype=np.intp))

    @cached_property
    def _of_site(self) -> dict[int, IndexArray]:
        return _grouped(self.site)

    @cached_property
    def _generators_of_site(self) -> dict[int, IndexArray]:
        return _grouped(self.site[self.generators])

    def of_site(self, s: int) -> Power | None:
        """Options of one site, which becomes site 0; None where it has none."""
        own = self.at(s)
        if not len(own):
            return None
        kept: dict[str, Any] = {
            f.name: getattr(self, f.name)[own]
            for f in fields(self)
            if f.name not in ("name", "one_out", "reserve_h", "curves")
        }
        kept["site"] = 0 * own
        kept["curves"] = tuple(self.curves[j] for j in own) if self.curves else ()
        return replace(self, **kept, name=tuple(self.name[j] for j in own), reserve_h=no_values())

    def firm_mw(self, units: FloatArray, sites: int) -> FloatArray:
        """Power that units add to what the halls of each site may draw at their peak. [MW].

        The largest firm generator is out where the study asks for it.
        """
        total = np.bincount(self.site, self.firm * self.unit_mw * units, sites)
        lost = np.zeros(sites)
        built = self.spared[units[self.spared] > 0.5]
        np.maximum.at(lost, self.site[built], (self.firm * self.unit_mw)[built])
        return np.asarray(total - lost)


#: Technologies whose output follows the weather.
_WEATHER = ("solar", "wind")


def connection_base_mw(at: Setting) -> FloatArray:
    """Connection that each site has without taking a step, shape (S,). [MW].

    That of the catalogue; nothing where steps are offered, and on an island.
    """
    base: FloatArray = at.sites["connection_mw"].to_numpy(dtype=float).copy()
    base[[s for s, _ in _steps(at)]] = 0.0
    base[_islands(at)] = 0.0
    return base


def _islands(at: Setting) -> BoolArray:
    return island_sites(at.study, at.catalogue, at.sites)


def room_mw(at: Setting) -> FloatArray:
    """Largest power that may ever serve each site in the year of the study, shape (S,). [MW]."""
    study, room, island = at.study, connection_base_mw(at), _islands(at)
    for s, steps in _steps(at):
        there = [x.mw for x in steps if offered(study.connections, x.step, study.supply.year)]
        room[s] += 0.0 if island[s] else sum(there)
    for unit, here in _units(at):
        firm = unit.figure("unit_mw") * unit.figure("firm_share")
        room += here * firm * _most(unit, study)
    return room


def _steps(at: Setting) -> list[tuple[int, tuple[SiteStep, ...]]]:
    """Sites that have steps on offer, with those."""
    steps = connection_steps(at.study, at.catalogue, at.sites)
    found = ((s, steps.get(str(site), ())) for s, site in enumerate(at.sites.index))
    return [(s, own) for s, own in found if own]


def _units(at: Setting) -> list[tuple[GeneratorOffer, BoolArray]]:
    """Each technology on offer, with the sites that may build it."""
    asked, known = at.study.generation, at.catalogue.candidates
    if asked is None:
        return []
    keys = [f"generation.units[{i}]" for i in range(len(asked.units))]
    offers = generator_offers(at.study)
    keys += [f"generation.file, {x.name}" for x in offers[len(keys) :]]
    return [
        (x, covered(at.sites, x.where, f"{key}.where", known=known))
        for key, x in zip(keys, offers, strict=True)
    ]


def _most(unit: GeneratorOffer, study: Study) -> int:
    """Most units of a technology at a site in the year of the study."""
    first, year = unit.figure("first_year"), study.supply.year
    return unit.max_units if year is None or year >= first else 0


def build_power(at: Setting, grid: Grid) -> Power | None:
    """Steps of connections and generators of every site; None where there are none.

    ``supply.year`` of the study is the year of the state, and the grid has the hours of high
    prices.
    """
    rows = [*_step_rows(at, grid), *_generator_rows(at)]
    if not rows:
        return None
    rows.sort(key=lambda row: int(str(row["site"])))
    texts = ("name", "curve")
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0] if name not in texts}
    curves = tuple(cast("tuple[Segment, ...]", row["curve"]) for row in rows)
    asked, reserve = at.study.generation, np.zeros(0)
    if asked is not None and asked.island_storage_h > 0:
        reserve = np.where(_islands(at), asked.island_storage_h, 0.0)
    return Power(
        **columns,
        name=tuple(str(row["name"]) for row in rows),
        one_out=asked is not None and asked.one_out,
        reserve_h=reserve,
        curves=curves if any(curves) else (),
    )


def _step_rows(at: Setting, grid: Grid) -> Iterator[dict[str, object]]:
    study, sites, weather, slices = at.study, at.sites, at.weather, at.slices
    asked = study.connections
    if asked is None:
        return
    island = _islands(at)
    clock: FloatArray = weather.hour[None, :] + sites["lon"].to_numpy(float)[:, None] / 15.0
    countries = sites["country"].astype(str).tolist()
    load = slices.mean(load_signal(weather.temp_dry_bulb_c, np.mod(clock, 24.0), countries))
    signal = np.asarray(load, dtype=float)
    if asked.curtailed_when == "price":
        # Of hours at one price those of the highest load come first.
        signal = grid.price_usd_per_mwh[study.supply.prices] + 1e-6 * load
    for s, steps in _steps(at):
        for x in steps:
            there = not island[s] and offered(asked, x.step, study.supply.year)
            share = curtailed_share(signal[s], slices.hours, x.step.curtailed_hours)
            cost = x.mw * step_cost_usd_per_mw(asked, x.step, study.economics.discount_rate)
            yield _row(s, x.name, x.mw, there, 1.0 - share, connects=True, cost_usd=cost)


def _row(
    site: int, name: str, mw: float, most: int, output: FloatArray, **others: object
) -> dict[str, object]:
    """One row of `Power`, at its defaults but for some others."""
    zero = ("least", "carbon_t_co2e", "price_usd_per_mwh", "carbon_t_per_mwh", "water_l_per_kwh",
            "withdrawal_l_per_kwh", "cost_usd")  # fmt: skip
    return dict.fromkeys(zero, 0.0) | {
        "site": site, "name": name, "unit_mw": mw, "most": int(most), "connects": False,
        "firm": 1.0, "output": output, "clean": False, "curve": (), **others,
    }  # fmt: skip


def weather_output(at: Setting) -> dict[str, FloatArray]:
    """Output of each generator that follows the weather over its size, by name, (S, T). [-]."""
    return {
        unit.name: unit.figure("availability") * at.slices.mean(profile_of_source(at, unit.kind))
        for unit in (generator_offers(at.study) if at.study.generation else ())
        if unit.kind in _WEATHER
    }


def _generator_rows(at: Setting) -> Iterator[dict[str, object]]:
    study, follow = at.study, weather_output(at)
    for unit, here in _units(at):
        output = np.full((len(at.sites), len(at.slices.hours)), unit.figure("availability"))
        output = follow.get(unit.name, output)
        gas, pieces = study.economics.gas_price_usd_per_mwh, fuel_segments(unit)
        curve = tuple(
            Segment(
                share=piece.share,
                price_usd_per_mwh=generator_price_usd_per_mwh(unit, gas, piece.burnt),
                carbon_t_per_mwh=generator_carbon_t_per_mwh(unit, piece.burnt),
            )
            for piece in pieces
        )
        for s in np.flatnonzero(here & np.isfinite(output).all(axis=1)):
            mw = unit.figure("unit_mw")
            embodied = unit.figure("embodied_kg_per_kw") / unit.figure("lifetime_years")
            yield _row(
                int(s), unit.name, mw, _most(unit, study), output[s],
                firm=unit.figure("firm_share"),
                least=unit.figure("min_load"),
                cost_usd=generator_cost_usd(unit, study.economics.discount_rate),
                carbon_t_co2e=embodied * mw,
                price_usd_per_mwh=sum(x.share * x.price_usd_per_mwh for x in curve),
                carbon_t_per_mwh=sum(x.share * x.carbon_t_per_mwh for x in curve),
                curve=curve if len(curve) > 1 else (),
                water_l_per_kwh=unit.figure("water_l_per_kwh"),
                withdrawal_l_per_kwh=unit.figure("withdrawal_l_per_kwh"),
                clean=unit.is_clean,
            )  # fmt: skip
