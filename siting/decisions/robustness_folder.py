"""The folder of a robustness study: one table of sites, and what turns the recommendation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.decisions.case import Case
from siting.decisions.folder import about, proof, proven, write_json
from siting.decisions.regret import Regret
from siting.decisions.robustness import Base, Change
from siting.decisions.robustness_picture import draw_robustness
from siting.files.folders import new_folder
from siting.files.spreadsheet import write_csv
from siting.placement import Placement

__all__ = ["regret_table", "robustness_table", "write_robustness"]


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
        else will do), status, gap and audit_passed of the answer, ``change_<metric>`` and
        chosen_share (of weightings).
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
        row |= {"status": "infeasible"} if change.found is None else proof(change.found)
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
) -> Path:
    """Write ``robustness`` (.parquet, .csv, .png), ``regret.csv`` if asked for, summary, study."""
    changed = {change.site: change.found for change in changes if change.found is not None}
    summary = {
        **about(case, "robustness"),
        **proven({"recommended": base.found, **changed}),
        "objective": base.found.objective,
        "bound": base.found.bound,
        "sites": list(base.sites),
        "weightings": samples,
        "chosen_share": dict(share),
        "flip_weights": {m: dict(row) for m, row in flips.items()},
        "least_worst_regret": None if regret is None else regret.names[regret.minimax],
    }
    with new_folder(folder, "robustness") as new:
        table.to_parquet(new / "robustness.parquet", index=False)
        write_csv(table, new / "robustness.csv")
        if regret is not None:
            write_csv(regret_table(regret), new / "regret.csv")
        write_json(new / "summary.json", summary)
        draw_robustness(table, new / "robustness.png", title=case.study.name, samples=samples)
        (new / "study.yaml").write_text(case.study.to_yaml(), encoding="utf-8")
    return folder
