"""Parts of the page on the power of a site: its stack over the years, and what each part costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from bokeh.plotting import figure

from siting.placement import Placement
from siting.report.data.power import levelized_usd_per_mwh, power_costs, power_stack
from siting.report.data.wording import clean, titled_table
from siting.report.pages.bars import SERIES, rows_chart
from siting.report.pages.html import macro
from siting.report.pages.parts import Column, Fold, Heading, Part, Table, slot

__all__ = ["power_cost_parts", "power_stack_chart", "power_stack_parts"]

#: Rows of the chart, a site in a period each; the table has all of them.
_MOST_ROWS = 24


def power_stack_chart(plan: Placement) -> tuple[figure, pd.DataFrame] | None:
    """Bars of what powers each site in each period, and their table; None where nothing is chosen.

    Parameters
    ----------
    plan : Placement
        With all periods.
    """
    stack = power_stack(plan)
    if stack.empty:
        return None
    names = pd.concat([s.placement.sites["name"] for s in plan.states] or [plan.sites["name"]])
    names = names[~names.index.duplicated()]
    labels = [
        clean(names[site]) + (f", {year}" if year else "")
        for site, year in zip(*(stack.index.get_level_values(i) for i in (0, 1)), strict=True)
    ]
    stack = stack.assign(label=labels).sort_index(kind="stable")
    shown = stack.iloc[:_MOST_ROWS]
    parts = _parts(shown)
    chart = rows_chart("chart-power-stack", "Power [MW]", shown["label"].tolist(), parts)
    return chart, stack


def _parts(stack: pd.DataFrame) -> dict[str, list[float]]:
    """Values of each part; those beyond the colours together."""
    columns = [str(c) for c in stack if c != "label"]
    kept = columns if len(columns) <= len(SERIES) else columns[: len(SERIES) - 1]
    parts = {name: stack[name].tolist() for name in kept}
    if len(kept) < len(columns):
        parts["All others"] = stack[columns[len(kept) :]].sum(axis=1).tolist()
    return parts


def power_stack_parts(chart: figure, stack: pd.DataFrame) -> list[Part]:
    """Heading, colours, chart and table of the stack."""
    title = "What powers each site over the years"
    columns = [Column("Site and year", stack["label"].tolist())]
    columns += [Column(f"{name} [MW]", stack[name].tolist(), numeric=True)
                for name in map(str, stack) if name != "label"]  # fmt: skip
    swatches = macro("drawings.html", "swatches", dict(zip(_parts(stack), SERIES, strict=False)))
    table = Table(f"{title}: power of connection, generators and stores.", columns)
    shown = slot(chart, f"{title}; the table has the figures")
    return [Heading(title), swatches, shown, Fold("The same as a table", [table])]


def power_cost_parts(placement: Placement) -> list[Part]:
    """Levelized cost of the power of each site, and what each part of it costs.

    Parameters
    ----------
    placement : Placement
        One year, whose tables are of it.
    """
    costs, levelized = power_costs(placement), levelized_usd_per_mwh(placement)
    if costs.empty:
        return []
    names = placement.sites["name"].map(clean)
    used = placement.sites["energy_mwh"].astype(float) / 1e3
    totals = Table(
        titled_table("Levelized cost of the power of each site", placement)
        + "; annuities, upkeep, fuel, energy and its tax over the electricity that it uses.",
        [Column("Site", names.tolist()),
         Column("Electricity used [GWh]", used.tolist(), numeric=True),
         Column("Levelized cost [USD/MWh]", levelized.tolist(), numeric=True)],
        sortable=True,
    )  # fmt: skip
    kw = costs["usd"] / (1e3 * costs["mw"])
    each = costs["usd"] / costs["mwh"].where(costs["mwh"] > 0)
    parts = Table(
        titled_table("What each part of the power costs", placement)
        + "; contracts are paid for all they generate, and counted by what is delivered.",
        [Column("Site", [names[site] for site in costs["site"]]),
         Column("Part", costs["part"].tolist()),
         Column("Power [MW]", _numbers(costs["mw"]), numeric=True),
         Column("Cost [million USD]", (costs["usd"] / 1e6).tolist(), numeric=True),
         Column("USD/kW", _numbers(kw), numeric=True),
         Column("Energy [GWh]", _numbers(costs["mwh"] / 1e3), numeric=True),
         Column("USD/MWh", _numbers(each), numeric=True)],
        sortable=True,
    )  # fmt: skip
    return [totals, Fold("What each part of the power costs", [parts])]


def _numbers(values: pd.Series) -> list[float]:
    return [float(x) for x in np.asarray(values, dtype=float)]
