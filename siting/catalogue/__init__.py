"""The catalogue of places: candidates, demand, grid, water and climate."""

from __future__ import annotations

from siting.catalogue.model import (
    GROUPS,
    KINDS,
    LABELS,
    REGIONS,
    TABLES,
    Catalogue,
    load_catalogue,
    once_per_catalogue,
)
from siting.catalogue.planner import add_candidates, add_demand
from siting.catalogue.round_trips import RoundTrips, measured_round_trips, modelled_round_trips
from siting.catalogue.selection import missing_attributes, select_candidates, select_demand
from siting.catalogue.weather import WeatherLibrary
from siting.catalogue.weather_steps import Weather, under_climate

__all__ = [
    "GROUPS",
    "KINDS",
    "LABELS",
    "REGIONS",
    "TABLES",
    "Catalogue",
    "RoundTrips",
    "Weather",
    "WeatherLibrary",
    "add_candidates",
    "add_demand",
    "load_catalogue",
    "measured_round_trips",
    "missing_attributes",
    "modelled_round_trips",
    "once_per_catalogue",
    "select_candidates",
    "select_demand",
    "under_climate",
]
