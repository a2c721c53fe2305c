"""A planner's own table of generators: a row each, its columns the keys of ``generation.units``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from siting.catalogue.read_tables import Rows, read_rows
from siting.config.base import described_fields, suggest
from siting.config.messages import explain
from siting.config.supply import GeneratorOffer
from siting.errors import DataError, Fault
from siting.files.spreadsheets import is_number

__all__ = ["GENERATOR_COLUMNS", "read_generators"]

#: Columns: the keys of a unit in a study.
GENERATOR_COLUMNS = tuple(GeneratorOffer.model_fields)
_NEEDED = ("name", "kind", "max_units")
_TRUTH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_generators(path: Path, taken: Collection[str]) -> tuple[GeneratorOffer, ...]:
    """Generators of a table, in the order of its rows; an empty cell takes the built-in figure.

    Parameters
    ----------
    path : pathlib.Path
        Columns of `GENERATOR_COLUMNS`; several places of ``where`` and the pairs of
        ``efficiency_by_load`` are parted by semicolons: ``0.5: 0.36; 1: 0.41``.
    taken : collection of str
        Names of other sources, which a generator may not have.

    Raises
    ------
    siting.errors.DataError
        With all errors of the table, each with its line and column.
    """
    stamp = path.stat()
    table = _read(path, stamp.st_mtime_ns, stamp.st_size)
    faults, before = list(table.faults), list(taken)
    for i, name in enumerate(table.names):
        if name and name in before:
            problem = f"is {name!r}, the name of another source or generator"
            faults.append(table.rows.fault(i, "name", problem, "Choose another name"))
        before.append(name)
    if faults:
        raise DataError(sorted(faults, key=lambda fault: (fault.line or 0, fault.key)))
    return table.offers


@dataclass(frozen=True)
class _Table:
    """Rows of a file with their names, what they offer, and their errors."""

    rows: Rows
    names: tuple[str, ...]
    offers: tuple[GeneratorOffer, ...]
    faults: tuple[Fault, ...]


@lru_cache(maxsize=8)
def _read(path: Path, _modified: int, _size: int) -> _Table:
    header, cells, rows = read_rows(path, wanted=("name", "kind"), collect=True)
    header = [name.strip().lower().replace(" ", "_") for name in header]
    faults = [*rows.faults, *_header_faults(rows, header)]
    offers, names = list[GeneratorOffer](), list[str]()
    for i, row in enumerate(cells):
        given = {name: cell for name, cell in zip(header, row, strict=True) if cell}
        names.append(given.get("name", ""))
        values = {n: _value(n, cell) for n, cell in given.items() if n in GENERATOR_COLUMNS}
        try:
            offers.append(GeneratorOffer.model_validate(values))
        except ValidationError as error:
            for issue in explain(error, values, GeneratorOffer):
                key = str(issue.key[0]) if issue.key else "efficiency_by_load"
                if key in header:
                    faults.append(rows.fault(i, key, issue.problem, issue.remedy))
            continue
        if offers[-1].kind in ("geothermal", "hydro") and not offers[-1].where:
            problem = f"is empty, and {offers[-1].kind} is not everywhere"
            remedy = "Name the sites, countries, zones, regions or kinds that have it"
            faults.append(rows.fault(i, "where", problem, remedy))
    return _Table(rows, tuple(names), tuple(offers), tuple(faults))


def _header_faults(rows: Rows, header: list[str]) -> Iterator[Fault]:
    about = described_fields(GeneratorOffer)
    for name in _NEEDED:
        if name not in header:
            yield rows.of_column(name, "the column is not there", about[name].description or "")
    for name in header:
        if name not in GENERATOR_COLUMNS:
            remedy = suggest(name, GENERATOR_COLUMNS)
            yield rows.of_column(name, "is no column of generators", remedy)
        elif header.count(name) > 1:
            yield rows.of_column(name, "is there twice", "Keep one of them")


def _value(name: str, cell: str) -> Any:
    """A cell as the value of a key: text, numbers, lists, true or false."""
    if name in ("name", "kind"):
        return cell
    if name == "where":
        return [part.strip() for part in cell.split(";") if part.strip()]
    if name == "clean":
        return _TRUTH.get(cell.lower(), cell)
    if name == "efficiency_by_load":
        pairs = [part.split(":") for part in cell.split(";") if part.strip()]
        return [[_number(part) for part in pair] for pair in pairs]
    return _number(cell)


def _number(cell: str) -> Any:
    """A number, whole where it is one; other text as it is."""
    if not is_number(cell):
        return cell.strip()
    value = float(cell)
    return int(value) if value.is_integer() else value
