"""The folder of a robustness study: its table of sites and its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siting.decisions.case import Case
from siting.decisions.conventions import Convention, convention_table
from siting.decisions.folder import about, proof, proven, write_decision
from siting.decisions.regret import Regret
from siting.decisions.robustness import Base, Change
from siting.files.spreadsheets import write_csv
from siting.placement import Placement
from siting.report.data.wording import clean
from siting.status import Status

__all__ = [
    "draw_robustness",
    "regret_table",
    "robustness_table",
    "write_robustness",
]

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

    Returns
    -------
    DataFrame
        site, name, is_open, it_mw, question (``without`` it or ``with`` one hall of it), cost_least
        and cost_most (proven bounds on the rise of the objective, relative; missing where nothing
        else will do or was found in time), status, gap and audit_passed of the answer,
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
    """Plans in rows, futures in columns, relative regret; missing where a plan cannot serve."""
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
        "conventions": convention_table(conventions).to_dict("records"),
        "least_worst_regret": None if regret is None else regret.names[regret.minimax],
    }

    def draw(new: Path) -> None:
        if regret is not None:
            write_csv(regret_table(regret), new / "regret.csv")
        if conventions:
            write_csv(convention_table(conventions), new / "conventions.csv")
        draw_robustness(table, new / "robustness.png", title=case.study.name, samples=samples)

    return write_decision(folder, case, "robustness", {"robustness": table}, summary, draw)
