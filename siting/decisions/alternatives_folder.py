"""The folder of alternatives: what each is, what is common, how far they are apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.decisions.alternatives import Alternatives
from siting.decisions.case import Case
from siting.decisions.folder import about, answer_tables, write_json, write_tables
from siting.folders import new_folder

__all__ = ["alternatives_table", "write_alternatives"]


def alternatives_table(case: Case, found: Alternatives) -> pd.DataFrame:
    """One row an answer, the best first.

    Returns
    -------
    DataFrame
        alternative (0 is the best), objective, excess (at most, over any placement), moved and
        moved_at_most (share of the load on sites of no single earlier answer), the metrics of
        ``METRICS`` a year, sites (comma-joined).
    """
    rows: list[dict[str, Any]] = []
    for i, a in enumerate(found.answers):
        rows.append(
            {"alternative": i, "objective": a.objective, "excess": a.excess, "moved": a.moved,
             "moved_at_most": a.moved_at_most, **case.values(a.found), "sites": ",".join(a.sites)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def write_alternatives(case: Case, found: Alternatives, folder: Path) -> Path:
    """Write ``alternatives``, ``sites`` and ``flows`` (.parquet and .csv), summary and study."""
    answers = {i: a.found for i, a in enumerate(found.answers)}
    tables = answer_tables(case, answers, "alternative")
    with new_folder(folder, "alternatives") as new:
        write_tables(new, {"alternatives": alternatives_table(case, found), **tables})
        write_json(new / "summary.json", _summary(case, found))
        (new / "study.yaml").write_text(case.study.to_yaml(), encoding="utf-8")
    return folder


def _summary(case: Case, found: Alternatives) -> dict[str, Any]:
    sets = [set(a.sites) for a in found.answers]
    loads = np.array([case.load_by_site(a.found) for a in found.answers])
    names = case.model.coefficients.sites
    sites = {
        names[s]: {
            "chosen": int((loads[:, s] > 0).sum()),
            "least_mw": float(loads[:, s].min()),
            "most_mw": float(loads[:, s].max()),
        }
        for s in np.flatnonzero(loads.any(axis=0))
    }
    return {
        **about(case, "alternatives"),
        "slack": found.slack,
        "bound": found.bound,
        "answers": len(found.answers),
        "exhausted": found.exhausted,
        "common": list(found.common),
        "sites": sites,
        "sites_that_differ": [[len(a ^ b) for b in sets] for a in sets],
        "largest_excess": max(a.excess for a in found.answers),
    }
