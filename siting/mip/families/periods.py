"""Sites and halls from one period to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pulp import LpVariable

from siting.coefficients.halls import Vintages
from siting.mip.model.rows import Rows, total
from siting.mip.model.variables import Variables

__all__ = [
    "add_expansion",
    "add_vintages",
]


def add_vintages(rows: Rows, before: Variables, now: Variables, vintages: Vintages | None) -> None:
    """Halls keep the factor f[p,v] of the period v in which they were built.

    Σ_{v ≤ y} f[p,v] · (modules[p,v] − modules[p,v−1])  =  f[p,y] · modules[p,y] + older[p,y]   with

    older[p,y]    =  older[p,y−1] + (f[p,y−1] − f[p,y]) · modules[p,y−1]    ∀ p, y > 0
    modules[p,y]  ≤  modules[p,y−1]             ∀ p whose design is not available in y > 0

    one ``older`` for cost and one for embodied carbon, where f is not the same in all periods.
    Couples periods; metrics read ``older`` besides ``modules``. Where the price of halls depends
    on their number, the cost has ``priced`` in place of ``modules``: what a period adds is paid at
    the steps that it fills.

    Parameters
    ----------
    rows : Rows
        Where they go.
    before, now : Variables
        Decisions of the period before and of this one.
    vintages : Vintages or None
        Factors of this period and those before it; None adds no row.
    """
    if vintages is None:
        return
    known = vintages.before()
    for name, factor, pairs, older, built in (
        ("cost", vintages.cost, vintages.older_cost, known.older_cost,
         before.priced or before.modules),
        ("carbon", vintages.carbon, vintages.older_carbon, known.older_carbon, before.modules),
    ):  # fmt: skip
        earlier = _by_pair(older, getattr(before, f"older_{name}"))
        variables = getattr(now, f"older_{name}")
        for p, variable in zip(pairs, variables, strict=True):
            fall = float(factor[-2, p] - factor[-1, p])
            terms = [(variable, 1.0)]
            terms += [(built[p], -fall)] if fall else []
            terms += [(earlier[p], -1.0)] if p in earlier else []
            rows.add(total(terms) == 0.0, f"vintage_{name}_{p}")
    for p in np.flatnonzero(~vintages.available[-1]):
        row = total([(now.modules[p], 1.0), (before.modules[p], -1.0)])
        rows.add(row <= 0.0, f"unavailable_{p}")


def _by_pair(pairs: NDArray[np.intp], variables: list[LpVariable]) -> dict[int, LpVariable]:
    return dict(zip((int(p) for p in pairs), variables, strict=True))


def add_expansion(rows: Rows, before: Variables, now: Variables) -> None:
    """Modules, stores and units are added and never taken away.

    modules[p,y]     ≥  modules[p,y−1]           ∀ p, y > 0
    storage_mw[u,y]  ≥  storage_mw[u,y−1]        ∀ u, y > 0
    units[j,y]       ≥  units[j,y−1]             ∀ j, y > 0
    """
    for p, (old, new) in enumerate(zip(before.modules, now.modules, strict=True)):
        rows.add(total([(old, 1.0), (new, -1.0)]) <= 0.0, f"expansion_{p}")
    for u, (old, new) in enumerate(zip(before.storage_mw, now.storage_mw, strict=True)):
        rows.add(total([(old, 1.0), (new, -1.0)]) <= 0.0, f"expansion_storage_{u}")
    for j, (old, new) in enumerate(zip(before.units, now.units, strict=True)):
        rows.add(total([(old, 1.0), (new, -1.0)]) <= 0.0, f"expansion_units_{j}")
