"""The catalogue of places: candidates, demand, grid, water and climate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial, wraps
from operator import attrgetter, is_
from pathlib import Path
from types import MappingProxyType
from typing import Any, Concatenate, cast

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from siting.errors import DataError, Fault, gather
from siting.files import TEXTS, geodata_dir, header, header_faults, read_folder_table

__all__ = [
    "GIVEN",
    "GROUPS",
    "KINDS",
    "LABELS",
    "REGIONS",
    "TABLES",
    "TEXT_ATTRIBUTES",
    "Catalogue",
    "Table",
    "hash_folder",
    "load_catalogue",
    "once_per_catalogue",
]


#: Label of what the planner says of a site.
GIVEN = "given"
#: How a number came about. "assumed" is a default that a planner is expected to change.
LABELS = frozenset({"measured", "derived", "modelled", "assumed", GIVEN})

#: What a candidate is known for; one may be several.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "arctic": "north of 58° N: outside air cools most of the year",
        "subsea": "on a coast where the sea cools",
        "lake": "beside a lake that cools",
        "hydro": "close to much hydropower, southwest China first",
        "hub": "where data centers stand today",
        "edwc": "one of the ten clusters of China's eight hubs",
    }
)

#: Region of a candidate; each has one, and China stands on its own.
REGIONS = frozenset(
    {"africa", "asia_pacific", "china", "europe", "middle_east", "north_america", "south_america"}
)

#: Named groups of demand metros; those of China are in ``asia_pacific`` as well.
GROUPS = REGIONS | {"world"}

#: Attributes that are names of rows in other tables rather than numbers.
TEXT_ATTRIBUTES = frozenset({"basin", "grid_zone", "hydro_zone", "renewable_zone"})


@dataclass(frozen=True)
class Table:
    """One file of the catalogue.

    Parameters
    ----------
    file : str
        File name in the folder.
    index : tuple of str
        Columns whose values together name a row once.
    required : bool, default False
        Whether the folder must have it.
    """

    file: str
    index: tuple[str, ...]
    required: bool = False


#: The tables beside ``candidates.geojson``, by their name in :class:`Catalogue`.
TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "provenance": Table("attributes.csv", ("site", "attribute"), required=True),
        "demand": Table("demand.csv", ("id",), required=True),
        "grid_zones": Table("grid_zones.csv", ("zone",)),
        "hydro_profiles": Table("hydro_profiles.csv", ("zone", "month")),
        "renewable_profiles": Table("renewable_profiles.csv", ("zone", "technology", "month")),
        "water_bodies": Table("water_bodies.csv", ("site",)),
        "supply_sources": Table("supply_sources.csv", ("source",)),
    }
)
#: What no file of a planner's changes.
_unchanged = attrgetter("folder", *(t for t in TABLES if t not in ("provenance", "demand")))


@dataclass(frozen=True)
class Catalogue:
    """Candidates, demand and zones, ready to be selected from.

    Parameters
    ----------
    candidates : geopandas.GeoDataFrame
        Index id; name, country (ISO 3166-1 alpha-3), region, kinds (tuple of str), lat, lon
        [degrees], one column for each attribute, geometry (catchment, EPSG:4326).
        A value that is not known is NaN (None for a zone name).
    provenance : pandas.DataFrame
        One row for each known attribute: site, attribute, value, label, source.
    demand : pandas.DataFrame
        Index id; name, country, lat, lon [degrees], population, internet_users, groups.
    grid_zones, hydro_profiles, renewable_profiles, water_bodies, supply_sources : DataFrame
        As in :data:`TABLES`, indexed by the columns that name a row.
    sources : pandas.DataFrame
        Origin, licence, year, unit, method and label of every column.
    folder : pathlib.Path
        Where the tables were read from.
    sha256 : str
        Hash over the names and contents of all files of the folder.
    notes : tuple of str
        How files of the planner's were read where that is not plain, in words.
    made : dict
        Results of `once_per_catalogue`; a copy with other candidates or other demand shares them.
    """

    candidates: gpd.GeoDataFrame
    provenance: pd.DataFrame
    demand: pd.DataFrame
    grid_zones: pd.DataFrame
    hydro_profiles: pd.DataFrame
    renewable_profiles: pd.DataFrame
    water_bodies: pd.DataFrame
    supply_sources: pd.DataFrame
    sources: pd.DataFrame
    folder: Path
    sha256: str
    notes: tuple[str, ...] = ()
    made: dict[object, tuple[tuple[object, ...], Any]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def hash_with(self, files: Iterable[Path] = (), text: str = "") -> str:
        """SHA-256 of this catalogue with files and a text of the planner's."""
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
        return hashlib.sha256("\0".join([self.sha256, *digests, text]).encode()).hexdigest()


def once_per_catalogue[**P, T](
    make: Callable[Concatenate[Catalogue, P], T],
) -> Callable[Concatenate[Catalogue, P], T]:
    """Read or join something only once for a catalogue, however often it is asked for.

    It may depend on the folder, on the tables that no file of a planner's changes, and on further
    arguments that can be hashed: it is kept for catalogues that differ in candidates or demand
    alone. Each caller gets a copy of its own of a table, which shares memory until it is written
    to; what is no table is for reading only.
    """
    name = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def made(catalogue: Catalogue, /, *more: P.args, **named: P.kwargs) -> T:
        read = _unchanged(catalogue)
        key = (name, more, tuple(sorted(named.items())))
        kept = catalogue.made.get(key)
        if kept is None or not all(map(is_, kept[0], read)):
            kept = catalogue.made[key] = read, make(catalogue, *more, **named)
        value = kept[1]
        return cast("T", value.copy(deep=False) if isinstance(value, pd.DataFrame) else value)

    return made


_CANDIDATES = "candidates.geojson"
_SOURCES = "sources.csv"
_CANDIDATE_COLUMNS = ("id", "name", "country", "region", "kinds", "lat", "lon")


def load_catalogue(folder: Path | str | None = None) -> Catalogue:
    """Read the built-in catalogue, or one of the same form.

    The built-in one is read once and shared: tables of a catalogue are never written to, a changed
    one is a `dataclasses.replace` of it. Another folder has tables with the columns of the built-in
    ones but those of :data:`siting.files.FOR_READERS`; others are kept as they
    are. Raises `DataError` with all faults of all tables.
    """
    return _built_in(geodata_dir()) if folder is None else _read(Path(folder))


@lru_cache(maxsize=1)
def _built_in(folder: Path) -> Catalogue:
    return _read(folder)


@pd.option_context(*TEXTS)
def _read(place: Path) -> Catalogue:
    _raise_if([*_absent_files(place), *_absent_columns(place)])
    candidates = _read_candidates(place / _CANDIDATES)
    *read, sources = gather(
        *(partial(_read_table, place, table) for table in TABLES.values()),
        partial(read_folder_table, place / _SOURCES),
    )
    tables = dict(zip(TABLES, read, strict=True))
    provenance = tables["provenance"]
    faults = [*_candidate_faults(candidates), *_table_faults(tables, sources)]
    _raise_if([*faults, *_attribute_faults(provenance, candidates["id"])])
    del tables["provenance"]
    tables["demand"]["groups"] = _split(tables["demand"]["groups"])
    return Catalogue(
        candidates=_with_attributes(candidates, provenance),
        provenance=provenance,
        **{name: _indexed(table, TABLES[name]) for name, table in tables.items()},
        sources=sources,
        notes=(),
        folder=place,
        sha256=hash_folder(place),
        made={},
    )


def hash_folder(folder: Path) -> str:
    """SHA-256 over the names and contents of the files of a folder, in order of name."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.name}\0{content}\n".encode())
    return digest.hexdigest()


def _raise_if(faults: Iterable[Fault]) -> None:
    found = sorted(faults, key=lambda fault: (fault.where, fault.line or 0, fault.key))
    if found:
        raise DataError(found)


def _absent_files(folder: Path) -> list[Fault]:
    names = [_CANDIDATES, _SOURCES, *(table.file for table in TABLES.values() if table.required)]
    remedy = f"The folder {folder} must hold {', '.join(names)}"
    return [
        Fault(name, None, "", "the file is not there", remedy)
        for name in names
        if not (folder / name).is_file()
    ]


def _absent_columns(folder: Path) -> Iterator[Fault]:
    """Columns of the built-in tables that a folder lacks, as one of an earlier version does.

    A table that cannot be read counts where every study needs it; others are told once they are.
    """
    always = {_SOURCES, *(table.file for table in TABLES.values())}
    for path in sorted(geodata_dir().glob("*.csv")):
        if (folder / path.name).is_file():
            faults = header_faults(folder / path.name)
            yield from (fault for fault in faults if fault.key or path.name in always)


def _read_table(folder: Path, table: Table) -> pd.DataFrame:
    if not (table.required or (folder / table.file).is_file()):
        return pd.DataFrame(columns=header(geodata_dir() / table.file))
    return read_folder_table(folder / table.file)


def _indexed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    return frame.set_index(list(table.index) if len(table.index) > 1 else table.index[0])


def _split(column: pd.Series[str]) -> pd.Series[Any]:
    return column.map(lambda text: tuple(part for part in str(text).split(",") if part))


def _read_candidates(path: Path) -> gpd.GeoDataFrame:
    frame = pyogrio.read_dataframe(path)
    absent = [name for name in _CANDIDATE_COLUMNS if name not in frame.columns]
    remedy = "Each feature needs the properties " + ", ".join(_CANDIDATE_COLUMNS)
    _raise_if(Fault(path.name, None, name, "the property is not there", remedy) for name in absent)
    return frame.assign(kinds=_split(frame["kinds"]))


def _with_attributes(candidates: gpd.GeoDataFrame, provenance: pd.DataFrame) -> gpd.GeoDataFrame:
    """Candidates with one column for each attribute; unknown stays missing."""
    wide = provenance.pivot(index="site", columns="attribute", values="value")
    for name in sorted(set(wide.columns) - TEXT_ATTRIBUTES):
        wide[name] = pd.to_numeric(wide[name])
    wide = wide.rename_axis(index=None, columns=None)
    table = candidates.set_index("id").join(wide)
    return table[[*table.columns.drop("geometry"), "geometry"]]


def _candidate_faults(frame: gpd.GeoDataFrame) -> list[Fault]:
    """CRS, unique ids, known kinds and regions, valid polygons."""
    faults = []
    if frame.crs is None or frame.crs.to_epsg() != 4326:
        problem = f"the coordinate reference system is {frame.crs or 'missing'}"
        faults.append(Fault(_CANDIDATES, None, "crs", problem, "Use EPSG:4326 (WGS 84)"))
    faults += _repeated(_CANDIDATES, frame, ("id",))
    valid = shapely.is_valid(frame.geometry.to_numpy()) & ~frame.geometry.is_empty.to_numpy()
    areal = frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    for site in frame.loc[~(valid & areal), "id"]:
        remedy = "Give a valid polygon or multipolygon"
        faults.append(Fault(_CANDIDATES, None, site, "the catchment is not a polygon", remedy))
    for site, kinds, region in zip(frame["id"], frame["kinds"], frame["region"], strict=True):
        for kind in sorted(set(kinds) - KINDS.keys()):
            faults.append(_unknown(_CANDIDATES, None, f"{site}.kinds", kind, KINDS))
        if region not in REGIONS:
            faults.append(_unknown(_CANDIDATES, None, f"{site}.region", region, REGIONS))
    return faults


def _unknown(where: str, line: int | None, key: str, value: object, known: Iterable[str]) -> Fault:
    return Fault(where, line, key, f"unknown {value!r}", f"Known are {', '.join(sorted(known))}")


def _repeated(where: str, frame: pd.DataFrame, index: tuple[str, ...]) -> list[Fault]:
    again = frame[frame.duplicated(list(index))]
    return [
        Fault(where, None, "/".join(map(str, row)), "the name occurs twice", "Name each row once")
        for row in again[list(index)].itertuples(index=False)
    ]


def _table_faults(tables: dict[str, pd.DataFrame], sources: pd.DataFrame) -> list[Fault]:
    """Check for unique rows, known labels, origins of ``sources.csv`` and known groups."""
    origins = set(sources["origin"])
    faults = []
    for name, frame in tables.items():
        table = TABLES[name]
        faults += _repeated(table.file, frame, table.index)
        for column in frame.columns:
            if column == "label" or column.endswith("_label"):
                faults += _cells(table.file, frame[column], LABELS)
            elif column not in table.index and column.split("_")[-1] == "source":
                faults += _cells(table.file, frame[column], origins)
    groups = tables["demand"]["groups"].str.split(",").explode()
    return faults + _cells(TABLES["demand"].file, groups, GROUPS)


def _attribute_faults(provenance: pd.DataFrame, sites: pd.Series[str]) -> list[Fault]:
    """Check that every attribute belongs to a candidate and is a number where it must be."""
    where = TABLES["provenance"].file
    numeric = ~provenance["attribute"].isin(list(TEXT_ATTRIBUTES))
    text = provenance["value"][numeric & pd.to_numeric(provenance["value"], errors="coerce").isna()]
    faults = [
        Fault(where, int(str(row)) + 2, "value", f"{value!r} is not a number", "Leave out the row")
        for row, value in text.items()
    ]
    strangers = provenance["site"][~provenance["site"].isin(sites)].drop_duplicates()
    remedy = f"Add the site to {_CANDIDATES} or remove the row"
    return faults + [
        Fault(where, int(str(row)) + 2, "site", f"{site!r} is no candidate", remedy)
        for row, site in strangers.items()
    ]


def _cells(where: str, column: pd.Series[str], known: Iterable[str]) -> list[Fault]:
    """Values outside ``known``, each once at its first line; empty cells are no fault."""
    wrong = column[column.notna() & ~column.isin(list(known))].drop_duplicates()
    shown = known if len(set(known)) < 20 else [f"the origins of {_SOURCES}"]
    return [
        _unknown(where, int(str(row)) + 2, str(column.name), value, shown)
        for row, value in wrong.items()
    ]
