"""Power that a study wants by a year: what stands then, from when it stands, and how late it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from siting.config import Study
from siting.placement import Placement, StateOutcome
from siting.supply.onsite import covered

__all__ = ["power_due"]


def power_due(
    study: Study, known: pd.DataFrame, shown: Placement, states: Sequence[StateOutcome]
) -> tuple[dict[str, Any], ...]:
    """Each entry of ``first_power`` against what is built, under the first scenario.

    Parameters
    ----------
    study : Study
        With its section ``first_power``.
    known : DataFrame
        Candidates of the catalogue, by which places are named.
    shown : Placement
        Placement of a study without periods.
    states : sequence of StateOutcome
        Its periods and scenarios, where there are any.

    Returns
    -------
    tuple of dict
        where, mw [MW], by, standing_mw (installed in the years of ``by``) [MW], from_year (the
        first in which all of it stands, or None), late_mw_years (what lacks times the years that
        it lacks, within the years of the study) [MW a], and usd_per_mw_year, None for a limit.
    """
    first = [s for s in states if s.scenario == states[0].scenario]
    placements = [s.placement for s in first] or [shown]
    found = list[dict[str, Any]]()
    for i, asked in enumerate(study.first_power):
        years = [(p.study.supply.year or asked.by, p.study.supply.years) for p in placements]
        built = np.array([_installed_mw(p, known, asked.where, i) for p in placements])
        ends = np.array([year + count for year, count in years], dtype=float)
        late = np.clip(ends - asked.by, 0.0, [float(count) for _, count in years])
        there = [year for (year, _), mw in zip(years, built, strict=True) if mw >= asked.mw - 1e-6]
        due = int(np.argmax(late > 0))
        found.append(
            {
                "where": list(asked.where),
                "mw": asked.mw,
                "by": asked.by,
                "standing_mw": float(built[due]),
                "from_year": min(there) if there else None,
                "late_mw_years": float(np.maximum(asked.mw - built, 0.0) @ late),
                "usd_per_mw_year": asked.usd_per_mw_year,
            }
        )
    return tuple(found)


def _installed_mw(placement: Placement, known: pd.DataFrame, where: Sequence[str], i: int) -> float:
    """IT power that stands at some places. [MW]."""
    built = placement.built.groupby("site")["installed_mw"].sum()
    places = known.loc[list(map(str, built.index))]
    here = covered(places, where, f"first_power[{i}].where", known=known)
    return float(built.to_numpy(dtype=float)[here].sum())
