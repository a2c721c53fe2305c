"""Sites and flows of two placements, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from siting.placement import Placement

__all__ = ["CHANGES", "moved_flows", "site_changes"]

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

    Parameters
    ----------
    before, after : Placement
        Answers whose sites have the same ids.

    Returns
    -------
    DataFrame
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

    Parameters
    ----------
    before, after : Placement
        Answers whose sites and demand regions have the same ids.

    Returns
    -------
    DataFrame
        demand, site, before_mw, after_mw, change_mw [MW], rtt_ms [ms], all workloads together,
        the largest change first; only pairs that change. The changes of a region add up to the
        change of its demand.
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
