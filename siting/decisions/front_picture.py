"""A front as a picture: each objective against the next, the third as colour, the knee marked."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siting.coefficients.model import METRICS
from siting.decisions.pareto import Front

__all__ = ["draw_front"]

_WORDS = {
    "energy_mwh": "energy", "carbon_t_co2e": "carbon", "water_m3": "water", "cost_usd": "cost",
    "water_withdrawal_m3": "water withdrawn", "water_scarcity_m3": "water by scarcity",
}  # fmt: skip
#: Signs of a title that fit over one panel.
_SIGNS = 66
_INK, _MARK = "#26323a", "#c2410c"


def draw_front(front: Front[Any], table: pd.DataFrame, path: Path, *, title: str) -> None:
    """Write the picture of a front.

    Parameters
    ----------
    front : Front
        The front.
    table : DataFrame
        Its rows, see `front_table`.
    path : pathlib.Path
        A .png, .svg or .pdf file.
    title : str
        Name of the study.
    """
    metrics = front.metrics
    pairs = [(0, 1)] if len(metrics) == 2 else [(0, 1), (0, 2), (1, 2)]
    figure = Figure(figsize=(5.6 * len(pairs), 5.2), dpi=130, layout="constrained")
    axes = figure.subplots(1, len(pairs), squeeze=False)[0]
    for axis, (x, y) in zip(axes, pairs, strict=True):
        _panel(axis, front, table, metrics[x], metrics[y])
    words = ", ".join(_WORDS[m] for m in metrics)
    worst = max(point.gap_of_range for point in front.points)
    lines = (
        f"{title}: {len(table)} efficient placements for {words}",
        f"hypervolume {front.hypervolume:.2f} of the box from best to nadir; "
        f"each point proven within {worst:.1%} of the range of {_WORDS[metrics[0]]}; "
        "the knee is ringed",
    )
    fitted = [textwrap.fill(line, _SIGNS * len(pairs)) for line in lines]
    figure.suptitle("\n".join(fitted), x=0.01, ha="left", fontsize=11, color=_INK)
    figure.savefig(path)


def _panel(axis: Axes, front: Front[Any], table: pd.DataFrame, x: str, y: str) -> None:
    rest = [m for m in front.metrics if m not in (x, y)]
    scale_x, scale_y = _unit(table[x]), _unit(table[y])
    if rest:
        shown = axis.scatter(
            table[x] / scale_x[0], table[y] / scale_y[0], s=46, cmap="viridis",
            c=table[rest[0]] / _unit(table[rest[0]])[0], edgecolors="white", linewidths=0.6,
        )  # fmt: skip
        assert axis.figure is not None
        bar = axis.figure.colorbar(shown, ax=axis, shrink=0.85)
        bar.set_label(_label(rest[0], _unit(table[rest[0]])[1]), color=_INK)
    else:
        axis.plot(table[x] / scale_x[0], table[y] / scale_y[0], "o-", color=_INK, markersize=5)
    best = table.iloc[front.knee]
    axis.scatter(
        best[x] / scale_x[0], best[y] / scale_y[0], s=170, facecolors="none", edgecolors=_MARK,
        linewidths=2.0,
    )  # fmt: skip
    axis.set_xlabel(_label(x, scale_x[1]), color=_INK)
    axis.set_ylabel(_label(y, scale_y[1]), color=_INK)
    axis.grid(color="#e2e6ea", linewidth=0.7)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
    axis.ticklabel_format(useOffset=False)


def _unit(values: pd.Series[float]) -> tuple[float, str]:
    largest = float(np.abs(values).max())
    steps = ((1e9, "billion "), (1e6, "million "), (1e3, "thousand "))
    return next(((size, word) for size, word in steps if largest >= size), (1.0, ""))


def _label(metric: str, unit: str) -> str:
    return f"{_WORDS[metric]} [{unit}{METRICS[metric].replace('m3', 'm³')} a year]"
