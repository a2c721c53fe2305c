"""Run many mutants: ``python -m tools.fuzz --mutants 50000``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tools.fuzz.blocks import TARGETS, Block, begin_process, run_block
from tools.fuzz.targets import shares

__all__ = ["main"]


def main() -> int:
    """Run the mutants, print what became of them, and return how many failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("--mutants", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="name of one target, or its beginning")
    parser.add_argument("--number", type=int, help="one mutant of that target")
    parser.add_argument("--skip", type=int, default=0, help="mutants that were run before")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        begin_process(scratch)
        found = [t for t in TARGETS.values() if t.name.startswith(asked.only or "")]
        begin, end = (shares(list(TARGETS.values()), n) for n in (asked.skip, asked.mutants))
        one = asked.number
        numbers = {
            t.name: range(begin[t.name], end[t.name]) if one is None else range(one, one + 1)
            for t in found
        }
        if one is not None or asked.workers < 2:
            failed = sum(_told(name, asked.seed, [run_block(name, asked.seed, own)])
                         for name, own in numbers.items())  # fmt: skip
        else:
            failed = _in_processes(numbers, asked.seed, asked.workers, scratch)
    print(f"{failed} foreign exceptions")
    return min(failed, 1)


#: Mutants that a process takes at a time: some seconds.
BLOCK = 250


def _in_processes(numbers: Mapping[str, range], seed: int, workers: int, scratch: str) -> int:
    """Run the mutants of all targets in several processes, and return how many failed."""
    fresh = get_context("spawn")
    with ProcessPoolExecutor(workers, fresh, begin_process, (scratch,)) as pool:
        asked = {
            name: [
                pool.submit(run_block, name, seed, own[i : i + BLOCK])
                for i in range(0, len(own), BLOCK)
            ]
            for name, own in numbers.items()
        }
        return sum(
            _told(name, seed, [block.result() for block in blocks])
            for name, blocks in asked.items()
        )


def _told(name: str, seed: int, blocks: Sequence[Block]) -> int:
    """Print what became of the mutants of a target, and return how many failed."""
    ends: Counter[str] = sum((block.ends for block in blocks), Counter())
    failures = {kind: n for block in reversed(blocks) for kind, n in block.failures.items()}
    seconds = sum(block.seconds for block in blocks)
    told = ", ".join(f"{end} {count:,}" for end, count in ends.most_common())
    print(f"{name}: {ends.total():,} in {seconds:.1f} s of processor: {told}")
    for kind, number in failures.items():
        print(f"  {kind}: again by --seed {seed} --only '{name}' --number {number}")
    sys.stdout.flush()
    return sum(count for end, count in ends.items() if end in failures)


if __name__ == "__main__":
    sys.exit(main())
