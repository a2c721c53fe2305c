"""Periods and scenarios of a placement: totals of each, and what stands where and when."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from siting.config.study import tables_basis
from siting.nomenclature import LIMITED, METRICS
from siting.placement import Placement, StateOutcome
from siting.report.data.wording import amount, clean

__all__ = ["state_loads", "state_names", "state_totals", "states_words"]


def state_names(states: Sequence[StateOutcome]) -> list[str]:
    """Year and scenario of each state, in words."""
    years, names = {s.year for s in states}, {s.scenario for s in states}
    return [
        " ".join(
            [*([str(s.year)] if len(years) > 1 or s.year else []),
             *([clean(s.scenario)] if len(names) > 1 else [])]
        ) or clean(s.scenario)
        for s in states
    ]  # fmt: skip


def states_words(placement: Placement) -> str:
    """State that the page shows, and what the objective counts, where there are several."""
    if not placement.states:
        return "The study has one typical year: no periods and no scenarios; all is built at once."
    basis = clean(tables_basis(placement.study))
    totals = ", ".join(f"{LIMITED[m].words} {amount(m, v)}" for m, v in placement.metrics.items())
    return (
        f"Figures, map and tables of this page are of {basis}, the last period under the first "
        "scenario. What is minimized is the mean of the plan, the expected annual mean of all "
        f"periods and scenarios with later costs discounted: {totals}."
    )


def state_totals(states: Sequence[StateOutcome]) -> pd.DataFrame:
    """Totals of a year of each state, by its name: probability [-], sites, it_mw, and metrics."""
    metrics = [m for m in METRICS if all(m in s.placement.metrics for s in states)]
    rows = [
        {"probability": s.probability, "sites": len(s.placement.sites),
         "it_mw": float(s.placement.sites["it_mw"].sum()),
         **{m: float(s.placement.metrics[m]) for m in metrics}}
        for s in states
    ]  # fmt: skip
    return pd.DataFrame(rows, index=pd.Index(state_names(states)))


def state_loads(states: Sequence[StateOutcome]) -> pd.DataFrame:
    """Name of each site and its load in each state, the largest first. [MW]."""
    loads = pd.DataFrame({i: s.placement.sites["it_mw"] for i, s in enumerate(states)}).fillna(0.0)
    names = pd.concat([s.placement.sites["name"] for s in states])
    names = names[~names.index.duplicated()]
    loads = loads.loc[loads.max(axis=1).sort_values(ascending=False, kind="stable").index]
    loads.columns = pd.Index(state_names(states))
    loads.insert(0, "name", [clean(names[site]) for site in loads.index])
    return loads
