"""Tables of a comparison: totals side by side, their drivers, sites and flows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from siting.comparison import CHANGES, drivers, moved_flows, site_changes
from siting.placement import Placement
from siting.report.data.wording import (
    METRICS,
    clean,
    number,
    status_sentence,
    titled_table,
    titled_total,
)
from siting.report.maps.palette import design_title
from siting.report.pages.html import Column, Link, Markup, element, join, table

__all__ = ["change_table", "driver_table", "moved_table", "status_list", "totals_table"]

_SHOWN_FLOWS = 100


def status_list(placements: Mapping[str, Placement]) -> Markup:
    """What was proven of each placement."""
    items = [
        element("li", element("strong", name), f": {status_sentence(placement)}")
        for name, placement in placements.items()
    ]
    return element("ul", *items)


def totals_table(placements: Mapping[str, Placement]) -> Markup:
    """Totals of a year side by side, and how far each is from the first."""
    first = next(iter(placements.values()))
    metrics = [m for m in METRICS if all(m in p.metrics for p in placements.values())]
    facts = {"IT load": "MW", "Sites": "–"}
    columns = [
        Column("Total of a year", [*(METRICS[m].title for m in metrics), *facts]),
        Column("Unit", [*(METRICS[m].unit for m in metrics), *facts.values()]),
    ]
    base = _values(first, metrics)
    for name, placement in placements.items():
        values = _values(placement, metrics)
        columns.append(Column(titled_total(clean(name), placement), values, numeric=True))
        if placement is not first:
            columns.append(Column(f"{clean(name)}, against the first", _changes(base, values)))
    return table("Totals of a year, side by side.", columns)


def _values(placement: Placement, metrics: Sequence[str]) -> list[float]:
    load = float(placement.mean_sites["it_mw"].sum())
    count = float(len(placement.mean_sites))
    return [*(float(placement.metrics[m]) for m in metrics), load, count]


def _changes(base: Sequence[float], values: Sequence[float]) -> list[str]:
    return [
        f"{100 * (value / was - 1):+.1f} %" if was else "–"
        for was, value in zip(base, values, strict=True)
    ]


def driver_table(before: Placement, after: Placement) -> Markup:
    """Change of each total, split among what drives it."""
    split = drivers(before, after)
    split = split.loc[[m for m in METRICS if m in split.index]]
    titles = {"change": titled_total("Change", after), "load": "IT energy", "pue": "PUE",
              "intensity": "Per kWh of electricity"}  # fmt: skip
    columns = [
        Column("Total of a year", [METRICS[str(m)].title for m in split.index]),
        Column("Unit", [METRICS[str(m)].unit for m in split.index]),
        *(Column(title, split[key].tolist(), numeric=True) for key, title in titles.items()),
    ]
    words = (
        "The parts add up to the change (logarithmic mean Divisia index). Per kWh of electricity: "
        "carbon, water or price of the grid and the contracts, and water that cooling uses on site."
    )
    return join([table("What drives the change of each total.", columns),
                 element("p", words, class_="note")])  # fmt: skip


def change_table(before: Placement, after: Placement, key: str) -> Markup:
    """Sites of either placement and what became of them; names show them on all maps."""
    changes = site_changes(before, after)
    columns = [
        Column("Site", [clean(name) for name in changes["name"]]),
        Column("What changed", [CHANGES[str(change)] for change in changes["change"]]),
        *(Column(title, changes[column].tolist(), numeric=True)
          for column, title in _mw_titles(before, after)),
        *(Column(title, _designs(changes[column]))
          for column, title in (("design_before", "Cooling before"),
                                ("design_after", "Cooling after"))),
    ]  # fmt: skip
    link = Link("sites", [str(site) for site in changes.index])
    return table("Sites open in either placement.", columns, sortable=True, link=link,
                 filter_id=f"table-{key}")  # fmt: skip


def _mw_titles(before: Placement, after: Placement) -> list[tuple[str, str]]:
    """Columns of load before and after, each with its year where there are several."""
    return [
        ("before_mw", titled_table("Before [MW]", before)),
        ("after_mw", titled_table("After [MW]", after)),
        ("change_mw", "Change [MW]"),
    ]


def _designs(designs: pd.Series[str]) -> list[str]:
    return [design_title(str(design)) if design else "closed" for design in designs]


def moved_table(before: Placement, after: Placement) -> Markup:
    """The flows that changed most."""
    moved = moved_flows(before, after)
    total = float(moved["change_mw"].clip(lower=0.0).sum())
    shown = moved.head(_SHOWN_FLOWS)
    cities = before.demand["name"].to_dict() | after.demand["name"].to_dict()
    sites = before.sites["name"].to_dict() | after.sites["name"].to_dict()
    columns = [
        Column("Demand", [clean(cities[demand]) for demand in shown["demand"]]),
        Column("Site", [clean(sites[site]) for site in shown["site"]]),
        *(Column(title, shown[column].tolist(), numeric=True)
          for column, title in (*_mw_titles(before, after), ("rtt_ms", "Round trip [ms]"))),
    ]  # fmt: skip
    words = (
        f"{number(total)} MW of load is served from elsewhere; the {len(shown)} largest changes "
    )
    words += f"of {len(moved)} are listed."
    return join([element("p", words), table("Flows that moved.", columns, sortable=True)])
