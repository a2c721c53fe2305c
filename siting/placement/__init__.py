"""The placement, the solution of a study: tables, metrics and proof; saved and loaded."""

from __future__ import annotations

from siting.placement.model import (
    Placement,
    StateOutcome,
    load_placement,
    save_placement,
)

__all__ = [
    "Placement",
    "StateOutcome",
    "load_placement",
    "save_placement",
]
