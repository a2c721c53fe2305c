"""Base of every table builder: provenance rows and byte-for-byte repeatable writing."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
import shapely.geometry
from shapely.geometry.base import BaseGeometry

from siting.geo import polygons_of

__all__ = [
    "ATTRIBUTES",
    "LABELS",
    "SourceRow",
    "attribute_rows",
    "fixed",
    "merge_sources",
    "read_sources",
    "rounded",
    "write_attributes",
    "write_csv",
    "write_geojson",
    "write_sources",
]

#: How a number came about. "assumed" is a default that a planner is expected to change.
LABELS = ("measured", "derived", "modelled", "assumed")

#: The one table that several modules fill, each its own attributes.
ATTRIBUTES = "attributes.csv"


@dataclass(frozen=True, order=True)
class SourceRow:
    """Where one column of one table comes from.

    Parameters
    ----------
    table : str
        File name in ``geodata/``, e.g. ``grid_zones.csv``.
    column : str
        Column of that table; for ``attributes.csv`` the attribute. ``*`` is every column.
    origin : str
        Name of the data set, its version and publisher. Cells of a ``source`` column
        in any table repeat this text exactly.
    licence : str
        Licence of the origin.
    year : str
        Year or period that the values describe.
    unit : str
        Unit of the values, ``-`` without.
    method : str
        What was done between the origin and the table.
    label : str
        One of :data:`LABELS`, or several joined by ``|`` where the cells differ.
    """

    table: str
    column: str
    origin: str
    licence: str
    year: str
    unit: str
    method: str
    label: str

    def __post_init__(self) -> None:
        unknown = set(self.label.split("|")) - set(LABELS)
        if unknown:
            raise ValueError(f"{self.table}:{self.column}: label {sorted(unknown)} not in {LABELS}")


_FIELDS = [field.name for field in dataclasses.fields(SourceRow)]


def fixed(value: float, decimals: int) -> str:
    """Decimal text of a number, rounded, without trailing zeros or a negative zero."""
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def write_csv(frame: pd.DataFrame, path: Path, decimals: int = 6) -> None:
    """Write a table in UTF-8 with Unix line ends and floats rounded to fixed decimals.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows in the order to be written: sort before.
    path : pathlib.Path
        Target file.
    decimals : int, default 6
        Decimals kept; trailing zeros are dropped, NaN is an empty cell.
    """
    text = frame.copy()
    for column in text.columns[[dtype.kind == "f" for dtype in text.dtypes]]:
        text[column] = ["" if pd.isna(x) else fixed(x, decimals) for x in text[column]]
    buffer = io.StringIO()
    text.to_csv(buffer, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="\n")


def write_attributes(out: Path, rows: pd.DataFrame, attributes: Sequence[str]) -> None:
    """Put the rows of some attributes into ``attributes.csv``, replacing their former rows.

    Parameters
    ----------
    out : pathlib.Path
        Folder of the tables.
    rows : pandas.DataFrame
        Columns site, attribute, value, label, source.
    attributes : sequence of str
        The attributes that these rows are the whole of.
    """
    path = out / ATTRIBUTES
    columns = ["site", "attribute", "value", "label", "source"]
    if path.exists():
        kept = pd.read_csv(path, dtype=str, keep_default_na=False)
        kept = kept[~kept["attribute"].isin(attributes)]
    else:
        kept = pd.DataFrame(columns=columns, dtype=str)
    merged = pd.concat([kept, rows[columns].astype(str)], ignore_index=True)
    write_csv(merged.sort_values(["site", "attribute"], kind="stable"), path)


def read_sources(path: Path) -> list[SourceRow]:
    """Read ``sources.csv``; an absent file has no rows."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return [SourceRow(**row) for row in csv.DictReader(handle)]


def merge_sources(old: Iterable[SourceRow], new: Iterable[SourceRow]) -> list[SourceRow]:
    """Rows of the tables just built, and the old rows of all other tables.

    ``attributes.csv`` has many builders, so there a row gives way only to the same attribute.
    """
    fresh = list(new)

    def scope(row: SourceRow) -> tuple[str, str]:
        return (row.table, row.column if row.table == ATTRIBUTES else "")

    rebuilt = {scope(row) for row in fresh}
    return sorted({*fresh, *(row for row in old if scope(row) not in rebuilt)})


def write_sources(rows: Iterable[SourceRow], path: Path) -> None:
    """Write ``sources.csv``, sorted."""
    frame = pd.DataFrame([dataclasses.astuple(row) for row in sorted(rows)], columns=_FIELDS)
    write_csv(frame, path)


def attribute_rows(
    sites: pd.Series[str],
    attribute: str,
    values: pd.Series[Any],
    label: str | pd.Series[str],
    source: str | pd.Series[str],
    decimals: int = 1,
) -> pd.DataFrame:
    """Rows of ``attributes.csv`` for one attribute; sites without a value have no row."""
    rows = pd.DataFrame({"site": sites.to_numpy(), "attribute": attribute})
    numeric = pd.api.types.is_numeric_dtype(values)
    rows["value"] = [
        "" if pd.isna(x) else (fixed(float(x), decimals) if numeric else str(x)) for x in values
    ]
    rows["label"] = label if isinstance(label, str) else label.to_numpy()
    rows["source"] = source if isinstance(source, str) else source.to_numpy()
    return rows[rows["value"] != ""]


def write_geojson(frame: gpd.GeoDataFrame, path: Path, decimals: int = 4) -> None:
    """Write features in the order of the rows, coordinates rounded, one feature a line.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        In EPSG:4326, as GeoJSON demands (RFC 7946).
    path : pathlib.Path
        Target file.
    decimals : int, default 4
        Of a degree; the fourth is 11 m.
    """
    if frame.crs is None or frame.crs.to_epsg() != 4326:
        raise ValueError(f"{path.name}: CRS {frame.crs} is not EPSG:4326")
    shapes = [rounded(shape, decimals) for shape in frame.geometry]
    records = frame.drop(columns="geometry").to_dict("records")
    lines = [
        json.dumps(
            {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(s)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for properties, s in zip(records, shapes, strict=True)
    ]
    body = ",\n".join(lines)
    text = f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'
    path.write_text(text, encoding="utf-8", newline="\n")


def rounded(shape: BaseGeometry, decimals: int) -> BaseGeometry:
    """Snap to a grid without breaking validity, then drop the noise of binary fractions."""
    snapped = polygons_of(shapely.set_precision(shape, 10.0**-decimals))
    return shapely.transform(snapped, lambda xy: xy.round(decimals))
