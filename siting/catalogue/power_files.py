"""A planner's tables of power: purchase agreements, one row each, and steps of connections."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os.path import isfile
from pathlib import Path

import numpy as np
import pandas as pd

from siting.catalogue import Catalogue
from siting.catalogue.figures import Allowed, number_faults, numbers
from siting.catalogue.hourly import hourly_means
from siting.catalogue.read_tables import Rows, read_rows
from siting.config.base import closest, did_you_mean, no_file
from siting.config.supply import FIRMNESS, Connections, ConnectionStep
from siting.errors import DataError, Fault
from siting.nomenclature import YEAR_H

__all__ = [
    "BASELOAD",
    "BUILT_IN",
    "CONNECTION_COLUMNS",
    "PPA_COLUMNS",
    "PROFILED",
    "TRUTH",
    "Ppa",
    "doubtful_steps",
    "profile_files",
    "read_connections",
    "read_ppas",
]


#: Profiles by name; any other is a file by the hour.
BUILT_IN, BASELOAD = "built_in", "baseload"
#: Sources whose output within the year the catalogue knows by place.
PROFILED = ("hydro", "wind", "solar")
#: Columns of the table and what each means.
PPA_COLUMNS = {
    "id": "Small letters, digits and _, a letter first; made of source and row by default.",
    "source": "How the plant makes electricity, as in geodata/supply_sources.csv. Needed.",
    "zone": "Grid zone of the plant; every site there may contract it.",
    "site": "The one site that may contract it, wherever the plant stands.",
    "mw": "Capacity that may be contracted, by all sites together. Needed.",
    "price_usd_per_mwh": "Delivered price of all that the contract generates. Needed.",
    "start": "First year of the contract; any by default.",
    "end": "Last year of the contract; any by default.",
    "profile": "built_in (as generated, the default), baseload (the same in every hour), or a "
    "table of capacity factors by the hour (8,760 numbers from 1 January 00:00 UTC).",
    "capacity_factor": "Annual mean of the output over mw; scales a built-in profile.",
    "built": "Year in which the plant went into operation, for supply.clean.built_after.",
}
_NUMBERS = ("mw", "price_usd_per_mwh", "start", "end", "capacity_factor", "built")
_NEEDED = ("source", "mw", "price_usd_per_mwh")
_YEARS = ("start", "end", "built")
_TAKEN = ("grid", "backup", *PROFILED)


@dataclass(frozen=True)
class Ppa:
    """One contract that a planner has on offer.

    Parameters
    ----------
    id : str
        Its name in every result.
    source : str
        Row of ``Catalogue.supply_sources``.
    zone, site : str
        Grid zone of the plant and the only site that may contract it; empty where not given.
    mw : float
        Capacity, of all sites together. [MW]
    price_usd_per_mwh : float
        Of all that it generates, delivered. [USD/MWh]
    start, end : int or None
        First and last year.
    profile : str
        ``built_in``, ``baseload`` or the absolute path of a table by the hour.
    capacity_factor : float or None
        Annual mean that the planner gives. [-]
    built : int or None
        Year of the plant.
    """

    id: str
    source: str
    zone: str
    site: str
    mw: float
    price_usd_per_mwh: float
    start: int | None
    end: int | None
    profile: str
    capacity_factor: float | None
    built: int | None

    def runs(self, year: int | None, years: int) -> bool:
        """Return whether it runs in all of some years; without a year it always does."""
        if year is None:
            return True
        begun = self.start is None or self.start <= year
        return begun and (self.end is None or self.end >= year + years - 1)

    def is_for(self, site: str, zone: str) -> bool:
        """Return whether a site in a grid zone may contract it."""
        return self.site == site if self.site else self.zone == zone

    def stands_in(self, zone: str) -> bool:
        """Return whether its plant is known to stand in the grid zone of a site."""
        return not self.zone or self.zone == zone


def read_ppas(path: Path | str, catalogue: Catalogue) -> tuple[Ppa, ...]:
    """Read the contracts of a table with columns of :data:`PPA_COLUMNS`.

    The catalogue has sources, grid zones and sites, those of the planner's included. A `DataError`
    has all faults of the file.
    """
    place = Path(path)
    header, cells, rows = read_rows(place, wanted=("source", "mw"), collect=True)
    header = [name.strip().lower().replace(" ", "_") for name in header]
    absent = [name for name in _NEEDED if name not in header]
    faults = [rows.of_column(name, "the column is not there", PPA_COLUMNS[name]) for name in absent]
    faults += [
        rows.of_column(name, "unknown column", _close(name, PPA_COLUMNS))
        for name in header
        if name not in PPA_COLUMNS
    ]
    if not {"zone", "site"} & set(header):
        remedy = "Give the grid zone of each plant, or the site that it is for"
        faults.append(rows.of_column("zone", "the column is not there, nor is site", remedy))
    if faults:
        raise DataError([*faults, *rows.faults])
    table = pd.DataFrame(cells, columns=header, dtype=object).reindex(columns=list(PPA_COLUMNS))
    table = table.where(table.notna(), "")
    for name in ("id", "source", "zone", "site", "profile"):
        table[name] = table[name].map(str)
    table["id"] = [
        name or f"ppa_{i + 1}_{source}"
        for i, (name, source) in enumerate(zip(table["id"], table["source"], strict=True))
    ]
    faults = [*rows.faults, *_faults(rows, table, catalogue)]
    faults += _profile_faults(rows, table, place.parent)
    if faults:
        raise DataError(sorted(faults, key=lambda fault: (fault.line or 0, fault.key)))
    return tuple(_ppa(row, place.parent) for _, row in table.iterrows())


def profile_files(path: Path) -> list[Path]:
    """Files that a table of contracts names, as far as there are such."""
    header, cells, _ = read_rows(path)
    names = {str(cell) for row in cells for cell in row} if "profile" in header else set()
    return sorted(path.parent / name for name in names if name and isfile(path.parent / name))


def _ppa(row: pd.Series, folder: Path) -> Ppa:
    value = {name: None if row[name] == "" else float(row[name]) for name in _NUMBERS}
    year = {name: None if value[name] is None else int(value[name] or 0) for name in _YEARS}
    named = row["profile"] or BUILT_IN
    if named not in (BUILT_IN, BASELOAD):
        named = str((folder / named).absolute())
    return Ppa(
        id=row["id"],
        source=row["source"],
        zone=row["zone"],
        site=row["site"],
        mw=float(value["mw"] or 0.0),
        price_usd_per_mwh=float(value["price_usd_per_mwh"] or 0.0),
        profile=named,
        capacity_factor=value["capacity_factor"],
        **year,
    )


def _faults(rows: Rows, table: pd.DataFrame, catalogue: Catalogue) -> Iterator[Fault]:
    """Numbers out of range, names that nobody knows, ids that are none."""
    filled = table.where(table != "", None)
    needed = [name for name in _NEEDED if name in _NUMBERS]
    yield from number_faults(rows, filled, needed, required=True)
    yield from number_faults(rows, filled, [name for name in _NUMBERS if name not in needed])
    sources = list(map(str, catalogue.supply_sources.index))
    zones = sorted({*map(str, catalogue.grid_zones.index), *_zones(catalogue)})
    sites = list(map(str, catalogue.candidates.index))
    for i, row in table.iterrows():
        yield from _name_faults(rows, int(str(i)), row, sources, zones, sites)
        yield from _year_faults(rows, int(str(i)), row)
    for i in np.flatnonzero(table["id"].duplicated().to_numpy()).tolist():
        yield rows.fault(i, "id", f"{table['id'].iloc[i]!r} is twice in the file", "Name each once")


def _zones(catalogue: Catalogue) -> set[str]:
    return set(map(str, catalogue.candidates["grid_zone"].dropna()))


def _name_faults(
    rows: Rows,
    i: int,
    row: pd.Series,
    sources: Sequence[str],
    zones: Sequence[str],
    sites: Sequence[str],
) -> Iterator[Fault]:
    name = str(row["id"])
    plain = name.replace("_", "a")
    if not (plain.isascii() and plain.isalnum() and plain[0].isalpha() and plain.islower()):
        remedy = "Use lower-case letters, digits and _ and begin with a letter"
        yield rows.fault(i, "id", f"{name!r} is not an id", remedy)
    elif name in _TAKEN:
        yield rows.fault(i, "id", f"{name!r} is the name of another source", "Use another id")
    for key, known, what in (
        ("source", sources, "way to make electricity"),
        ("zone", zones, "grid zone"),
        ("site", sites, "site"),
    ):
        value = str(row[key])
        if value and value not in known:
            yield rows.fault(i, key, f"{value!r} is no {what} that is known", _close(value, known))
    if not row["source"]:
        yield rows.fault(i, "source", "is empty", f"One of {', '.join(sources)}")
    if not (row["zone"] or row["site"]):
        yield rows.fault(i, "zone", "is empty, and so is site", "Give one of them, or both")


def _year_faults(rows: Rows, i: int, row: pd.Series) -> Iterator[Fault]:
    values = {name: numbers(pd.Series([row[name]], dtype=object)).iloc[0] for name in _YEARS}
    for name, value in values.items():
        if np.isfinite(value) and value != round(value):
            yield rows.fault(i, name, f"is {row[name]!r}, no whole year", "Give a year: 2028")
    if values["end"] < values["start"]:
        problem = f"is {row['end']!r}, before start {row['start']!r}"
        yield rows.fault(i, "end", problem, "Give the last year of the contract")


def _profile_faults(rows: Rows, table: pd.DataFrame, folder: Path) -> Iterator[Fault]:
    """Profiles that cannot be read, and sources that have none built in."""
    for i, row in enumerate(table.to_dict("records")):
        name, factor = str(row["profile"] or BUILT_IN), row["capacity_factor"]
        if name == BUILT_IN:
            if row["source"] not in PROFILED and factor == "":
                problem = f"is empty, and no profile of {row['source']!r} is built in"
                remedy = "Give capacity_factor, baseload, or a table by the hour as profile"
                yield rows.fault(i, "profile", problem, remedy)
            continue
        if factor != "":
            problem = f"is given beside the profile {name!r}, which has a mean of its own"
            yield rows.fault(i, "capacity_factor", problem, "Keep one of them")
        if name == BASELOAD:
            continue
        path = folder / name
        if what := no_file(path):
            remedy = f"Give {BUILT_IN}, {BASELOAD}, or a file beside this table"
            yield rows.fault(i, "profile", f"names {name!r}, which {what}", remedy)
            continue
        try:
            hourly_means(path, "capacity_factor")
        except DataError as error:
            yield from error.faults


def _close(name: str, known: Collection[str]) -> str:
    match = closest(name, known)
    listed = f"Known are {', '.join(known)}" if len(known) < 20 else "`siting sites` lists them"
    return did_you_mean(name, match) if match else listed


_REQUIRED = ("site", "year", "mw", "cost_usd_per_mw")
#: Columns of numbers with their ranges; of the last three one says how firm a step is.
CONNECTION_COLUMNS = {
    "year": Allowed(2000.0, 2200.0, "", "the first year in which the power is there"),
    "mw": Allowed(0.001, 100_000.0, "MW", "the power of the step"),
    "cost_usd_per_mw": Allowed(0.0, 1e8, "USD/MW", "investment in line, substation and upgrades"),
    "lead_years": Allowed(0.0, 30.0, "a", "time from the order to the power"),
    "firm_hours": Allowed(0.0, YEAR_H, "h/a", "hours in which the power cannot be taken away"),
    "curtailable_hours": Allowed(0.0, YEAR_H, "h/a", "hours in which it may be taken away"),
    "curtailable_share": Allowed(0.0, 1.0, "", "share of the energy that may be taken away"),
}
_FIRST_YEAR = "Give a year from 2000 to 2200: the first in which the power is there"
TRUTH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_connections(
    path: Path, known: Collection[str]
) -> Mapping[str, tuple[ConnectionStep, ...]]:
    """Steps of each site that a table names, in the order of its rows.

    It has the columns site, year, mw, cost_usd_per_mw and, where they are given, lead_years, firm
    (yes or no), and one of firm_hours, curtailable_hours, curtailable_share. A `DataError` has all
    errors of the table, each with its line and column.
    """
    header, cells, rows = read_rows(path, wanted=_REQUIRED, collect=True)
    table = pd.DataFrame(cells, columns=[name.strip().lower() for name in header], dtype=object)
    faults = [*rows.faults, *_header_faults(rows, table)]
    there = [name for name in CONNECTION_COLUMNS if name in table]
    values = {name: numbers(table[name].replace("", np.nan)).to_numpy() for name in there}
    for i in range(len(table)):
        faults += _row_faults(rows, table, values, i, known)
    if faults:
        raise DataError(sorted(faults, key=lambda fault: fault.line or 0))
    found: dict[str, list[ConnectionStep]] = {}
    for i, site in enumerate(table["site"]):
        given = {n: float(v[i]) for n, v in values.items() if np.isfinite(v[i])}
        found.setdefault(str(site), []).append(
            ConnectionStep.model_validate({**given, "year": int(given["year"])})
        )
    return {site: tuple(steps) for site, steps in found.items()}


def doubtful_steps(asked: Connections, most_mw: Mapping[str, float]) -> list[str]:
    """Sentences on steps far larger than a study can use, as kilowatts read as megawatts are.

    Parameters
    ----------
    asked : Connections
        Section of the study, whose table has been read without an error.
    most_mw : mapping of str to float
        Power at each competing site from which there is doubt. [MW]
    """
    found = []
    if asked.file is not None:
        header, cells, rows = read_rows(Path(asked.file), wanted=_REQUIRED)
        columns = [name.strip().lower() for name in header]
        site, mw = columns.index("site"), columns.index("mw")
        values = numbers(pd.Series([row[mw] for row in cells], dtype=object))
        for i, (row, value) in enumerate(zip(cells, values, strict=True)):
            if value > most_mw.get(str(row[site]), np.inf):
                found.append(str(rows.fault(i, "mw", _DOUBT.format(value), _IN_MW)))
    largest = max(most_mw.values(), default=np.inf)
    for i, step in enumerate(asked.steps):
        if step.mw is not None and step.mw > largest:
            found.append(f"connections.steps[{i}].mw: {_DOUBT.format(step.mw)}. {_IN_MW}")
    return found


_DOUBT = "is {:,.0f} MW, ten times what the study needs, and more than the grid of the site gives"
_IN_MW = "Give megawatts: 50 for 50,000 kW"


def _header_faults(rows: Rows, table: pd.DataFrame) -> Iterator[Fault]:
    allowed = ["site", "firm", *CONNECTION_COLUMNS]
    for name in _REQUIRED:
        if name not in table:
            yield rows.of_column(name, "the column is not there", f"Add it: {', '.join(_REQUIRED)}")
    for name in map(str, table.columns):
        if name not in allowed:
            yield rows.of_column(name, "is no column of connection steps", _close(name, allowed))


def _row_faults(
    rows: Rows,
    table: pd.DataFrame,
    values: Mapping[str, np.ndarray],
    i: int,
    known: Collection[str],
) -> Iterator[Fault]:
    """Errors of one row: its site, its numbers, and whether it says once how firm it is."""
    site = str(table["site"].iloc[i]) if "site" in table else ""
    if "site" in table and site not in known:
        problem = f"is {site!r}, which is not a site" if site else "is empty"
        yield rows.fault(i, "site", problem, _close(site, known))
    for name, value in values.items():
        text, allowed = str(table[name].iloc[i]), CONNECTION_COLUMNS[name]
        if not text and name not in _REQUIRED:
            continue
        remedy = _FIRST_YEAR if name == "year" else allowed.remedy
        if not np.isfinite(value[i]):
            problem = f"is {text!r}, not a number" if text else "is empty"
            yield rows.fault(i, name, problem, remedy)
        elif not allowed.fits(value[i : i + 1])[0]:
            yield rows.fault(i, name, f"is {text}, out of range", remedy)
        elif name == "year" and value[i] != round(value[i]):
            yield rows.fault(i, name, f"is {text}, not a whole year", remedy)
    given = [name for name in FIRMNESS if name in table and str(table[name].iloc[i])]
    if len(given) > 1:
        yield rows.fault(i, given[1], f"is given beside {given[0]}", "Keep one of them")
    firm = str(table["firm"].iloc[i]).lower() if "firm" in table else ""
    if firm and firm not in TRUTH:
        yield rows.fault(i, "firm", f"is {firm!r}", "Say yes or no")
    elif firm and not TRUTH[firm] and not given:
        remedy = "Give firm_hours, curtailable_hours or curtailable_share"
        yield rows.fault(i, "firm", "is no, and nothing says how much is curtailed", remedy)
    elif firm and given and _is_firm(given[0], values[given[0]][i]) != TRUTH[firm]:
        problem = f"is {firm}, but {given[0]} is {table[given[0]].iloc[i]}"
        yield rows.fault(i, "firm", problem, "Keep one of them")


def _is_firm(name: str, value: float) -> bool:
    """Return whether a figure says that no hour may be taken away."""
    return bool(value >= YEAR_H if name == "firm_hours" else value <= 0.0)
