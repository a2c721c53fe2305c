"""Random but physical data for each family of operation, on the problems of `instances`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from siting.coefficients import Coefficients
from siting.coefficients.dispatch_options import (
    Backup,
    Calendar,
    CleanRule,
    Flexible,
    Heat,
    Idle,
    Operation,
    Storage,
)
from siting.coefficients.power import Power, Segment

#: Blocks a day, so that a block has 12 hours.
BLOCKS = 2


def with_calendar(c: Coefficients, rng: np.random.Generator) -> Coefficients:
    """The same problem in a year of whole days, two blocks each, two days a month."""
    days = len(c.hours) // BLOCKS
    number = rng.integers(1, 5, size=days)
    calendar = Calendar(
        day=np.repeat(np.arange(days), BLOCKS),
        month=np.repeat(np.arange(days) // 2, BLOCKS),
        block_h=24.0 / BLOCKS,
    )
    hours = np.repeat(number * 24.0 / BLOCKS, BLOCKS)
    return replace(c, hours=hours, operation=Operation(calendar=calendar))


def storage(c: Coefficients, rng: np.random.Generator) -> dict[str, object]:
    """A daily store at each site, and one that carries."""
    site = np.repeat(np.arange(len(c.sites)), 2)
    stores = len(site)
    hours = c.hours.sum()
    return {
        "storage": Storage(
            site=site,
            name=("battery", "reserve") * len(c.sites),
            max_mw=rng.uniform(1.0, 8.0, stores),
            duration_h=rng.uniform(2.0, 40.0, stores),
            charge_efficiency=rng.uniform(0.7, 1.0, stores),
            discharge_efficiency=rng.uniform(0.7, 1.0, stores),
            carries=np.tile([False, True], len(c.sites)),
            carbon_t_per_mw=rng.uniform(0.0, 0.01, stores) * hours,
            cost_usd_per_mw=rng.uniform(0.0, 2.0, stores) * hours,
        )
    }


def flexible(c: Coefficients, rng: np.random.Generator) -> dict[str, object]:
    """One workload moves within the day or the week, at its sites or between them."""
    week = float(rng.choice([0.0, 0.1, 0.3]))
    day = float(rng.choice([0.2, 1.0]))
    between = bool(rng.random() < 0.5)
    return {
        "flexible": Flexible(
            share=np.array([0.0, rng.uniform(0.2, 0.8)]),
            day_limit=np.array([0.0, day]),
            week_limit=np.array([0.0, week]),
            between_sites=np.array([False, between]),
        )
    }


def clean(c: Coefficients, rng: np.random.Generator) -> dict[str, object]:
    """A share by the hour at one site, another over the year for all."""
    some, every = np.arange(len(c.sites)) == 0, np.ones(len(c.sites), dtype=bool)
    grid = rng.uniform(0.2, 0.9, len(c.sites))
    return {
        "clean": (
            CleanRule("site_0", some, float(rng.uniform(0.1, 0.3)), True, 0.5 * grid),
            CleanRule("all", every, float(rng.uniform(0.2, 0.5)), False, grid),
        )
    }


def idle(c: Coefficients, rng: np.random.Generator) -> dict[str, object]:
    """Every pair with an engine may leave it standing, at another PUE and WUE."""
    pairs = np.flatnonzero(c.generated_kwh_per_kwh.any(axis=1))
    shape = (len(pairs), len(c.hours))
    return {
        "idle": Idle(
            pair=pairs,
            pue=np.minimum(c.pue[pairs] + rng.uniform(-0.1, 0.2, shape), c.pue_peak[pairs, None]),
            wue_l_per_kwh=rng.uniform(0, 2, shape),
            withdrawal_l_per_kwh=rng.uniform(2, 5, shape),
        )
    }


def heat(c: Coefficients, rng: np.random.Generator) -> dict[str, object]:
    """Half of the pairs can sell heat, to the places that take it."""
    pairs = np.flatnonzero(rng.random(len(c.pair_site)) < 0.5)
    demand = rng.uniform(0.0, 6.0, (len(c.sites), len(c.hours)))
    demand[rng.random(len(c.sites)) < 0.3] = 0.0
    return {
        "heat": Heat(
            pair=pairs,
            recoverable=rng.uniform(0.4, 0.9, len(pairs)),
            demand_mw=demand,
            electricity=0.25,
            price_usd_per_mwh=float(rng.uniform(0.0, 60.0)),
            credit_t_per_mwh=0.22,
            credit_counts=bool(rng.random() < 0.5),
            min_share=float(rng.choice([0.0, 0.05])),
        )
    }


def backup(c: Coefficients, rng: np.random.Generator) -> dict[str, object]:
    """Generators that may cover peaks; the connection is too small without them."""
    return {
        "backup": Backup(
            share=float(rng.uniform(0.2, 0.6)),
            hours=float(rng.uniform(0.05, 0.3) * c.hours.sum()),
            covers_peaks=True,
            carbon_t_per_mwh=0.68,
            price_usd_per_mwh=float(rng.uniform(10.0, 200.0)),
        )
    }


def power(
    c: Coefficients, rng: np.random.Generator, *, steps: int, generators: int
) -> dict[str, object]:
    """Steps of a connection, the last of which may be curtailed, and generators of whole units."""
    sites, each, slices = len(c.sites), steps + generators, len(c.hours)
    count, hours = sites * each, c.hours.sum()
    kind = np.tile(np.arange(each), sites)
    connects = kind < steps
    peak = float(c.pue_peak.max()) * c.total_demand_mw
    output = rng.uniform(0.5, 1.0, (count, slices))
    output[connects] = 1.0
    output[kind == steps - 1] = rng.choice([0.2, 1.0], (sites, slices)) if steps else 1.0
    size = np.where(connects, rng.uniform(0.3, 0.9, count), rng.uniform(0.1, 0.4, count)) * peak
    built = Power(
        site=np.repeat(np.arange(sites), each),
        name=tuple("abcdef"[:each]) * sites,
        unit_mw=size,
        most=np.where(connects, 1, rng.integers(2, 5, count)),
        connects=connects,
        firm=np.where(kind == each - 1, rng.choice([0.0, 1.0]), 1.0),
        output=output,
        least=np.where(connects, 0.0, rng.choice([0.0, 0.3], count)),
        cost_usd=rng.uniform(0.0, 60.0, count) * size * hours / 4,
        carbon_t_co2e=rng.uniform(0.0, 0.02, count) * size * hours,
        price_usd_per_mwh=rng.uniform(5.0, 150.0, count),
        carbon_t_per_mwh=rng.uniform(0.0, 0.6, count),
        water_l_per_kwh=rng.uniform(0.0, 2.0, count) * (rng.random() < 0.5),
        withdrawal_l_per_kwh=rng.uniform(2.0, 4.0, count) * (rng.random() < 0.5),
        clean=rng.random(count) < 0.5,
        one_out=bool(rng.random() < 0.7),
    )
    return {"power": replace(built, curves=curves(built))}


def curves(power: Power) -> tuple[tuple[Segment, ...], ...]:
    """Fuel that rises with the load of every other generator.

    What cannot be turned off may burn more than the rest.
    """
    rng = np.random.default_rng(len(power.name))
    found = list[tuple[Segment, ...]]()
    for j, least in enumerate(power.least):
        shares, first = ((0.6, 0.4), ()) if least == 0 else ((0.4, 0.3), (least,))
        rates = [*rng.uniform(0.6, 1.8, len(first)), *np.sort(rng.uniform(0.6, 1.6, 2))]
        price, carbon = power.price_usd_per_mwh[j], power.carbon_t_per_mwh[j]
        own = (
            Segment(float(share), float(rate * price), float(rate * carbon))
            for share, rate in zip((*first, *shares), rates, strict=True)
        )
        found.append(() if power.connects[j] or rng.random() < 0.5 else tuple(own))
    return tuple(found) if any(found) else ()


FAMILIES: dict[str, Callable[[Coefficients, np.random.Generator], dict[str, object]]] = {
    "storage": storage,
    "flexible": flexible,
    "clean": clean,
    "idle": idle,
    "heat": heat,
    "backup": backup,
    "steps": lambda c, rng: power(c, rng, steps=2, generators=0),
    "generation": lambda c, rng: power(c, rng, steps=1, generators=2),
}


def with_family(c: Coefficients, names: tuple[str, ...], seed: int) -> Coefficients:
    """The same problem with some families on."""
    rng = np.random.default_rng(seed)
    c = with_calendar(c, rng)
    for name in names:
        c = replace(c, operation=replace(c.operation, **FAMILIES[name](c, rng)))
    return c
