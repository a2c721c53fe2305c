"""Connections as offers and own generators that a study asks for, as the optimizer sees them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue import Catalogue, Weather
from siting.coefficients.energy import Grid, profile_of_source
from siting.coefficients.power import Power
from siting.coefficients.slices import TimeSlices
from siting.config import GeneratorOffer, Study
from siting.supply.onsite import covered
from siting.supply.power import (
    SiteStep,
    connection_steps,
    curtailed_share,
    generator_carbon_t_per_mwh,
    generator_cost_usd,
    generator_price_usd_per_mwh,
    generators_from,
    island_sites,
    load_signal,
    offered,
    step_cost_usd_per_mw,
)

__all__ = ["build_power", "connection_base_mw", "room_mw"]

#: Technologies whose output follows the weather.
_WEATHER = ("solar", "wind")


def connection_base_mw(study: Study, catalogue: Catalogue, sites: pd.DataFrame) -> FloatArray:
    """Connection that each site has without taking a step, shape (S,). [MW].

    That of the catalogue; nothing where steps are offered, and on an island.
    """
    steps = connection_steps(study, catalogue, sites)
    base = sites["connection_mw"].to_numpy(dtype=float).copy()
    base[[str(site) in steps for site in sites.index]] = 0.0
    base[island_sites(study, catalogue, sites)] = 0.0
    return base


def room_mw(study: Study, catalogue: Catalogue, sites: pd.DataFrame) -> FloatArray:
    """Largest power that may ever serve each site in the year of the study, shape (S,). [MW]."""
    room = connection_base_mw(study, catalogue, sites)
    island = island_sites(study, catalogue, sites)
    for s, steps in _by_site(connection_steps(study, catalogue, sites), sites):
        there = [x.mw for x in steps if offered(study.connections, x.step, study.supply.year)]
        room[s] += 0.0 if island[s] else sum(there)
    for unit, here in _units(study, catalogue, sites):
        firm = unit.figure("unit_mw") * unit.figure("firm_share")
        room += here * firm * _most(unit, study)
    return room


def _by_site(
    steps: dict[str, tuple[SiteStep, ...]], sites: pd.DataFrame
) -> list[tuple[int, tuple[SiteStep, ...]]]:
    found = ((s, steps.get(str(site), ())) for s, site in enumerate(sites.index))
    return [(s, own) for s, own in found if own]


def _units(
    study: Study, catalogue: Catalogue, sites: pd.DataFrame
) -> list[tuple[GeneratorOffer, np.ndarray]]:
    """Each technology on offer, with the sites that may build it."""
    asked = study.generation
    if asked is None:
        return []
    return [
        (x, covered(sites, x.where, f"generation.units[{i}].where", known=catalogue.candidates))
        for i, x in enumerate(asked.units)
    ]


def _most(unit: GeneratorOffer, study: Study) -> int:
    """Most units of a technology at a site in the year of the study."""
    first, year = generators_from(unit), study.supply.year
    return unit.max_units if year is None or year >= first else 0


def build_power(
    study: Study,
    catalogue: Catalogue,
    sites: pd.DataFrame,
    weather: Weather,
    slices: TimeSlices,
    grid: Grid,
) -> Power | None:
    """Steps of connections and generators of every site; None where there are none.

    Parameters
    ----------
    study : Study
        The study of one state; ``supply.year`` is its year.
    catalogue : Catalogue
        For names of places and profiles of solar and wind.
    sites : DataFrame
        The S candidates.
    weather : Weather
        Their weather, for the hours of high load.
    slices : TimeSlices
        How steps group into slices.
    grid : Grid
        For the hours of high prices.
    """
    rows = _step_rows(study, catalogue, sites, weather, slices, grid)
    rows += _generator_rows(study, catalogue, sites, weather, slices)
    if not rows:
        return None
    rows.sort(key=lambda row: int(str(row["site"])))
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0] if name != "name"}
    asked = study.generation
    reserve = np.zeros(0)
    if asked is not None and asked.island_storage_h > 0:
        island = island_sites(study, catalogue, sites)
        reserve = np.where(island, asked.island_storage_h, 0.0)
    return Power(
        **columns,
        name=tuple(str(row["name"]) for row in rows),
        one_out=asked is not None and asked.one_out,
        reserve_h=reserve,
    )


def _step_rows(
    study: Study,
    catalogue: Catalogue,
    sites: pd.DataFrame,
    weather: Weather,
    slices: TimeSlices,
    grid: Grid,
) -> list[dict[str, object]]:
    asked, rows = study.connections, list[dict[str, object]]()
    if asked is None:
        return rows
    island = island_sites(study, catalogue, sites)
    clock: FloatArray = weather.hour[None, :] + sites["lon"].to_numpy(float)[:, None] / 15.0
    load = slices.mean(load_signal(weather.temp_dry_bulb_c, np.mod(clock, 24.0)))
    signal = np.asarray(load, dtype=float)
    if asked.curtailed_when == "price":
        # Of hours at one price those of the highest load come first.
        signal = grid.price_usd_per_mwh + 1e-6 * load
    for s, steps in _by_site(connection_steps(study, catalogue, sites), sites):
        for x in steps:
            there = not island[s] and offered(asked, x.step, study.supply.year)
            share = curtailed_share(signal[s], slices.hours, x.step.curtailable_hours)
            rate = study.economics.discount_rate
            rows.append(
                _row(s, x.name, x.mw, there, np.zeros(0))
                | {
                    "connects": True,
                    "output": 1.0 - share,
                    "cost_usd": x.mw * step_cost_usd_per_mw(asked, x.step, rate),
                }
            )
    return rows


def _row(site: int, name: str, mw: float, most: int, output: FloatArray) -> dict[str, object]:
    """One row of `Power` at its defaults."""
    zero = ("least", "carbon_t_co2e", "price_usd_per_mwh", "carbon_t_per_mwh", "water_l_per_kwh",
            "withdrawal_l_per_kwh", "cost_usd")  # fmt: skip
    return dict.fromkeys(zero, 0.0) | {
        "site": site, "name": name, "unit_mw": mw, "most": int(most), "connects": False,
        "firm": 1.0, "output": output, "clean": False,
    }  # fmt: skip


def _generator_rows(
    study: Study, catalogue: Catalogue, sites: pd.DataFrame, weather: Weather, slices: TimeSlices
) -> list[dict[str, object]]:
    rows = list[dict[str, object]]()
    for unit, here in _units(study, catalogue, sites):
        output = np.full((len(sites), len(slices.hours)), unit.figure("availability"))
        if unit.kind in _WEATHER:
            output *= slices.mean(profile_of_source(unit.kind, study, catalogue, sites, weather))
        for s in np.flatnonzero(here & np.isfinite(output).all(axis=1)):
            mw = unit.figure("unit_mw")
            embodied = unit.figure("embodied_kg_per_kw") / unit.figure("lifetime_years")
            rows.append(
                _row(int(s), unit.name, mw, _most(unit, study), output[s])
                | {
                    "firm": unit.figure("firm_share"),
                    "least": unit.figure("min_load"),
                    "cost_usd": generator_cost_usd(unit, study.economics.discount_rate),
                    "carbon_t_co2e": embodied * mw,
                    "price_usd_per_mwh": generator_price_usd_per_mwh(
                        unit, study.economics.gas_price_usd_per_mwh
                    ),
                    "carbon_t_per_mwh": generator_carbon_t_per_mwh(unit),
                    "water_l_per_kwh": unit.figure("water_l_per_kwh"),
                    "withdrawal_l_per_kwh": unit.figure("withdrawal_l_per_kwh"),
                    "clean": unit.is_clean,
                }
            )
    return rows
