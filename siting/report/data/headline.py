"""First screen of a placement: the answer in two sentences, and five figures for planning.

All of it is of one year under one scenario, the one that the tables of sites show, so that totals
are the sums of their parts; means of a plan stand apart, under its phases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from siting.config.study import tables_basis
from siting.nomenclature import YEAR_H
from siting.placement import Placement
from siting.report.data import and_words, clean, limit_words, megawatts, number
from siting.report.data.states import measure_words, state_kind, state_names

__all__ = [
    "COST_WORDS",
    "PlanningFigure",
    "answer_sentences",
    "binding_words",
    "of_one_year",
    "per_it_kwh",
    "planning_figures",
]

#: Sites that the first sentence names.
_NAMED = 4
#: A workload is held by its limit where the longest round-trip time is within this share of it.
_NEAR = 0.98
#: A fact of the places is a reason where at least this share of the other candidates is worse.
_BETTER = 0.6
#: ... and it differs from their median by at least this share.
_CLEAR = 0.05

#: Columns of the parts of the cost, in words.
COST_WORDS: Mapping[str, str] = {
    "cost_halls_usd": "Capital of halls",
    "cost_om_usd": "Operation and maintenance of halls",
    "cost_site_usd": "Opening and holding the sites",
    "cost_grid_usd": "Energy from the grid",
    "cost_contracts_usd": "Contracted energy, used or not",
    "cost_on_site_usd": "Storage units and generators, less heat sold",
    "cost_gas_usd": "Gas burnt on site",
    "cost_electricity_tax_usd": "Tax on electricity",
    "cost_water_usd": "Water",
    "cost_carbon_usd": "Price of carbon",
    "cost_refresh_usd": "Retrieving sealed pods to change their IT",
}


def of_one_year(placement: Placement) -> Placement:
    """The placement with the totals of the year and scenario of its tables.

    Of one typical year it is the placement itself. Of several states the metrics are those of the
    last period under the first scenario, as the sites, flows and supply are.
    """
    if not placement.states:
        return placement
    first = placement.states[0].scenario
    last = [s.placement for s in placement.states if s.scenario == first][-1]
    return replace(placement, metrics=last.metrics, states=(),
                   other_conventions=last.other_conventions)  # fmt: skip


def per_it_kwh(amount: float, sites: pd.DataFrame) -> float:
    """A total of a year over the IT energy of the sites, in the unit of the total per kWh."""
    kwh = 1e3 * YEAR_H * float(sites["it_mw"].sum())
    return amount / kwh if kwh > 0 else float("nan")


def answer_sentences(placement: Placement) -> tuple[str, str]:
    """Answer in two sentences: the sites, how much and by when; and why these."""
    return _what(placement), _why(placement)


def _what(placement: Placement) -> str:
    sites = placement.sites.sort_values("it_mw", ascending=False, kind="stable")
    count, load = len(sites), megawatts(float(sites["it_mw"].sum()))
    if not count:
        return "No site is open."
    since = _opened(placement)
    shown = count if count == _NAMED + 1 else _NAMED  # a name takes no more room than "another"
    largest = sites[["name", "it_mw"]].head(shown).itertuples()
    named = [f"{clean(name)} ({megawatts(float(mw))}{since.get(site, '')})"
             for site, name, mw in largest]  # fmt: skip
    if count > shown:
        rest = sites["it_mw"].iloc[shown:]
        named.append(f"{len(rest)} others ({megawatts(float(rest.sum()))})")
    where = "one site" if count == 1 else f"{number(count)} sites"
    return f"Serve {load} of IT load from {where}{_when(placement)}: {and_words(named)}."


def _opened(placement: Placement) -> dict[str, str]:
    """Year in which each site opens, in words; empty where all open in the same one."""
    opened: dict[str, int] = {}
    for state in placement.states:
        for site in state.placement.sites.index:
            opened[site] = min(state.year, opened.get(site, state.year))
    years = {opened[site] for site in placement.sites.index if site in opened}
    return {site: f", from {year}" for site, year in opened.items()} if len(years) > 1 else {}


def _when(placement: Placement) -> str:
    """By when; a study without periods has one typical year."""
    basis = clean(tables_basis(placement.study))
    if placement.study.periods:
        return f" by {basis}"
    return f" in a year of the scenario {basis}" if basis else " in a typical year"


def _why(placement: Placement) -> str:
    facts = list(_drivers(placement))[:2]
    reason = _largest_cost(placement)
    if facts:
        reason = and_words(facts)
    counted = measure_words(placement.study)
    who = "This site minimizes" if len(placement.sites) == 1 else "These sites minimize"
    goal = f"{who} {_goal(placement)}{f', counting {counted}' if counted else ''}"
    goal += f": {reason}" if reason else ""
    return f"{goal}; {binding_words(placement)}."


def _weights(placement: Placement) -> dict[str, float]:
    """Metrics that are minimized, the most important first, with their weights."""
    objective = placement.study.objective
    if objective.method == "lexicographic":
        return {str(metric): 1.0 for metric in objective.order}
    return {m: float(w) for m, w in objective.weights.model_dump().items() if w > 0}


def _goal(placement: Placement) -> str:
    weights = _weights(placement)
    names = list(weights)
    if placement.study.objective.method == "lexicographic":
        return f"{', then '.join(names)}"
    if len(set(weights.values())) < 2:
        return and_words(names) + (" with equal weights" if len(names) > 1 else "")
    return and_words([f"{name} (weight {weight:g})" for name, weight in weights.items()])


#: Facts of a place: the metrics that they move, words, unit, and whether more or less is better.
_FACTS = (
    ("grid_carbon_g_per_kwh", {"carbon"}, "grid carbon", "g CO₂e/kWh", -1),
    ("grid_price_usd_per_mwh", {"cost"}, "the grid price", "USD/MWh", -1),
    ("free_cooling_hours", {"energy", "cost"}, "free cooling", "h/yr", 1),
    ("scarcity_factor", {"water"}, "water scarcity", "m³ world-eq/m³", -1),
)


def _drivers(placement: Placement) -> Iterator[str]:
    """Facts in which the sites beat most candidates that were not chosen, the clearest first."""
    places, wanted = placement.candidates, set(_weights(placement))
    is_open = places["is_open"].astype(bool)
    found = []
    for column, moves, words, unit, sign in _FACTS:
        if column not in places or not wanted & moves:
            continue
        values = places[column].astype(float)
        load = placement.sites["it_mw"].reindex(places.index[is_open]).fillna(0.0)
        own = values[is_open][values[is_open].notna() & (load > 0)]
        others = values[~is_open].dropna()
        if own.empty or len(others) < 2:
            continue
        mean = float(np.average(own, weights=load[own.index]))
        better = float((sign * others < sign * mean).mean())
        middle = float(others.median())
        if better >= _BETTER and abs(mean - middle) >= _CLEAR * abs(middle):
            told = (
                f"{words} is {number(mean)} {unit} (median of other candidates: {number(middle)})"
            )
            found.append((better, told))
    yield from (words for _, words in sorted(found, reverse=True))


def _largest_cost(placement: Placement) -> str:
    parts = {title: float(placement.sites[key].sum()) for key, title in COST_WORDS.items()
             if key in placement.sites}  # fmt: skip
    total = sum(parts.values())
    if total <= 0 or "cost" not in _weights(placement):
        return ""
    title = max(parts, key=lambda name: parts[name])
    alone = list(_weights(placement)) == ["cost"] and not placement.states
    part = "its largest part" if alone else "the largest part of the cost"
    return f"{part} is {title.lower()} ({100 * parts[title] / total:.0f} %)"


def binding_words(placement: Placement) -> str:
    """Limits that hold the sites where they are, with the sites; a clause."""
    held: dict[str, list[str]] = {}
    for name, binding in placement.sites[["name", "binding"]].itertuples(index=False):
        given = str(binding) if isinstance(binding, str) else ""
        for limit in filter(None, (part.strip() for part in given.split(","))):
            title = limit_words(limit)
            held.setdefault(title[:1].lower() + title[1:], []).append(clean(name))
    count = len(placement.sites)
    ranked = sorted(held.items(), key=lambda item: -len(item[1]))
    found = [limit if count == 1 else f"{limit} ({_sites_held(names, count)})"
             for limit, names in ranked]  # fmt: skip
    words = [*found[:3], *([f"{len(found) - 3} more"] if len(found) > 3 else [])]
    words += list(_near_limits(placement))
    if not words:
        return "no limit of a site binds"
    return (
        f"the limit that binds is {words[0]}"
        if len(words) == 1
        else (f"the limits that bind are {and_words(words)}")
    )


def _sites_held(names: list[str], count: int) -> str:
    if len(names) == count:
        return "all sites"
    return ", ".join(names) if len(names) <= 2 else f"{len(names)} of {count} sites"


def _near_limits(placement: Placement) -> Iterator[str]:
    """Workloads whose longest round-trip time is at their limit."""
    for workload in placement.study.demand.workloads:
        own = placement.flows[placement.flows["workload"] == workload.name]
        limit, longest = workload.max_rtt_ms, own["rtt_ms"].max()
        if limit is not None and len(own) and longest >= _NEAR * limit:
            yield (f"the RTT limit of {clean(workload.name)} ({number(float(longest))} of "
                   f"{number(float(limit))} ms)")  # fmt: skip


@dataclass(frozen=True)
class PlanningFigure:
    """A figure that planners quote.

    Parameters
    ----------
    title : str
        What it is.
    values : tuple of (str, str)
        Number with its unit, and what tells it from the next one.
    span : str
        Range over sites, scenarios or conventions, in words.
    main : float
        The first value as a number.
    shown : callable
        Text of it.
    """

    title: str
    values: tuple[tuple[str, str], ...]
    span: str
    main: float
    shown: Callable[[float], str] = number


def planning_figures(placement: Placement) -> list[PlanningFigure]:
    """Load, cost, operational carbon, water and PUE, per kilowatt and kilowatt-hour of IT.

    Parameters
    ----------
    placement : Placement
        The answer; of several states the figures are those of `of_one_year`, with their range.
    """
    year = of_one_year(placement)
    figures = [(each, each(year)) for each in (_load, _cost, _carbon, _water, _pue)]
    if not placement.states:
        return [figure for _, figure in figures]
    spans = [filter(None, (_over_states(each, placement), own.span)) for each, own in figures]
    return [replace(figure, span="; ".join(span))
            for (_, figure), span in zip(figures, spans, strict=True)]  # fmt: skip


#: States whose figures are told one by one; of more, the lowest and the highest.
_TOLD = 3
#: Figures below this differ by nothing that a planner asks about. [as the figure]
_LEAST = 0.001


def _over_states(each: Callable[[Placement], PlanningFigure], placement: Placement) -> str:
    found = [each(state.placement) for state in placement.states]
    values, text = [figure.main for figure in found], found[0].shown
    if len(values) > _TOLD:
        kinds = " and ".join(f"{kind}s" for kind in state_kind(placement.states).split(" and "))
        return f"{len(values)} {kinds} {_span(pd.Series(values), text)}"
    shown = [f"< {_LEAST:g}" if 0 < value < _LEAST else text(value) for value in values]
    if len(set(shown)) == 1:
        return f"{shown[0]} in each"
    names = state_names(placement.states)
    return ", ".join(f"{name}: {value}" for name, value in zip(names, shown, strict=True))


def _span(values: pd.Series[float], shown: Callable[[float], str] = number) -> str:
    low, high = shown(float(values.min())), shown(float(values.max()))
    return low if low == high else f"{low} to {high}"


def _load(placement: Placement) -> PlanningFigure:
    sites = placement.sites
    count = len(sites)
    span = (f"{number(count)} {'site' if count == 1 else 'sites'} of {_span(sites['it_mw'])} MW; "
            f"{megawatts(float(sites['installed_mw'].sum()))} installed")  # fmt: skip
    load = float(sites["it_mw"].sum())
    return PlanningFigure("IT load", ((megawatts(load), ""),), span, load)


def _cost(placement: Placement) -> PlanningFigure:
    sites, total = placement.sites, placement.metrics.get("cost_usd", float("nan"))
    per_mwh = 1e3 * per_it_kwh(total, sites)
    spans = []
    if "cost_usd" in sites and len(sites) > 1:
        spans.append(f"sites {_span(sites['cost_usd'] / (YEAR_H * sites['it_mw']))} USD/MWh")
    capital = _capital(placement)
    if capital:
        spans.append(f"capital of the halls {capital} USD/kW installed, without IT")
    span = "; ".join(spans)
    values = (
        (f"{number(per_mwh)} USD/MWh", "of IT energy"),
        (f"{number(YEAR_H / 1e3 * per_mwh)} USD/kW", "of IT load, a year"),
    )
    return PlanningFigure("Cost, annualized", values, span, per_mwh)


def _capital(placement: Placement) -> str:
    """Capital of the designs that stand, as the study has it. [USD/kW]."""
    told = placement.provenance
    if told.empty:
        return ""
    costs = pd.to_numeric(told["value"][told["attribute"].str.endswith("_capex_usd_per_kw")],
                          errors="coerce").dropna()  # fmt: skip
    return _span(costs) if len(costs) else ""


def _carbon(placement: Placement) -> PlanningFigure:
    sites, other, total = placement.sites, placement.other_conventions, placement.metrics
    whole = total.get("carbon_t_co2e", float("nan"))
    running = other.get("carbon_t_co2e_operational", float("nan"))
    grams = {"": per_it_kwh(1e6 * running, sites)}
    for key, words in (("location_based", "location-based"), ("contract_based", "contract-based"),
                       ("marginal", "marginal"), ("average", "average")):  # fmt: skip
        if f"carbon_t_co2e_{key}" in other:
            changed = running + other[f"carbon_t_co2e_{key}"] - whole
            grams[words] = per_it_kwh(1e6 * changed, sites)
    parts = [f"{words} {number(value)}" for words, value in grams.items() if words]
    if "carbon_t_co2e_operational" in sites and len(sites) > 1:
        own = sites["carbon_t_co2e_operational"] * 1e3 / (YEAR_H * sites["it_mw"])
        parts.insert(0, f"sites {_span(own)}")
    parts.append(f"with embodied carbon {number(per_it_kwh(1e6 * whole, sites))}")
    value = (f"{number(grams[''])} g CO₂e/kWh", "of IT energy")
    return PlanningFigure("Operational carbon", (value,), "; ".join(parts), grams[""])


def _water(placement: Placement) -> PlanningFigure:
    sites = placement.sites
    total = placement.metrics.get("water_m3", float("nan"))
    others = [v for k, v in placement.other_conventions.items() if k.startswith("water_m3_")]
    on_site = _mean(sites, "wue_l_per_kwh")
    values = (
        (f"{_litres(on_site)} L/kWh", "on site"),
        (f"{number(per_it_kwh(1e3 * total, sites))} L/kWh", "with electricity"),
    )
    every = pd.Series([per_it_kwh(1e3 * value, sites) for value in (total, *others)])
    most = _litres(float(sites["wue_l_per_kwh"].max()))
    spans = [f"on site at most {most} at a site"] if most != _litres(on_site) else []
    if others:
        spans.append(f"with electricity {_span(every)} by convention for hydropower")
    span = "; ".join(spans)
    return PlanningFigure("Water consumed", values, span, on_site)


def _litres(value: float) -> str:
    """Litres per kWh; below a millilitre none of the digits counts."""
    return "< 0.001" if 0 < value < 0.001 else number(value)


def _pue(placement: Placement) -> PlanningFigure:
    sites = placement.sites
    shown = "{:.3f}".format
    span = f"peak {shown(float(sites['pue_peak'].max()))}"
    if len(sites) > 1:
        span = f"sites {_span(sites['pue'], shown)}; {span}"
    mean = _mean(sites, "pue")
    return PlanningFigure("PUE", ((shown(mean), "annual mean"),), span, mean, shown)


def _mean(sites: pd.DataFrame, column: str) -> float:
    """Mean over the sites by their load."""
    return float((sites[column] * sites["it_mw"]).sum() / max(float(sites["it_mw"].sum()), 1e-9))
