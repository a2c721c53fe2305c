"""What stands in one period stands in the next."""

from __future__ import annotations

from siting.mip.linear import total
from siting.mip.model.rows import Rows
from siting.mip.model.variables import Variables

__all__ = ["add_expansion"]


def add_expansion(rows: Rows, before: Variables, now: Variables) -> None:
    """Modules and stores are added and never taken away.

    modules[p,y]     ≥  modules[p,y−1]           ∀ p, y > 0
    storage_mw[u,y]  ≥  storage_mw[u,y−1]        ∀ u, y > 0
    """
    for p, (old, new) in enumerate(zip(before.modules, now.modules, strict=True)):
        rows.add(total([(old, 1.0), (new, -1.0)]) <= 0.0, f"expansion_{p}")
    for u, (old, new) in enumerate(zip(before.storage_mw, now.storage_mw, strict=True)):
        rows.add(total([(old, 1.0), (new, -1.0)]) <= 0.0, f"expansion_storage_{u}")
