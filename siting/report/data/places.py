"""What is known of the place of any candidate, in words, with its unit."""

from __future__ import annotations

from collections.abc import Mapping

from siting.catalogue.place_rules import near_name
from siting.config import Study
from siting.report.data.states import near_title
from siting.report.data.wording import clean, plain_title

__all__ = ["PLACES", "heading", "place_titles"]

#: Columns of `Placement.candidates`: title and unit.
PLACES: Mapping[str, tuple[str, str]] = {
    "grid_carbon_g_per_kwh": ("Grid carbon", "g CO₂e/kWh"),
    "scarcity_factor": ("Water scarcity, AWARE", "m³ world-eq/m³"),
    "free_cooling_hours": ("Free cooling, best design", "h/yr"),
    "mean_dry_bulb_c": ("Mean outside air", "°C"),
    "cyclones_per_yr": ("Tropical storms in the degree cell", "1/yr"),
    "relief_slope_m_per_km": ("Slope of the relief", "m/km"),
}


def place_titles(study: Study) -> dict[str, tuple[str, str]]:
    """Title and unit of each column, those of the study's own rasters and layers among them.

    Parameters
    ----------
    study : Study
        With its ``candidates``.

    Returns
    -------
    dict of str to (str, str)
        By column; the unit of a raster is not known, and empty.
    """
    chosen = study.candidates
    rasters = {name: (plain_title(clean(name)), "") for name in chosen.rasters}
    near = {near_name(one): (f"Distance to: {near_title(one)}", "km") for one in chosen.near}
    return {**PLACES, **rasters, **near}


def heading(title: str, unit: str) -> str:
    """Heading of a column with its unit, where it has one."""
    return f"{title} [{unit}]" if unit else title
