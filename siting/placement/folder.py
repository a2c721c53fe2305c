"""A placement as files of a run folder: saved, checked and loaded.

A file of a folder may have been edited, cut off or mixed with those of another run. Whatever does
not fit is a `ValueError` of a check, which becomes an error of the planner's.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from siting.config import load_study
from siting.config.study import tables_basis
from siting.errors import gather
from siting.files import TEXTS, check_parts, damage_told
from siting.files.folders import check_unchanged, settle
from siting.files.spreadsheets import read_csv, write_csv
from siting.nomenclature import METRICS
from siting.placement import Placement, StateOutcome
from siting.status import Status

__all__ = [
    "STORED",
    "Summary",
    "check_agreement",
    "checked",
    "load_placement",
    "load_placements",
    "read_summary",
    "save_placement",
]

#: Kinds of columns: text, a finite number, a number or a gap, a whole number, true or false.
type Kind = Literal["text", "number", "gaps", "whole", "flag"]

_HALL: dict[str, Kind] = {
    "design": "text", "modules": "whole", "block_mw": "number", "installed_mw": "number",
    "it_mw": "number", "pue": "number", "pue_peak": "number", "wue_l_per_kwh": "number",
    "free_cooling_hours": "gaps",
}  # fmt: skip
_PLACE: dict[str, Kind] = {"name": "text", "lat": "number", "lon": "number"}

#: Columns of each table that a page, a map or the audit reads.
STORED: Mapping[str, Mapping[str, Kind]] = {
    "sites": {
        **_PLACE, **_HALL, **dict.fromkeys(METRICS, "number"), "country": "text", "climate": "text",
        "binding": "text",
    },
    "halls": {"site": "text", **_HALL},
    "flows": {
        "workload": "text", "demand": "text", "site": "text", "it_mw": "number",
        "rtt_ms": "number", "rtt_label": "text",
    },
    "supply": {
        "site": "text", "source": "text", "slice": "whole", "hours": "number", "mw": "number",
    },
    "operation": {
        "site": "text", "quantity": "text", "item": "text", "slice": "whole", "hours": "number",
        "value": "number",
    },
    "demand": {**_PLACE, "country": "text", "it_mw": "number"},
    "candidates": {
        **_PLACE, "country": "text", "kinds": "text", "is_open": "flag",
        "grid_carbon_g_per_kwh": "gaps", "scarcity_factor": "gaps", "free_cooling_hours": "gaps",
        "mean_dry_bulb_c": "gaps",
    },
    "monthly": {
        "site": "text", "month": "whole", "pue": "number", "wue_l_per_kwh": "number",
        "grid_carbon_g_per_kwh": "gaps", "temp_dry_bulb_c": "gaps",
    },
    "chosen": {**_PLACE, "answer": "text", "site": "text", "it_mw": "number"},
    "places": _PLACE,
    "indices": {"metric": "text", "parameter": "text", "total": "gaps"},
    "provenance": dict.fromkeys(("site", "attribute", "value", "label", "source"), "text"),
}  # fmt: skip
_YEAR = list(range(1, 13))
#: Ends of the names of further columns that hold amounts, or nothing.
AMOUNTS = ("_usd", "_mw", "_mwh", "_t_co2e", "_m3")


class Stage(TypedDict):
    """One solve of a placement that takes several."""

    name: str
    objective: FiniteFloat
    bound: FiniteFloat
    gap: FiniteFloat
    timed_out: bool


class Closing(TypedDict):
    """A small site closed, its load taken by the others."""

    site: str
    objective: FiniteFloat | None
    metrics: dict[str, FiniteFloat]


class Due(TypedDict):
    """Power that the study wants by a year, against what stands."""

    where: list[str]
    mw: FiniteFloat
    by: int
    standing_mw: FiniteFloat
    from_year: int | None
    late_mw_years: FiniteFloat
    usd_per_mw_year: FiniteFloat | None


class Summary(BaseModel):
    """Required keys of ``summary.json``; further keys are left alone."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    status: str
    objective: FiniteFloat
    bound: FiniteFloat
    gap: FiniteFloat
    metrics: dict[str, FiniteFloat]
    other_conventions: dict[str, FiniteFloat]
    sites: list[dict[str, Any]]
    halls: list[dict[str, Any]]
    states: list[dict[str, Any]]
    stages: list[Stage] = []
    closings: list[Closing] = []
    power_due: list[Due] = []
    left_out: dict[str, str]
    payoff: dict[str, dict[str, FiniteFloat]]
    screened: dict[str, int]
    seconds: dict[str, FiniteFloat]
    versions: dict[str, str]
    seed: int
    catalogue_sha256: str
    audit: dict[str, Any] | None


def read_summary(facts: object) -> Summary:
    """Check the content of ``summary.json``.

    Raises `ValueError` saying the first thing that is wrong.
    """
    try:
        summary = Summary.model_validate(facts)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise ValueError(f"summary.json: {where}: {first['msg']}") from None
    if set(summary.metrics) != set(METRICS):
        raise ValueError("summary.json: metrics are not those of siting")
    if summary.audit is not None:
        _check_audit(summary.audit)
    return summary


def _check_audit(audit: Mapping[str, Any]) -> None:
    numbers = (audit.get("metrics"), audit.get("differences"))
    sound = isinstance(audit.get("passed"), bool) and all(
        isinstance(part, dict) and all(isinstance(v, int | float) for v in part.values())
        for part in numbers
    )
    texts = (audit.get("faults"), audit.get("hidden"))
    limits = audit.get("limits", [])
    sound &= isinstance(limits, list) and all(isinstance(limit, dict) for limit in limits)
    if not sound or not all(
        isinstance(part, list) and all(isinstance(v, str) for v in part) for part in texts
    ):
        raise ValueError("summary.json: audit is not one of siting")


def checked(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table of a run whose columns are there and of their kinds; a ValueError says what is not.

    One without any column passes: a run may have nothing to say there.
    """
    if not len(table.columns):
        return table
    if not table.index.is_unique:
        raise ValueError(f"{name} has a row twice")
    for column, kind in STORED[name].items():
        if column not in table:
            raise ValueError(f"{name} has no column {column}")
        if not _is(kind, table[column]):
            noun = {"whole": "whole number", "gaps": "number"}.get(kind, kind)
            raise ValueError(f"{name} has a {column} that is no {noun}")
    for column in map(str, table.columns):
        named = column.endswith(AMOUNTS) and column not in STORED[name]
        if named and not _is("gaps", table[column].dropna().infer_objects()):
            raise ValueError(f"{name} has a {column} that is no number")
    for column, most in (("lat", 90.0), ("lon", 180.0)):
        if column in STORED[name] and not (table[column].abs() <= most).all():
            raise ValueError(f"{name} has a {column} that is not on the Earth")
    return table


def _is(kind: Kind, values: pd.Series) -> bool:
    """Return whether every value of a column is of a kind."""
    if kind == "text":
        return all(isinstance(value, str) for value in values)
    if kind == "flag":
        return bool(pd.api.types.is_bool_dtype(values))
    if kind == "gaps" and values.empty:
        return True
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    numbers = values.to_numpy(dtype=float)
    if kind == "gaps":
        return not bool(np.isinf(numbers).any())
    whole = kind != "whole" or bool((numbers == np.floor(numbers)).all())
    return bool(np.isfinite(numbers).all()) and whole


def check_agreement(tables: Mapping[str, pd.DataFrame], workloads: Collection[str]) -> None:
    """Check that the names in the tables of a run are its sites, regions and workloads.

    A ValueError says which table names what another does not have.
    """
    if not len(tables["sites"]):
        raise ValueError("sites is empty")
    known = {
        "site": set(tables["sites"].index),
        "demand": set(tables["demand"].index),
        "workload": set(workloads),
    }
    for name, table in tables.items():
        for column, names in known.items():
            if column in STORED[name] and len(table) and not set(table[column]) <= names:
                raise ValueError(f"{name} names a {column} that the run does not have")
    asked, flows = tables["demand"]["it_mw"], tables["flows"].groupby("demand")["it_mw"].sum()
    served = flows.reindex(asked.index, fill_value=0.0)
    if not np.allclose(served, asked, rtol=1e-3, atol=1e-2):
        raise ValueError("flows do not add up to the load of each demand region")
    candidates = tables["candidates"]
    if set(candidates.index[candidates["is_open"]]) != set(tables["sites"].index):
        raise ValueError("candidates are open that are not among the sites")
    months = tables["monthly"]
    if len(months):
        of_site = months.groupby("site")["month"].agg(sorted)
        if set(of_site.index) != known["site"] or any(own != _YEAR for own in of_site):
            raise ValueError("monthly does not have each month of each site once")


#: Files that make a run folder.
SUMMARY, STUDY, TABLE = "summary.json", "study.yaml", "placement.csv"
SUPPLY, LAYERS = "supply.parquet", "placement.gpkg"
OPERATION = "operation.parquet"
MONTHLY, PROVENANCE = "monthly.csv", "provenance.csv"
#: What a run of several states has besides.
STATES, OUTCOMES, PLAN = "states", "states.csv", "plan.csv"
#: Column of year and scenario in the tables of such a run.
STATE = "state"


def save_placement(placement: Placement, folder: Path) -> None:
    """Write the tables of a run into a folder that exists.

    Tables of one of several states say in a column ``state`` which one it is.
    """
    text = json.dumps(placement.summary(), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
    (folder / STUDY).write_text(placement.study.to_yaml(), encoding="utf-8")
    said = {STATE: basis} if (basis := tables_basis(placement.study)) else {}
    write_csv(placement.sites.rename_axis("id").assign(**said), folder / TABLE, index=True)
    placement.supply.assign(**said).to_parquet(folder / SUPPLY, index=False)
    if len(placement.operation):
        placement.operation.assign(**said).to_parquet(folder / OPERATION, index=False)
    write_csv(placement.monthly.assign(**said), folder / MONTHLY)
    write_csv(placement.provenance, folder / PROVENANCE)
    for layer, frame in placement.layers().items():
        frame.assign(**said).to_file(folder / LAYERS, layer=layer, driver="GPKG")
    if placement.states:
        write_csv(placement.outcomes, folder / OUTCOMES)
        write_csv(placement.plan, folder / PLAN)
    for state in placement.states:
        inner = folder / STATES / state.label
        inner.mkdir(parents=True)
        save_placement(state.placement, inner)


@pd.option_context(*TEXTS)
def load_placement(folder: Path) -> Placement:
    """Read a run folder back.

    Raises `DataError` if a file of the run is missing, cannot be read or does not fit the others.
    """
    settle(folder)
    parts = (SUMMARY, STUDY, TABLE, SUPPLY, MONTHLY, PROVENANCE, LAYERS)
    check_parts(folder, parts, "Give a folder that `siting solve` has written")
    remedy = "Solve the study again"
    states = sorted(p.name for p in (folder / STATES).glob("*") if p.is_dir())
    homes = ("", *(f"{STATES}/{name}/" for name in states))
    # A map program may touch the map that it opens.
    numbers = (SUMMARY, STUDY, SUPPLY, OPERATION, MONTHLY, PROVENANCE)
    check_unchanged(folder, (home + name for home in homes for name in numbers), remedy)
    with damage_told(folder, remedy):
        return _read(folder)


def load_placements(runs: Mapping[str, Path]) -> dict[str, Placement]:
    """Placements of run folders by their names; DataError with all that are missing or damaged."""
    found = gather(*(partial(load_placement, run) for run in runs.values()))
    return dict(zip(runs, found, strict=True))


def _unsaid(table: pd.DataFrame) -> pd.DataFrame:
    """A table without the column of its year and scenario, which the study says."""
    return table.drop(columns=STATE, errors="ignore")


def _operation(folder: Path) -> pd.DataFrame:
    """Series of operation; a study without them has no such file."""
    path = folder / OPERATION
    return _unsaid(pd.read_parquet(path)) if path.is_file() else pd.DataFrame()


def _layer(folder: Path, name: str) -> pd.DataFrame:
    """Attributes of a layer of the map."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of GDAL, whose errors follow
        layer = gpd.read_file(folder / LAYERS, layer=name)
    return _unsaid(pd.DataFrame(layer.drop(columns="geometry")))


def _read(folder: Path) -> Placement:
    facts = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    summary, study = read_summary(facts), load_study(folder / STUDY)
    text = {"dtype": str, "keep_default_na": False}
    tables: dict[str, Any] = {
        "sites": pd.DataFrame(summary.sites).set_index("id"),
        "halls": pd.DataFrame(summary.halls),
        "flows": _layer(folder, "flows"),
        "supply": _unsaid(pd.read_parquet(folder / SUPPLY)),
        "operation": _operation(folder),
        "demand": _layer(folder, "demand").set_index("id"),
        "candidates": _layer(folder, "candidates").set_index("id"),
        "monthly": _unsaid(read_csv(folder / MONTHLY)),
        "provenance": read_csv(folder / PROVENANCE, **text),
    }
    check_agreement(
        {name: checked(name, table) for name, table in tables.items()},
        [workload.name for workload in study.demand.workloads],
    )
    kept = ("objective", "bound", "gap", "metrics", "other_conventions", "left_out", "payoff",
            "screened", "seconds", "versions", "seed", "catalogue_sha256", "audit")  # fmt: skip
    return Placement(
        study=study,
        status=Status(summary.status),
        stages=tuple(summary.stages),
        closings=tuple(summary.closings),
        power_due=tuple(summary.power_due),
        states=tuple(
            StateOutcome(**row, placement=load_placement(folder / STATES / label))
            for row, label in _state_rows(summary.states)
        ),
        **tables,
        **{name: getattr(summary, name) for name in kept},
    )


def _state_rows(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """Fields of each state, and the folder that it is in."""
    kinds = {"year": int, "scenario": str, "probability": float, "share": float,
             "cost_share": float}  # fmt: skip
    fields = [{name: kind(row[name]) for name, kind in kinds.items()} for row in rows]
    return [(f, f"{f['year']}_{f['scenario']}" if f["year"] else f["scenario"]) for f in fields]
