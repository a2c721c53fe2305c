"""Sites, flows and totals that differ between placements, and the drivers of the difference.

Every total of a year is a product of means over the placement,

    total = IT energy × PUE × total per electricity,

so its change is the sum of one part for each factor x, by the logarithmic mean of the totals
(additive LMDI-I, [1]_):

    Δ_x = L(after, before) ln(x_after / x_before),   L(a, b) = (a − b) / ln(a / b).

The parts leave no rest and do not depend on the order in which the factors are changed.

References
----------
.. [1] Ang, B. W. (2015). LMDI decomposition approach: a guide for implementation. Energy Policy
   86, 233-238. :doi:`10.1016/j.enpol.2015.07.007`
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.config.study import tables_basis, totals_basis
from siting.errors import DataError, Fault
from siting.files.folders import new_folder
from siting.nomenclature import YEAR_H
from siting.placement import Placement

__all__ = [
    "CAUSES",
    "CHANGES",
    "Comparison",
    "compare",
    "contributions",
    "drivers",
    "log_mean",
    "moved_flows",
    "site_changes",
    "site_contributions",
]


#: Change of load that is none. [MW]
_NONE_MW = 1e-6
#: What can become of a site, in words.
CHANGES: Mapping[str, str] = {
    "added": "open only afterwards",
    "removed": "open only before",
    "grown": "more load",
    "shrunk": "less load",
    "redesigned": "same load, another cooling design",
    "kept": "as before",
}
_FACTS = ["name", "country", "lat", "lon"]


def site_changes(before: Placement, after: Placement) -> pd.DataFrame:
    """Every site that is open in either placement.

    Index id, the largest change first: name, country, lat, lon, change (a key of `CHANGES`),
    before_mw, after_mw, change_mw [MW], design_before, design_after (empty where closed).
    """
    sites = before.sites.index.union(after.sites.index, sort=False)
    facts = pd.concat([before.sites[_FACTS], after.sites[_FACTS]])
    table = facts[~facts.index.duplicated()].loc[sites]
    table = table.assign(
        before_mw=before.sites["it_mw"].reindex(sites, fill_value=0.0),
        after_mw=after.sites["it_mw"].reindex(sites, fill_value=0.0),
        design_before=before.sites["design"].reindex(sites, fill_value=""),
        design_after=after.sites["design"].reindex(sites, fill_value=""),
    )
    table["change_mw"] = table["after_mw"] - table["before_mw"]
    table["change"] = _what(before, after, table)
    order = np.argsort(-table["change_mw"].abs().to_numpy(), kind="stable")
    return table.iloc[order]


def _what(before: Placement, after: Placement, table: pd.DataFrame) -> list[str]:
    was, now = (table.index.isin(p.sites.index) for p in (before, after))
    change = table["change_mw"].to_numpy()
    conditions = [~was, ~now, change > _NONE_MW, change < -_NONE_MW,
                  (table["design_before"] != table["design_after"]).to_numpy()]  # fmt: skip
    names = ["added", "removed", "grown", "shrunk", "redesigned"]
    return [str(name) for name in np.select(conditions, names, "kept")]


def moved_flows(before: Placement, after: Placement) -> pd.DataFrame:
    """Load of each demand region that is served from another site than before.

    Placements have sites and demand regions of the same ids. Columns are demand, site, before_mw,
    after_mw, change_mw [MW], rtt_ms [ms], all workloads together, the largest change first; only
    pairs that change. The changes of a region add up to the change of its demand.
    """
    keys = ["demand", "site"]
    load = [p.flows.groupby(keys)["it_mw"].sum() for p in (before, after)]
    both = pd.concat(load, axis=1, keys=["before_mw", "after_mw"]).fillna(0.0)
    both["change_mw"] = both["after_mw"] - both["before_mw"]
    trips = pd.concat([before.flows, after.flows]).groupby(keys)["rtt_ms"].max()
    both["rtt_ms"] = trips.reindex(both.index)
    moved = both[both["change_mw"].abs() > _NONE_MW].reset_index()
    order = np.argsort(-moved["change_mw"].abs().to_numpy(), kind="stable")
    return moved.iloc[order].reset_index(drop=True)


#: A rest smaller than this share of the total is the rounding of the sums. [-]
_ROUNDING = 1e-12


def log_mean(a: float, b: float) -> float:
    """Logarithmic mean of two positive numbers, in their unit; of equal numbers that number."""
    if a == b:
        return a
    share = (a - b) / (a + b)
    # The logarithm of a ratio near 1 has lost the digits that the mean needs.
    return (a - b) / (2.0 * math.atanh(share) if abs(share) < 0.5 else math.log(a / b))


def drivers(before: Placement, after: Placement) -> pd.DataFrame:
    """Change of each total of a year, split among load, PUE and what a kilowatt-hour carries.

    Index metric, in its unit: before, after, change, load, pue, intensity; the last three add up to
    the change. Where a total, the load or the energy is not positive in one of the two there is no
    logarithm, and all of the change is put to intensity.
    """
    sides = (before, after)
    served = [YEAR_H * float(p.mean_sites["it_mw"].sum()) for p in sides]
    energy = [float(p.metrics["energy_mwh"]) for p in sides]
    rows = {}
    for metric in before.metrics:
        if metric in after.metrics:
            was, now = float(before.metrics[metric]), float(after.metrics[metric])
            parts = _split((was, now), served, energy)
            rows[metric] = {"before": was, "after": now, "change": now - was, **parts}
    return pd.DataFrame.from_dict(rows, orient="index")


def _split(
    total: Sequence[float], load: Sequence[float], energy: Sequence[float]
) -> dict[str, float]:
    """Parts of a change: load, PUE and what a kWh carries, which is all of it where one is zero."""
    parts = {"load": 0.0, "pue": 0.0}
    if min(*total, *load, *energy) > 0:
        weight = log_mean(total[1], total[0])
        parts["load"] = weight * math.log(load[1] / load[0])
        parts["pue"] = weight * math.log(energy[1] / load[1] / (energy[0] / load[0]))
    rest = total[1] - total[0] - sum(parts.values())
    rest = 0.0 if abs(rest) <= _ROUNDING * max(map(abs, total)) else rest
    return {**parts, "intensity": rest}


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

    metric, site, cause (a key of `CAUSES`), change (in the unit of the metric); only causes that
    act. The changes of a metric add up to the difference of its sums over the sites.
    """
    # A site with several designs side by side is one site.
    metrics = [m for m in before.metrics if m in after.metrics]
    sides = [p.mean_sites.groupby(level=0)[["it_mw", *metrics]].sum() for p in (before, after)]
    rows = []
    for site in sides[0].index.union(sides[1].index, sort=True):
        there = [site in side.index for side in sides]
        for metric in metrics:
            if all(there):
                columns = (metric, "it_mw", "energy_mwh")
                parts = _split(*([float(side.loc[site, c]) for side in sides] for c in columns))
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


def contributions(before: Placement, after: Placement) -> pd.DataFrame:
    """Change of each total by cause.

    Index metric: before, after, change, and one column for each of `CAUSES`, which add up to the
    change.
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


@dataclass(frozen=True)
class Comparison:
    """Several placements against the first.

    Parameters
    ----------
    totals : DataFrame
        run, totals_of, tables_of, status, gap [-], it_mw [MW], open_sites, and the metrics in their
        units; one row a placement. Load and metrics are totals: of several periods and scenarios
        the mean of the plan; open_sites counts those open in any of them.
    sites, flows, drivers, causes, site_causes : DataFrame
        Column run, then the tables of `site_changes`, `moved_flows`, `drivers`, `contributions`
        and `site_contributions` from the first placement to that run.
    """

    totals: pd.DataFrame
    sites: pd.DataFrame
    flows: pd.DataFrame
    drivers: pd.DataFrame
    causes: pd.DataFrame
    site_causes: pd.DataFrame
    #: The placements that are compared, by name.
    placements: Mapping[str, Placement] = field(default_factory=dict, repr=False, compare=False)
    #: Writes its tables and pictures into a folder that exists.
    write: Callable[[Comparison, Path], object] | None = field(
        default=None, repr=False, compare=False
    )

    @property
    def table(self) -> pd.DataFrame:
        """One row a placement, as in ``totals``."""
        return self.totals

    def save(self, folder: Path | str) -> None:
        """Write tables and pictures, whole or not at all."""
        if self.write is None:
            raise ValueError("this comparison has no pictures: make it by siting.compare")
        with new_folder(Path(folder), "compare") as new:
            self.write(self, new)

    def summary(self) -> dict[str, Any]:
        """Totals and causes as plain values."""
        return {name: getattr(self, name).to_dict("records") for name in ("totals", "causes")}


def compare(placements: Mapping[str, Placement]) -> Comparison:
    """Compare placements with the first of them.

    Parameters
    ----------
    placements : mapping of str to Placement
        Two or more answers under their names; of any studies whose sites have the same ids.

    Raises
    ------
    siting.errors.DataError
        If there are fewer than two.
    """
    if len(placements) < 2:
        remedy = "Name two or more runs"
        raise DataError([Fault("compare", None, "", f"{len(placements)} run is given", remedy)])
    first, *others = placements
    base = placements[first]

    def table(
        make: Callable[[Placement, Placement], pd.DataFrame], index: str | None = None
    ) -> pd.DataFrame:
        parts = []
        for name in others:
            part = make(base, placements[name])
            part = part.rename_axis(index).reset_index() if index else part
            part.insert(0, "run", name)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    return Comparison(
        totals=pd.DataFrame([_totals(name, p) for name, p in placements.items()]),
        sites=table(site_changes, "site"),
        flows=table(moved_flows),
        drivers=table(drivers, "metric"),
        causes=table(contributions, "metric"),
        site_causes=table(site_contributions),
        placements=dict(placements),
    )


def _totals(name: str, placement: Placement) -> dict[str, Any]:
    return {
        "run": name,
        "totals_of": totals_basis(placement.study) or "a typical year",
        "tables_of": tables_basis(placement.study) or "a typical year",
        "status": str(placement.status),
        "gap": placement.gap,
        "it_mw": float(placement.mean_sites["it_mw"].sum()),
        "open_sites": len(placement.mean_sites),
        **{metric: float(value) for metric, value in placement.metrics.items()},
    }
