"""Candidates made on a grid of equal areas, with every reason why a cell fell out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from siting.catalogue import TEXT_ATTRIBUTES, Catalogue
from siting.catalogue.layers import open_layers
from siting.catalogue.near_layers import NEARNESS, OwnLayer
from siting.catalogue.place_rules import (
    Measured,
    Rule,
    bounded,
    measured_at,
    near_rules,
    nearness,
    unknown_bounds,
)
from siting.catalogue.planner import region_at
from siting.catalogue.point_attributes import JOINED, Joined, attributes_at, country_at
from siting.coefficients.inputs import REQUIRED
from siting.config import Study
from siting.config.candidates import Exclusion, Screen
from siting.errors import DataError, Fault, InfeasibleError, StudyError
from siting.files.folders import new_folder
from siting.files.spreadsheets import write_csv
from siting.placement import Placement
from siting.screen.area import Cells, make_cells, read_layers, screen_map, screened_area

__all__ = ["Screening", "screen_study", "screening_summary", "write_screening"]


def broken_rules(
    screen: Screen,
    cells: pd.DataFrame,
    joined: Joined,
    own: dict[str, OwnLayer],
    required: Sequence[str],
    measured: Measured,
) -> list[Rule]:
    """Every rule of a screen, in the order in which its first broken one counts.

    Parameters
    ----------
    cells : DataFrame
        lon, lat, country and the columns of :func:`nearness`.
    own : dict
        Polygon layers by file.
    required : sequence of str
        Attributes without which a study leaves a place out.
    measured : Measured
        What the planner's rasters and layers say of the cells.
    """
    rules = [] if screen.keep_water else [_water(cells)]
    rules += list(_excluded(screen.exclude, cells, own))
    known = pd.concat([cells, joined.values.set_axis(cells.index), measured.values], axis=1)
    for name, bound in screen.bounds.asked().items():
        rules += list(bounded(name, bound, known[name].to_numpy(dtype=float)))
    rules += list(near_rules(screen.near, measured.values))
    return [*rules, *_lacking(cells, joined, required)]


def _water(cells: pd.DataFrame) -> Rule:
    words = [f"its middle lies in {'the sea' if w == 'sea' else 'a lake'}" for w in cells["water"]]
    return Rule("water", (cells["water"] != "").to_numpy(), words)


def _excluded(
    exclusions: Sequence[Exclusion], cells: pd.DataFrame, own: dict[str, OwnLayer]
) -> Iterator[Rule]:
    lon, lat = cells["lon"].to_numpy(), cells["lat"].to_numpy()
    for number, exclusion in enumerate(exclusions, start=1):
        layer = own[exclusion.file]
        held = layer.holds(lon, lat)
        words = exclusion.reason
        if exclusion.buffer_km > 0:
            held |= layer.distance_km(lon, lat) <= exclusion.buffer_km
            words += f" (within {exclusion.buffer_km:g} km)"
        yield Rule(f"exclude_{number}", held, [words] * len(cells))


def _lacking(cells: pd.DataFrame, joined: Joined, required: Sequence[str]) -> Iterator[Rule]:
    """Cells that no study could use: no country, no climate, or an attribute missing."""
    homeless = (cells["country"] == "").to_numpy()
    yield Rule("no_country", homeless, ["lies in no country with a code"] * len(cells))
    cold = (cells["lat"] < -60.0).to_numpy()
    yield Rule("no_climate", cold, ["no climate is known south of 60° S"] * len(cells))
    gone = joined.values[list(required)].isna().to_numpy()
    words = [
        f"a study needs {', '.join(np.asarray(required)[row])}, which is not known" for row in gone
    ]
    yield Rule("lacks_data", gone.any(axis=1) & ~homeless, words)


@dataclass(frozen=True)
class Screening:
    """The cells of a screen.

    Parameters
    ----------
    study : Study
        With its section ``screen``.
    cells : GeoDataFrame
        Index id; name, country, region, lat, lon [degrees], the attributes, hydro_plant_km and
        city_km [km], city, water, one column ``out_...`` for each rule, ``reasons`` in words
        (empty where it stayed), ``first_reason`` (key), geometry (the cell, EPSG:4326).
    joined : Joined
        Attributes with their labels and sources, rows as in ``cells``.
    area : geometry
        What was screened, EPSG:4326.
    projection : str
        PROJ string or EPSG code of the grid.
    notes : tuple of str
        What was repaired in the planner's layers.
    catalogue_sha256 : str
        Hash of the built-in tables.
    """

    study: Study
    cells: gpd.GeoDataFrame
    joined: Joined
    area: BaseGeometry
    projection: str
    notes: tuple[str, ...]
    catalogue_sha256: str

    @property
    def placements(self) -> Mapping[Any, Placement]:
        """None, since a screen solves nothing."""
        return {}

    @property
    def table(self) -> pd.DataFrame:
        """One row a cell, as in ``cells`` without the geometry."""
        return pd.DataFrame(self.cells.drop(columns="geometry"))

    def save(self, folder: Path | str) -> None:
        """Write the folder of the screen, whole or not at all."""
        write_screening(self, Path(folder))

    @property
    def kept(self) -> pd.Series[bool]:
        """Return whether each cell stayed."""
        return pd.Series(self.cells["reasons"] == "", dtype=bool)

    def counts(self) -> dict[str, int]:
        """Cells that break each rule; one cell may break several."""
        rules = [name for name in self.cells.columns if name.startswith("out_")]
        return {name.removeprefix("out_"): int(self.cells[name].sum()) for name in rules}


def screen_study(study: Study, catalogue: Catalogue) -> Screening:
    """Make the cells of a study's screen, and hold them against its rules.

    Raises
    ------
    siting.errors.StudyError
        If the study has no such section, or a file of candidates beside it.
    siting.errors.DataError
        With the faults of all polygon layers, or if the grid would be too fine.
    siting.errors.InfeasibleError
        If no cell stays, with the count of each reason.
    """
    screen = study.screen
    if screen is None or study.candidates.file:
        raise StudyError([_cannot(study)])
    own = read_layers(screen)
    layers = open_layers(catalogue.folder)
    area = screened_area(screen, layers, own)
    grid = make_cells(area, screen.cell_km, screen.max_cells)
    table = pd.DataFrame({"lon": np.round(grid.lon, 5), "lat": np.round(grid.lat, 5)})
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    table["country"] = country_at(layers, lon, lat)
    table["region"] = region_at(layers, table["country"], table["lon"])
    table = pd.concat([table, nearness(layers, lon, lat)], axis=1)
    joined = attributes_at(layers, lon, lat, table["country"].to_numpy(dtype=object))
    _check_bounds(screen, [*JOINED, *NEARNESS])
    shaped = table.assign(geometry=grid.outlines())
    measured = measured_at(screen.rasters, screen.near, layers, shaped, "screen")
    rules = broken_rules(screen, table, joined, own, REQUIRED, measured)
    cells = _labelled(pd.concat([table, measured.values], axis=1), grid, joined, rules)
    result = Screening(
        study=study,
        cells=cells,
        joined=joined,
        area=area,
        projection=grid.crs.srs,
        notes=(*(note for layer in own.values() for note in layer.notes), *measured.notes),
        catalogue_sha256=catalogue.sha256,
    )
    if not result.kept.any():
        raise InfeasibleError(_nothing_left(result))
    return result


def _check_bounds(screen: Screen, known: list[str]) -> None:
    """Bounds must be on what is known of a cell, or on a raster."""
    numbers = [name for name in known if name not in TEXT_ATTRIBUTES]
    faults = unknown_bounds(screen.bounds, numbers, "screen", screen.rasters)
    if faults:
        raise DataError(faults)


def _cannot(study: Study) -> Fault:
    if study.screen is None:
        remedy = "Add one: `screen: {countries: [SWE], cell_km: 50}`; docs/screen.md has every key"
        return Fault(study.name, None, "screen", "the study has no such section", remedy)
    problem = "is given beside screen, which makes a file of its own"
    return Fault(study.name, None, "candidates.file", problem, "Leave one of the two out")


def _labelled(
    table: pd.DataFrame, grid: Cells, joined: Joined, rules: list[Rule]
) -> gpd.GeoDataFrame:
    """Ids, names and reasons beside what is known of the cells."""
    ids = [
        f"cell_{row:04d}_{column:04d}" for row, column in zip(grid.row, grid.column, strict=True)
    ]
    names = [
        f"{km:.0f} km from {city}" for km, city in zip(table["city_km"], table["city"], strict=True)
    ]
    broken = np.column_stack([rule.broken for rule in rules])
    reasons = [
        "; ".join(rule.words[i] for rule, out in zip(rules, row, strict=True) if out)
        for i, row in enumerate(broken)
    ]
    keys = np.array([*(rule.key for rule in rules), ""], dtype=object)
    first = keys[np.where(broken.any(axis=1), broken.argmax(axis=1), len(rules))]
    columns = {f"out_{rule.key}": rule.broken for rule in rules}
    frame = pd.concat([table, joined.values[list(JOINED)]], axis=1).assign(
        id=ids, name=names, **columns, reasons=reasons, first_reason=first
    )
    return gpd.GeoDataFrame(frame, geometry=grid.outlines(), crs=4326).set_index("id")


def _nothing_left(result: Screening) -> str:
    counts = sorted(result.counts().items(), key=lambda item: -item[1])
    lines = [
        f"screen.{key}: {count} of {len(result.cells)} cells" for key, count in counts if count
    ]
    return "screen: no cell stays; loosen a bound\n" + "\n".join(lines)


CANDIDATES = "candidates.csv"
LAYERS = "screen.gpkg"


def screening_summary(screening: Screening) -> dict[str, Any]:
    """Contents of the folder's ``summary.json``."""
    screen, kept = screening.study.screen, screening.kept
    first = screening.cells.loc[~kept, "first_reason"].value_counts()
    return {
        "study": screening.study.name,
        "screened_cells": len(kept),
        "kept": int(kept.sum()),
        "fell_out": int((~kept).sum()),
        "cell_km2": round(screen.cell_km**2, 3) if screen else None,
        "projection": screening.projection,
        "cells_by_broken_rule": screening.counts(),
        "cells_by_first_reason": {str(key): int(count) for key, count in first.items()},
        "repaired": list(screening.notes),
        "catalogue_sha256": screening.catalogue_sha256,
    }


def write_screening(
    screening: Screening, folder: Path, *, details: Mapping[str, Any] | None = None
) -> Path:
    """Write map layers, candidates, a study that uses them, a map and a summary.

    The folder is new or empty, or that of an earlier screen; one that holds anything else is a
    `DataError`. ``details`` are further entries of ``summary.json``.
    """
    with new_folder(folder, "screen") as new:
        _write_layers(screening, new / LAYERS)
        write_csv(_candidates(screening), new / CANDIDATES)
        (new / "study.yaml").write_text(_study(screening), encoding="utf-8")
        screen_map(screening.cells, screening.study.name, path=new / "map.png")
        summary = screening_summary(screening) | dict(details or {})
        text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
        (new / "summary.json").write_text(text, encoding="utf-8")
    return folder


def _write_layers(screening: Screening, path: Path) -> None:
    cells, kept = screening.cells.reset_index(), screening.kept.to_numpy()
    rules = [name for name in cells.columns if name.startswith("out_")]
    unneeded = [*rules, "reasons", "first_reason"]
    cells[kept].drop(columns=unneeded).to_file(path, layer="kept", driver="GPKG")
    cells[~kept].to_file(path, layer="fell_out", driver="GPKG")
    area = gpd.GeoDataFrame({"study": [screening.study.name]}, geometry=[screening.area], crs=4326)
    area.to_file(path, layer="area", driver="GPKG")


def _candidates(screening: Screening) -> pd.DataFrame:
    """Kept cells as a file of candidates: each attribute with its label and source."""
    kept = screening.kept.to_numpy()
    table = screening.cells[kept].reset_index()
    columns = {name: table[name] for name in ("id", "name", "country", "region", "lat", "lon")}
    for name in JOINED:
        there = table[name].notna()
        columns[name] = table[name]
        for end, part in (("label", screening.joined.labels), ("source", screening.joined.sources)):
            columns[f"{name}_{end}"] = part.loc[kept, name].reset_index(drop=True).where(there)
    return pd.DataFrame(columns)


def _study(screening: Screening) -> str:
    """The study with the kept cells as its candidates, beside those that it names."""
    study = screening.study
    candidates = study.candidates.model_copy(update={"file": CANDIDATES})
    return study.model_copy(update={"screen": None, "candidates": candidates}).to_yaml()
