"""Mutants a block at a time, in a process with targets of its own."""

from __future__ import annotations

import random
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from siting.cli.output import plain
from siting.errors import InputError, SitingError
from tools.fuzz.targets import Target, targets

__all__ = ["TARGETS", "Block", "begin_process", "outcome", "run_block"]


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


#: Targets of this process by name, in their order.
TARGETS: dict[str, Target] = {}


@dataclass(frozen=True)
class Block:
    """Ends of some mutants of a target, the first number of each failure, processor time [s]."""

    ends: Counter[str]
    failures: Mapping[str, int]
    seconds: float


def begin_process(scratch: str) -> None:
    """Make the targets of this process, whose files are in a folder of its own."""
    warnings.simplefilter("error")
    TARGETS.clear()
    TARGETS.update({t.name: t for t in targets(Path(tempfile.mkdtemp(dir=scratch)))})


def run_block(name: str, seed: int, numbers: range) -> Block:
    """Run some mutants of a target of this process."""
    ends: Counter[str] = Counter()
    failures: dict[str, int] = {}
    start = time.process_time()
    for number in numbers:
        try:
            ends[outcome(TARGETS[name], seed, number)] += 1
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} at {where.filename}:{where.lineno}"
            ends[kind] += 1
            if kind not in failures:
                failures[kind] = number
                traceback.print_exc(limit=-6)
    return Block(ends, failures, time.process_time() - start)
