"""Tables, workbooks, rasters and requests that a planner hands in beside the study."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
import shapely

from siting.catalogue import Catalogue
from siting.catalogue.given_figures import with_overrides
from siting.catalogue.hourly import hourly_values
from siting.catalogue.planner import add_candidates
from siting.catalogue.power_files import read_connections, read_ppas
from siting.catalogue.rasters import raster_values
from siting.catalogue.round_trips import round_trip_facts
from siting.config import study_from_mapping
from siting.files.spreadsheets import write_workbook
from tools.fuzz.mutations import mutated_bytes, mutated_cells, mutated_data, mutated_text

__all__ = ["PLANNER_FILES", "SMALL", "Read", "in_cells", "planner_files", "power_study"]

type Read = Callable[[random.Random], None]

#: A study that builds and solves in a blink.
SMALL: dict[str, Any] = {
    "name": "small",
    "candidates": {"sites": ["lulea", "dublin", "zurich"]},
    "demand": {
        "regions": ["stockholm", "london"],
        "workloads": [{"name": "a", "it_mw": 5, "max_rtt_ms": None}],
    },
    "time": {"slices": 12},
    "objective": {"weights": {"carbon": 1}},
    "solver": {"time_limit_s": 2},
}
CONNECTIONS = """\
site,year,mw,cost_usd_per_mw,lead_years,firm,curtailable_hours
lulea,2026,40,100000,,yes,
dublin,2027,50,0,1.5,no,88
lulea,2028,60,300000,2.5,,
"""
PPAS = """\
id,source,zone,site,mw,price_usd_per_mwh,start,end,profile,capacity_factor,built
old_hydro,hydro,SE-SE1,,20,40,2020,2030,,,1965
new_wind,wind,SE-SE1,,30,35,2027,2040,built_in,0.4,2026
nuc,nuclear,SE-SE3,lulea,10,60,2025,2045,baseload,,1985
own,solar,IE,dublin,10,60,2025,2045,hours.csv,,1985
"""
#: Figures of sites as the key ``sites.overrides`` has them.
FIGURES: dict[str, dict[str, Any]] = {
    "lulea": {"price_usd_per_mwh": 31.0, "connection_mw": 90, "scarcity_factor": 0.8},
    "dublin": {"grid_carbon_g_per_kwh": [300.0] * 12, "elevation_m": 20, "land_limit_mw": 55},
}
PLACES = ("lulea", "dublin", "65.6,22.1", "53.35, -6.26", "frankfurt", "-91,0", "stockholm")
#: What each of them is, and how many of a thousand mutants.
PLANNER_FILES = {
    "table of connections": 20, "table of PPAs": 20, "hours of a figure": 15,
    "figures of sites": 20, "workbook": 10, "raster": 15, "ends of a round trip": 10,
}  # fmt: skip


def power_study(folder: Path) -> dict[str, Any]:
    """The small study with periods, bounds and power; its files are those of `planner_files`."""
    return {
        **SMALL,
        "candidates": {
            "sites": ["lulea", "dublin", "zurich"],
            "bounds": {"scarcity_factor": {"max": 90}, "slope": {"max": 1000}},
            "rasters": {"slope": {"file": str(folder / "own.tif"), "take": "max"}},
            "near": [{"layer": "substations", "max_km": 90, "min_kv": 110}],
        },
        "sites": {"overrides": {"lulea": {"price_usd_per_mwh": 31.0}}},
        "demand": {
            "regions": ["stockholm", "london"],
            "workloads": [
                {"name": "a", "it_mw": 5, "max_rtt_ms": None, "hardware": "accelerators",
                 "flexible": {"share": 0.4, "between_sites": False, "day_limit": 0.3}},
                {"name": "b", "it_mw": 5, "max_rtt_ms": 60, "critical": True,
                 "profile": {"peak_factor": 1.5, "peak_hour": 20, "weekend_factor": 0.8}},
            ],
        },
        "failover": {"loss": "site"},
        "time": {"slices": 24},
        "supply": {"ppas": str(folder / "ppas.csv"), "clean": [{"share": 0.2, "matched": "hour"}]},
        "periods": [
            {"year": 2027, "years": 2},
            {"year": 2029, "years": 3, "set": {"demand.factor": 1.2}},
        ],
        "caps": [{"metric": "carbon_t_co2e", "at_most": 5.0, "per_it_mwh": True}],
        "connections": {
            "file": str(folder / "connections.csv"), "ordered": 2026,
            "steps": [{"where": ["zurich"], "year": 2027, "share": 0.5, "cost_usd_per_mw": 1e5}],
        },
        "generation": {
            "units": [{"name": "turbine", "kind": "gas_turbine", "max_units": 3, "where": ["IRL"]}],
            "one_out": True,
        },
        "first_power": [{"mw": 2, "by": 2029, "where": ["SWE"], "usd_per_mw_year": 3e5}],
        "storage": [{"name": "battery", "max_mw": 20}],
    }  # fmt: skip


def in_cells(path: Path, text: str, read: Callable[[Path], object]) -> Read:
    """Mutants of a table, in its cells or its bytes."""

    def act(rng: random.Random) -> None:
        cells = mutated_cells(rng, text).encode("utf-8", "surrogatepass")
        path.write_bytes(cells if rng.random() < 0.8 else mutated_bytes(rng, text.encode()))
        read(path)

    return act


def planner_files(folder: Path, catalogue: Catalogue) -> dict[str, Read]:
    """How a mutant of each of :data:`PLANNER_FILES` is made and read."""
    sites = set(catalogue.candidates.index)
    (folder / "hours.csv").write_text("capacity_factor\n" + "0.4\n" * 8760, encoding="utf-8")
    (folder / "connections.csv").write_text(CONNECTIONS, encoding="utf-8")
    (folder / "ppas.csv").write_text(PPAS, encoding="utf-8")
    prices = "price_usd_per_mwh\n" + "\n".join(str(30 + hour % 24) for hour in range(8760))

    def figures(rng: random.Random) -> None:
        own = {"sites": {"overrides": mutated_data(rng, FIGURES)}}
        with_overrides(catalogue, study_from_mapping({**SMALL, **own}).sites.overrides)

    def ends(rng: random.Random) -> None:
        start, end = (mutated_text(rng, rng.choice(PLACES)) for _ in range(2))
        json.dumps(round_trip_facts(catalogue, start, end), allow_nan=False)

    readers: Sequence[Read] = (
        in_cells(
            folder / "mutant_connections.csv", CONNECTIONS, lambda p: read_connections(p, sites)
        ),
        in_cells(folder / "mutant_ppas.csv", PPAS, lambda p: read_ppas(p, catalogue)),
        _in_lines(folder / "prices.csv", prices, lambda p: hourly_values(p, "price_usd_per_mwh")),
        figures,
        _workbook(folder, catalogue),
        _raster(folder),
        ends,
    )
    return dict(zip(PLANNER_FILES, readers, strict=True))


def _in_lines(path: Path, text: str, read: Callable[[Path], object]) -> Read:
    """Mutants of single lines of a long table, which mutants of cells are too slow for."""
    good = text.splitlines()

    def act(rng: random.Random) -> None:
        lines = good.copy()
        for _ in range(rng.choice((1, 1, 5))):
            at = rng.choice((0, rng.randrange(len(lines))))
            lines[at] = mutated_text(rng, lines[at] or "x")
        if rng.random() < 0.3:
            del lines[rng.randrange(len(lines)) :]
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        read(path)

    return act


def _workbook(folder: Path, catalogue: Catalogue) -> Read:
    path = folder / "sites.xlsx"
    sites = pd.DataFrame(
        {"id": ["one", "two"], "lat": [65.6, 50.1], "lon": [22.1, 8.9], "country": ["SWE", "DEU"],
         "connection_mw": [120.0, 60.0]}
    )  # fmt: skip
    write_workbook({"sites": sites, "notes": pd.DataFrame({"text": ["=1+1", "x"]})}, path)
    content = path.read_bytes()

    def act(rng: random.Random) -> None:
        if rng.random() < 0.5:
            path.write_bytes(mutated_bytes(rng, content))
        else:
            cells = mutated_data(rng, sites.to_numpy(object).tolist())
            odd = rng.randrange(3 * sites.shape[1])
            names = [_text(mutated_text(rng, name)) if i == odd else name
                     for i, name in enumerate(sites.columns)]  # fmt: skip
            rows = [[_cell(value) for value in row] for row in cells if isinstance(row, list)]
            wide = [(row + [None] * len(names))[: len(names)] for row in rows]
            write_workbook({"sites": pd.DataFrame(wide, columns=names, dtype=object)}, path)
        add_candidates(catalogue, path)

    return act


def _text(value: Any) -> str:
    """Text that a cell of a workbook can hold."""
    return "".join(c for c in str(value)[:100] if c.isprintable())


def _cell(value: Any) -> Any:
    """What a cell of a workbook can hold."""
    number = isinstance(value, int | float) and abs(value) < 1e300
    return value if number else _text(value)


def _raster(folder: Path) -> Read:
    path, box = folder / "own.tif", shapely.box(17.5, 63.5, 18.5, 64.5)
    place = {"lon": np.array([18.0]), "lat": np.array([64.0])}
    shape = {"driver": "GTiff", "width": 20, "height": 20, "count": 1, "dtype": "float32",
             "crs": "EPSG:4326", "nodata": -1.0}  # fmt: skip
    grid = rasterio.transform.from_origin(-10.0, 70.0, 2.0, 2.0)
    with rasterio.open(path, "w", transform=grid, **shape) as made:
        made.write(np.arange(400, dtype="float32").reshape(1, 20, 20))
    content = path.read_bytes()

    def act(rng: random.Random) -> None:
        mutant = folder / "mutant.tif"
        mutant.write_bytes(mutated_bytes(rng, content))
        take = rng.choice(("point", "mean", "max", "min"))
        raster_values(mutant, **place, take=take, band=rng.choice((1, 1, 2)), shapes=[box])

    return act
