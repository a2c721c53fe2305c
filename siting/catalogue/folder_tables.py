"""The CSV tables of a catalogue's folder, with their errors."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from siting.errors import DataError, Fault
from siting.files import geodata_dir

__all__ = ["FOR_READERS", "TEXTS", "header", "header_faults", "read_folder_table"]

#: Option of pandas that holds texts as objects of Python. Tables here have some hundred rows, whose
#: texts are looked up one by one: those of Arrow are unpacked each time, a tenth of a small solve.
TEXTS = ("mode.string_storage", "python")


#: Columns that tell a reader of a table more; nothing here reads them, and a folder may lack them.
FOR_READERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        name: frozenset(columns.split())
        for name, columns in {
            "country_groups.csv": "basis reference label source",
            "grid_zones.csv": "marginal_fossil_label carbon_operating_margin_g_per_kwh "
            "wholesale_usd_per_mwh",
            "grid_zones_electricitymaps.csv": "name carbon_low_g_per_kwh carbon_high_g_per_kwh",
            "hydro_profiles.csv": "damping",
            "latency_metros.csv": "name regions",
            "latency_pairs.csv": "clouds",
            "policy.csv": "jurisdiction sense scope reference_read confidence reference label "
            "source",
            "sources.csv": "table column licence year unit method label",
            "stations.csv": "station country licence period kind days mean_dry_bulb_c "
            "mean_dew_point_c clipped_dew_points repaired_hours",
            "supply_sources.csv": "carbon_low_g_per_kwh carbon_high_g_per_kwh contractable "
            "water_label water_source note",
            "water_bodies.csv": "intake_depth_m mean_depth_m max_depth_m outflow_m3_s note",
        }.items()
    }
)


def header(path: Path) -> list[str]:
    """Names of the columns of a table; none of an empty file."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines), [])


def header_faults(path: Path) -> list[Fault]:
    """Columns that a table lacks of the built-in one, or why its columns cannot be read."""
    try:
        there = set(header(path))
    except (UnicodeDecodeError, csv.Error) as error:
        return [_unreadable(path, error)]
    model = geodata_dir() / path.name
    needed = header(model) if model.is_file() else []
    remedy = "Add the column, or build the folder anew; leave cells empty where nothing is known"
    return [
        Fault(path.name, 1, name, "the column is not there", remedy)
        for name in needed
        if name not in there | FOR_READERS.get(path.name, frozenset())
    ]


@pd.option_context(*TEXTS)
def read_folder_table(path: Path) -> pd.DataFrame:
    """Read a table with only the empty cell as missing: "NA" is Namibia.

    Raises `DataError` where it is no CSV of UTF-8 text, or lacks columns.
    """
    if faults := header_faults(path):
        raise DataError(faults)
    try:
        return pd.read_csv(path, keep_default_na=False, na_values=[""])
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise DataError([_unreadable(path, error)]) from None


def _unreadable(path: Path, error: Exception) -> Fault:
    if isinstance(error, UnicodeDecodeError):
        return Fault(path.name, None, "", "is not UTF-8 text", f"Save {path} as CSV in UTF-8")
    reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
    remedy = f"Mend the quotes and commas of {path}, or build the folder anew"
    return Fault(path.name, None, "", f"is not a table of CSV: {reason}", remedy)
