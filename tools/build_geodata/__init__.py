"""Derives the tables of ``geodata/`` from the raw sources, the same bytes every time.

Run ``python -m tools.build_geodata --sources FOLDER``. Each module of :data:`MODULES` has

``build(sources: Path, out: Path) -> list[SourceRow]``

which writes its tables into ``out`` and returns one row of provenance for each column.
"""

from __future__ import annotations

__all__ = ["MODULES"]

#: In the order of running: later modules may read the tables of earlier ones.
MODULES = (
    "places",
    "geography",
    "elevation",
    "demand",
    "hydro_plants",
    "power_plants",
    "water_stress",
    "climate",
    "water_bodies",
    "grid",
    "price_hourly",
    "hydro_profiles",
    "renewables",
    "day_types",
    "carbon_modelled",
    "policy",
    "outlines",
    "risk_and_grid",
    "latency",
    "anywhere",
    "basemap",
)
