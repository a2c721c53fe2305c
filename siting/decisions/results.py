"""Tables, pictures and folders of a front and of a robustness study."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siting.config.study import totals_basis
from siting.decisions.assumptions import Convention, Regret, convention_table
from siting.decisions.case import Case
from siting.decisions.folder import about, answer_tables, open_sites, proof, proven, write_decision
from siting.decisions.front import Front
from siting.decisions.sensitivity import Base, Change
from siting.files.spreadsheets import write_csv
from siting.nomenclature import METRICS
from siting.placement import Placement
from siting.report.data import clean, titled
from siting.status import Status

__all__ = [
    "front_table",
    "prices",
    "regret_table",
    "robustness_table",
    "write_front",
    "write_robustness",
]


#: Signs of a title that fit over one panel.
_SIGNS = 66
_INK, _MARK = "#26323a", "#c2410c"


def draw_front(front: Front[Any], table: pd.DataFrame, path: Path, *, title: str) -> None:
    """Write the picture of a front."""
    metrics = front.metrics
    pairs = [(0, 1)] if len(metrics) == 2 else [(0, 1), (0, 2), (1, 2)]
    figure = Figure(figsize=(5.6 * len(pairs), 5.2), dpi=130, layout="constrained")
    axes = figure.subplots(1, len(pairs), squeeze=False)[0]
    for axis, (x, y) in zip(axes, pairs, strict=True):
        _panel(axis, front, table, metrics[x], metrics[y])
    words = ", ".join(METRICS[m].words for m in metrics)
    worst = max(point.gap_of_range for point in front.points)
    lines = (
        f"{title}: {len(table)} efficient placements for {words}",
        f"hypervolume {front.hypervolume:.2f} of the box from best to nadir; "
        f"each point proven within {worst:.1%} of the range of {METRICS[metrics[0]].words}; "
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
    return f"{METRICS[metric].words} [{unit}{METRICS[metric].unit_shown} a year]"


def front_table(front: Front[Placement]) -> pd.DataFrame:
    """One row a point, by the first objective.

    Columns are point (0 …), the metrics of ``METRICS`` a year, status, gap and gap_of_range
    (proven), audit_passed, is_knee, sites (open ones, comma-joined), ``cap_<metric>`` (missing
    where there was none), and ``price_<first>_per_<metric>``: units of the first objective that one
    unit less of the other costs there.
    """
    first, others = front.metrics[0], front.metrics[1:]
    rows = []
    for i, point in enumerate(front.points):
        row: dict[str, Any] = {"point": i, **point.found.metrics, **proof(point.found)}
        row |= {"gap_of_range": point.gap_of_range, "is_knee": i == front.knee}
        row["sites"] = ",".join(open_sites(point.found))
        caps = np.where(np.isfinite(point.caps), point.caps, np.nan)
        row |= {f"cap_{m}": cap for m, cap in zip(others, caps, strict=True)}
        row |= {f"price_{first}_per_{m}": p for m, p in zip(others, point.prices, strict=True)}
        rows.append(row)
    return pd.DataFrame(rows)


def prices(front: Front[Any]) -> list[dict[str, Any]]:
    """Price of a unit of one objective in another, at the knee and from end to end.

    At the knee it is the ratio of the prices of the two caps (1 for the first objective), from
    the duals of the relaxation there; end to end it is what the second changes between the points
    where each of the two is minimized, per unit of the first of the pair.
    """
    values, found = front.values, []
    local = np.append(1.0, front.points[front.knee].prices)
    for a, b in itertools.permutations(range(len(front.metrics)), 2):
        here, there = values[int(values[:, b].argmin())], values[int(values[:, a].argmin())]
        less = here[a] - there[a]
        # One unit of the first is worth 1 / price[k] units of the k-th.
        at_knee = local[b] and local[a] / local[b]
        found.append(
            {
                "cost_in": front.metrics[b],
                "per_unit_less_of": front.metrics[a],
                "unit": f"{METRICS[front.metrics[b]].unit} per {METRICS[front.metrics[a]].unit}",
                "at_knee": float(at_knee) if at_knee else None,
                "end_to_end": float((there[b] - here[b]) / less) if less > 0 else None,
            }
        )
    return found


def write_front(case: Case, front: Front[Placement], folder: Path) -> Path:
    """Write the folder of a front.

    Files: ``front.parquet``, ``front.csv`` (see `front_table`), ``sites.parquet``, ``sites.csv``,
    ``flows.parquet``, ``flows.csv`` (the placement of each point, led by ``point``),
    ``summary.json``, ``front.png`` and ``study.yaml``.
    """
    table = front_table(front)
    answers = {i: point.found for i, point in enumerate(front.points)}
    tables = {"front": table, **answer_tables(answers, "point")}
    title = titled(case.study.name, totals_basis(case.study))

    def draw(new: Path) -> None:
        draw_front(front, table, new / "front.png", title=title)

    return write_decision(folder, case.study, "pareto", tables, _summary(case, front), draw)


def _summary(case: Case, front: Front[Placement]) -> dict[str, Any]:
    payoff = {
        m: {
            "best": float(front.best[i]),
            "nadir": float(front.nadir[i]),
            "where_least": {
                n: float(v) for n, v in zip(front.metrics, front.payoff[i], strict=True)
            },
        }
        for i, m in enumerate(front.metrics)
    }
    gaps = [point.gap_of_range for point in front.points]
    return {
        **about(case, "front"),
        **proven(
            {i: point.found for i, point in enumerate(front.points)},
            [Status.TIME_LIMIT] * front.unsettled,
        ),
        "objectives": list(front.metrics),
        "units": {m: METRICS[m].unit for m in front.metrics},
        "points": len(front.points),
        "knee": front.knee,
        "hypervolume": front.hypervolume,
        "largest_gap_of_range": max(gaps),
        "payoff": payoff,
        "trade_off_prices": prices(front),
        "solves": front.solves,
        "infeasible_cells": front.infeasible,
        "unsettled_cells": front.unsettled,
        "duplicates": front.duplicates,
        "dominated": front.dominated,
        "seconds": round(front.seconds, 3),
    }


#: Okabe and Ito's palette: what an open site is worth, what a closed one costs.
_COLOURS = {"without": "#0072b2", "with": "#d55e00"}
_WORDS = {"without": "open: doing without it", "with": "closed: one hall there"}


def draw_robustness(table: pd.DataFrame, path: Path, *, title: str, samples: int) -> None:
    """Write the picture of a `robustness_table` as .png, .svg or .pdf.

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


def robustness_table(
    case: Case,
    base: Base[Placement],
    changes: Sequence[Change[Placement]],
    share: Mapping[str, float],
) -> pd.DataFrame:
    """One row a site that was questioned.

    Columns are site, name, is_open, it_mw, question (``without`` it or ``with`` one hall of it),
    cost_least and cost_most (proven bounds on the rise of the objective, relative; missing where
    nothing else will do or was found in time), status, gap and audit_passed of the answer,
    ``change_<metric>`` and chosen_share (of weightings).
    """
    load = base.found.sites["it_mw"].to_dict()
    rows: list[dict[str, Any]] = []
    for change in changes:
        is_open = change.site in base.sites
        row: dict[str, Any] = {
            "site": change.site,
            "name": case.problem.sites["name"][change.site],
            "is_open": is_open,
            "it_mw": float(load.get(change.site, 0.0)),
            "question": "without" if is_open else "with",
            "cost_least": change.least if np.isfinite(change.least) else np.nan,
            "cost_most": change.most if np.isfinite(change.most) else np.nan,
        }
        ended = Status.TIME_LIMIT if change.is_late else Status.INFEASIBLE
        row |= {"status": str(ended)} if change.found is None else proof(change.found)
        row |= {f"change_{m}": change.metrics.get(m, np.nan) for m in case.costs}
        rows.append(row | {"chosen_share": share.get(change.site, 0.0)})
    return pd.DataFrame(rows)


def regret_table(regret: Regret) -> pd.DataFrame:
    """Relative regret, plans in rows and futures in columns; missing where a plan cannot serve."""
    values = np.where(np.isfinite(regret.regret), regret.regret, np.nan)
    table = pd.DataFrame(values, columns=list(regret.names))
    table.insert(0, "planned_for", list(regret.names))
    return table.assign(worst=regret.regret.max(axis=1), sites=[",".join(s) for s in regret.sites])


def write_robustness(
    case: Case,
    base: Base[Placement],
    changes: Sequence[Change[Placement]],
    table: pd.DataFrame,
    flips: Mapping[str, Mapping[str, float | None]],
    folder: Path,
    *,
    samples: int,
    share: Mapping[str, float],
    regret: Regret | None,
    late: Sequence[str] = (),
    conventions: Sequence[Convention] = (),
) -> Path:
    """Write ``robustness`` (.parquet, .csv, .png), summary, study, and what was asked for.

    That is ``regret.csv`` of futures and ``conventions.csv``. ``late`` names the questions whose
    time ended without an answer.
    """
    changed = {change.site: change.found for change in changes if change.found is not None}
    summary = {
        **about(case, "robustness"),
        **proven({"recommended": base.found, **changed}, [Status.TIME_LIMIT] * len(late)),
        "not_found_in_time": list(late),
        "objective": base.found.objective,
        "bound": base.found.bound,
        "sites": list(base.sites),
        "weightings": samples,
        "chosen_share": dict(share),
        "flip_weights": {m: dict(row) for m, row in flips.items()},
        "conventions": [
            {k: None if v in (math.inf, -math.inf) or v != v else v for k, v in row.items()}
            for row in convention_table(conventions).to_dict("records")
        ],
        "least_worst_regret": None if regret is None else regret.names[regret.minimax],
    }

    def draw(new: Path) -> None:
        if regret is not None:
            write_csv(regret_table(regret), new / "regret.csv")
        if conventions:
            write_csv(convention_table(conventions), new / "conventions.csv")
        draw_robustness(table, new / "robustness.png", title=case.study.name, samples=samples)

    return write_decision(folder, case.study, "robustness", {"robustness": table}, summary, draw)
