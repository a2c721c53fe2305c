r"""Why a total differs, site by site: who came, who went, who grew, and what a unit costs.

The total of a year, of several periods and scenarios their expected annual mean, is the sum over
the sites that are open. A site open on one side only changes it by the whole of its own amount. At
a site open on both, the amount is a product,

    amount = IT energy × PUE × amount per electricity,

whose change is split by the logarithmic mean as in :mod:`siting.comparison.drivers`.
"""

from __future__ import annotations

import math

import pandas as pd

from siting.comparison.drivers import log_mean
from siting.placement import Placement

__all__ = ["CAUSES", "contributions", "site_contributions"]

HOURS = 8760.0
#: What can change the total, in words.
CAUSES = {
    "added": "sites open only afterwards",
    "removed": "sites open only before",
    "load": "more or less load at sites open in both",
    "pue": "their PUE",
    "intensity": "per kWh there: supply, price, plant, water of the cooling design",
}


def site_contributions(before: Placement, after: Placement) -> pd.DataFrame:
    """Change of each total at each site, and its cause.

    Parameters
    ----------
    before, after : Placement
        Answers whose sites have the same ids.

    Returns
    -------
    DataFrame
        metric, site, cause (a key of `CAUSES`), change (in the unit of the metric); only causes
        that act. The changes of a metric add up to the difference of its sums over the sites.
    """
    # A site with several designs side by side is one site.
    metrics = [m for m in before.metrics if m in after.metrics]
    sides = [p.mean_sites.groupby(level=0)[["it_mw", *metrics]].sum() for p in (before, after)]
    rows = []
    for site in sides[0].index.union(sides[1].index, sort=True):
        there = [site in side.index for side in sides]
        for metric in metrics:
            if all(there):
                parts = _split(metric, sides[0].loc[site], sides[1].loc[site])
            elif there[1]:
                parts = {"added": float(sides[1].loc[site, metric])}
            else:
                parts = {"removed": -float(sides[0].loc[site, metric])}
            rows += [
                {"metric": metric, "site": site, "cause": cause, "change": change}
                for cause, change in parts.items()
                if change != 0.0
            ]
    return pd.DataFrame(rows, columns=["metric", "site", "cause", "change"])


def _split(metric: str, was: pd.Series[float], now: pd.Series[float]) -> dict[str, float]:
    total = float(was[metric]), float(now[metric])
    change = total[1] - total[0]
    load = float(was["it_mw"]), float(now["it_mw"])
    energy = float(was["energy_mwh"]), float(now["energy_mwh"])
    if min(*total, *load, *energy) <= 0:
        return {"intensity": change}
    weight = log_mean(total[1], total[0])
    parts = {
        "load": weight * math.log(load[1] / load[0]),
        "pue": weight * math.log(energy[1] / load[1] / (energy[0] / load[0])),
    }
    rest = change - sum(parts.values())
    parts["intensity"] = 0.0 if abs(rest) <= 1e-12 * max(total) else rest
    return parts


def contributions(before: Placement, after: Placement) -> pd.DataFrame:
    """Change of each total by cause.

    Returns
    -------
    DataFrame
        Index metric: before, after, change, and one column for each of `CAUSES`, which add up to
        the change.
    """
    by_site = site_contributions(before, after)
    table = by_site.pivot_table(
        index="metric", columns="cause", values="change", aggfunc="sum", fill_value=0.0
    )
    metrics = [m for m in before.metrics if m in after.metrics]
    table = table.reindex(index=metrics, columns=list(CAUSES), fill_value=0.0).fillna(0.0)
    totals = pd.DataFrame(
        {"before": {m: float(before.metrics[m]) for m in metrics},
         "after": {m: float(after.metrics[m]) for m in metrics}}
    )  # fmt: skip
    totals["change"] = totals["after"] - totals["before"]
    return totals.join(table)
