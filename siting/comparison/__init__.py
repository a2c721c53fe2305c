"""What changes from one placement to another: sites, flows, totals, and what drives them."""

from siting.comparison.contributions import CAUSES, contributions, site_contributions
from siting.comparison.differences import CHANGES, moved_flows, site_changes
from siting.comparison.drivers import DRIVERS, drivers, log_mean

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
