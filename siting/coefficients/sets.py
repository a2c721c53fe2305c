"""Index sets of the model: competing sites, demand regions with their IT load, time slices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import is_

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.catalogue import Catalogue
from siting.catalogue.given_figures import with_overrides
from siting.catalogue.hourly import load_over_largest
from siting.catalogue.place_rules import with_measured
from siting.catalogue.planner import add_candidates, add_demand
from siting.catalogue.planner_files import Reading
from siting.catalogue.round_trips import RoundTrips, measured_round_trips, modelled_round_trips
from siting.catalogue.selection import select_candidates, select_demand
from siting.catalogue.weather_steps import Weather
from siting.config import Study
from siting.config.demand import is_file_name
from siting.config.objective import DAY_GROUPS, HOUR_BLOCKS, MONTHS
from siting.config.plant import LEAST_LOAD
from siting.errors import DataError, Fault

__all__ = [
    "ALLOWED_SLICES",
    "Setting",
    "TimeSlices",
    "chosen_regions",
    "chosen_sites",
    "demand_mw",
    "eligible_pairs",
    "load_share",
    "slice_layout",
    "study_round_trips",
]


#: Least load of a workload in a region: less than one server draws, and a hundred times what a
#: solver cannot tell from nothing. [MW]
LEAST_MW = 1e-5


def demand_mw(study: Study, regions: pd.DataFrame) -> FloatArray:
    """IT load of each workload in each region, shape (W, D). [MW].

    A workload is shared out by the number of Internet users, by population, or by weights of the
    planner's own. Regions without such numbers, and a load too small to be told from nothing, are a
    `DataError`.
    """
    missing = pd.Series(np.nan, regions.index)
    weight = regions.get(study.demand.share_by, missing).to_numpy(dtype=float)
    if not (np.isfinite(weight).all() and weight.sum() > 0):
        problem = f"{study.demand.share_by} is missing or zero in the demand regions"
        others = [n for n in ("weight", "internet_users", "population") if n in regions]
        whole = [n for n in others if np.isfinite(regions[n].to_numpy(dtype=float)).all()]
        hint = f", or share_by: {whole[0]}" if whole else ""
        remedy = f"Give every region a number, some above zero{hint}"
        raise DataError([Fault("study", None, "demand.share_by", problem, remedy)])
    total = np.array([*study.demand.loads_mw.values()])
    found = np.outer(total, weight / weight.sum())
    _refuse_too_small(found, regions)
    return found


def _refuse_too_small(load_mw: FloatArray, regions: pd.DataFrame) -> None:
    """Raise where some load is above zero and below `LEAST_MW`."""
    small = np.where((load_mw > 0) & (load_mw < LEAST_MW), load_mw, np.inf)
    faults = [
        Fault(
            "study",
            None,
            f"demand.workloads[{w}]",
            f"comes to {row.min():.3g} MW in {regions.index[row.argmin()]}, "
            f"less than the {LEAST_MW:g} MW that can be told from nothing",
            "Raise its load or demand.factor, or leave out such small workloads and regions",
        )
        for w, row in enumerate(small)
        if np.isfinite(row.min())
    ]
    if faults:
        raise DataError(faults)


def study_round_trips(
    study: Study, catalogue: Catalogue, regions: pd.DataFrame, sites: pd.DataFrame
) -> tuple[RoundTrips, BoolArray]:
    """Round trips of a study: by its table, with a mask of these, else by the model. [ms].

    What was measured has no spread. All faults of the table are a `DataError`.
    """
    modelled = modelled_round_trips(catalogue, regions, sites)
    if study.demand.latency_file is None:
        return modelled, np.zeros(modelled.rtt_ms.shape, dtype=bool)
    known = {*map(str, catalogue.candidates.index), *map(str, catalogue.demand.index)}
    table = measured_round_trips(study.demand.latency_file, regions, sites, known)
    return modelled.with_measured(table), np.isfinite(table)


def eligible_pairs(study: Study, rtt_ms: FloatArray, extra_ms: float = 0.0) -> BoolArray:
    """Region and site pairs within each workload's longest round trip, shape (W, D, S).

    ``extra_ms`` is how much longer it may be during an outage. [ms]
    """
    longest = [
        np.inf if workload.max_rtt_ms is None else workload.max_rtt_ms + extra_ms
        for workload in study.demand.workloads
    ]
    return rtt_ms[None, :, :] <= np.array(longest)[:, None, None]


def chosen_sites(study: Study, catalogue: Catalogue) -> tuple[Catalogue, tuple[str, ...]]:
    """The catalogue with the planner's own sites, and the ids that may compete.

    ``kinds`` are narrowed by ``region``; ``sites`` and the places of ``file`` come on top. Unknown
    names, and every fault of the file, are a `DataError`. Those of the last study are kept with the
    catalogue, where no file of the planner's is read for them.
    """
    chosen, name = study.candidates, "chosen_sites"
    if study.screen or study.sites.overrides or chosen.file or chosen.rasters or chosen.near:
        return _chosen_sites(study, catalogue)
    read = catalogue.candidates, catalogue.provenance
    kept = catalogue.made.get(name)
    if kept is None or kept[1][0] != chosen or not all(map(is_, kept[0], read)):
        joined, ids = _chosen_sites(study, catalogue)
        found = chosen, joined.candidates, joined.provenance, ids
        kept = catalogue.made[name] = read, found
    _, candidates, provenance, ids = kept[1]
    return replace(catalogue, candidates=candidates, provenance=provenance), ids


def _chosen_sites(study: Study, catalogue: Catalogue) -> tuple[Catalogue, tuple[str, ...]]:
    chosen = study.candidates
    own: tuple[str, ...] = ()
    if chosen.file:
        catalogue, own = add_candidates(catalogue, chosen.file, Reading.of(chosen))
    catalogue = with_overrides(catalogue, study.sites.overrides)
    narrowed = chosen.kinds or chosen.sites or chosen.region or chosen.countries
    if study.screen and not (narrowed or chosen.file):
        problem = "are still to be made"
        remedy = "Run `siting screen`, then solve the study.yaml that it writes"
        raise DataError([Fault(study.name, None, "candidates", problem, remedy)])
    named = select_candidates(
        catalogue,
        kinds=chosen.kinds,
        sites=(*chosen.sites, *own),
        region=chosen.region,
        countries=chosen.countries,
        exclude=[s for s in chosen.exclude if narrowed or s in catalogue.candidates.index],
        exclude_countries=chosen.exclude_countries,
    )
    return with_measured(catalogue, chosen, named), named


def chosen_regions(study: Study, catalogue: Catalogue) -> pd.DataFrame:
    """Demand regions of the study, one row each.

    Raises `DataError` for unknown names, and for every fault of a file.
    """
    ids: list[str] = []
    faults: list[Fault] = []
    for name in study.demand.regions:
        try:
            if is_file_name(name):
                catalogue, own = add_demand(catalogue, name, Reading.of(study.demand))
                ids += own
            else:
                ids += select_demand(catalogue, name)
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    regions = catalogue.demand.loc[list(dict.fromkeys(ids))]
    regions.attrs["notes"] = catalogue.notes
    return regions


#: Number of slices → (day groups a month, blocks a day); 12 × groups × blocks.
ALLOWED_SLICES = {
    MONTHS * groups * blocks: (groups, blocks)
    for groups in (1, DAY_GROUPS)
    for blocks in HOUR_BLOCKS
}


def slice_layout(slices: int) -> tuple[int, int]:
    """Day groups a month (1 or 5) and blocks a day (a divisor of 24) of a number of slices.

    A number that cannot cut the year into equal-clock slices is a ValueError.
    """
    try:
        return ALLOWED_SLICES[slices]
    except KeyError:
        allowed = ", ".join(str(n) for n in sorted(ALLOWED_SLICES))
        raise ValueError(f"a year cannot be cut into {slices} slices; allowed: {allowed}") from None


@dataclass(frozen=True)
class TimeSlices:
    """Weather steps grouped into slices by month, day group and hour block (UTC).

    Averages over a slice are weighted by hours, so that every quantity that enters a metric
    linearly (PUE, WUE, capacity factor, grid carbon times a constant load) keeps its annual sum.

    Parameters
    ----------
    of_step : ndarray of int, shape (N,)
        Slice of each weather step; -1 for the zero-hour design steps.
    step_hours : ndarray, shape (N,)
        Hours of each step. [h]
    hours : ndarray, shape (T,)
        Hours of each slice. [h]
    """

    of_step: IndexArray
    step_hours: FloatArray
    hours: FloatArray

    @classmethod
    def group(cls, slices: int, weather: Weather) -> TimeSlices:
        """Group the steps of a weather into one of ``ALLOWED_SLICES``."""
        month, hours = weather.month, weather.hours
        groups, blocks = slice_layout(slices)
        group = weather.day_group if groups > 1 else np.zeros_like(weather.day_group)
        block = weather.hour * blocks // 24
        of_step = np.where(month > 0, ((month - 1) * groups + group) * blocks + block, -1)
        weighted = of_step >= 0
        total = np.bincount(of_step[weighted], weights=hours[weighted], minlength=slices)
        return cls(of_step=of_step, step_hours=hours, hours=total)

    def mean(self, values: FloatArray) -> FloatArray:
        """Hour-weighted mean of each slice, shape (..., T), of one value a step, shape (..., N)."""
        weighted = np.flatnonzero(self.of_step >= 0)
        steps = weighted[np.argsort(self.of_step[weighted], kind="stable")]
        starts = np.searchsorted(self.of_step[steps], np.arange(len(self.hours)))
        product = np.take(values, steps, axis=-1) * self.step_hours[steps]
        return np.asarray(np.add.reduceat(product, starts, axis=-1) / self.hours)


@dataclass(frozen=True)
class Setting:
    """One state of a study, ready to be put into numbers.

    Parameters
    ----------
    study : Study
        The study of this state.
    catalogue : Catalogue
        The tables, with the planner's own sites and what was measured around the candidates.
    sites : GeoDataFrame
        The S candidates that compete.
    regions : DataFrame
        The D demand regions.
    weather : Weather
        All steps at the S sites, under the climate of the study.
    slices : TimeSlices
        How those steps group into slices.
    """

    study: Study
    catalogue: Catalogue
    sites: gpd.GeoDataFrame
    regions: pd.DataFrame
    weather: Weather
    slices: TimeSlices


def load_share(study: Study, regions: pd.DataFrame, weather: Weather) -> FloatArray | None:
    """IT power over the rating of the halls in each step; None where it is the same in all."""
    if not study.halls.load_by_hour:
        return None
    profiles = [w.profile for w in study.demand.workloads]
    lon, mw = regions["lon"].to_numpy(dtype=float), demand_mw(study, regions)
    share = load_over_largest(profiles, lon, mw, weather.month, weather.hour)
    return np.maximum(study.halls.load * share, LEAST_LOAD)
