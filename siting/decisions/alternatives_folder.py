"""The folder of alternatives: what each is, what is common, how far they are apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.decisions.alternatives import Alternatives
from siting.decisions.case import Case
from siting.decisions.folder import (
    about,
    answer_tables,
    proof,
    proven,
    write_json,
    write_tables,
)
from siting.files.folders import new_folder
from siting.placement import Placement
from siting.status import Status

__all__ = ["alternatives_table", "write_alternatives"]


def alternatives_table(found: Alternatives[Placement]) -> pd.DataFrame:
    """One row an answer, the best first.

    Returns
    -------
    DataFrame
        alternative (0 is the best), objective, excess (at most, over any placement), moved and
        moved_at_most (share of the load on sites of no single earlier answer), the metrics of
        ``METRICS`` a year, status, gap and audit_passed, sites (comma-joined).
    """
    rows: list[dict[str, Any]] = []
    for i, a in enumerate(found.answers):
        rows.append(
            {"alternative": i, "objective": a.objective, "excess": a.excess, "moved": a.moved,
             "moved_at_most": a.moved_at_most, **a.found.metrics, **proof(a.found),
             "sites": ",".join(a.sites)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def write_alternatives(case: Case, found: Alternatives[Placement], folder: Path) -> Path:
    """Write ``alternatives``, ``sites`` and ``flows`` (.parquet and .csv), summary and study."""
    answers = {i: a.found for i, a in enumerate(found.answers)}
    tables = answer_tables(answers, "alternative")
    with new_folder(folder, "alternatives") as new:
        write_tables(new, {"alternatives": alternatives_table(found), **tables})
        write_json(new / "summary.json", _summary(case, found))
        (new / "study.yaml").write_text(case.study.to_yaml(), encoding="utf-8")
    return folder


def _summary(case: Case, found: Alternatives[Placement]) -> dict[str, Any]:
    sets = [set(a.sites) for a in found.answers]
    names = case.model.coefficients.sites
    own = [a.found.sites["it_mw"].reindex(list(names), fill_value=0.0) for a in found.answers]
    loads = np.array([load.to_numpy(dtype=float) for load in own])
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
        **proven(
            {i: a.found for i, a in enumerate(found.answers)},
            [Status.TIME_LIMIT] * found.stopped,
        ),
        "slack": found.slack,
        "bound": found.bound,
        "answers": len(found.answers),
        "exhausted": found.exhausted,
        "common": list(found.common),
        "sites": sites,
        "sites_that_differ": [[len(a ^ b) for b in sets] for a in sets],
        "largest_excess": max(a.excess for a in found.answers),
    }
