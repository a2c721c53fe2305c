"""Figures of a place: those that a planner may give of a site, and the valid range of each.

A file of candidates and ``sites.overrides`` of a study give them by the same words. A figure may
vary by month (``price_usd_per_mwh_m1`` to ``_m12``) or by cooling design (``pue_air_economizer``);
the table says which. What is not given stays that of the grid zone, the physics or the study.
The table is ``figures.csv``, which has the ranges of other numbers of a planner's files as well.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.read_tables import Rows
from siting.config.candidates import FILE_FIGURES
from siting.config.messages import rewritten
from siting.errors import Fault
from siting.physics import DESIGNS

__all__ = [
    "ALLOWED",
    "FIGURES",
    "FILE_FIGURES",
    "MONTHS",
    "TEXT_FIGURES",
    "Allowed",
    "Figure",
    "by_month",
    "figure_columns",
    "figure_of",
    "given",
    "given_by_design",
    "number_faults",
    "number_problem",
    "numbers",
    "texts",
]


#: Ends of the columns that vary by month.
MONTHS = tuple(f"_m{month}" for month in range(1, 13))


@dataclass(frozen=True)
class Allowed:
    """Valid range of a number.

    Parameters
    ----------
    low, high : float
        Both may be reached, in the unit.
    unit : str
        As it is asked for.
    why : str
        What sets the ends, for the planner.
    slip : str
        Unit that a number between 0 and 1 was probably given in; empty where such numbers are
        plain.
    """

    low: float
    high: float
    unit: str
    why: str
    slip: str = ""

    @property
    def remedy(self) -> str:
        """Remedy: the range that is allowed."""
        if not self.why:
            return "Give a number"
        unit = f" {self.unit}" if self.unit else ""
        slip = f", not {self.slip}" if self.slip else ""
        return f"Give {self.low:,g} to {self.high:,g}{unit}{slip}: {self.why}"

    def problem(self, value: float, shown: object = None) -> str:
        """Error in a number; empty where there is none."""
        shown = f"{value:g}" if shown is None else shown
        if self.slip and 0.0 < value < 1.0:
            return f"is {shown}, which looks like {self.slip}"
        if self.low <= value <= self.high:
            return ""
        return f"is {shown}, outside {self.low:,g} to {self.high:,g} {self.unit}".rstrip()

    def fits(self, values: FloatArray) -> npt.NDArray[np.bool_]:
        """Mask of the numbers that are allowed; NaN never is."""
        slipped = (values > 0.0) & (values < 1.0) if self.slip else np.zeros(values.shape, bool)
        return np.asarray((values >= self.low) & (values <= self.high) & ~slipped)


@dataclass(frozen=True)
class Figure:
    """A figure that a planner may give of a site.

    Parameters
    ----------
    allowed : Allowed
        Range and unit; of text, none.
    about : str
        What it replaces, for templates and docs.
    varies : {"", "month", "design"}
        By what it may vary in further columns.
    """

    allowed: Allowed
    about: str
    varies: str = ""


def _read() -> tuple[dict[str, Figure], dict[str, Allowed]]:
    """Rows of ``figures.csv``: figures of a site, and attributes, which replace nothing."""
    figures, attributes = {}, {}
    text = Path(__file__).with_suffix(".csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        allowed = _TEXT
        if row["low"]:
            ends = float(row["low"]), float(row["high"])
            allowed = Allowed(*ends, row["unit"], row["why"], row["slip"])
        if row["about"]:
            figures[row["name"]] = Figure(allowed, row["about"], row["varies"])
        else:
            attributes[row["name"]] = allowed
    return figures, attributes


_TEXT = Allowed(0.0, 0.0, "", "")
_FIGURES, _ATTRIBUTES = _read()
#: Figures of a site by name; what they replace is said in ``about``.
FIGURES: Mapping[str, Figure] = MappingProxyType(_FIGURES)
TEXT_FIGURES = frozenset(name for name, figure in FIGURES.items() if figure.allowed is _TEXT)


def figure_columns() -> dict[str, Figure]:
    """Every column that a file of candidates may give, those by month and by design included."""
    columns: dict[str, Figure] = {}
    for name, figure in FIGURES.items():
        columns[name] = figure
        if figure.varies == "month":
            columns |= {name + end: figure for end in MONTHS}
        elif figure.varies == "design":
            columns |= {f"{name}_{design}": figure for design in DESIGNS}
    return columns


@lru_cache(maxsize=4096)
def figure_of(column: str) -> str:
    """Name in :data:`FIGURES` of a column; empty where it is none."""
    if column in FIGURES:
        return column
    stem, _, month = column.rpartition("_m")
    if stem in FIGURES and FIGURES[stem].varies == "month" and f"_m{month}" in MONTHS:
        return stem
    ends = (column.removesuffix(f"_{design}") for design in DESIGNS)
    return next((e for e in ends if e in FIGURES and FIGURES[e].varies == "design"), "")


def given(sites: pd.DataFrame, name: str) -> FloatArray:
    """Numbers of a figure that the planner gave, shape (n,), NaN where none is. [as the figure].

    ``name`` is a column of :func:`figure_columns`.
    """
    if name not in sites.columns:
        return np.full(len(sites), np.nan)
    return sites[name].to_numpy(dtype=float)


def given_by_design(sites: pd.DataFrame, name: str, design: str) -> FloatArray:
    """Numbers of a figure for one design: its own column, or that for all designs."""
    own = given(sites, f"{name}_{design}")
    return np.where(np.isnan(own), given(sites, name), own)


def by_month(sites: pd.DataFrame, name: str) -> FloatArray:
    """Numbers of a figure by month, the flat one in all; shape (n, 12), NaN where not given."""
    months = np.stack([given(sites, name + end) for end in MONTHS], axis=1)
    return np.where(np.isnan(months), given(sites, name)[:, None], months)


def texts(sites: pd.DataFrame, name: str) -> list[str]:
    """Texts of a figure, empty where it is not given."""
    if name not in sites.columns:
        return [""] * len(sites)
    return [value if isinstance(value, str) else "" for value in sites[name]]


#: Widest ranges that a place on Earth can have; the sources are those of the built-in attribute.
ALLOWED = _ATTRIBUTES | {
    column: figure.allowed
    for column, figure in figure_columns().items()
    if column not in TEXT_FIGURES
}
_ANY = Allowed(-1e12, 1e12, "", "")


def numbers(column: pd.Series) -> pd.Series:
    """Column as numbers, NaN where a cell holds none."""
    plain = column.map(lambda value: np.nan if isinstance(value, bool) else value)
    if not pd.api.types.is_numeric_dtype(plain):
        plain = pd.to_numeric(plain.astype(object).map(_text_or_number), errors="coerce")
    return plain.astype(float)


def _text_or_number(value: object) -> object:
    return value if isinstance(value, str | int | float) else np.nan


def number_faults(
    rows: Rows, layer: pd.DataFrame, columns: Iterable[str], *, required: bool = False
) -> list[Fault]:
    """A fault for each cell that is no number of its range, or is empty where ``required``.

    Columns that are not there are passed by.
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
    """Error in a value of a figure or attribute, and the remedy; empty if there is none.

    The value is None where it is empty.
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
