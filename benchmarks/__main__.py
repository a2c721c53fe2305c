"""Runs the benchmarks and prints their table."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks.aims import aim_lines, ratio_lines
from benchmarks.cases import CASES, SMALLEST, run_case
from benchmarks.location import (
    LARGE,
    PUBLISHED,
    LocationResult,
    location_table,
    made_up_warehouses,
    read_warehouses,
    run_location,
    small_instances,
)
from benchmarks.physics import run_physics
from benchmarks.process import in_fresh_process
from benchmarks.scale import FULL, SHORT, run_aim, run_sizes
from benchmarks.scale import SMALLEST as SMALLEST_SCALE
from benchmarks.sweep import CASES as SWEEP_CASES
from benchmarks.sweep import run_sweep, sweep_line
from benchmarks.table import case_table, growth_lines, physics_line, scale_table

PHYSICS_SITES = 1_000
PHYSICS_SITES_SMALLEST = 20
LIMIT_S = 120.0
#: Columns of text below which the table would be cut, where the output is no terminal.
WIDTH = 180


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    cases = [SMALLEST] if asked.smallest else CASES
    results = []
    for sites, slices in cases:
        print(f"{sites} sites × {slices} slices ...", flush=True)
        results.append(in_fresh_process(run_case, sites, slices))
    print("physics ...", flush=True)
    sites = PHYSICS_SITES_SMALLEST if asked.smallest else PHYSICS_SITES
    physics = in_fresh_process(run_physics, sites)
    print("sweep ...", flush=True)
    swept = run_sweep(
        *cases[-1], cases=3 if asked.smallest else SWEEP_CASES, commands=1 if asked.smallest else 5
    )
    sizes = SMALLEST_SCALE if asked.smallest else FULL if asked.full else SHORT
    scale = run_aim(run_sizes(sizes, asked.limit, _say), _say)
    location = _run_location(asked)
    console = Console(width=max(WIDTH, Console().width))
    console.print(case_table(results))
    print(physics_line(physics))
    print(sweep_line(swept))
    console.print(scale_table(scale))
    print("\n".join([*growth_lines(scale), *ratio_lines(scale), *aim_lines(scale)]))
    console.print(location_table(location))
    if asked.json:
        found = {
            "cases": [asdict(result) for result in results],
            "physics": asdict(physics),
            "sweep": asdict(swept),
            "scale": [asdict(result) for result in scale],
            "location": [asdict(result) for result in location],
        }
        asked.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _run_location(asked: argparse.Namespace) -> list[LocationResult]:
    """The problems of OR-Library that are at hand, and one of the size of its largest."""
    problems = small_instances()
    if not asked.smallest:
        problems[f"made-up-{LARGE[0]}-{LARGE[1]}"] = made_up_warehouses(*LARGE)
    for name in PUBLISHED if asked.orlib else ():
        file, capacity = name.split("-")
        problems[name] = read_warehouses(asked.orlib / f"{file}.txt", float(capacity))
    results = []
    for name, problem in problems.items():
        _say(f"warehouse location {name} ...")
        results.append(in_fresh_process(run_location, name, problem, asked.limit))
    return results


def _say(what: str) -> None:
    print(what, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--smallest", action="store_true", help="only the smallest case, to see that all of it runs"
    )
    parser.add_argument("--full", action="store_true", help="50 to 400 sites by 24 to 1,440 slices")
    parser.add_argument(
        "--limit", type=float, default=LIMIT_S, help="time of one solve against the peer [s]"
    )
    parser.add_argument(
        "--orlib", type=Path, metavar="FOLDER", help="capa.txt, capb.txt and capc.txt of OR-Library"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results there")
    return parser


if __name__ == "__main__":
    main()
