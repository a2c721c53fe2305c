"""Power of each site by part: what it may draw in each period, and what it costs a year."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from siting.placement import Placement
from siting.report.data import clean, plain_title

__all__ = ["levelized_usd_per_mwh", "power_costs", "power_stack"]


_KINDS = ("_generator", "_storage")
#: Columns of the cost of energy that a site draws, with the name of each.
_ENERGY = {
    "cost_grid_usd": "Grid energy", "cost_contracts_usd": "Contracts",
    "cost_electricity_tax_usd": "Tax on electricity",
}  # fmt: skip


def power_stack(placement: Placement) -> pd.DataFrame:
    """Power that a site may draw from each part, in each period of the first scenario. [MW].

    Returns
    -------
    DataFrame
        Index site and year (0 without periods); columns ``Firm connection``, ``Curtailable
        connection``, and each generator and store by name. Empty where no site chooses its power.
    """
    states = placement.states
    first = [s for s in states if s.scenario == states[0].scenario]
    shown = [(s.year, s.placement) for s in first] or [(0, placement)]
    rows = {
        (str(site), year): dict(_parts(row))
        for year, one in shown
        for site, row in one.sites.iterrows()
    }
    table = pd.DataFrame.from_dict(rows, orient="index").fillna(0.0)
    table = table.loc[:, (table > 0).any(axis=0)]
    if table.empty:
        return table
    table.index = pd.MultiIndex.from_tuples(table.index, names=["site", "year"])
    return table.loc[(table > 0).any(axis=1)]


def _parts(row: pd.Series) -> Iterator[tuple[str, float]]:
    if "connection_mw" in row:
        firm = float(row["firm_connection_mw"])
        yield "Firm connection", firm
        yield "Curtailable connection", float(row["connection_mw"]) - firm
    for column in map(str, row.index):
        for kind in _KINDS:
            if column.endswith(f"{kind}_mw"):
                yield plain_title(column.removesuffix(f"{kind}_mw")), float(row[column])


def power_costs(placement: Placement) -> pd.DataFrame:
    """Yearly cost of each part of the power of each site.

    Parameters
    ----------
    placement : Placement
        One year, whose tables are of it.

    Returns
    -------
    DataFrame
        site, part, mw [MW], usd (of a year) [USD], mwh (delivered) [MWh]; mw and mwh are missing
        where a part has none.
    """
    mwh = placement.supply.assign(mwh=placement.supply["mw"] * placement.supply["hours"])
    by_source = mwh.groupby(["site", "source"])["mwh"].sum()
    own = _own_sources(placement)
    rows = [
        (str(site), *part)
        for site, row in placement.sites.iterrows()
        for part in _costs(row, by_source.get(site, pd.Series(dtype=float)), own)
    ]
    return pd.DataFrame(rows, columns=["site", "part", "mw", "usd", "mwh"])


def _own_sources(placement: Placement) -> set[str]:
    """Sources that are neither grid nor contract."""
    columns = map(str, placement.sites.columns)
    own = {c.removesuffix(f"{k}_mw") for c in columns for k in _KINDS if c.endswith(f"{k}_mw")}
    return own | {"backup"}


def _costs(
    row: pd.Series, made: pd.Series, own: set[str]
) -> Iterator[tuple[str, float, float, float]]:
    """Part, its power, cost and energy; what else stands on site is left over."""
    nan = float("nan")
    contracts = made[[s for s in made.index if s != "grid" and s not in own]].sum()
    energy = {"cost_grid_usd": made.get("grid", 0.0), "cost_contracts_usd": float(contracts)}
    rest = float(row.get("cost_on_site_usd", 0.0))
    for column, title in _ENERGY.items():
        if float(row.get(column, 0.0)) != 0.0:
            yield title, nan, float(row[column]), energy.get(column, nan)
    if float(row.get("connection_steps_usd", 0.0)) > 0:
        rest -= float(row["connection_steps_usd"])
        steps = clean(row["connection_steps"])
        yield f"Connection, {steps}", float(row["connection_mw"]), row["connection_steps_usd"], nan
    for column in map(str, row.index):
        for kind in _KINDS:
            name = column.removesuffix(f"{kind}_mw")
            # A run that was made before has no such cost: it is left in the rest.
            if name != column and float(row[column]) > 0 and f"{name}{kind}_usd" in row:
                usd = float(row[f"{name}{kind}_usd"])
                rest -= usd
                yield plain_title(name), float(row[column]), usd, float(made.get(name, 0.0))
    if abs(rest) > 1.0:
        yield "Backup, heat sold and late power", nan, rest, float(made.get("backup", nan))


def levelized_usd_per_mwh(placement: Placement) -> pd.Series:
    """Cost of all power of each site over the electricity that it uses in the year. [USD/MWh]."""
    total = power_costs(placement).groupby("site")["usd"].sum()
    used = placement.sites["energy_mwh"].astype(float)
    return (total.reindex(used.index).fillna(0.0) / used).rename("usd_per_mwh")
