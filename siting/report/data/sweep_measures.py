"""Sensitivity measures of a sweep: swings one at a time, and sites by their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from siting.report.data.answers import Answers, selection_shares

__all__ = [
    "CLASSES",
    "NO_VALUE",
    "choice_by_value",
    "moves_alone",
    "shown_value",
    "swings",
    "value_classes",
]

#: Classes into which the values of a parameter with many values are cut.
CLASSES = 8
#: Word for a parameter that is null, such as a limit that is not set.
NO_VALUE = "none"


def swings(
    table: pd.DataFrame, first: int | str, parameters: Sequence[str], metric: str
) -> pd.DataFrame:
    """Return how far a metric moves when one parameter alone moves.

    Index parameter, the widest swing first: low, high (of the metric, over the base case ``first``
    and the cases that differ from it in this parameter alone), at_low, at_high (value of the
    parameter there). A parameter that never moves alone is left out.
    """
    same = _is_base(table, first, parameters)
    rows = {}
    for parameter in parameters:
        others = [p for p in parameters if p != parameter]
        alone = table[same[others].all(axis=1) & table[metric].notna()]
        if alone[parameter].astype(str).nunique() < 2:
            continue
        ordered = alone.sort_values(metric, kind="stable")
        rows[parameter] = {
            "low": float(ordered[metric].iloc[0]),
            "high": float(ordered[metric].iloc[-1]),
            "at_low": ordered[parameter].iloc[0],
            "at_high": ordered[parameter].iloc[-1],
        }
    swung = pd.DataFrame.from_dict(rows, orient="index", columns=["low", "high", "at_low",
                                                                  "at_high"])  # fmt: skip
    order = np.argsort(-(swung["high"] - swung["low"]).to_numpy(dtype=float), kind="stable")
    return swung.iloc[order]


def moves_alone(answers: Answers, parameters: Sequence[str]) -> pd.Series[bool]:
    """True for each case in which at most one parameter differs from the base case."""
    return (~_is_base(answers.table, answers.first, parameters)).sum(axis=1) <= 1


def _is_base(table: pd.DataFrame, first: int | str, parameters: Sequence[str]) -> pd.DataFrame:
    """True where a parameter of a case has the value of the base case."""
    base = table.loc[first]
    return pd.DataFrame({p: [_is(value, base[p]) for value in table[p]] for p in parameters},
                        index=table.index)  # fmt: skip


def _is(value: object, base: object) -> bool:
    """Return whether two values of a parameter are one; missing is equal to missing."""
    return value == base or (bool(pd.isna(value)) and bool(pd.isna(base)))  # type: ignore[call-overload]


def value_classes(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values of a parameter as a few ordered words: themselves, or classes of equal count.

    Returns
    -------
    Series
        Ordered categories, at most ``CLASSES`` of them where the values are numbers.
    """
    missing = values.isna()
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers[~missing].isna().any():
        words = values.astype(object).map(shown_value)
        return words.astype(pd.CategoricalDtype(sorted(words.unique()), ordered=True))
    distinct = np.unique(numbers[~missing])
    if len(distinct) <= CLASSES:
        words, names = numbers.map(shown_value), [shown_value(number) for number in distinct]
    else:
        cut = pd.qcut(numbers, CLASSES, duplicates="drop")
        names = [f"{band.left:.3g} to {band.right:.3g}" for band in cut.cat.categories]
        words = cut.cat.rename_categories(names).astype(object).where(~missing, NO_VALUE)
    names = list(dict.fromkeys([*names, *([NO_VALUE] if missing.any() else [])]))
    return words.astype(pd.CategoricalDtype(names, ordered=True))


def shown_value(value: object) -> str:
    """A value of a parameter as a word; of one that is null, `NO_VALUE`."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return NO_VALUE
    return f"{value:g}" if isinstance(value, float) else str(value)


def choice_by_value(answers: Answers, parameter: str, most: int = 20) -> pd.DataFrame:
    """Return how often each site is chosen at each value of a parameter that was changed.

    At most so many sites, the most often chosen first, by id; one column for each value or class of
    values in their order: shares of the cases with that value, 0 to 1.
    """
    classes = value_classes(answers.table[parameter])
    overall = selection_shares(answers)
    sites = overall.index[overall["share"] > 0][:most]
    columns = {
        str(name): selection_shares(answers, classes.index[classes == name])["share"].reindex(
            sites, fill_value=0.0
        )
        for name in classes.cat.categories
    }
    return pd.DataFrame(columns, index=sites)
