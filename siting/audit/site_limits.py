"""Checks on each site: where it lies, its size, number and efficiency, and budgets.

Distances are measured along the shapes themselves near each site, not between the points that
the candidates were held against; values of rasters are read cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Geod, Transformer
from shapely.geometry.base import BaseGeometry

from siting.arrays import FloatArray
from siting.audit.outcome import METRIC_TOLERANCE, TOLERANCE, LimitCheck, at_least, at_most
from siting.audit.replay import SiteFacts, Steps
from siting.audit.reported import OpenSite
from siting.catalogue import Catalogue, load_catalogue
from siting.catalogue.layers import Layers, open_layers
from siting.catalogue.near_layers import NEARNESS, REACH_KM, built_in, hazards_at
from siting.catalogue.read_files import read_shapes
from siting.catalogue.selection import places_in
from siting.config import Study
from siting.config.candidates import LAYERS, Near, Range, Raster
from siting.geo import sphere_km, split_at_antimeridian, unwrapped
from siting.nomenclature import LIMITED
from siting.placement import Placement

__all__ = [
    "budget_checks",
    "choice_checks",
    "efficiency_checks",
    "may_compete",
    "place_checks",
    "plant_checks",
    "reported_checks",
    "size_checks",
]

_GEOD = Geod(ellps="WGS84")
_KM_PER_DEGREE = 110.5  # of latitude, at the least
#: The candidates were held against points up to 560 m apart along a shape. [km]
_SLACK_KM = 0.3
#: Step between points along a shape near a site. [degrees]
_FINE = 0.0005


#: Without own generators.
_NO_WATER: Mapping[str, float] = MappingProxyType({})


def plant_checks(s: OpenSite, facts: SiteFacts) -> Iterator[LimitCheck]:
    """Whole modules, the peak on the connection, heat to the water body, water bodies.

    installed  =  modules · block
    max PUE over all steps and design hours · installed  ≤  connection
    """
    whole = abs(s.modules - np.round(s.modules))
    yield at_most("whole_modules", whole, 0.0, where=s.site)
    off = abs(s.installed_mw - s.modules * facts.block_mw)
    yield at_most("modules", off, 0.0, unit="MW", where=s.site)
    peak, heat = float(facts.pue.max()), float(facts.heat_to_water.max())
    rows = (
        ("connection", peak * s.installed_mw, facts.connection_mw),
        ("heat_to_water", heat * s.installed_mw, facts.heat_limit_mw),
        ("land", s.installed_mw, facts.land_limit_mw),
    )
    for name, value, limit in rows:
        yield at_most(name, value, limit, unit="MW", where=s.site)
    lacking = float(bool(facts.needs) and not facts.needs & facts.has)
    needs = " or ".join(sorted(facts.needs))
    place = f"{s.site}: {s.design} needs a {needs}" if needs else s.site
    yield at_most("design_needs", lacking, 0.0, where=place)


def efficiency_checks(
    s: OpenSite,
    facts: SiteFacts,
    steps: Steps,
    study: Study,
    *,
    made_m3: Mapping[str, float] = _NO_WATER,
) -> Iterator[LimitCheck]:
    """Annual means and on-site water of a site against the ceilings of the study.

    ``made_m3`` is the water of its own generators, which counts in its limits and not in its WUE.
    """
    limits = study.limits
    litres = steps.total(facts.wue_l_per_kwh), steps.total(facts.withdrawal_l_per_kwh)
    names = ("water_m3", "water_withdrawal_m3")
    used = [s.it_mw * each + made_m3.get(n, 0.0) for each, n in zip(litres, names, strict=True)]
    rows = (
        ("pue_max", steps.total(facts.pue) / steps.year_h, limits.pue_max, ""),
        ("wue_max_l_per_kwh", litres[0] / steps.year_h, limits.wue_max_l_per_kwh, "L/kWh"),
        ("site_water_m3", used[0], limits.site_water_m3, "m3"),
        ("site_withdrawal_m3", used[1], limits.site_withdrawal_m3, "m3"),
    )
    for name, value, limit, unit in rows:
        if limit is not None:
            yield at_most(name, value, limit, unit=unit, where=s.site)


def reported_checks(
    s: OpenSite, facts: SiteFacts, steps: Steps, *, pue_peak: float
) -> Iterator[LimitCheck]:
    """Efficiencies of a site as they were reported, against the recomputed ones."""
    rows = (
        ("reported_pue", s.pue, steps.total(facts.pue) / steps.year_h),
        ("reported_pue_peak", s.pue_peak, pue_peak),
        ("reported_wue", s.wue_l_per_kwh, steps.total(facts.wue_l_per_kwh) / steps.year_h),
    )
    for name, reported, recomputed in rows:
        off = abs(recomputed - reported)
        limit = METRIC_TOLERANCE * max(abs(recomputed), abs(reported))
        yield at_most(name, off, limit, 1e-9, where=s.site)


def size_checks(sites: Iterable[OpenSite], study: Study) -> Iterator[LimitCheck]:
    """Number, size and share of the sites."""
    limits, served, count = study.limits, study.demand.it_mw, 0
    for s in sites:
        count += 1
        for check, name, value, unit in (
            (at_most, "max_share_per_site", s.it_mw / served, ""),
            (at_most, "max_mw_per_site", s.installed_mw, "MW"),
            (at_least, "min_mw_per_site", s.installed_mw, "MW"),
        ):
            limit = getattr(limits, name)
            if limit is not None:
                yield check(name, value, limit, unit=unit, where=s.site)
        for hall in s.halls or (s,):
            yield from _design_size(hall, study)
    if limits.max_sites is not None:
        yield at_most("max_sites", count, limits.max_sites)
    if limits.min_sites is not None:
        yield at_least("min_sites", count, limits.min_sites)


def _design_size(s: OpenSite, study: Study) -> Iterator[LimitCheck]:
    """Size of a design at a site, by the study or by itself."""
    mw, place = s.installed_mw, f"{s.site}: {s.design}"
    for check, name, key in (
        (at_least, "min_mw_of_design", "min_mw_per_site"),
        (at_most, "max_mw_of_design", "max_mw_per_site"),
    ):
        limit = study.limits.of_design(s.design, key)
        if limit is not None:
            yield check(name, mw, limit, unit="MW", where=place)


def choice_checks(placement: Placement, catalogue: Catalogue) -> Iterator[LimitCheck]:
    """Only sites and designs that the study lets compete, each site once, forced ones as asked."""
    study, sites = placement.study, placement.sites
    is_open = {str(site) for site in sites.index}
    barred = {*study.limits.closed, *study.candidates.exclude}
    wrong: dict[str, Iterable[object]] = {
        "one_design_a_site": sites.index[sites.index.duplicated()],
        "designs": {*placement.built["design"]} - {*study.designs},
        "candidates": is_open - may_compete(study, catalogue),
        "open": {*study.limits.open} - is_open,
        "closed": is_open & barred,
    }
    for name, found in wrong.items():
        names = sorted(map(str, found))
        yield at_most(name, len(names), 0.0, where=", ".join(names))


def budget_checks(metrics: Mapping[str, float], placement: Placement) -> Iterator[LimitCheck]:
    """Recomputed totals against the budgets; reported totals against the sum over the sites."""
    for metric, unit in ((m, q.unit_shown) for m, q in LIMITED.items()):
        budget = getattr(placement.study.limits, metric, None)
        if budget is not None:
            yield at_most(metric, metrics[metric], budget, unit=unit)
        if metric in placement.sites and metric in placement.metrics:
            total = float(placement.sites[metric].sum())
            off = abs(total - placement.metrics[metric])
            scaled = TOLERANCE * max(1.0, abs(total))
            yield at_most("sum_of_sites", off, 0.0, scaled, unit=unit, where=metric)


def may_compete(study: Study, catalogue: Catalogue) -> set[str]:
    """Ids that the filters of a study let compete, places of its own file included."""
    chosen, table = study.candidates, catalogue.candidates
    own = pd.Series(False, index=table.index)
    if chosen.file is not None:
        own = ~own.index.to_series().isin(_built_in_ids(catalogue.folder))
    named = table.index.to_series().isin(chosen.sites)
    narrowed = pd.Series(True, index=table.index)
    if chosen.kinds:
        narrowed = table["kinds"].map(lambda kinds: not {*chosen.kinds}.isdisjoint(kinds))
    if chosen.region or chosen.countries:
        narrowed &= places_in(table, chosen.region) | table["country"].isin(chosen.countries)
    elif not chosen.kinds:
        narrowed &= not (chosen.sites or chosen.file)
    barred = table["country"].isin(chosen.exclude_countries)
    return {str(site) for site in table.index[(own | named | narrowed) & ~barred]}


@cache
def _built_in_ids(folder: Path) -> frozenset[str]:
    return frozenset(map(str, load_catalogue(folder).candidates.index))


def place_checks(sites: Iterable[str], study: Study, catalogue: Catalogue) -> Iterator[LimitCheck]:
    """Bounds and distances of the study at some sites; distances to shapes have 300 m of room.

    Sites that the catalogue, which has the places of the planner's files, does not know are passed
    by.
    """
    chosen = study.candidates
    bounds = chosen.bounds.asked()
    known = [site for site in sites if site in catalogue.candidates.index]
    if not known or not (bounds or chosen.near):
        return
    table = catalogue.candidates.loc[known]
    layers = open_layers(catalogue.folder)
    for name, bound in bounds.items():
        values = _values(name, chosen.rasters.get(name), table, layers)
        for site, value in zip(known, values, strict=True):
            yield from _kept("bounds", f"{site}: {name}", value, bound)
    for near in chosen.near:
        bound = Range(min=near.min_km, max=near.max_km)
        slack = 0.0 if near.layer in LAYERS else _SLACK_KM
        words = f"{Path(near.layer).name}"
        for site, value in zip(known, _distances(near, table, layers), strict=True):
            yield from _kept("near", f"{site}: {words}", value, bound, slack, "km")


def _kept(
    name: str, where: str, value: float, bound: Range, slack: float = 0.0, unit: str = ""
) -> Iterator[LimitCheck]:
    """Both ends of a bound; what is not known breaks them, but for a lake beyond the map."""
    if np.isnan(value) and where.endswith(": lake_km"):
        value = np.inf
    if bound.min is not None:
        room = max(TOLERANCE, slack / max(1.0, abs(bound.min)))
        least = -np.inf if np.isnan(value) else value
        yield at_least(name, least, bound.min, room, unit=unit, where=where)
    if bound.max is not None:
        room = max(TOLERANCE, slack / max(1.0, abs(bound.max)))
        most = np.inf if np.isnan(value) else value
        yield at_most(name, most, bound.max, room, unit=unit, where=where)


def _values(
    name: str, raster: Raster | None, table: pd.DataFrame, layers: Layers
) -> Sequence[float]:
    lon, lat = (table[axis].to_numpy(dtype=float) for axis in ("lon", "lat"))
    if raster is not None:
        places = zip(lon, lat, table["geometry"], strict=True)
        return [_of_raster(raster, x, y, shape) for x, y, shape in places]
    if name in ("hydro_plant_km", "city_km"):
        plants = layers.hydro if name == "hydro_plant_km" else layers.cities
        return [round(_nearest(x, y, plants), 1) for x, y in zip(lon, lat, strict=True)]
    if name in NEARNESS:
        return list(map(float, hazards_at(layers, lon, lat)[name]))
    return list(map(float, table[name]))


def _nearest(lon: float, lat: float, places: pd.DataFrame) -> float:
    return _least_km(lon, lat, places["lon"].to_numpy(float), places["lat"].to_numpy(float))


def _least_km(lon: float, lat: float, x: FloatArray, y: FloatArray) -> float:
    """Geodesic distance of one place to the nearest of many; NaN where there are none. [km]."""
    if not len(x):
        return float("nan")
    # The sphere is within 0.6 % of the geodesic: what it puts farther away is not the nearest.
    rough = np.asarray(sphere_km(lon, lat, x, y))
    near = rough <= 1.02 * rough.min() + 1e-6
    same = np.full(np.count_nonzero(near), lon), np.full(np.count_nonzero(near), lat)
    return float(np.min(_GEOD.inv(*same, x[near], y[near])[2])) / 1000.0


def _of_raster(raster: Raster, lon: float, lat: float, shape: BaseGeometry) -> float:
    """Value of the cell of a place, or over the cells of its catchment; NaN where not known."""
    import rasterio
    from rasterio.features import geometry_mask

    with rasterio.open(raster.file) as grid:
        crs = CRS.from_wkt(grid.crs.to_wkt())
        turn = Transformer.from_crs(4326, crs, always_xy=True)
        cells = grid.read(raster.band, masked=True).astype(float).filled(np.nan)
        cells = cells * grid.scales[raster.band - 1] + grid.offsets[raster.band - 1]
        if raster.take == "point":
            x, y = turn.transform(lon, lat)
            wide = crs.is_geographic and x < grid.bounds.left
            row, column = grid.index(x + 360.0 if wide else x, y)
            inside = 0 <= row < grid.height and 0 <= column < grid.width
            return float(cells[row, column]) if inside else float("nan")
        fine = shapely.segmentize(shape, 0.05)
        area = shapely.transform(fine, lambda xy: np.column_stack(turn.transform(*xy.T)))
        for touched in (False, True):
            outside = geometry_mask([area], cells.shape, grid.transform, all_touched=touched)
            held = cells[~outside & np.isfinite(cells)]
            if held.size:
                return float({"mean": held.mean, "max": held.max, "min": held.min}[raster.take]())
    return float("nan")


def _distances(near: Near, table: pd.DataFrame, layers: Layers) -> list[float]:
    """Distance of each site to a layer, infinite beyond the reach of its limits. [km]."""
    places = list(zip(table["lon"].astype(float), table["lat"].astype(float), strict=True))
    if near.layer in LAYERS:
        return [_to_built_in(near, layers, lon, lat) for lon, lat in places]
    shapes = read_shapes(Path(near.layer), near.sublayer).frame.geometry
    parts = [_plain(part) for shape in shapes for part in _flat(shape)]
    tree = shapely.STRtree(parts)
    reach = max(near.max_km or 0.0, near.min_km or 0.0) + 10 * _SLACK_KM
    return [_to_shapes(tree, reach, lon, lat) for lon, lat in places]


def _to_built_in(near: Near, layers: Layers, lon: float, lat: float) -> float:
    layer = built_in(layers, near.layer)
    x, y = layer.points.lon, layer.points.lat
    km = _least_km(lon, lat, x, y)
    if layer.covers is not None:
        known = layer.covers(np.array([lon]), np.array([lat]))[0] and km <= REACH_KM
        if not known:
            return float("nan")
    if near.min_kv and layer.kv is not None:
        high = layer.kv >= near.min_kv
        km = _least_km(lon, lat, x[high], y[high])
    return round(km, 3)


def _flat(shape: BaseGeometry) -> list[BaseGeometry]:
    """Points, lines and polygons of a shape."""
    parts = shapely.get_parts(shape)
    nested = len(parts) > 1 or shape.geom_type.startswith(("Multi", "GeometryCollection"))
    return [p for part in parts for p in _flat(part)] if nested else [shape]


def _plain(part: BaseGeometry) -> BaseGeometry:
    """A part in two dimensions, cut or run on at 180°."""
    flat = shapely.force_2d(part)
    if flat.geom_type == "LineString":
        return unwrapped(flat)
    return split_at_antimeridian(flat) if flat.geom_type == "Polygon" else flat


def _to_shapes(tree: shapely.STRtree, reach: float, lon: float, lat: float) -> float:
    """Distance to the nearest shape within reach; infinite where there is none."""
    north = reach / _KM_PER_DEGREE
    east = min(180.0, north / max(0.01, np.cos(np.radians(min(89.0, abs(lat) + north)))))
    best = np.inf
    for turn in (-360.0, 0.0, 360.0):
        x = lon + turn
        window = shapely.box(x - east, lat - north, x + east, lat + north)
        for i in tree.query(window, predicate="intersects"):
            shape = tree.geometries[i]
            if shape.geom_type.endswith("Polygon"):
                if shape.intersects(shapely.Point(x, lat)):
                    return 0.0
                shape = shape.boundary
            xy = shapely.get_coordinates(_fine(shapely.intersection(shape, window)))
            if len(xy):
                best = min(best, _least_km(lon, lat, xy[:, 0], xy[:, 1]))
    return best


def _fine(shape: BaseGeometry) -> BaseGeometry:
    return shapely.segmentize(shape, _FINE) if shape.length > 0.0 else shape
