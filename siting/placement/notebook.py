"""A placement at a glance: five lines of text, and a table with a map for a notebook."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import shapely

from siting.catalogue.layers import read_polygons
from siting.geo import great_circle, split_at_cut
from siting.nomenclature import LIMITED
from siting.paths import geodata_dir

if TYPE_CHECKING:
    from siting.placement.model import Placement

__all__ = ["five_lines", "notebook_html"]

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
    return f"<div><pre>{escape(five_lines(placement))}</pre>{_map(placement)}{rows}</div>"


@cache
def _land() -> shapely.Geometry:
    """Coarse outlines of the land."""
    with np.load(geodata_dir() / "outlines.npz") as arrays:
        return shapely.simplify(shapely.union_all(read_polygons(arrays, "land")), 0.3)


def _map(placement: Placement) -> str:
    """SVG in longitude and latitude, one pixel square at the middle latitude."""
    sites, demand = placement.sites, placement.demand
    lon = np.concatenate([sites["lon"], demand["lon"]]).astype(float)
    lat = np.concatenate([sites["lat"], demand["lat"]]).astype(float)
    west, east = max(lon.min() - 5.0, -180.0), min(lon.max() + 5.0, 180.0)
    south, north = max(lat.min() - 4.0, -90.0), min(lat.max() + 4.0, 90.0)
    x_px = _WIDTH_PX / (east - west)
    y_px = x_px / np.cos(np.radians(np.clip((south + north) / 2, -70.0, 70.0)))
    height = float(y_px * (north - south))

    def pixels(xy: object) -> str:
        x, y = np.asarray(xy, float).reshape(-1, 2).T
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip((x - west) * x_px, (north - y) * y_px,
                                                           strict=True))  # fmt: skip

    land = shapely.get_parts(shapely.clip_by_rect(_land(), west, south, east, north))
    shapes = [f'<polygon points="{pixels(p.exterior.coords)}" fill="#e3e6e8"/>'
              for p in land if p.geom_type == "Polygon"]  # fmt: skip
    for site, group in placement.flows.groupby("site"):
        start = sites.loc[site, ["lon", "lat"]].to_numpy(float)
        for end in demand.loc[group["demand"].unique(), ["lon", "lat"]].to_numpy(float):
            shapes += [
                f'<polyline points="{pixels(part)}" fill="none" stroke="#4a7fa5"/>'
                for part in split_at_cut(great_circle(start, end), 0.0)
            ]
    most = float(sites["it_mw"].max()) or 1.0
    for name, row in sites.iterrows():
        x, y = pixels([[row["lon"], row["lat"]]]).split(",")
        radius = 3.0 + 7.0 * np.sqrt(row["it_mw"] / most)
        title = f"<title>{escape(f'{name}: {row.it_mw:,.1f} MW')}</title>"
        shapes.append(f'<circle cx="{x}" cy="{y}" r="{radius:.1f}" fill="#c2410c">{title}</circle>')
    box = f'viewBox="0 0 {_WIDTH_PX} {height:.0f}" width="{_WIDTH_PX}" height="{height:.0f}"'
    return f'<svg {box} role="img" aria-label="Map of the sites">{"".join(shapes)}</svg>'
