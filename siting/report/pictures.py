"""Pictures of studies of many solves, in matplotlib: a front, robustness and a sweep."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siting.config import Study
from siting.config.study import totals_basis
from siting.nomenclature import METRICS
from siting.placement.notebook import Picture
from siting.report.data import and_words, clean, gap_text, key_titles, titled
from siting.report.data.answers import NO_VALUE, swings
from siting.status import Status

__all__ = ["Sweep", "draw_front", "draw_robustness", "sweep_figures", "sweep_picture"]


#: Signs of a title that fit over one panel.
_SIGNS = 66
_INK, _MARK = "#26323a", "#c2410c"


def draw_front(
    table: pd.DataFrame, metrics: Sequence[str], path: Path, *, title: str, hypervolume: float
) -> None:
    """Write the picture of a `siting.decisions.results.front_table`, by its objectives."""
    pairs = [(0, 1)] if len(metrics) == 2 else [(0, 1), (0, 2), (1, 2)]
    figure = Figure(figsize=(5.6 * len(pairs), 5.2), dpi=130, layout="constrained")
    axes = figure.subplots(1, len(pairs), squeeze=False)[0]
    for axis, (x, y) in zip(axes, pairs, strict=True):
        _pair(axis, table, metrics, metrics[x], metrics[y])
    words = and_words([METRICS[m].words for m in metrics])
    worst = gap_text(float(table["gap_of_range"].max()))
    lines = (
        f"{title}: {len(table)} efficient placements for {words}",
        f"hypervolume {hypervolume:.2f} of the box from best to nadir; "
        f"each point proven within {worst} of the range of {METRICS[metrics[0]].words}; "
        "the knee is ringed",
    )
    fitted = [textwrap.fill(line, _SIGNS * len(pairs)) for line in lines]
    figure.suptitle("\n".join(fitted), x=0.01, ha="left", fontsize=11, color=_INK)
    figure.savefig(path)


def _pair(axis: Axes, table: pd.DataFrame, metrics: Sequence[str], x: str, y: str) -> None:
    rest = [m for m in metrics if m not in (x, y)]
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
    best = table[table["is_knee"]].iloc[0]
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
    return f"{METRICS[metric].words} [{unit}{METRICS[metric].unit_shown} a year]"


#: Okabe and Ito's palette: what an open site is worth, what a closed one costs.
_COLOURS = {"without": "#0072b2", "with": "#d55e00"}
_WORDS = {"without": "open: doing without it", "with": "closed: one hall there"}


def draw_robustness(table: pd.DataFrame, path: Path, *, title: str, samples: int) -> None:
    """Write the picture of a `siting.decisions.results.robustness_table` as .png, .svg or .pdf.

    Without any weightings drawn (``samples``) the shares are not shown.
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
    figure.suptitle(f"{clean(title)}: irreplaceability of each site", x=0.01, ha="left", color=_INK)
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
        late = rows.loc[i, "status"] == Status.TIME_LIMIT
        words = "none was found in time" if late else "nothing else will do"
        axis.annotate(words, (0, i), xytext=(4, 0), textcoords="offset points",
                      va="center", fontsize=8, color=_INK)  # fmt: skip
    axis.set_xlim(left=0)
    axis.set_xlabel("rise of the objective [%], lines down to the proven least")
    axis.legend(loc="lower right", fontsize=8, frameon=False)


# Okabe and Ito's palette, which colour-blind readers can tell apart.
_LESS, _MORE, _BLACK = "#56b4e9", "#d55e00", "#222222"
#: Lines that a legend names.
_MOST_NAMED = 6


class Sweep(Protocol):
    """Members of a `siting.sweeps.cases.SweepResult` that are drawn."""

    @property
    def study(self) -> Study:
        """The base case."""

    @property
    def plan(self) -> Any:
        """Its paths, metrics and method."""

    @property
    def table(self) -> pd.DataFrame:
        """One row a case."""

    @property
    def indices(self) -> pd.DataFrame:
        """Indices of sensitivity of a sampled plan."""


def _changes(sweep: Sweep, metric: str) -> pd.DataFrame:
    """Swings of a metric as changes from the base case; none where that has no value. [%]."""
    table = sweep.table
    base = table[metric].iloc[0]
    found = swings(table, int(table.index[0]), sweep.plan.paths, metric)
    if pd.isna(base) or not base:
        return found.iloc[:0]
    ends = {end: 100.0 * (found[end] - base) / abs(base) for end in ("low", "high")}
    return found.assign(**ends)


def tornado_figure(sweep: Sweep, metrics: Sequence[str]) -> Figure:
    """Swings of some metrics, one panel each, from the base case."""
    titles = key_titles(sweep.plan.paths)
    figure, axes = _panels(len(metrics), len(sweep.plan.paths))
    for axis, metric in zip(axes, metrics, strict=True):
        table = _changes(sweep, metric).iloc[::-1]
        places = np.arange(len(table))
        axis.barh(places, table["low"], color=_LESS, height=0.6)
        axis.barh(places, table["high"], color=_MORE, height=0.6)
        labels = [f"{titles[str(path)]}\n{_ends(row)}" for path, row in table.iterrows()]
        axis.set_yticks(places, labels, fontsize=8)
        axis.axvline(0.0, color=_BLACK, linewidth=1.0)
        axis.set_title(METRICS[metric].title, fontsize=10)
        axis.set_xlabel("Change from the base case [%]", fontsize=9)
        axis.margins(x=0.08)
    figure.suptitle(f"{_title(sweep)}: one key at a time", fontsize=11)
    return figure


def _title(sweep: Sweep) -> str:
    return titled(clean(sweep.study.name), totals_basis(sweep.study))


def _ends(row: pd.Series[Any]) -> str:
    return " … ".join(dict.fromkeys(_value(row[end]) for end in ("at_low", "at_high")))


def _value(value: object) -> str:
    """A value as it is in the table, where lists are JSON text."""
    if isinstance(value, float):
        return NO_VALUE if math.isnan(value) else f"{value:.4g}"
    text = str(value)
    words = text.strip("[]").replace('"', "") if text.startswith("[") else text
    return words or NO_VALUE


def index_figure(sweep: Sweep, metrics: Sequence[str]) -> Figure:
    """Indices of some metrics with their confidence, one panel each."""
    is_sobol, titles = sweep.plan.method == "sobol", key_titles(sweep.plan.paths)
    figure, axes = _panels(len(metrics), len(sweep.plan.paths))
    for axis, metric in zip(axes, metrics, strict=True):
        own = sweep.indices[sweep.indices["metric"] == metric].sort_values("total")
        places = np.arange(len(own))
        kinds = [("total", _MORE, 0.18), ("first", _LESS, -0.18)]
        names = ["total", "alone"] if is_sobol else ["mean effect", "spread"]
        for (column, colour, shift), name in zip(kinds, names, strict=True):
            axis.barh(places + shift, own[column], height=0.34, color=colour, label=name,
                      xerr=own[f"{column}_conf"] if is_sobol or column == "total" else None,
                      error_kw={"ecolor": _BLACK, "elinewidth": 1.0})  # fmt: skip
        axis.set_yticks(places, [titles[str(p)] for p in own["parameter"]], fontsize=8)
        axis.set_title(METRICS[metric].title, fontsize=10)
        unit = "Share of the variance [-]" if is_sobol else f"Effect [{METRICS[metric].unit_shown}]"
        axis.set_xlabel(unit, fontsize=9)
    axes[-1].legend(fontsize=8, loc="lower right", frameon=False)
    title = "Sobol indices" if is_sobol else "Morris effects"
    figure.suptitle(f"{_title(sweep)}: {title}, 95 % confidence", fontsize=11)
    return figure


def _panels(count: int, rows: int) -> tuple[Figure, list[Any]]:
    across = min(count, 2)
    down = -(-count // across)
    size = (5.6 * across, (1.3 + 0.5 * rows) * down + 0.4)
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.subplots(down, across, squeeze=False).ravel().tolist()
    for spare in axes[count:]:
        spare.remove()
    for axis in axes[:count]:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes[:count]


def sweep_figures(sweep: Sweep, folder: Path) -> list[Path]:
    """Write the pictures that the plan allows: tornado.png, indices.png."""
    written = []
    swung = [m for m in sweep.plan.metrics if not _changes(sweep, m).empty]
    if sweep.plan.method == "one_at_a_time" and swung:
        tornado_figure(sweep, swung).savefig(folder / "tornado.png")
        written.append(folder / "tornado.png")
    known = [m for m in sweep.plan.metrics if m in set(sweep.indices["metric"])]
    if known:
        index_figure(sweep, known).savefig(folder / "indices.png")
        written.append(folder / "indices.png")
    return written


def line_figure(sweep: Sweep, metrics: Sequence[str]) -> Figure:
    """Some metrics against the first key, one panel each; a line for the values of the others.

    Cases that are not proven to the gap asked for are hollow; those without an answer are left out.
    """
    first, *others = sweep.plan.paths
    titles = key_titles(sweep.plan.paths)
    table = sweep.table[sweep.table["gap"].notna()]
    proven = table["status"].isin([Status.OPTIMAL.value, Status.GAP_LIMIT.value])
    figure, axes = _panels(len(metrics), 4)
    is_text = not pd.api.types.is_numeric_dtype(table[first])
    for axis, metric in zip(axes, metrics, strict=True):
        rows = table.iloc[np.argsort(table[first].to_numpy(), kind="stable")]
        lines = rows.groupby(others, dropna=False) if others else [((), rows)]
        for values, own in lines:
            x = own[first].astype(str) if is_text else own[first]
            label = ", ".join(map(_value, values if isinstance(values, tuple) else (values,)))
            (line,) = axis.plot(x, own[metric], "-", linewidth=1.2, label=label or None)
            for shown, face in ((proven[own.index], line.get_color()),
                                (~proven[own.index], "white")):  # fmt: skip
                axis.plot(x[shown], own[metric][shown], "o", markersize=5, color=line.get_color(),
                          markerfacecolor=face)  # fmt: skip
        axis.set_title(METRICS[metric].title, fontsize=10)
        axis.set_ylabel(METRICS[metric].unit_shown, fontsize=9)
        axis.set_xlabel(titles[first], fontsize=9)
        if others and len(axis.get_legend_handles_labels()[0]) <= _MOST_NAMED:
            axis.legend(fontsize=8, frameon=False, title=", ".join(titles[key] for key in others))
    figure.suptitle(f"{_title(sweep)}: against {titles[first]}", fontsize=11)
    return figure


def sweep_picture(sweep: Sweep, metrics: Sequence[str]) -> Picture:
    """The picture that suits the plan: swings, indices, or lines against the first key."""
    known = [m for m in metrics if m in set(sweep.indices["metric"])]
    swung = [m for m in metrics if not _changes(sweep, m).empty]
    if known:
        figure, words = index_figure(sweep, known), "Indices of sensitivity"
    elif sweep.plan.method == "one_at_a_time" and swung:
        figure, words = tornado_figure(sweep, swung), "Swings of each key alone"
    else:
        figure, words = line_figure(sweep, metrics), f"Metrics against {sweep.plan.paths[0]}"
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return Picture(buffer.getvalue(), f"{words} of the sweep of {sweep.study.name}")
