"""Periods and scenarios of a placement: totals of each, and what stands where and when."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from siting.config.derive import tables_basis
from siting.nomenclature import LIMITED, METRICS
from siting.placement import Placement, StateOutcome
from siting.report.data.wording import clean, number
from siting.report.pages.html import Column, Link, Markup, element, join, table

__all__ = ["state_names", "states_section"]


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


def states_section(placement: Placement) -> Markup:
    """Totals of each state, and the load of each site in it."""
    states = placement.states
    if not states:
        words = "The study has one typical year: no periods and no scenarios."
        return element("p", words, class_="note")
    words = (
        f"The map, the cards, the charts and the tables of sites are of {_basis(placement)}, the "
        "last period under the first scenario; the totals are the mean of the plan: the expected "
        "annual mean of all, later costs discounted."
    )
    return join([element("p", words), _totals(states), _loads(states)])


def _basis(placement: Placement) -> str:
    return clean(tables_basis(placement.study))


def _totals(states: Sequence[StateOutcome]) -> Markup:
    metrics = [m for m in METRICS if all(m in s.placement.metrics for s in states)]
    columns = [
        Column("State", state_names(states)),
        Column("Probability", [f"{100 * s.probability:.3g} %" for s in states]),
        Column("Sites", [number(len(s.placement.sites)) for s in states]),
        Column("IT load [MW]", [float(s.placement.sites["it_mw"].sum()) for s in states],
               numeric=True),
        *(Column(f"{LIMITED[m].title} [{LIMITED[m].unit_shown}]",
                 [float(s.placement.metrics[m]) for s in states], numeric=True) for m in metrics),
    ]  # fmt: skip
    return table("Each period and scenario; totals are of one year of it.", columns)


def _loads(states: Sequence[StateOutcome]) -> Markup:
    loads = pd.DataFrame(
        {i: s.placement.sites["it_mw"] for i, s in enumerate(states)}
    ).fillna(0.0)  # fmt: skip
    names = pd.concat([s.placement.sites["name"] for s in states])
    names = names[~names.index.duplicated()]
    loads = loads.loc[loads.max(axis=1).sort_values(ascending=False, kind="stable").index]
    columns = [
        Column("Site", [clean(names[site]) for site in loads.index]),
        *(Column(f"{name} [MW]", loads[i].tolist(), numeric=True)
          for i, name in enumerate(state_names(states))),
    ]  # fmt: skip
    link = Link("sites", [str(site) for site in loads.index])
    return table("IT load of each site in each period and scenario.", columns, sortable=True,
                 link=link)  # fmt: skip
