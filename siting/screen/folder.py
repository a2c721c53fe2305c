"""Writes the folder of a screen: complete or absent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from siting.catalogue.point_attributes import JOINED
from siting.files.folders import new_folder
from siting.files.spreadsheet import write_csv
from siting.report.maps.screening import screen_map
from siting.screen.screening import Screening

__all__ = ["CANDIDATES", "screening_summary", "write_screening"]

CANDIDATES = "candidates.csv"
LAYERS = "screen.gpkg"


def screening_summary(screening: Screening) -> dict[str, Any]:
    """Return what the folder's ``summary.json`` says."""
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

    Parameters
    ----------
    screening : Screening
        What stayed and what fell out.
    folder : pathlib.Path
        New or empty, or the folder of an earlier screen.
    details : mapping, optional
        Further entries of ``summary.json``.

    Raises
    ------
    siting.errors.DataError
        If the folder holds anything else.
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
