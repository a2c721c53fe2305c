"""The planner's own limits, written a second time for SciPy on top of `structures`."""

from __future__ import annotations

import numpy as np

from siting.coefficients import Coefficients
from tests.helpers.independent import Sum, _add
from tests.helpers.structures import Structured


class Limited(Structured):
    """The second formulation with sizes, numbers, shares, forced sites, water and budgets."""

    def __init__(self, c: Coefficients) -> None:
        super().__init__(c)
        self._opened()
        for s in range(len(c.sites)):
            self._site_limits(s)
        for metric, budget in c.limits.budgets:
            self.row(self.metric(metric), high=budget)

    def _opened(self) -> None:
        """Sites that must be open or closed, their sizes and their number."""
        c, limits, count = self.c, self.c.limits, []
        for s, name in enumerate(c.sites):
            low = float(name in limits.open_sites)
            high = float(name not in limits.closed_sites)
            built = self.var("site", s)
            self.row(built, low=low, high=high)
            if limits.min_mw_per_site is not None:
                self.row(_add(*self._halls([s]), (-limits.min_mw_per_site, built)), low=0.0)
            if limits.max_mw_per_site is not None:
                self.row(_add(*self._halls([s])), high=limits.max_mw_per_site)
            count.append((1.0, built))
        most_sites = np.inf if limits.max_sites is None else limits.max_sites
        self.row(_add(*count), low=float(limits.min_sites or 0), high=float(most_sites))

    def _site_limits(self, s: int) -> None:
        """Share of the load, water withdrawn, and the water use of each design."""
        c, limits = self.c, self.c.limits
        whole = [(c.hours[t], self.load[p, t]) for p in self._pairs(s) for t in self.slices]
        if limits.max_share_per_site is not None:
            year = limits.max_share_per_site * c.total_demand_mw * c.hours.sum()
            self.row(_add(*whole), high=float(year))
        if limits.site_withdrawal_m3 is not None:
            drawn = [self._yearly("withdrawal_l_per_kwh", p) for p in self._pairs(s)]
            self.row(_add(*((1.0, e) for e in drawn)), high=limits.site_withdrawal_m3)
        if limits.wue_max_l_per_kwh is not None:
            for p in self._pairs(s):
                most = limits.wue_max_l_per_kwh
                energy = [(-most * c.hours[t], self.load[p, t]) for t in self.slices]
                self.row(_add((1.0, self._yearly("wue_l_per_kwh", p)), *energy), high=0.0)

    def _yearly(self, name: str, p: int) -> Sum:
        """Litres of a pair over the year. [m3]"""
        values = getattr(self.c, name)
        each = (
            (self.c.hours[t], self.running(p, t, values[p, t], self.off(name, p, t)))
            for t in self.slices
        )
        return _add(*each)
