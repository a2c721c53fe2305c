"""Run many mutants: ``python -m tools.fuzz --mutants 50000``."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from siting.cli.output import plain
from siting.errors import InputError, SitingError
from tools.fuzz.targets import Target, shares, targets

__all__ = ["main", "outcome"]


def outcome(target: Target, seed: int, number: int) -> str:
    """Return how a mutant ended: accepted, or the name of the error of siting.

    Raises
    ------
    AssertionError
        If an error says nothing, or what no terminal can show.
    Exception
        Any exception that is not one of siting: a failure.
    """
    rng = random.Random(f"{seed} {target.name} {number}")
    try:
        target.read(rng)
    except SitingError as error:
        faults = error.faults if isinstance(error, InputError) else ()
        if not str(error) or (isinstance(error, InputError) and not faults):
            raise AssertionError("an error says nothing") from error
        if not all(fault.problem and fault.remedy for fault in faults):
            raise AssertionError(f"an error has no problem or no remedy: {faults}") from error
        plain(str(error)).encode("utf-8")
        return type(error).__name__
    return "accepted"


def main() -> int:
    """Run the mutants, print what became of them, and return how many failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("--mutants", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="name of one target, or its beginning")
    parser.add_argument("--number", type=int, help="one mutant of that target")
    parser.add_argument("--skip", type=int, default=0, help="mutants that were run before")
    asked = parser.parse_args()
    warnings.simplefilter("error")
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        found = targets(Path(scratch))
        begin, end = shares(found, asked.skip), shares(found, asked.mutants)
        for target in found:
            if asked.only and not target.name.startswith(asked.only):
                continue
            numbers = range(begin[target.name], end[target.name])
            one = asked.number
            failed += _run(target, asked.seed, numbers if one is None else [one])
    print(f"{failed} foreign exceptions")
    return min(failed, 1)


def _run(target: Target, seed: int, numbers: list[int] | range) -> int:
    """Run some mutants of a target, and return how many failed."""
    ends: Counter[str] = Counter()
    failures: dict[str, int] = {}
    start = time.process_time()
    for number in numbers:
        try:
            ends[outcome(target, seed, number)] += 1
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} at {where.filename}:{where.lineno}"
            ends[kind] += 1
            if kind not in failures:
                failures[kind] = number
                traceback.print_exc(limit=-6)
    seconds = time.process_time() - start
    told = ", ".join(f"{end} {count:,}" for end, count in ends.most_common())
    print(f"{target.name}: {sum(ends.values()):,} in {seconds:.1f} s of processor: {told}")
    for kind, number in failures.items():
        print(f"  {kind}: again by --seed {seed} --only '{target.name}' --number {number}")
    sys.stdout.flush()
    return sum(count for end, count in ends.items() if end in failures)


if __name__ == "__main__":
    sys.exit(main())
