"""Robustness as a picture: what each site is worth, and how often it is chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siting.report.data.wording import clean

__all__ = ["draw_robustness"]

_INK = "#26323a"
#: Okabe and Ito's palette: what an open site is worth, what a closed one costs.
_COLOURS = {"without": "#0072b2", "with": "#d55e00"}
_WORDS = {"without": "open: doing without it", "with": "closed: one hall there"}


def draw_robustness(table: pd.DataFrame, path: Path, *, title: str, samples: int) -> None:
    """Write the picture of a robustness study.

    Parameters
    ----------
    table : DataFrame
        Its rows, see `robustness_table`.
    path : pathlib.Path
        A .png, .svg or .pdf file.
    title : str
        Name of the study.
    samples : int
        Weightings that were drawn; without any the shares are not shown.
    """
    rows = table.iloc[::-1].reset_index(drop=True)
    names = [clean(name) for name in rows["name"]]
    panels = 2 if samples else 1
    height = 1.6 + 0.32 * len(rows)
    figure = Figure(figsize=(6.0 + 3.4 * (panels - 1), height), dpi=130, layout="constrained")
    widths = [2.2, 1.0][:panels]
    axes = figure.subplots(1, panels, squeeze=False, sharey=True, width_ratios=widths)[0]
    _worth(axes[0], rows)
    axes[0].set_yticks(range(len(rows)), names)
    if samples:
        axes[1].barh(range(len(rows)), 100 * rows["chosen_share"], color="#999999")
        axes[1].set_xlim(0, 100)
        axes[1].set_xlabel(f"chosen under … % of {samples} weightings")
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="x", color="#d5dde3", linewidth=0.6)
        axis.set_axisbelow(True)
    figure.suptitle(f"{clean(title)}: how much hangs on each site", x=0.01, ha="left", color=_INK)
    figure.savefig(path)


def _worth(axis: Axes, rows: pd.DataFrame) -> None:
    """Proven upper bounds as bars, the interval down to the lower bound as a line."""
    for question, colour in _COLOURS.items():
        own = rows.index[(rows["question"] == question) & rows["cost_most"].notna()]
        if not len(own):
            continue
        most, least = (100 * rows.loc[own, name].to_numpy() for name in ("cost_most", "cost_least"))
        axis.barh(own, most, color=colour, label=_WORDS[question])
        axis.errorbar(most, own, xerr=[most - least, np.zeros(len(own))], fmt="none",
                      ecolor=_INK, elinewidth=1.2, capsize=2.5)  # fmt: skip
    for i in rows.index[rows["cost_most"].isna()]:
        axis.annotate("nothing else will do", (0, i), xytext=(4, 0), textcoords="offset points",
                      va="center", fontsize=8, color=_INK)  # fmt: skip
    axis.set_xlim(left=0)
    axis.set_xlabel("rise of the objective [%], lines down to the proven least")
    axis.legend(loc="lower right", fontsize=8, frameon=False)
