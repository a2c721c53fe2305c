"""What stands in one period stands in the next."""

from __future__ import annotations

from siting.mip.linear import total
from siting.mip.rows import Rows
from siting.mip.variables import Variables

__all__ = ["add_expansion"]


def add_expansion(rows: Rows, before: Variables, now: Variables) -> None:
    """Modules are added and never taken away.

    modules[p,y]  ≥  modules[p,y−1]        ∀ p, y > 0
    """
    for p, (old, new) in enumerate(zip(before.modules, now.modules, strict=True)):
        rows.add(total([(old, 1.0), (new, -1.0)]) <= 0.0, f"expansion_{p}")
