"""A placement at a glance: five lines of text, and a table with a map for a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from siting.nomenclature import LIMITED
from siting.placement.small_map import window_around

if TYPE_CHECKING:
    from siting.placement.model import Placement

__all__ = ["five_lines", "notebook_html", "small_map"]

_SHOWN = ("energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd")
_WIDTH_PX = 640


def five_lines(placement: Placement) -> str:
    """Name and status, load, sites, metrics, audit: one line each."""
    sites, study = placement.sites, placement.study
    largest = ", ".join(f"{i} {mw:,.1f} MW" for i, mw in sites["it_mw"].iloc[:6].items())
    more = f" and {len(sites) - 6} more" if len(sites) > 6 else ""
    metrics = ", ".join(f"{LIMITED[m].words} {LIMITED[m].amount(placement.metrics[m])}"
                        for m in _SHOWN)  # fmt: skip
    return "\n".join(
        [
            f"Placement of {study.name}: {placement.status}, within "
            f"{np.ceil(placement.gap * 1e4) / 1e4:.2%} of the proven bound",
            f"  IT load {sites['it_mw'].sum():,.1f} MW in {len(sites)} of "
            f"{len(placement.candidates)} candidates",
            f"  sites: {largest}{more}",
            f"  a year: {metrics}",
            f"  audit: {_audit(placement)}",
        ]
    )


def _audit(placement: Placement) -> str:
    if placement.audit is None:
        return "none"
    faults = placement.audit.get("faults", ())
    return "passed" if placement.audit.get("passed") else f"failed, {len(faults)} faults"


def notebook_html(placement: Placement) -> str:
    """The five lines, a map of the sites with who they serve, and their table; all text escaped."""
    columns = ["name", "country", "design", "it_mw", "pue", "wue_l_per_kwh"]
    table = placement.sites[columns].rename_axis("site").reset_index()
    rows = table.to_html(index=False, border=0, float_format="{:,.3g}".format, escape=True)
    return f"<div><pre>{escape(five_lines(placement))}</pre>{small_map(placement)}{rows}</div>"


def small_map(placement: Placement) -> str:
    """Return a map of the sites with who they serve, as SVG; all text escaped."""
    sites, demand = placement.sites, placement.demand
    window = window_around(
        np.concatenate([sites["lon"], demand["lon"]]),
        np.concatenate([sites["lat"], demand["lat"]]),
        _WIDTH_PX,
    )
    shapes = [f'<polygon points="{points}" fill="#e3e6e8"/>' for points in window.land()]
    for site, group in placement.flows.groupby("site"):
        start = sites.loc[site, ["lon", "lat"]].to_numpy(float)
        for end in demand.loc[group["demand"].unique(), ["lon", "lat"]].to_numpy(float):
            shapes += [
                f'<polyline points="{points}" fill="none" stroke="#4a7fa5"/>'
                for points in window.line(start, end)
            ]
    most = float(sites["it_mw"].max()) or 1.0
    for name, row in sites.iterrows():
        x, y = window.pixels([[row["lon"], row["lat"]]])[0]
        radius = 3.0 + 7.0 * np.sqrt(row["it_mw"] / most)
        title = f"<title>{escape(f'{name}: {row.it_mw:,.1f} MW')}</title>"
        shapes.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:.1f}" fill="#c2410c">{title}</circle>'
        )
    box = f'viewBox="0 0 {_WIDTH_PX} {window.height:.0f}"'
    size = f'width="{_WIDTH_PX}" height="{window.height:.0f}"'
    return f'<svg {box} {size} role="img" aria-label="Map of the sites">{"".join(shapes)}</svg>'
