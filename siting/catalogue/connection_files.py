"""A planner's table of connection steps, read with all its errors."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from siting.catalogue.figures import Allowed
from siting.catalogue.ranges import numbers
from siting.catalogue.read_tables import Rows, read_rows
from siting.config.power import YEAR_H, ConnectionStep
from siting.errors import DataError, Fault

__all__ = ["COLUMNS", "read_connections"]

_REQUIRED = ("site", "year", "mw", "cost_usd_per_mw")
#: Columns of numbers with their ranges; of the last three one says how firm a step is.
COLUMNS = {
    "year": Allowed(2000.0, 2200.0, "", "the first year in which the power is there"),
    "mw": Allowed(0.001, 100_000.0, "MW", "the power of the step"),
    "cost_usd_per_mw": Allowed(0.0, 1e8, "USD/MW", "investment in line, substation and upgrades"),
    "lead_years": Allowed(0.0, 30.0, "a", "time from the order to the power"),
    "firm_hours": Allowed(0.0, YEAR_H, "h/a", "hours in which the power cannot be taken away"),
    "curtailable_hours": Allowed(0.0, YEAR_H, "h/a", "hours in which it may be taken away"),
    "curtailable_share": Allowed(0.0, 1.0, "", "share of the energy that may be taken away"),
}
_FIRMNESS = ("firm_hours", "curtailable_hours", "curtailable_share")
_YEARS = "Give a year from 2000 to 2200: the first in which the power is there"
_FIRM = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_connections(
    path: Path, known: Collection[str]
) -> Mapping[str, tuple[ConnectionStep, ...]]:
    """Steps of each site that a table names, in the order of its rows.

    Parameters
    ----------
    path : pathlib.Path
        Table with the columns site, year, mw, cost_usd_per_mw and, where they are given,
        lead_years, firm (yes or no), and one of firm_hours, curtailable_hours, curtailable_share.
    known : collection of str
        Ids of sites.

    Returns
    -------
    mapping of str to tuple of ConnectionStep

    Raises
    ------
    siting.errors.DataError
        With all errors of the table, each with its line and column.
    """
    header, cells, rows = read_rows(path, wanted=_REQUIRED)
    table = pd.DataFrame(cells, columns=[name.strip().lower() for name in header], dtype=object)
    faults = list(_header_faults(rows, table))
    there = [name for name in COLUMNS if name in table]
    values = {name: numbers(table[name].replace("", np.nan)).to_numpy() for name in there}
    for i in range(len(table)):
        faults += _row_faults(rows, table, values, i, known)
    if faults:
        raise DataError(faults)
    found: dict[str, list[ConnectionStep]] = {}
    for i, site in enumerate(table["site"]):
        given = {n: float(v[i]) for n, v in values.items() if np.isfinite(v[i])}
        found.setdefault(str(site), []).append(_step(given))
    return {site: tuple(steps) for site, steps in found.items()}


def _step(given: Mapping[str, float]) -> ConnectionStep:
    away = given.get("curtailable_hours", given.get("curtailable_share", 0.0) * YEAR_H)
    away = YEAR_H - given["firm_hours"] if "firm_hours" in given else away
    return ConnectionStep(
        year=int(given["year"]),
        mw=given["mw"],
        cost_usd_per_mw=given["cost_usd_per_mw"],
        lead_years=given.get("lead_years", 0.0),
        curtailable_hours=away,
    )


def _header_faults(rows: Rows, table: pd.DataFrame) -> Iterator[Fault]:
    allowed = ["site", "firm", *COLUMNS]
    for name in _REQUIRED:
        if name not in table:
            yield rows.of_column(name, "the column is not there", f"Add it: {', '.join(_REQUIRED)}")
    for name in map(str, table.columns):
        if name not in allowed:
            remedy = f"Leave it out; the columns are {', '.join(allowed)}"
            yield rows.of_column(name, "is no column of connection steps", remedy)


def _row_faults(
    rows: Rows,
    table: pd.DataFrame,
    values: Mapping[str, np.ndarray],
    i: int,
    known: Collection[str],
) -> Iterator[Fault]:
    """Errors of one row: its site, its numbers, and whether it says once how firm it is."""
    site = str(table["site"].iloc[i]) if "site" in table else ""
    if "site" in table and site not in known:
        problem = f"is {site!r}, which is not a site" if site else "is empty"
        yield rows.fault(i, "site", problem, "`siting sites` lists what there is")
    for name, value in values.items():
        text, allowed = str(table[name].iloc[i]), COLUMNS[name]
        if not text and name not in _REQUIRED:
            continue
        remedy = _YEARS if name == "year" else allowed.remedy
        if not np.isfinite(value[i]):
            problem = f"is {text!r}, not a number" if text else "is empty"
            yield rows.fault(i, name, problem, remedy)
        elif not allowed.fits(value[i : i + 1])[0]:
            yield rows.fault(i, name, f"is {text}, out of range", remedy)
        elif name == "year" and value[i] != round(value[i]):
            yield rows.fault(i, name, f"is {text}, not a whole year", remedy)
    given = [name for name in _FIRMNESS if name in table and str(table[name].iloc[i])]
    if len(given) > 1:
        yield rows.fault(i, given[1], f"is given beside {given[0]}", "Keep one of them")
    firm = str(table["firm"].iloc[i]).lower() if "firm" in table else ""
    if firm and firm not in _FIRM:
        yield rows.fault(i, "firm", f"is {firm!r}", "Say yes or no")
    elif firm and not _FIRM[firm] and not given:
        remedy = "Give firm_hours, curtailable_hours or curtailable_share"
        yield rows.fault(i, "firm", "is no, and nothing says how much is curtailed", remedy)
