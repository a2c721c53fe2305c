"""Files that figures of a planner name, and figures that do not fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.catalogue.figures import FIGURES, FILE_FIGURES, MONTHS, figure_of
from siting.catalogue.given_hours import common_steps
from siting.catalogue.ranges import ALLOWED, number_problem, numbers
from siting.catalogue.read_tables import read_rows
from siting.catalogue.stations import DAYS_IN_MONTH
from siting.catalogue.weather_files import read_weather_file
from siting.errors import DataError, Fault

__all__ = [
    "SERIES_OF",
    "figure_faults",
    "hourly_means",
    "hourly_values",
    "named_files",
    "with_file_places",
]


#: Figure that a table by the hour stands for.
SERIES_OF = {"price_file": "price_usd_per_mwh", "grid_carbon_file": "grid_carbon_g_per_kwh"}
_MAY_BE_NEGATIVE = "price_usd_per_mwh"
#: Line of the first number, below that of the names.
_FIRST_ROW = 2
#: Words in the name of a column that say another unit than that of any figure.
_OTHER_UNITS = frozenset(
    [
        "eur",
        "gbp",
        "cny",
        "rmb",
        "jpy",
        "inr",
        "aud",
        "cad",
        "brl",
        "chf",
        "sek",
        "nok",
        "dkk",
        "krw",
        "cent",
        "cents",
    ]
)


def with_file_places(layer: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """The rows with the files that they name as absolute paths; relative ones lie in ``folder``."""

    def absolute(name: object) -> object:
        usable = isinstance(name, str) and name and "\0" not in name
        return str((folder / str(name)).absolute()) if usable else None

    there = [name for name in FILE_FIGURES if name in layer.columns]
    return layer.assign(**{name: layer[name].astype(object).map(absolute) for name in there})


def named_files(layer: pd.DataFrame) -> list[Path]:
    """Files that the rows name."""
    there = [name for name in FILE_FIGURES if name in layer.columns]
    return sorted({Path(path) for name in there for path in layer[name] if isinstance(path, str)})


def figure_faults(
    figures: pd.DataFrame, fault: Callable[[int, str, str, str], Fault]
) -> Iterator[Fault]:
    """Figures that do not fit together, and files that cannot be read.

    Parameters
    ----------
    figures : DataFrame
        Columns of :func:`siting.catalogue.figures.figure_columns`, files as absolute paths.
    fault : callable
        Makes a fault of row, key, problem and remedy.
    """
    for i in range(len(figures)):
        given = {str(name) for name in figures.columns if pd.notna(figures[name].iloc[i])}
        yield from (fault(i, *problem) for problem in _together(given))
        for name in FILE_FIGURES:
            if name in given:
                yield from _file_faults(i, name, Path(figures[name].iloc[i]), fault)


def _together(given: set[str]) -> Iterator[tuple[str, str, str]]:
    """Key, problem and remedy of what does not fit together in one row."""
    for file, name in SERIES_OF.items():
        flat = sorted(column for column in given if figure_of(column) == name)
        if file in given and flat:
            yield file, f"is given beside {', '.join(flat)}", "Keep one of them"
    for name, figure in FIGURES.items():
        months = [name + end for end in MONTHS if name + end in given]
        if figure.varies == "month" and 0 < len(months) < len(MONTHS) and name not in given:
            lacking = ", ".join(name + end for end in MONTHS if name + end not in given)
            yield months[0], f"is given, and {lacking} is not", f"Give all twelve, or {name}"
        if figure.varies == "month" and len(months) == len(MONTHS) and name in given:
            yield name, "is given beside all twelve months", "Keep one of them"


def _file_faults(
    row: int, name: str, path: Path, fault: Callable[[int, str, str, str], Fault]
) -> Iterator[Fault]:
    if not path.is_file():
        remedy = "Give a path that is absolute or relative to the folder of this file"
        yield fault(row, name, f"names {path.name}, which does not exist", remedy)
        return
    try:
        if name in SERIES_OF:
            hourly_means(path, SERIES_OF[name])
        else:
            read_weather_file(path)
    except DataError as error:
        yield from error.faults


def hourly_means(path: Path, name: str) -> FloatArray:
    """Mean by month and hour of the day of a figure by the hour.

    Parameters
    ----------
    path : pathlib.Path
        As for :func:`hourly_values`.
    name : str
        The figure, whose range each number must keep to; a price may be negative in an hour, and
        its means may not.

    Returns
    -------
    ndarray, shape (12, 24)
        In the unit of the figure.

    Raises
    ------
    siting.errors.DataError
        With all faults of the table.
    """
    column, steps = hourly_values(path, name, negative=name == _MAY_BE_NEGATIVE)
    hours = steps.mean(axis=1)
    allowed, means = ALLOWED[name], _by_month_and_hour(hours)
    middle = float(hours.mean())
    if not allowed.fits(np.array([middle]))[0] or means.min() < 0.0:
        problem = allowed.problem(middle, f"{middle:g} in the mean") or "is negative in some hours"
        raise DataError([Fault(path.name, _FIRST_ROW, column, problem, allowed.remedy)])
    return means


def hourly_values(path: Path, name: str, *, negative: bool = False) -> tuple[str, FloatArray]:
    """A figure by the hour, and the column that holds it.

    Parameters
    ----------
    path : pathlib.Path
        Table of one column, or of one named as the figure: 8,760 rows from 1 January 00:00 UTC;
        8,784 in a leap year, whose 29 February is left out; 17,520 or 35,040 of half or quarter
        hours.
    name : str
        The figure, whose range each number must keep to.
    negative : bool, default False
        Whether a number may be below zero, down to its largest value.

    Returns
    -------
    column : str
        Its name in the file.
    steps : ndarray, shape (8760, k)
        The k numbers of each hour, in the unit of the figure.

    Raises
    ------
    siting.errors.DataError
        With all faults of the table.
    """
    header, cells, rows = read_rows(path)
    if _is_number(header[-1]) and len(header) == 1:
        remedy = f"Begin with a line that names the column: {name}"
        raise DataError([Fault(path.name, 1, "", "has no header", remedy)])
    column = name if name in header else header[-1]
    said = set(column.lower().replace("/", "_").replace(" ", "_").split("_"))
    if said & _OTHER_UNITS or ({"kwh", "mwh"} & said) - set(name.split("_")):
        problem, remedy = "is in another unit", f"Convert it and name the column {name}"
        raise DataError([Fault(path.name, 1, column, problem, remedy)])
    if name not in header and len(header) > 1:
        remedy = f"Name the column {name}; the columns are {', '.join(header)}"
        raise DataError([Fault(path.name, 1, name, "the column is not there", remedy)])
    table = pd.DataFrame(cells, columns=header, dtype=object)
    values = numbers(table[column]).to_numpy()
    allowed = ALLOWED[name]
    wrong = ~((values >= (-allowed.high if negative else allowed.low)) & (values <= allowed.high))
    faults = [
        rows.fault(i, column, *number_problem(name, table[column].iloc[i] or None))
        for i in np.flatnonzero(wrong).tolist()
    ]
    if faults:
        raise DataError(faults)
    steps = common_steps(values)
    if steps is None:
        problem = f"has {len(values):,} rows"
        remedy = "Give 8,760 hours, 8,784 of a leap year, or half or quarter hours of either"
        raise DataError(
            [rows.fault(len(values) - 1, column, f"the table ends here: it {problem}", remedy)]
        )
    return column, steps


def _by_month_and_hour(hours: FloatArray) -> FloatArray:
    """Means by month and hour of the day of 8,760 hours, shape (12, 24)."""
    days = hours.reshape(-1, 24)
    month = np.repeat(np.arange(12), DAYS_IN_MONTH)
    return np.stack([days[month == m].mean(axis=0) for m in range(12)])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
