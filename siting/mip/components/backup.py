"""Generators for emergencies that may run some hours of the year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.coefficients import Coefficients
from siting.mip.components import LEAST_MW, SLACK, Component, Group, Load
from siting.mip.model import Rows, total

if TYPE_CHECKING:
    from siting.mip.model import Variables
    from siting.mip.model.demand_classes import DemandClasses
    from siting.mip.solution import Decisions

__all__ = ["BackupPower", "add_backup"]


def add_backup(rows: Rows, v: Variables, c: Coefficients, demand: DemandClasses) -> None:
    """Generators run within their power and their hours. Local to a site.

    power[s]  =  share · Σ_k pue_peak[k] · block_mw[k] · modules[s,k]
    backup_mw[s,t]  ≤  power[s]                          ∀ s, t
    Σ_t h_t · backup_mw[s,t]  ≤  hours · power[s]        ∀ s
    """
    backup = c.operation.backup
    if backup is None:
        return
    power, used = backup.share * c.pue_peak * c.block_mw, v.own["backup_mw"]
    for s in range(len(c.sites)):
        pairs = c.pairs_of_site[s]
        built = [(v.modules[p], -float(power[p])) for p in pairs]
        for t in range(len(c.hours)):
            row = total([(used[s][t], 1.0), *built])
            rows.add(row <= 0.0, f"backup_power_{s}_{t}")
        year = [(used[s][t], float(h)) for t, h in enumerate(c.hours)]
        most = [(variable, backup.hours * factor) for variable, factor in built]
        rows.add(total(year + most) <= 0.0, f"backup_hours_{s}")


class BackupPower(Component):
    """Generators at every site; ``backup_mw`` [MW], shape (S, T)."""

    name = "backup"
    rows = (add_backup,)

    def groups(self, c: Coefficients) -> tuple[Group, ...]:
        """Return their power, which burns fuel that no rule counts as clean."""
        backup = self.data(c)
        per_mwh = {
            "carbon_t_co2e": backup.carbon_t_per_mwh,
            "carbon_operational_t_co2e": backup.carbon_t_per_mwh,
            "cost_usd": backup.price_usd_per_mwh,
        }
        site = np.arange(len(c.sites))
        return (Group("backup_mw", site, gives=1.0, dirty=1.0, per_mwh=per_mwh),)

    def columns(self, c: Coefficients, x: Decisions) -> dict[str, FloatArray]:
        """Return the energy that they give in the year. [MWh]."""
        return {"backup_mwh": x["backup_mw"] @ c.hours}

    def binding(self, c: Coefficients, x: Decisions, load: Load) -> dict[str, BoolArray]:
        """Return where no hours are left."""
        backup = self.data(c)
        built = load.modules * c.block_mw * c.pue_peak * backup.share
        most = backup.hours * np.bincount(c.pair_site, built, len(c.sites))
        full = x["backup_mw"] @ c.hours >= most * (1 - SLACK)
        return {"backup.hours_per_year": full & (most > 0)}

    def supply(self, c: Coefficients, x: Decisions) -> Iterator[tuple[int, str, FloatArray]]:
        """Return the power of each site that runs them."""
        for s in np.flatnonzero((x["backup_mw"] > LEAST_MW).any(axis=1)):
            yield int(s), "backup", x["backup_mw"][s]
