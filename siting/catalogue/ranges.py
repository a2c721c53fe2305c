"""What each number of a place may be, with its unit: one table for every file of the planner's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siting.catalogue.rows import Rows
from siting.config.rewriting import rewritten
from siting.errors import Fault

__all__ = ["ALLOWED", "Allowed", "number_faults", "numbers"]


@dataclass(frozen=True)
class Allowed:
    """What a number may be.

    Parameters
    ----------
    low, high : float
        Both may be reached, in the unit.
    unit : str
        As it is asked for.
    why : str
        What sets the ends, for the planner.
    """

    low: float
    high: float
    unit: str
    why: str

    @property
    def remedy(self) -> str:
        """What to give instead."""
        if self is _ANY:
            return "Give a number"
        unit = f" {self.unit}" if self.unit else ""
        return f"Give {self.low:,g} to {self.high:,g}{unit}: {self.why}"

    def problem(self, value: float, shown: object = None) -> str:
        """What is wrong with a number; empty where nothing is."""
        if self.low <= value <= self.high:
            return ""
        shown = f"{value:g}" if shown is None else shown
        return f"is {shown}, outside {self.low:,g} to {self.high:,g} {self.unit}".rstrip()


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
    "utc_offset_h": Allowed(-12.0, 14.0, "h", "clock of the place ahead of UTC"),
}  # fmt: skip
_ANY = Allowed(-1e12, 1e12, "", "a plain number")


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
        wrong = (given | required) & ~((found >= allowed.low) & (found <= allowed.high))
        for i in np.flatnonzero(wrong).tolist():
            value = layer[name].iloc[i]
            value = value.item() if isinstance(value, np.generic) else value
            if not given[i]:
                faults.append(rows.fault(i, name, "is empty", allowed.remedy))
            elif not np.isfinite(found[i]):
                about = f"[{allowed.unit}]" if allowed.unit else ""
                advice = rewritten(value, "float_type", about).removesuffix(about).strip()
                remedy = advice.replace(", without quotes", "") or allowed.remedy
                faults.append(rows.fault(i, name, f"is {value!r}, not a number", remedy))
            else:
                faults.append(rows.fault(i, name, allowed.problem(found[i], value), allowed.remedy))
    return faults
