"""Numbers of a study whose size makes their unit doubtful; allowed, but said before the solve.

A budget in kWh where MWh are asked for, or a load in kW, is a valid number: the study would be
infeasible, or its limit would say nothing. The ranges are wide and assumed: what any data center
comes to, a factor of ten on either side left free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from siting.config.base import Issue, Key
from siting.config.study import Study
from siting.physics.site_costs import SITE_COSTS

__all__ = ["unusual_numbers"]

HOURS = 8760.0
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
    """Numbers of a study that are allowed but of doubtful size, each with what is expected.

    Parameters
    ----------
    study : Study
        A resolved study; keys that change with periods or scenarios are not looked at.

    Returns
    -------
    tuple of Issue
        In the order of the study's sections; empty where nothing is doubtful.
    """
    return (*_loads(study), *_prices(study), *_budgets(study), *_caps(study))


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


def _prices(study: Study) -> Iterator[Issue]:
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
        budget, expected = getattr(limits, name, None), each.times(it_mw * HOURS)
        if budget is not None and expected.doubts(budget):
            yield expected.issue(("limits", name), budget, basis)
    for name in _ON_SITE:
        most, expected = getattr(limits, name), _PER_IT_MWH["water_m3"].times(it_mw * HOURS)
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
        expected = each.times(it_mw * HOURS)
        if expected.doubts(cap.at_most, only_large=True):
            yield expected.issue(key, cap.at_most, f" for all {it_mw:,.4g} MW of IT load")
