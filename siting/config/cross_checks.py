"""Checks that need more than one key of a study, and numbers whose size makes their unit doubtful.

The former read the study as plain data in which `UNKNOWN` marks a value that is itself faulty, so
that they can run in the same pass as the checks of single keys.

The latter are allowed, but said before the solve. A budget in kWh where MWh are asked for, or a
load in kW, is a valid number: the study would be infeasible, or its limit would say nothing. The
ranges are wide and assumed: what any data center comes to, a factor of ten free on either side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from siting.config.base import (
    UNKNOWN,
    Issue,
    Key,
    Plain,
    entries,
    hinted,
    listed,
    names,
    number,
    part,
    section,
    show,
    suggest,
)
from siting.config.demand import ENERGY_FORMS, MAX_IT_MW, is_file_name, preset_issues, with_preset
from siting.config.objective import state_structure
from siting.config.section_checks import operation_structure, structure_issues
from siting.nomenclature import YEAR_H
from siting.physics.parameters import SITE_COSTS

if TYPE_CHECKING:
    from siting.config.study import Study

__all__ = ["absent_names", "cross_issues", "unknown_names", "unusual_numbers"]


def cross_issues(study: Plain) -> list[Issue]:
    """Return everything in a study that does not fit together."""
    checks = (
        _selectors, _sites, _workloads, _weights, _counts, _share, _prices, state_structure,
        operation_structure, structure_issues,
    )  # fmt: skip
    return [issue for check in checks for issue in check(study)]


def unknown_names(study: Plain, known: Mapping[str, Collection[str]]) -> list[Issue]:
    """Return the names that the catalogue does not have.

    Parameters
    ----------
    study : mapping
        Plain data.
    known : mapping
        Names that exist, by the dotted key that they may stand at; ``[]`` is every entry of a list,
        as in ``caps[].sites``.

    Returns
    -------
    list of Issue
        None about names that a file of the planner's own may bring.
    """
    own_sites = bool(part(study, "candidates", "file"))
    asked = {key: known[key] for key in known if not (own_sites and key in MAY_BE_OWN)}
    issues = []
    for place, name, allowed in absent_names(study, asked):
        if place[:2] == ("demand", "regions") and is_file_name(name):
            continue
        remedy = _remedy(name, allowed, "--demand" if place[0] == "demand" else "")
        issues.append(Issue(place, f"is {show(name)}, which is not known", remedy))
    return issues


def absent_names(
    study: Plain, known: Mapping[str, Collection[str]]
) -> Iterator[tuple[Key, str, Collection[str]]]:
    """Names that are not among those allowed at their key, with the key and those allowed."""
    for dotted_key, allowed in known.items():
        *above, key = dotted_key.split(".")
        for parent, holder in _holders(study, above):
            alone = isinstance(part(holder, key), str)
            for i, name in enumerate(names(holder, key)):
                if name not in allowed:
                    yield (*parent, key) if alone else (*parent, key, i), name, allowed


#: Keys whose names may be those of a file of candidates.
MAY_BE_OWN = {
    "candidates.sites", "candidates.exclude", "limits.open", "limits.closed", "caps[].sites",
    "caps[].country", "caps[].grid_zone", "supply.clean[].where", "heat_reuse.where",
    "connections.steps[].where", "generation.units[].where", "generation.island",
    "first_power[].where",
}  # fmt: skip


def _holders(data: object, steps: list[str], key: Key = ()) -> Iterator[tuple[Key, Plain]]:
    """The mappings under some steps, each with its key; a step that ends with [] is a list."""
    if not steps:
        if isinstance(data, Mapping):
            yield key, data
        return
    name = steps[0].removesuffix("[]")
    inner = part(data, name)
    if name == steps[0]:
        yield from _holders(inner, steps[1:], (*key, name))
        return
    for i, item in enumerate(listed(inner)):
        yield from _holders(item, steps[1:], (*key, name, i))


def _remedy(name: str, allowed: Collection[str], option: str) -> str:
    if len(allowed) < 20:
        return suggest(name, sorted(allowed))
    return hinted(name, allowed, f"`{f'siting sites {option}'.strip()}` lists what there is.")


def _selectors(study: Plain) -> Iterator[Issue]:
    candidates = study.get("candidates")
    keys = ("kinds", "sites", "region", "countries", "file")
    chosen = study.get("screen") is not None or any(part(candidates, key) for key in keys)
    if isinstance(candidates, Mapping) and not chosen:
        yield Issue(
            ("candidates",),
            "selects no candidate site",
            "Give at least one of kinds, sites, region, countries or file; `kinds: all` takes "
            "every site. Or a section screen, whose cells become the candidates.",
        )


def _sites(study: Plain) -> Iterator[Issue]:
    for one, other in (
        (("limits", "open"), ("limits", "closed")),
        (("limits", "open"), ("candidates", "exclude")),
        (("candidates", "sites"), ("candidates", "exclude")),
    ):
        others = names(study, *other)
        both = [name for name in names(study, *one) if name in others]
        if both:
            yield Issue(
                one,
                f"names {', '.join(both)}, which {'.'.join(other)} names too",
                "Keep it in one of them.",
            )


def _workloads(study: Plain) -> Iterator[Issue]:
    seen: dict[str, int] = {}
    for i, workload in entries(study, "demand", "workloads"):
        key: Key = ("demand", "workloads", i)
        name = workload.get("name")
        if isinstance(name, str):
            if name in seen:
                yield Issue(
                    (*key, "name"),
                    f"is {show(name)}, the name of workload {seen[name]} too",
                    "Give each workload its own name.",
                )
            seen.setdefault(name, i)
        yield from preset_issues(key, workload)
        yield from _energy(key, with_preset(workload))


def _energy(key: Key, workload: Plain) -> Iterator[Issue]:
    forms = " | ".join(" + ".join(form) for form in ENERGY_FORMS)
    given = [form for form in ENERGY_FORMS if any(workload.get(k) is not None for k in form)]
    if len(given) != 1:
        problem = "states its energy in more than one way" if given else "states no energy"
        yield Issue(key, problem, f"Give exactly one of: {forms}.")
        return
    form = given[0]
    for k in form:
        if workload.get(k) is None and workload.get("preset") is None:
            yield Issue((*key, k), "is missing", f"{' and '.join(form)} belong together.")
    pue = workload.get("reported_pue", 1.0)
    if form == ("it_mw",) and pue is not UNKNOWN and pue != 1:
        yield Issue(
            (*key, "reported_pue"),
            f"is {show(pue)}, but it_mw is IT load and contains no PUE",
            "Leave reported_pue out, or give the energy per request or per run.",
        )
    if form != ("it_mw",):
        yield from _plausible_load(key, workload, form)


def _plausible_load(key: Key, workload: Plain, form: tuple[str, ...]) -> Iterator[Issue]:
    count, energy = (number(workload, k) for k in form)
    if count is None or energy is None:
        return
    mw = count * energy / (24e6 if form[0] == "requests_per_day" else 8760)
    if mw > MAX_IT_MW:
        yield Issue(
            key,
            f"{show(count)} × {show(energy)} is {mw:,.0f} MW, more than every data center today",
            f"Check the units of {' and '.join(form)}; at most {MAX_IT_MW:,.0f} MW.",
        )


def _weights(study: Plain) -> Iterator[Issue]:
    weights = section(study, "objective", "weights")
    if (part(study, "objective", "method") or "weighted") != "weighted" or not weights:
        return
    if all(value == 0 for value in weights.values()):
        yield Issue(
            ("objective", "weights"),
            "gives every metric the weight 0",
            "Give at least one of energy, carbon, water and cost a weight above 0.",
        )


def _ordered(study: Plain, low: str, high: str) -> Iterator[Issue]:
    least, most = number(study, "limits", low), number(study, "limits", high)
    if least is not None and most is not None and least > most:
        yield Issue(
            ("limits", low),
            f"is {show(least)}, above {high} = {show(most)}",
            f"Lower {low} or raise {high}.",
        )


def _counts(study: Plain) -> Iterator[Issue]:
    yield from _ordered(study, "min_sites", "max_sites")
    most, forced = number(study, "limits", "max_sites"), len(names(study, "limits", "open"))
    if most is not None and forced > most:
        yield Issue(
            ("limits", "open"),
            f"names {forced} sites, more than max_sites = {show(most)}",
            "Name fewer sites or raise max_sites.",
        )
    yield from _ordered(study, "min_mw_per_site", "max_mw_per_site")


def _prices(study: Plain) -> Iterator[Issue]:
    if part(study, "economics", "hourly_prices") is True and section(
        study, "economics", "time_of_use"
    ):
        problem = "is true beside economics.time_of_use, which also moves the price by the hour"
        yield Issue(("economics", "hourly_prices"), problem, "Keep one of them.")


def _share(study: Plain) -> Iterator[Issue]:
    share, most = (number(study, "limits", k) for k in ("max_share_per_site", "max_sites"))
    if share is not None and most is not None and share * most < 1 - 1e-9:
        yield Issue(
            ("limits", "max_share_per_site"),
            f"is {show(share)}, so that {show(most)} sites carry at most {share * most:.0%}",
            f"Raise it to {1 / most:.3g} or more, or raise max_sites.",
        )


#: How far outside its range a number may lie before it is doubted. [-]
FREE = 10.0


@dataclass(frozen=True)
class _Range:
    """Expected range of a number.

    Parameters
    ----------
    low, high : float
        In the unit; assumed.
    unit : str
        As it is asked for.
    slip : str
        What may have been given in its place.
    """

    low: float
    high: float
    unit: str
    slip: str

    def times(self, factor: float) -> _Range:
        """The range of an amount, from that for each MWh of IT energy."""
        return _Range(self.low * factor, self.high * factor, self.unit, self.slip)

    def doubts(self, value: float, *, only_large: bool = False) -> bool:
        """Return whether a value is too far outside; zero never is."""
        small = 0 < value < self.low / FREE and not only_large
        return small or value > self.high * FREE

    def issue(self, key: Key, value: float, basis: str = "") -> Issue:
        """Sentence on a value."""
        expected = f"{self.low:,.3g} to {self.high:,.3g} {self.unit} would be expected{basis}"
        remedy = f"Is it in {self.unit}, not in {self.slip}? If it is meant so, leave it as it is."
        return Issue(key, f"is {value:,.6g}, where {expected}", remedy)


#: Metrics for each MWh of IT energy, assumed: a PUE of 1 to 3; power and servers from hydropower to
#: lignite; water from a dry site on wind to evaporation on hydropower, at AWARE factors of 0.1 to
#: 100 for scarcity; from the cheapest power to dear power and dear halls.
_PER_IT_MWH = {
    "energy_mwh": _Range(1.0, 3.0, "MWh a year", "kWh or GWh"),
    "carbon_t_co2e": _Range(0.005, 2.0, "t a year", "kg or kt"),
    "carbon_operational_t_co2e": _Range(0.002, 2.0, "t a year", "kg or kt"),
    "carbon_embodied_t_co2e": _Range(0.002, 1.0, "t a year", "kg or kt"),
    "water_m3": _Range(0.01, 50.0, "m³ a year", "litres or million m³"),
    "water_withdrawal_m3": _Range(0.01, 500.0, "m³ a year", "litres or million m³"),
    "water_scarcity_m3": _Range(0.001, 5000.0, "m³ a year", "litres or million m³"),
    "cost_usd": _Range(10.0, 1000.0, "USD a year", "thousands or millions of USD"),
}
#: On-site water of one site or basin; none is usual, so that only large numbers are doubted.
_ON_SITE = ("site_water_m3", "site_withdrawal_m3", "basin_water_m3", "basin_withdrawal_m3")
#: Load of one workload: a few racks to a tenth of what the data centers of the world draw, some
#: 47,000 MW in 2024 (IEA 2025, Energy and AI: 415 TWh).
_LOAD = _Range(0.1, 5000.0, "MW", "kW or GW")
_ROUND_TRIP = _Range(2.0, 500.0, "ms", "s or µs")
#: From none to the social cost of the strictest studies; and of desalinated water.
_PRICES = {
    "carbon_price_usd_per_t": _Range(1.0, 500.0, "USD a tonne", "USD a kg"),
    "water_price_usd_per_m3": _Range(0.05, 15.0, "USD a m³", "USD a litre"),
    "gas_price_usd_per_mwh": _Range(3.0, 100.0, "USD a MWh", "USD a kWh"),
}
#: What opening a site is expected to cost, from the ranges of the table.
_SITE = {
    "USD": "thousands or millions of USD",
    "USD/yr": "thousands or millions of USD",
    "tCO2e": "kg or kt",
}


def unusual_numbers(study: Study) -> tuple[Issue, ...]:
    """Numbers of a resolved study that are allowed but of doubtful size, and what is expected.

    They are in the order of its sections; keys that change with periods or scenarios are not looked
    at.
    """
    return (*_loads(study), *_unusual_prices(study), *_budgets(study), *_caps(study))


def _loads(study: Study) -> Iterator[Issue]:
    for i, workload in enumerate(study.demand.workloads):
        place: Key = ("demand", "workloads", i)
        if _LOAD.doubts(workload.it_mw):
            key = "it_mw" if workload.given_it_mw is not None else "wh_per_request"
            key = "mwh_per_run" if workload.mwh_per_run is not None else key
            basis = "" if key == "it_mw" else " of the load that follows"
            yield _LOAD.issue((*place, key), workload.it_mw, basis)
        trip = workload.max_rtt_ms
        if trip is not None and _ROUND_TRIP.doubts(trip):
            yield _ROUND_TRIP.issue((*place, "max_rtt_ms"), trip)


def _unusual_prices(study: Study) -> Iterator[Issue]:
    for name, expected in _PRICES.items():
        value = float(getattr(study.economics, name))
        if expected.doubts(value):
            yield expected.issue(("economics", name), value)
    for name, row in SITE_COSTS.items():
        value = float(getattr(study.economics.site, name))
        expected = _Range(row.low, row.high, row.unit, _SITE[row.unit])
        if expected.doubts(value):
            yield expected.issue(("economics", "site", name), value)


def _budgets(study: Study) -> Iterator[Issue]:
    limits, it_mw = study.limits, study.demand.it_mw
    basis = f" for {it_mw:,.4g} MW of IT load"
    for name, each in _PER_IT_MWH.items():
        budget, expected = getattr(limits, name, None), each.times(it_mw * YEAR_H)
        if budget is not None and expected.doubts(budget):
            yield expected.issue(("limits", name), budget, basis)
    for name in _ON_SITE:
        most, expected = getattr(limits, name), _PER_IT_MWH["water_m3"].times(it_mw * YEAR_H)
        if most is not None and expected.doubts(most, only_large=True):
            yield expected.issue(("limits", name), most, f"{basis} at most")


def _caps(study: Study) -> Iterator[Issue]:
    it_mw = study.demand.it_mw
    for i, cap in enumerate(study.caps):
        each, key = _PER_IT_MWH[cap.metric], ("caps", i, "at_most")
        if cap.per_it_mwh:
            if each.doubts(cap.at_most):
                yield each.issue(key, cap.at_most, " for each MWh of IT energy")
            continue
        expected = each.times(it_mw * YEAR_H)
        if expected.doubts(cap.at_most, only_large=True):
            yield expected.issue(key, cap.at_most, f" for all {it_mw:,.4g} MW of IT load")
