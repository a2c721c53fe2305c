"""Everything that is read from a planner or from a disk, each with good inputs to mutate."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_args

import geopandas as gpd
import shapely

from siting.audit import audit_placement
from siting.catalogue import Catalogue, load_catalogue
from siting.catalogue.near_layers import read_own_layer
from siting.catalogue.planner import add_candidates, add_demand
from siting.catalogue.read_files import read_shapes
from siting.catalogue.round_trips import measured_round_trips
from siting.catalogue.stations import DAYS_IN_MONTH
from siting.catalogue.weather_files import read_weather_file
from siting.coefficients.inputs import known_names
from siting.config import Study, load_study, starter_study, study_from_mapping
from siting.config.base import Section
from siting.config.yaml_text import parse_scenarios, read_yaml
from siting.files import configs_dir
from siting.placement.folder import load_placement, save_placement
from siting.report.data.answers import answers_of, load_tables
from siting.report.display import placement_table
from siting.report.folder import load_answers, save_answers
from siting.report.pages import report_page
from siting.run import check_study, solve_study
from siting.sweeps import solve_case
from siting.sweeps.cases import is_record
from siting.sweeps.plan import plan_from_over, read_plan
from tools.fuzz.mutations import mutated_bytes, mutated_cells, mutated_data, mutated_text
from tools.fuzz.planner_files import (
    PLANNER_FILES,
    SMALL,
    Read,
    in_cells,
    planner_files,
    power_study,
)

__all__ = ["SMALL", "Target", "targets"]

SITES = """\
id,name,country,lat,lon,kinds,region,elevation_m,connection_mw,scarcity_factor,scarcity_factor_label
one,First place,SWE,65.6,22.1,"arctic,hub",europe,20,120,0.8,measured
two,Zweiter Ort,DEU,50.1,8.9,hub,,110,60,,
three,,,53.4,-6.3,,,,,2.5,assumed
"""
PEOPLE = """\
id,name,country,lat,lon,population,internet_users
north,North,SWE,59.3,18.1,1000000,900000
south,South,,48.1,11.6,1500000,
"""
PAIRS = "from,to,rtt_ms\nstockholm,lulea,20\nlondon,dublin,12\n,,\nlondon,zurich,19\n"
MATRIX = ",lulea,dublin,zurich\nstockholm,20,,31\nlondon,41,12,19\n"
PLAN = """\
method: one_at_a_time
over:
  limits.max_sites: [2, 3]
  supply.grid_price_factor: {low: 0.5, high: 2}
samples: 8
seed: 1
metrics: [cost_usd, carbon_t_co2e]
"""
OVERRIDES = (
    "limits.max_sites=3", "demand.workloads[0].it_mw=5", "demand.workloads.a.max_rtt_ms=null",
    "objective.weights={energy: 1, cost: 2}", "periods=[{year: 2026, years: 4}]", "solver.gap=0.01",
    "caps=[{metric: cost_usd, at_most: 1e9, sites: [lulea]}]", "candidates.kinds=[hub]",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One thing that is read.

    Parameters
    ----------
    name : str
        What it is.
    share : int
        How many of a thousand mutants.
    read : callable
        Makes a mutant with a generator of random numbers, and reads it; returns nothing, or raises.
    """

    name: str
    share: int
    read: Callable[[random.Random], None] = field(repr=False)


@cache
def _catalogue() -> Catalogue:
    return load_catalogue()


@cache
def _known() -> Mapping[str, Any]:
    return known_names(_catalogue())


def _keys(section: type[Section], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Path of every key of a study, entries of lists left out."""
    found = []
    for name, about in section.model_fields.items():
        here = (*path, about.alias or name)
        found.append(here)
        for kind in (about.annotation, *get_args(about.annotation)):
            if isinstance(kind, type) and issubclass(kind, Section):
                found += _keys(kind, here)
    return found


def _studies(folder: Path) -> list[dict[str, Any]]:
    """Studies as they are written, and with every key and default written out."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(configs_dir().glob("*.yaml"))]
    data = [read_yaml(text, "config").data for text in [*texts, starter_study("fuzz")]]
    return [
        *data,
        *(study_from_mapping(one).to_mapping() for one in data),
        SMALL,
        power_study(folder),
    ]


def targets(folder: Path) -> list[Target]:
    """Every target, its files made in a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Empty; mutants are written there, each over the last.
    """
    studies, grow = _studies(folder), _keys(Study)
    texts = [path.read_text(encoding="utf-8") for path in sorted(configs_dir().glob("*.yaml"))]
    catalogue = _catalogue()
    regions = catalogue.demand.loc[["stockholm", "london"]]
    sites = catalogue.candidates.loc[["lulea", "dublin", "zurich"]]

    def data(rng: random.Random) -> None:
        study_from_mapping(mutated_data(rng, rng.choice(studies), grow), known=_known())

    def text(rng: random.Random) -> None:
        own, path = rng.choice(texts), folder / "study.yaml"
        path.write_bytes(_text_or_bytes(rng, own))
        load_study(path, known=_known())

    def override(rng: random.Random) -> None:
        study_from_mapping(SMALL, [mutated_text(rng, rng.choice(OVERRIDES)) for _ in range(2)])

    def plan(rng: random.Random) -> None:
        if rng.random() < 0.5:
            plan_from_over([mutated_text(rng, "limits.max_sites=2,3"),
                            mutated_text(rng, "solver.gap=0.1..0.2")])  # fmt: skip
        path = folder / "plan.yaml"
        path.write_bytes(_text_or_bytes(rng, PLAN))
        read_plan(path)

    def futures(rng: random.Random) -> None:
        parse_scenarios([mutated_text(rng, "dry:supply.hydro_year=dry;limits.max_sites=2")] * 2)

    def built(rng: random.Random) -> None:
        good = rng.choice((SMALL, power_study(folder)))
        study = study_from_mapping(mutated_data(rng, good, grow), known=_known())
        few = study.time.slices == "auto" or study.time.slices <= 24
        if few and not study.candidates.kinds and not study.candidates.region:
            check_study(study, catalogue=catalogue)

    def table(text: str, read: Callable[[Path], object], name: str) -> Read:
        return in_cells(folder / name, text, read)

    def trips(path: Path) -> object:
        return measured_round_trips(path, regions, sites, set(catalogue.candidates.index))

    return [
        Target("study as data", 330, data),
        Target("study as text", 200, text),
        Target("override", 90, override),
        Target("plan of a sweep", 70, plan),
        Target("futures", 20, futures),
        Target("study built", 15, built),
        Target("table of sites", 50, table(SITES, lambda p: add_candidates(catalogue, p), "s.csv")),
        Target("table of people", 25, table(PEOPLE, lambda p: add_demand(catalogue, p), "p.csv")),
        Target("pairs of round trips", 30, table(PAIRS, trips, "pairs.csv")),
        Target("matrix of round trips", 30, table(MATRIX, trips, "matrix.csv")),
        *_layers(folder, catalogue),
        *(
            Target(name, PLANNER_FILES[name], read)
            for name, read in planner_files(folder, catalogue).items()
        ),
        Target("weather file", 15, _weather(folder)),
        *_folders(folder),
    ]


def _text_or_bytes(rng: random.Random, text: str) -> bytes:
    if rng.random() < 0.3:
        return mutated_bytes(rng, text.encode())
    for _ in range(rng.choice((1, 1, 3))):
        text = mutated_text(rng, text)
    return text.encode("utf-8", "surrogatepass")


def _layers(folder: Path, catalogue: Catalogue) -> list[Target]:
    """Map layers of places and of polygons."""
    corners = [[10.0, 50.0], [11.0, 50.0], [11.0, 51.0], [10.0, 51.0], [10.0, 50.0]]
    shapes = [
        {"type": "Point", "coordinates": [22.1, 65.6]},
        {"type": "Polygon", "coordinates": [corners]},
        {"type": "MultiPolygon", "coordinates": [[corners], [[[x + 2, y] for x, y in corners]]]},
    ]
    features = [
        {"type": "Feature", "geometry": shape,
         "properties": {"id": f"p{i}", "name": "Ort", "elevation_m": 30, "kinds": "hub"}}
        for i, shape in enumerate(shapes)
    ]  # fmt: skip
    layer = {"type": "FeatureCollection", "features": features}
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    good = [layer, {**layer, "crs": named}]
    kept = folder / "good.gpkg"
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"]}, geometry=[shapely.Point(18, 64), shapely.box(18, 64, 19, 65)], crs=4326
    )
    frame.to_file(kept)
    geopackage = kept.read_bytes()

    def geojson(rng: random.Random) -> None:
        path = folder / "own.geojson"
        text = json.dumps(mutated_data(rng, rng.choice(good)), default=str)
        path.write_bytes(text.encode() if rng.random() < 0.7 else _text_or_bytes(rng, text))
        if rng.random() < 0.7:
            add_candidates(catalogue, path)
        else:
            read_own_layer(path)

    def gpkg(rng: random.Random) -> None:
        path = folder / "own.gpkg"
        path.write_bytes(mutated_bytes(rng, geopackage))
        read_shapes(path)

    return [Target("GeoJSON", 45, geojson), Target("GeoPackage", 15, gpkg)]


def _weather(folder: Path) -> Callable[[random.Random], None]:
    months = enumerate(DAYS_IN_MONTH, start=1)
    stamps = [(m, d, h) for m, n in months for d in range(1, n + 1) for h in range(1, 25)]
    head = ["LOCATION,Ort,-,SWE,x,021850,65.6,22.1,1.0,17.0", "DESIGN CONDITIONS,0",
            "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0",
            "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0", "COMMENTS 1,x", "COMMENTS 2,y",
            "DATA PERIODS,1,1,Data,Sunday,1/1,12/31"]  # fmt: skip
    rest = ",".join(["0"] * 25)
    body = [f"2019,{m},{d},{h},60,?,5.0,3.0,80,101325,{rest}" for m, d, h in stamps]

    def act(rng: random.Random) -> None:
        lines = [*head, *body]
        for _ in range(rng.choice((1, 1, 5))):
            at = rng.choice((0, 0, rng.randrange(len(lines))))
            lines[at] = rng.choice((mutated_text, mutated_cells))(rng, lines[at] or "x")
        if rng.random() < 0.2:
            del lines[rng.randrange(len(lines)) :]
        path = folder / "own.epw"
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        read_weather_file(path)

    return act


def _folders(folder: Path) -> list[Target]:
    """Folders and records that siting wrote, and that a disk or an editor has damaged."""
    study = study_from_mapping({**SMALL, "limits": {"min_sites": 2}})
    placement = solve_study(study, catalogue=_catalogue())
    run, answers = folder / "run", folder / "answers"
    for made in (run, answers):
        made.mkdir()
    save_placement(placement, run)
    two = {"0": placement, "1": placement}
    save_answers(answers_of("two", two, ("cost_usd",), "0"), answers, kind="front")
    front = _front(folder / "front", run)
    _, record = solve_case((0, study.to_mapping()), "")

    def placed(rng: random.Random) -> None:
        read = load_placement(_damaged(rng, run, folder / "damaged"))
        if rng.random() < 0.05:  # what was read must do for all that is made of it
            placement_table(read)
            report_page(read)
            audit_placement(read, _catalogue())

    def shown(rng: random.Random) -> None:
        if rng.random() < 0.7:
            load_answers(_damaged(rng, answers, folder / "damaged"))
        else:
            load_tables(_damaged(rng, front, folder / "damaged"), "front.csv")

    def kept(rng: random.Random) -> None:
        mutant = json.loads(json.dumps(mutated_data(rng, record), default=str))
        if is_record(mutant) and "sites" in mutant and not mutant["sites"]:
            raise AssertionError("a record without a placement was taken for an answer")

    return [Target("run folder", 35, placed), Target("answers", 15, shown),
            Target("record of a sweep", 20, kept)]  # fmt: skip


def _front(folder: Path, run: Path) -> Path:
    """A folder as `siting pareto` writes it, of one point."""
    folder.mkdir()
    shutil.copy(run / "study.yaml", folder)
    (folder / "front.csv").write_text("point,cost_usd,carbon_t_co2e,sites\n0,1e8,5e4,2\n")
    (folder / "summary.json").write_text('{"objectives": ["cost_usd"], "knee": 0}')
    (folder / "sites.csv").write_text(
        "point,id,name,country,lat,lon,design,it_mw\n0,lulea,Lulea,SWE,65.6,22.1,air_chiller,5\n"
    )
    return folder


def _damaged(rng: random.Random, good: Path, place: Path) -> Path:
    """A copy of a folder in which one file was changed or lost."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(good, place)
    path = rng.choice(sorted(path for path in place.rglob("*") if path.is_file()))
    content = path.read_bytes()
    if rng.random() < 0.1:
        path.unlink()
    elif path.suffix == ".json" and rng.random() < 0.7:
        path.write_text(json.dumps(mutated_data(rng, json.loads(content)), default=str))
    elif path.suffix == ".csv" and rng.random() < 0.7:
        path.write_bytes(mutated_cells(rng, content.decode()).encode("utf-8", "surrogatepass"))
    elif path.suffix == ".yaml" and rng.random() < 0.5:
        path.write_bytes(_text_or_bytes(rng, content.decode()))
    else:
        path.write_bytes(mutated_bytes(rng, content))
    return place


def shares(found: Sequence[Target], mutants: int) -> dict[str, int]:
    """Return how many mutants of each target."""
    whole = sum(target.share for target in found)
    return {target.name: -(-mutants * target.share // whole) for target in found}
