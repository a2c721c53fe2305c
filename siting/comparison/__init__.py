"""What changes from one placement to another: sites, flows, totals, and what drives them."""

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
