"""Valid ranges of the numbers of a place, with units: one table for every planner's file."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from siting.catalogue.figures import TEXT_FIGURES, Allowed, figure_columns
from siting.catalogue.read_tables import Rows
from siting.config.messages import rewritten
from siting.errors import Fault

__all__ = ["ALLOWED", "number_faults", "number_problem", "numbers"]


_YEAR = Allowed(2000.0, 2200.0, "", "a year, such as 2028")

#: Widest ranges that a place on Earth can have; the sources are those of the built-in attribute.
ALLOWED = {
    "latitude": Allowed(-90.0, 90.0, "°", "degrees north, WGS 84"),
    "longitude": Allowed(-180.0, 360.0, "°", "degrees east, WGS 84"),
    "elevation_m": Allowed(
        -450.0, 6000.0, "m", "metres above the sea, from the lowest shore to the thinnest air that "
        "the physics has"
    ),
    "coast_km": Allowed(0.0, 3000.0, "km", "no land is farther from a coast"),
    "lake_km": Allowed(0.0, 20_000.0, "km", "distance to a lake"),
    "scarcity_factor": Allowed(0.1, 100.0, "m3 world-eq/m3", "AWARE has no other values"),
    "scarcity_factor_country": Allowed(0.1, 100.0, "m3 world-eq/m3", "AWARE has no other values"),
    "aqueduct_score": Allowed(0.0, 5.0, "", "the score of Aqueduct 4.0"),
    "hydro_mw_150km": Allowed(0.0, 200_000.0, "MW", "hydropower within 150 km"),
    "hydro_gwh_150km": Allowed(
        -10_000.0, 2_000_000.0, "GWh", "net generation a year, below 0 only for pumped storage"
    ),
    "connection_mw": Allowed(0.0, 100_000.0, "MW", "what the grid grants one site"),
    "population": Allowed(0.0, 1e10, "", "people of the region"),
    "internet_users": Allowed(0.0, 1e10, "", "people of the region"),
    "weight": Allowed(0.0, 1e12, "", "share of the load, in any unit"),
    "mw": Allowed(0.001, 100_000.0, "MW", "capacity of the plant that is contracted"),
    "start": _YEAR,
    "end": _YEAR,
    "built": Allowed(1850.0, 2200.0, "", "year in which the plant went into operation"),
    "capacity_factor": Allowed(0.0, 1.0, "", "output over capacity"),
    "load": Allowed(0.0, 1e9, "", "load in any unit"),
    "utc_offset_h": Allowed(-12.0, 14.0, "h", "clock of the place ahead of UTC"),
    **{
        column: figure.allowed
        for column, figure in figure_columns().items()
        if column not in TEXT_FIGURES
    },
}  # fmt: skip
_ANY = Allowed(-1e12, 1e12, "", "")


def numbers(column: pd.Series) -> pd.Series:
    """A column as numbers; what is no number is NaN."""
    plain = column.map(lambda value: np.nan if isinstance(value, bool) else value)
    if not pd.api.types.is_numeric_dtype(plain):
        plain = pd.to_numeric(plain.astype(object).map(_text_or_number), errors="coerce")
    return plain.astype(float)


def _text_or_number(value: object) -> object:
    return value if isinstance(value, str | int | float) else np.nan


def number_faults(
    rows: Rows, layer: pd.DataFrame, columns: Iterable[str], *, required: bool = False
) -> list[Fault]:
    """A fault for each cell that is no number of its range.

    Parameters
    ----------
    rows : Rows
        Where the rows are written.
    layer : DataFrame
        The rows.
    columns : iterable of str
        Columns of numbers; those that are not there are passed by.
    required : bool, default False
        Whether an empty cell is a fault too.
    """
    faults = []
    for name in sorted(set(columns) & set(layer.columns)):
        allowed, found = ALLOWED.get(name, _ANY), numbers(layer[name]).to_numpy()
        given = layer[name].notna().to_numpy()
        wrong = (given | required) & ~allowed.fits(found)
        for i in np.flatnonzero(wrong).tolist():
            value = layer[name].iloc[i] if given[i] else None
            faults.append(rows.fault(i, name, *number_problem(name, value)))
    return faults


def number_problem(name: str, value: object) -> tuple[str, str]:
    """Error in the value of a figure or attribute, and the remedy; empty if none.

    Parameters
    ----------
    name : str
        Column.
    value : object
        As it was given; None where it is empty.
    """
    allowed = ALLOWED.get(name, _ANY)
    if value is None:
        return "is empty", allowed.remedy
    value = value.item() if isinstance(value, np.generic) else value
    found = float(numbers(pd.Series([value], dtype=object)).iloc[0])
    if np.isfinite(found):
        return allowed.problem(found, value), allowed.remedy
    about = f"[{allowed.unit}]" if allowed.unit else ""
    advice = rewritten(value, "float_type", about).removesuffix(about).strip()
    remedy = advice.replace(", without quotes", "") or allowed.remedy
    return f"is {value!r}, not a number", remedy
