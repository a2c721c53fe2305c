"""Cards beside the pointer as plain text: a title, then a fact a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from siting.comparison import CHANGES
from siting.nomenclature import METRICS
from siting.placement import Placement
from siting.report.data.states import place_titles
from siting.report.data.wording import amount, clean, megawatts, number, titled, titled_table
from siting.report.maps.palette import design_title
from siting.report.pages.sections import names_in_words

__all__ = ["candidate_cards", "card", "change_card", "demand_cards", "flow_cards", "site_cards"]


def card(title: object, facts: Iterable[tuple[str, object]]) -> str:
    """Text of a card.

    Parameters
    ----------
    title : object
        Name of the place.
    facts : iterable of tuple of str and object
        What is known of it: name, and value in words; a fact without a value is a line of words.
    """
    lines = [f"{name}: {value}" if value != "" else name for name, value in facts]
    return "\n".join([clean(title), *lines])


def demand_cards(demand: pd.DataFrame, basis: str) -> list[str]:
    """Cards of regions of demand, in the order of their rows; ``basis`` is the year shown."""
    load = titled("IT load", basis)
    return [
        card(row["name"], [(load, megawatts(float(row["it_mw"]))),
                           ("Country", clean(row["country"]))])
        for _, row in demand.iterrows()
    ]  # fmt: skip


def candidate_cards(candidates: pd.DataFrame, placement: Placement) -> list[str]:
    """Cards of candidates that were not chosen, with what is known of each."""
    titles = place_titles(placement.study)
    cards = []
    for _, row in candidates.iterrows():
        known = [
            (title, f"{number(float(row[name]))} {unit}".strip())
            for name, (title, unit) in titles.items()
            if name in row and np.isfinite(float(row[name]))
        ]
        kinds = ("Not chosen", clean(row["kinds"]).replace(",", ", "))
        cards.append(card(row["name"], [kinds, *known]))
    return cards


def site_cards(placement: Placement, basis: str) -> list[str]:
    """Cards of the open sites, for maps that have no room for the whole ones.

    Parameters
    ----------
    placement : Placement
        Whose sites they are.
    basis : str
        Year and scenario of its tables, where there are several.
    """
    return [
        card(row["name"], [
            (titled("IT load", basis), megawatts(float(row["it_mw"]))),
            ("Cooling", design_title(str(row["design"]))),
            ("PUE", f"{row['pue']:.3f}"),
            ("WUE", f"{number(float(row['wue_l_per_kwh']))} L/kWh"),
            *((titled(quantity.title, basis), amount(metric, float(row[metric])))
              for metric, quantity in METRICS.items() if metric in row),
            ("Limits that bind", names_in_words(row["binding"])),
        ])
        for _, row in placement.sites.iterrows()
    ]  # fmt: skip


def flow_cards(flows: pd.DataFrame, placement: Placement, basis: str) -> list[str]:
    """Cards of flows, in the order of their rows; ``basis`` is the year shown."""
    cities, sites = placement.demand["name"], placement.sites["name"]
    load = titled("IT load", basis)
    return [
        card(f"{clean(cities[flow['demand']])} → {clean(sites[flow['site']])}",
             [(load, megawatts(float(flow["it_mw"]))),
              ("Round trip", f"{number(float(flow['rtt_ms']))} ms")])
        for _, flow in flows.iterrows()
    ]  # fmt: skip


def change_card(row: pd.Series[Any], before: Placement, after: Placement) -> str:
    """Card of a site that is open in one of two placements."""
    designs = [design_title(str(row[key])) if row[key] else "closed"
               for key in ("design_before", "design_after")]  # fmt: skip
    return card(row["name"], [
        ("What changed", CHANGES[str(row["change"])]),
        (titled_table("IT load before", before), megawatts(float(row["before_mw"]))),
        (titled_table("IT load after", after), megawatts(float(row["after_mw"]))),
        ("Cooling before", designs[0]), ("Cooling after", designs[1]),
    ])  # fmt: skip
