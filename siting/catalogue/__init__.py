"""What could be built where: candidates, demand, grid, water and climate."""

from __future__ import annotations

from siting.catalogue.load import load_catalogue
from siting.catalogue.model import (
    GROUPS,
    KINDS,
    LABELS,
    REGIONS,
    TABLES,
    Catalogue,
    missing_attributes,
)
from siting.catalogue.selection import select_candidates, select_demand

__all__ = [
    "GROUPS",
    "KINDS",
    "LABELS",
    "REGIONS",
    "TABLES",
    "Catalogue",
    "load_catalogue",
    "missing_attributes",
    "select_candidates",
    "select_demand",
]
