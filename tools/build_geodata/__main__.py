"""Command line: ``python -m tools.build_geodata --sources FOLDER [--only places,grid]``."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import time
from collections.abc import Sequence
from pathlib import Path

from tools.build_geodata import MODULES
from tools.build_geodata.common import (
    ATTRIBUTES,
    SourceRow,
    merge_sources,
    read_sources,
    write_sources,
)

__all__ = ["main"]

_GEODATA = Path(__file__).resolve().parents[2] / "geodata"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.build_geodata", description=__doc__)
    parser.add_argument("--sources", type=Path, required=True, help="folder of the raw sources")
    parser.add_argument("--out", type=Path, default=_GEODATA, help="folder of the tables")
    parser.add_argument("--only", default="", help="comma-joined modules; default: all")
    arguments = parser.parse_args(argv)
    arguments.only = tuple(name for name in arguments.only.split(",") if name)
    unknown = sorted(set(arguments.only) - set(MODULES))
    if unknown:
        parser.error(f"unknown module {', '.join(unknown)}; there are {', '.join(MODULES)}")
    if not arguments.sources.is_dir():
        parser.error(f"--sources {arguments.sources} is not a folder")
    return arguments


def _run(name: str, sources: Path, out: Path) -> list[SourceRow]:
    module = f"tools.build_geodata.{name}"
    if importlib.util.find_spec(module) is None:
        print(f"{name:14s} not there, skipped")
        return []
    start = time.perf_counter()
    rows: list[SourceRow] = importlib.import_module(module).build(sources, out)
    print(f"{name:14s} {time.perf_counter() - start:6.1f} s  {len(rows)} source rows")
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    """Build all tables, or only those of some modules, and merge their provenance."""
    arguments = _arguments(argv)
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    if not arguments.only:
        (out / ATTRIBUTES).unlink(missing_ok=True)
    names = [name for name in MODULES if not arguments.only or name in arguments.only]
    rows = [row for name in names for row in _run(name, arguments.sources, out)]
    old = read_sources(out / "sources.csv") if arguments.only else []
    write_sources(merge_sources(old, rows), out / "sources.csv")


if __name__ == "__main__":
    main()
