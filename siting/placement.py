"""The answer of a study: sites, flows, supply, metrics, and what was proven; save and load."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString

from siting.config import Study, load_study
from siting.errors import DataError, Fault
from siting.status import Status

__all__ = ["Placement", "load_placement", "save_placement"]

#: Files that make a run folder.
SUMMARY, STUDY, TABLE = "summary.json", "study.yaml", "placement.csv"
SUPPLY, LAYERS = "supply.parquet", "placement.gpkg"
MONTHLY, PROVENANCE = "monthly.csv", "provenance.csv"


@dataclass(frozen=True)
class Placement:
    """What to build, for whom, on which energy, and what was proven about it.

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
        installed_mw, it_mw, pue, pue_peak, wue_l_per_kwh, free_cooling_hours, the six metrics, the
        same under other conventions,
        ``<source>_contract_mw`` and binding (comma-joined names of limits that bind).
    flows : DataFrame
        workload, demand, site, it_mw [MW], rtt_ms [ms].
    supply : DataFrame
        site, source (grid or a contract), slice, hours [h], mw [MW].
    demand : DataFrame
        Index id: name, country, lat, lon, it_mw [MW].
    candidates : DataFrame
        Index id: name, country, kinds (comma-joined), lat, lon, is_open, grid_carbon_g_per_kwh,
        scarcity_factor [m3 world-eq/m3], free_cooling_hours (of the design with most),
        mean_dry_bulb_c [°C].
    left_out : mapping of str to str
        Candidates that could not compete, and why.
    payoff : mapping of str to mapping
        Best, nadir and gap of each metric that scaled a weighted objective.
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

    def with_audit(self, audit: Mapping[str, Any]) -> Placement:
        """The same answer with its audit."""
        return replace(self, audit=dict(audit))

    def with_seconds(self, **seconds: float) -> Placement:
        """The same answer with more phases timed."""
        return replace(self, seconds={**self.seconds, **seconds})

    def summary(self) -> dict[str, Any]:
        """Everything but the time series, as plain values for ``summary.json``."""
        sites = self.sites.rename_axis("id").reset_index()
        return {
            "name": self.study.name,
            "status": str(self.status),
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "gap_asked": self.study.solver.gap,
            "metrics": dict(self.metrics),
            "other_conventions": dict(self.other_conventions),
            "sites": _records(sites),
            "flows": _records(self.flows),
            "left_out": dict(self.left_out),
            "payoff": {m: dict(row) for m, row in self.payoff.items()},
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


def save_placement(placement: Placement, folder: Path) -> None:
    """Write the tables of a run into a folder that exists."""
    text = json.dumps(placement.summary(), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
    (folder / STUDY).write_text(placement.study.to_yaml(), encoding="utf-8")
    placement.sites.rename_axis("id").to_csv(folder / TABLE)
    placement.supply.to_parquet(folder / SUPPLY, index=False)
    placement.monthly.to_csv(folder / MONTHLY, index=False)
    placement.provenance.to_csv(folder / PROVENANCE, index=False)
    for layer, frame in placement.layers().items():
        frame.to_file(folder / LAYERS, layer=layer, driver="GPKG")


def load_placement(folder: Path) -> Placement:
    """Read a run folder back.

    Raises
    ------
    siting.errors.DataError
        If a file of the run is missing or cannot be read, all such files together.
    """
    parts = (SUMMARY, STUDY, TABLE, SUPPLY, MONTHLY, PROVENANCE, LAYERS)
    missing = [name for name in parts if not (folder / name).is_file()]
    if missing:
        remedy = "Give a folder that `siting solve` has written"
        raise DataError(
            Fault(str(folder), None, "", f"{name} is not there", remedy) for name in missing
        )
    try:
        return _read(folder)
    except (ValueError, TypeError, KeyError, OSError) as error:
        problem = f"the run cannot be read ({type(error).__name__}: {error})"
        raise DataError([Fault(str(folder), None, "", problem, "Solve the study again")]) from error


def _table(path: Path, **options: Any) -> pd.DataFrame:
    """A CSV table; one without columns is empty."""
    return pd.read_csv(path, **options) if path.read_text("utf-8").strip() else pd.DataFrame()


def _read(folder: Path) -> Placement:
    facts = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    layers = {
        layer: pd.DataFrame(gpd.read_file(folder / LAYERS, layer=layer).drop(columns="geometry"))
        for layer in ("flows", "demand", "candidates")
    }
    names = ("objective", "bound", "gap", "metrics", "other_conventions", "left_out", "payoff",
             "screened", "seconds", "versions", "seed", "catalogue_sha256", "audit")  # fmt: skip
    return Placement(
        study=load_study(folder / STUDY),
        status=Status(facts["status"]),
        sites=pd.DataFrame(facts["sites"]).set_index("id"),
        flows=layers["flows"],
        supply=pd.read_parquet(folder / SUPPLY),
        demand=layers["demand"].set_index("id"),
        candidates=layers["candidates"].set_index("id"),
        monthly=_table(folder / MONTHLY),
        provenance=_table(folder / PROVENANCE, dtype=str, keep_default_na=False),
        **(
            {name: facts[name] for name in names}
            | {"metrics": {name: float(value) for name, value in facts["metrics"].items()}}
        ),
    )
