"""The folder of a front: tables, placements, prices, picture."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.coefficients.model import METRICS
from siting.config.derive import totals_basis
from siting.decisions.case import Case
from siting.decisions.folder import (
    about,
    answer_tables,
    open_sites,
    proof,
    proven,
    write_json,
    write_tables,
)
from siting.decisions.front_picture import draw_front
from siting.decisions.pareto import Front
from siting.files.folders import new_folder
from siting.placement import Placement
from siting.report.data.wording import titled
from siting.status import Status

__all__ = ["front_table", "prices", "write_front"]


def front_table(front: Front[Placement]) -> pd.DataFrame:
    """One row a point, by the first objective.

    Returns
    -------
    DataFrame
        point (0 …), the metrics of ``METRICS`` a year, status, gap and gap_of_range (proven),
        audit_passed, is_knee, sites (open ones, comma-joined), ``cap_<metric>`` (missing where
        there was none), and ``price_<first>_per_<metric>``: units of the first objective that one
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
    """What a unit of one objective costs in another, at the knee and from end to end.

    At the knee it is the ratio of the prices of the two caps (1 for the first objective), from
    the duals of the relaxation there; end to end it is what the second changes between the points
    where each of the two is least, per unit of the first of the pair.
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
                "unit": f"{METRICS[front.metrics[b]]} per {METRICS[front.metrics[a]]}",
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
    with new_folder(folder, "pareto") as new:
        write_tables(new, {"front": table, **answer_tables(answers, "point")})
        write_json(new / "summary.json", _summary(case, front))
        (new / "study.yaml").write_text(case.study.to_yaml(), encoding="utf-8")
        title = titled(case.study.name, totals_basis(case.study))
        draw_front(front, table, new / "front.png", title=title)
    return folder


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
        "units": {m: METRICS[m] for m in front.metrics},
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
