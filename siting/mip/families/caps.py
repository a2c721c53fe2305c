"""Caps on metrics, in total and by jurisdiction."""

from __future__ import annotations

import numpy as np

from siting.coefficients import Coefficients
from siting.mip.model.demand_classes import DemandClasses
from siting.mip.model.dispatch_metrics import by_slice
from siting.mip.model.metrics import metric_expression
from siting.mip.model.rows import Rows
from siting.mip.model.shared_metrics import row_terms
from siting.mip.model.variables import Variables

__all__ = ["add_caps"]

#: Cap per IT energy beyond which its row is scaled. [unit of the metric per MWh]
LOOSE = 1e3


def add_caps(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """A metric of the sites of a jurisdiction J stays under its cap, in amount or per IT energy.

    metric(J)  ≤  at_most
    metric(J)  ≤  at_most · Σ_t h_t · Σ_{s ∈ J} Σ_k (IT load of s,k in t)

    A cap on energy per IT energy is one on the mean PUE. Couples the sites of J through one row.
    """
    if not c.structure.caps:
        return
    terms = row_terms(v, c, demand)
    for i, cap in enumerate(c.structure.caps):
        part = terms[cap.metric].only(c, demand, cap.sites)
        if not part.any():
            continue
        if cap.per_it_mwh:
            per_mwh = np.where(cap.sites[c.pair_site], -cap.at_most, 0.0)
            it_mwh = by_slice(c, np.ones_like(c.pue), weight=per_mwh)
            it_mwh.pop("idle_mw", None)  # Servers run whether the engine does or not.
            if v.use:  # What is moved at a site adds up to nothing over the year.
                it_mwh.pop("move_mw", None)
            # A cap so loose that it says nothing would give coefficients that no solver takes.
            scale = float(c.hours.sum()) * max(1.0, cap.at_most / LOOSE)
            part = part.with_terms(**it_mwh).scaled(1.0 / scale)
            rows.add(metric_expression(v, part) <= 0.0, f"cap_{i}_{cap.metric}")
        else:
            scale = cap.at_most or float(np.abs(part.load_mw).max()) or 1.0
            row = metric_expression(v, part.scaled(1.0 / scale)) <= cap.at_most / scale
            rows.add(row, f"cap_{i}_{cap.metric}")
