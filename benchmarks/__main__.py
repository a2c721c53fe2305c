"""Runs the benchmarks and prints their table."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import process
from benchmarks.aims import aim_lines, ratio_lines
from benchmarks.browser import browser_line, run_browser
from benchmarks.cases import CASES, SMALLEST, run_case
from benchmarks.location import FULL as FULL_PLACES
from benchmarks.location import (
    LARGE,
    PEERS,
    PUBLISHED,
    SITE_LIMITS,
    location_line,
    location_table,
    made_up_warehouses,
    median_problem,
    read_warehouses,
    run_location,
    run_site_limit,
    small_instances,
)
from benchmarks.location import SHORT as SHORT_PLACES
from benchmarks.physics import run_physics
from benchmarks.power_peer import power_line, run_power
from benchmarks.power_world import FEW, WORLD_SIZES, run_world, world_line
from benchmarks.process import MeasurementError, in_fresh_process, in_limited_process
from benchmarks.scale import FAILED, FULL, METHODS, SHORT, Size, run_aim, run_sizes
from benchmarks.scale import SMALLEST as SMALLEST_SCALE
from benchmarks.sweep import CASES as SWEEP_CASES
from benchmarks.sweep import run_sweep, sweep_line
from benchmarks.table import case_table, growth_lines, physics_line, scale_table
from benchmarks.workbench import AIMS_S, run_workbench, workbench_line

PHYSICS_SITES = 1_000
PHYSICS_SITES_SMALLEST = 4
#: Changes of `configs/arctic.yaml`, to see that it runs.
FEW_ARCTIC = ("time.slices=12", "candidates.kinds=[arctic]", "designs=[air_economizer]")
LIMIT_S = 120.0
#: Aim of the study with power offered everywhere. [s]
AIM_S = 180.0
#: Columns of text below which the table would be cut, where the output is no terminal.
WIDTH = 180


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; 1 where a method failed, which is no measurement of it."""
    asked = _parser().parse_args(arguments)
    console = Console(width=max(WIDTH, Console().width))
    found = {part: PARTS[part](asked, console) for part in asked.only or PARTS}
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    failed = [
        f"{case['sites']} sites × {case['slices']} slices, {case['method']}: {case['ended']}"
        for case in found.get("scale", ())
        if case["ended"].startswith(FAILED)
    ]
    failed += [
        f"{case['name']}, {case['way']}: {case['failed']}"
        for case in found.get("location", ())
        if "failed" in case
    ]
    print(*failed, sep="\n", end="\n" * bool(failed), file=sys.stderr)
    return 1 if failed else 0


def _run_cases(asked: argparse.Namespace, console: Console) -> Any:
    results = []
    for sites, slices in [SMALLEST] if asked.smallest else CASES:
        _say(f"{sites} sites × {slices} slices ...")
        results.append(in_fresh_process(run_case, sites, slices))
    console.print(case_table(results))
    return [asdict(result) for result in results]


def _run_physics(asked: argparse.Namespace, console: Console) -> Any:
    _say("physics ...")
    sites = PHYSICS_SITES_SMALLEST if asked.smallest else PHYSICS_SITES
    result = in_fresh_process(run_physics, sites)
    _say(physics_line(result))
    return asdict(result)


def _run_sweep(asked: argparse.Namespace, console: Console) -> Any:
    _say("sweep ...")
    if asked.smallest:
        result = run_sweep(20, 12, cases=3, commands=1)
    else:
        result = run_sweep(*CASES[-1], cases=SWEEP_CASES, commands=5)
    _say(sweep_line(result))
    return asdict(result)


def _run_workbench(asked: argparse.Namespace, console: Console) -> Any:
    studies, changes = (("arctic",), FEW_ARCTIC) if asked.smallest else (AIMS_S, ())
    results = []
    for study in studies:
        _say(f"workbench, {study} ...")
        results.append(in_fresh_process(run_workbench, study, changes))
        _say(workbench_line(results[-1]))
    return [asdict(result) for result in results]


def _run_browser(asked: argparse.Namespace, console: Console) -> Any:
    """The page of a small study with many candidates, and that of the world."""
    if asked.smallest:
        pages: tuple[tuple[str, int, Sequence[str]], ...] = (("arctic", 20, FEW_ARCTIC),)
    else:
        pages = (("arctic", 0, ()), ("arctic", 5_000, ()), ("global", 0, ("time.slices=24",)))
    results = []
    for study, candidates, changes in pages:
        _say(f"page of {study}, {candidates:,} more candidates ...")
        results.append(process.in_fresh_process(run_browser, study, candidates, changes))
        _say(browser_line(results[-1]))
    return [asdict(result) for result in results if result is not None]


def _run_scale(asked: argparse.Namespace, console: Console) -> Any:
    sizes = SMALLEST_SCALE if asked.smallest else FULL if asked.full else SHORT
    methods = asked.method or METHODS
    results = run_aim(run_sizes(asked.size or sizes, asked.limit, _say, methods), _say)
    console.print(scale_table(results))
    _say("\n".join([*growth_lines(results), *ratio_lines(results), *aim_lines(results)]))
    return [asdict(result) for result in results]


def _run_location(asked: argparse.Namespace, console: Console) -> Any:
    """OR-Library's problems, random families beside peers, and the global study with few sites."""
    published = small_instances()
    for name in PUBLISHED if asked.orlib else ():
        file, capacity = name.split("-")
        published[name] = read_warehouses(asked.orlib / f"{file}.txt", float(capacity))
    sizes = FULL_PLACES if asked.full else SHORT_PLACES
    random = {f"capacitated-{n}": made_up_warehouses(n, n) for n in sizes}
    random |= {f"median-{n}": median_problem(n) for n in sizes}
    random[f"capacitated-{LARGE[0]}-{LARGE[1]}"] = made_up_warehouses(*LARGE)
    if asked.smallest:
        published = dict([next(iter(published.items()))])
        random = {"median-10": median_problem(10)}
    results, failed = [], list[dict[str, str]]()
    for name, problem in published.items():
        _say(f"warehouse location {name} ...")
        results.append(in_fresh_process(run_location, name, problem, asked.limit))
        _say(location_line(results[-1]))
    for name, problem in random.items():
        for way, run in PEERS.items():
            if way == "PyPSA" and problem.most is not None:
                continue  # It has no word for the number of sites.
            _say(f"{name}, {way} ...")
            longest = 2.0 * asked.limit + 60.0
            try:
                found = in_limited_process(run, longest, name, problem, asked.limit)
            except MeasurementError as error:
                failed.append({"name": name, "way": way, "failed": f"{FAILED}{error}"})
                continue
            if found is None:
                _say(f"{name}, {way}: ended after {longest:.0f} s")
            else:
                results.append(found)
                _say(location_line(found))
    for most in () if asked.smallest else SITE_LIMITS:
        _say(f"global, at most {most} sites ...")
        results.append(in_fresh_process(run_site_limit, most, asked.limit))
        _say(location_line(results[-1]))
    console.print(location_table(results))
    return [*map(asdict, results), *failed]


def _run_power(asked: argparse.Namespace, console: Console) -> Any:
    """Steps, contracts, units and stores of one site beside PyPSA, and offered everywhere."""
    results = []
    if importlib.util.find_spec("pypsa") is None:
        _say("power side: PyPSA is not installed")
    else:
        _say("power side of one site ...")
        result = in_fresh_process(run_power, {"time": {"slices": 24}} if asked.smallest else None)
        _say(power_line(result))
        results.append(asdict(result))
    for periods, slices in ((1, 24),) if asked.smallest else WORLD_SIZES:
        _say(f"power everywhere, {periods} period(s) × {slices} slices ...")
        more = FEW if asked.smallest else ()
        world = in_fresh_process(run_world, periods, slices, max(asked.limit, AIM_S), more)
        _say(world_line(world))
        results.append(asdict(world))
    return results


def _say(what: str) -> None:
    print(what, flush=True)


def _size(text: str) -> Size:
    sites, slices = text.split("x")
    return int(sites), int(slices)


#: What is measured, in this order.
PARTS: dict[str, Callable[[argparse.Namespace, Console], Any]] = {
    "cases": _run_cases,
    "physics": _run_physics,
    "sweep": _run_sweep,
    "workbench": _run_workbench,
    "browser": _run_browser,
    "scale": _run_scale,
    "location": _run_location,
    "power": _run_power,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--smallest", action="store_true", help="only the smallest case, to see that all of it runs"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, help="only these parts")
    parser.add_argument("--full", action="store_true", help="50 to 400 sites by 24 to 1,440 slices")
    parser.add_argument(
        "--size",
        nargs="+",
        type=_size,
        metavar="SITESxSLICES",
        help="of the ways to solve, e.g. 50x96",
    )
    parser.add_argument("--method", nargs="+", choices=METHODS, help="only these ways to solve")
    parser.add_argument(
        "--limit", type=float, default=LIMIT_S, help="time of one solve against the peer [s]"
    )
    parser.add_argument(
        "--orlib", type=Path, metavar="FOLDER", help="capa.txt, capb.txt and capc.txt of OR-Library"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
