"""Differences between placements: sites, flows, totals and their drivers."""

from siting.comparison.differences import (
    CAUSES,
    CHANGES,
    DRIVERS,
    contributions,
    drivers,
    log_mean,
    moved_flows,
    site_changes,
    site_contributions,
)

__all__ = [
    "CAUSES",
    "CHANGES",
    "DRIVERS",
    "contributions",
    "drivers",
    "log_mean",
    "moved_flows",
    "site_changes",
    "site_contributions",
]
