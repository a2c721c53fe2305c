"""The placement, the solution of a study: tables, metrics and proof; saved and loaded."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString

from siting.config import Study
from siting.config.study import tables_basis, totals_basis
from siting.files.folders import new_folder
from siting.nomenclature import unit_of
from siting.placement.notebook import Page, Picture, five_lines, notebook_html
from siting.status import Status

__all__ = ["Placement", "Result", "StateOutcome", "package_versions"]

_PACKAGES = ("siting", "pulp", "highspy", "numpy", "pandas", "geopandas", "shapely", "pyproj")


def package_versions() -> dict[str, str]:
    """Versions of siting and of what it computes with."""
    return {"python": platform.python_version(), **_installed()}


@cache
def _installed() -> dict[str, str]:
    return {name: version(name) for name in _PACKAGES}


class Result(Protocol):
    """Members that the result of every command has."""

    @property
    def placements(self) -> Mapping[Any, Placement]:
        """Solutions, by whatever tells them apart; none of a command that solves nothing."""

    @property
    def table(self) -> pd.DataFrame:
        """One row for each answer, site, lever or cell that the command is about."""

    def save(self, folder: Path | str) -> None:
        """Write the folder of the command, whole or not at all."""


#: Where a placement is drawn: a room above, so that who draws nothing imports nothing of it.
_VIEWS = "siting.report.display"


@dataclass(frozen=True, repr=False)
class Placement:
    """The solution of a study: sites, flows, supply, metrics and proof.

    Parameters
    ----------
    study : Study
        The resolved study.
    status : Status
        How the solve ended, judged from the proven gap.
    objective, bound, gap : float
        Value of the answer, proven bound on any answer and relative gap.
    metrics : mapping of str to float
        Totals a year: energy_mwh, carbon_t_co2e, water_m3, water_withdrawal_m3,
        water_scarcity_m3, cost_usd.
    other_conventions : mapping of str to float
        The same metrics under conventions that the study did not choose, for comparison.
    sites : DataFrame
        Index id, one row an open site: name, country, lat, lon, design, modules, block_mw,
        installed_mw, it_mw, pue, pue_peak, wue_l_per_kwh, free_cooling_hours, climate (station,
        label, distance), grid_carbon (zone, its course in the year, label), the six metrics, the
        same under other conventions, the parts of the carbon (grid, contracts, gas, building,
        refrigerant, servers, site, ...) and of the cost,
        ``<source>_contract_mw``, the AWARE factor with the lowest and highest within
        30 km (scarcity_factor, scarcity_low, scarcity_high) and binding (comma-joined names of
        limits that bind).
    flows : DataFrame
        workload, demand, site, it_mw [MW], rtt_ms [ms], rtt_p10_ms and rtt_p90_ms (what one
        pair in ten is shorter and longer than), rtt_label (measured by the planner, or modelled).
    supply : DataFrame
        site, source (grid or a contract), slice, hours [h], mw [MW].
    demand : DataFrame
        Index id: name, country, lat, lon, it_mw [MW].
    candidates : DataFrame
        Index id: name, country, kinds (comma-joined), lat, lon, is_open, grid_carbon_g_per_kwh,
        grid_price_usd_per_mwh, scarcity_factor [m3 world-eq/m3], free_cooling_hours (of the design
        with most),
        mean_dry_bulb_c [°C], cyclones_per_yr [1/yr], relief_slope_m_per_km [m/km], and a column for
        each raster and layer of ``candidates`` of the study.
    left_out : mapping of str to str
        Candidates that could not compete, and why.
    payoff : mapping of str to mapping
        Best, nadir and gap of each metric that scaled a weighted objective.
    stages : tuple of mapping
        Solves that the placement depends on, where there are several: name, objective, bound, gap
        and timed_out of each. The status is that of the weakest.
    closings : tuple of mapping
        The smallest sites, each closed by itself while the other open sites take its load: site,
        objective (how much worse it gets at most [-]; None where they cannot) and the change of
        each of metrics.
    power_due : tuple of mapping
        Each entry of ``first_power`` of the study: where, mw, by, standing_mw, from_year (the first
        in which all of it stands, or None), late_mw_years, usd_per_mw_year.
    screened : mapping of str to int
        Sizes: candidates, pairs, slices, classes of demand, rows and columns.
    seconds : mapping of str to float
        Wall time of each phase. [s]
    versions : mapping of str to str
        Versions of siting and of what it computes with.
    seed : int
        Random seed of the solver.
    catalogue_sha256 : str
        Hash of the built-in tables.
    audit : mapping or None
        The independent re-evaluation over all weather steps.
    monthly : DataFrame
        site, month (1 to 12), pue, wue_l_per_kwh, grid_carbon_g_per_kwh, temp_dry_bulb_c of the
        open sites.
    provenance : DataFrame
        site, attribute, value, label, source of the open sites, as text.
    operation : DataFrame
        site, quantity, item, slice, hours [h], value: charge_mw, discharge_mw and level_mwh of
        stores, later_mw and sooner_mw of workloads, moved_mw, idle_mw and heat_mw of designs;
        empty where none of it is used.
    halls : DataFrame
        One row a design at an open site: site, design, modules, block_mw, installed_mw, it_mw, pue,
        pue_peak, wue_l_per_kwh, free_cooling_hours. Where several designs stand side by side,
        ``sites`` has their names joined by + and their sums and means.
    states : tuple of StateOutcome
        Each period and scenario, where the study has any; the tables above are then those of the
        last period under the first scenario, and the metrics the expected annual mean.
    """

    study: Study
    status: Status
    objective: float
    bound: float
    gap: float
    metrics: Mapping[str, float]
    other_conventions: Mapping[str, float]
    sites: pd.DataFrame
    flows: pd.DataFrame
    supply: pd.DataFrame
    demand: pd.DataFrame
    candidates: pd.DataFrame
    left_out: Mapping[str, str]
    payoff: Mapping[str, Mapping[str, float]]
    screened: Mapping[str, int]
    seconds: Mapping[str, float]
    versions: Mapping[str, str]
    seed: int
    catalogue_sha256: str
    audit: Mapping[str, Any] | None = None
    monthly: pd.DataFrame = field(default_factory=pd.DataFrame)
    provenance: pd.DataFrame = field(default_factory=pd.DataFrame)
    operation: pd.DataFrame = field(default_factory=pd.DataFrame)
    halls: pd.DataFrame = field(default_factory=pd.DataFrame)
    states: tuple[StateOutcome, ...] = ()
    stages: tuple[Mapping[str, Any], ...] = ()
    closings: tuple[Mapping[str, Any], ...] = ()
    power_due: tuple[Mapping[str, Any], ...] = ()

    def __repr__(self) -> str:
        return five_lines(self)

    def _repr_html_(self) -> str:
        """Table and map, for a notebook."""
        return notebook_html(self)

    @property
    def placements(self) -> dict[str, Placement]:
        """The placement under the name of its study, as every result has its placements."""
        return {self.study.name: self}

    @property
    def table(self) -> pd.DataFrame:
        """One row an open site, as in ``sites``."""
        return self.sites

    def to_frame(self) -> pd.DataFrame:
        """One row an open site, with the unit of each column and the year in ``attrs``.

        A copy of ``sites``; ``attrs["units"]`` has the unit of each number by column, and
        ``attrs["of"]`` the year and scenario that the numbers are of.
        """
        frame = self.sites.copy()
        units = {str(c): unit for c in frame if (unit := unit_of(str(c))) is not None}
        frame.attrs = {"units": units, "of": tables_basis(self.study) or "a typical year"}
        return frame

    def plot(self, *, dark: bool = False) -> Picture:
        """The static map, which a notebook shows; ``save(path)`` writes it as PNG."""
        picture: Picture = import_module(_VIEWS).picture_of(self, dark=dark)
        return picture

    def map(self) -> Page:
        """The interactive map, which a notebook shows; ``save(path)`` writes it as HTML."""
        page: Page = import_module(_VIEWS).map_of(self)
        return page

    def page(self) -> Page:
        """The page of the run, which a notebook shows; ``save(path)`` writes it as HTML."""
        page: Page = import_module(_VIEWS).page_of(self)
        return page

    def save(self, folder: Path | str) -> None:
        """Write the tables as a run folder, whole or not at all; `siting.report` adds the page."""
        from siting.placement.folder import save_placement

        with new_folder(Path(folder), "solve") as new:
            save_placement(self, new)

    @property
    def outcomes(self) -> pd.DataFrame:
        """One row a state: year, scenario, probability, share, cost_share and the metrics."""
        return pd.DataFrame([state.row() for state in self.states])

    @property
    def built(self) -> pd.DataFrame:
        """Halls built: site, design, modules, installed_mw; one row a design at a site."""
        if len(self.halls):
            return self.halls
        return self.sites.rename_axis("site").reset_index()

    @property
    def plan(self) -> pd.DataFrame:
        """Halls by period: year, site, design, modules, installed_mw, added_mw."""
        first = [s for s in self.states if s.scenario == self.states[0].scenario]
        parts = [
            s.placement.built[["site", "design", "modules", "installed_mw"]].assign(year=s.year)
            for s in first
        ]
        if not parts:
            return pd.DataFrame()
        table = pd.concat(parts).sort_values(["site", "design", "year"], kind="stable")
        before = table.groupby(["site", "design"])["installed_mw"].shift(fill_value=0.0)
        return table.assign(added_mw=table["installed_mw"] - before)[
            ["year", "site", "design", "modules", "installed_mw", "added_mw"]
        ].reset_index(drop=True)

    @property
    def first_power(self) -> dict[str, float] | None:
        """First year in which IT power stands, and how much of it; None without years. [MW]."""
        if self.states:
            first = self.states[0].scenario
            by_year = {s.year: s.placement for s in self.states if s.scenario == first and s.year}
        else:
            year = self.study.supply.year
            by_year = {} if year is None else {year: self}
        built = {year: float(p.built["installed_mw"].sum()) for year, p in by_year.items()}
        return next(({"year": y, "mw": mw} for y, mw in sorted(built.items()) if mw > 0), None)

    @property
    def mean_sites(self) -> pd.DataFrame:
        """Contribution of each site to the totals: it_mw, metrics, parts of carbon and cost.

        Of several states it is their expected annual mean, as the totals are; of one typical year
        the columns of ``sites``.
        """
        parts = (c for c in map(str, self.sites) if c.startswith(("carbon_", "cost_")))
        named = [name for name in self.metrics if name in self.sites]
        columns = list(dict.fromkeys(["it_mw", *named, *parts]))
        states = self.states or (StateOutcome(0, "", 1.0, 1.0, 1.0, self),)
        weighted = [s.placement.sites[columns] * [s.weight(c) for c in columns] for s in states]
        return pd.concat(weighted).groupby(level=0, sort=False).sum()

    def with_audit(self, audit: Mapping[str, Any]) -> Placement:
        """Placement with its audit."""
        return replace(self, audit=dict(audit))

    def with_seconds(self, **seconds: float) -> Placement:
        """Placement with more phases timed."""
        return replace(self, seconds={**self.seconds, **seconds})

    def summary(self) -> dict[str, Any]:
        """Placement without its time series, as plain values for ``summary.json``."""
        sites = self.sites.rename_axis("id").reset_index()
        return {
            "name": self.study.name,
            "status": str(self.status),
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "gap_asked": self.study.solver.gap,
            "totals_of": totals_basis(self.study) or "a typical year",
            "tables_of": tables_basis(self.study) or "a typical year",
            "metrics": dict(self.metrics),
            "other_conventions": dict(self.other_conventions),
            "sites": _records(sites),
            "flows": _records(self.flows),
            "left_out": dict(self.left_out),
            "states": _records(self.outcomes),
            "plan": _records(self.plan),
            "halls": _records(self.halls),
            "payoff": {m: dict(row) for m, row in self.payoff.items()},
            "stages": [dict(stage) for stage in self.stages],
            "closings": [dict(closing) for closing in self.closings],
            "first_power": self.first_power,
            "power_due": [dict(due) for due in self.power_due],
            "screened": dict(self.screened),
            "seconds": {phase: round(s, 3) for phase, s in self.seconds.items()},
            "versions": dict(self.versions),
            "seed": self.seed,
            "catalogue_sha256": self.catalogue_sha256,
            "audit": None if self.audit is None else dict(self.audit),
        }

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Map layers in EPSG:4326: sites, flows, demand, candidates."""
        return {
            "sites": _points(self.sites),
            "flows": _lines(self.flows, self.demand, self.sites),
            "demand": _points(self.demand),
            "candidates": _points(self.candidates),
        }


@dataclass(frozen=True)
class StateOutcome:
    """Solution in one period under one scenario.

    Parameters
    ----------
    year : int
        First year of the period; 0 for a typical year.
    scenario : str
        Name of the scenario.
    probability, share, cost_share : float
        Of the scenario, and of the period in the annual mean of physical metrics and of cost. [-]
    placement : Placement
        The answer in this state, its metrics for one year of it.
    """

    year: int
    scenario: str
    probability: float
    share: float
    cost_share: float
    placement: Placement

    @property
    def label(self) -> str:
        """Year and scenario, as a folder name."""
        return f"{self.year}_{self.scenario}" if self.year else self.scenario

    def weight(self, metric: str) -> float:
        """Weight of the state in the expected annual mean of a metric. [-]."""
        return self.probability * (self.cost_share if metric.startswith("cost_") else self.share)

    def row(self) -> dict[str, Any]:
        """Plain values, without the placement."""
        names = ("year", "scenario", "probability", "share", "cost_share")
        return {name: getattr(self, name) for name in names} | dict(self.placement.metrics)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain Python values; missing becomes None."""
    rows: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", double_precision=12))
    return rows


def _points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    table = frame.rename_axis("id").reset_index()
    geometry = gpd.points_from_xy(table["lon"], table["lat"])
    return gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4326")


def _lines(flows: pd.DataFrame, demand: pd.DataFrame, sites: pd.DataFrame) -> gpd.GeoDataFrame:
    ends = zip(
        demand.loc[flows["demand"], ["lon", "lat"]].to_numpy(dtype=float),
        sites.loc[flows["site"], ["lon", "lat"]].to_numpy(dtype=float),
        strict=True,
    )
    geometry = [LineString([start, end]) for start, end in ends]
    return gpd.GeoDataFrame(flows.copy(), geometry=geometry, crs="EPSG:4326")
