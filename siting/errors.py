"""Errors, as one tree.

::

    SitingError
    ├── InputError            the planner's input is wrong             exit code 2
    │   ├── StudyError        a study (YAML or override) has faults
    │   └── DataError         a table, map layer or weather file has faults
    ├── InfeasibleError       no placement meets every limit           exit code 3
    ├── NoAnswerError         stopped before any placement was found   exit code 4
    └── AuditError            the answer failed its re-evaluation      exit code 5

A mistake of the planner is always one of these and never a traceback; anything else that
escapes is a bug and stays a traceback.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "AuditError",
    "DataError",
    "Fault",
    "InfeasibleError",
    "InputError",
    "NoAnswerError",
    "SitingError",
    "StudyError",
    "gather",
]


#: Errors of one kind that are shown one by one, and errors that are shown at all.
MOST_OF_A_KIND, MOST_SHOWN = 5, 100
#: Entries of a list and features of a map layer in a key.
_NUMBERED = re.compile(r"(\[)\d+(?=\])|(^feature) \d+")


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong with an input, in the planner's words.

    Parameters
    ----------
    where : str
        File, or ``--set`` for an override.
    line : int or None
        Line in that file, counted from 1.
    key : str
        Dotted path of the key, e.g. ``demand.workloads[1].max_rtt_ms``.
    problem : str
        What is wrong, with the value that was given.
    remedy : str
        What is allowed, or what to do.
    """

    where: str
    line: int | None
    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        key = f"{self.key}: " if self.key else ""
        text = f"{place}: {key}{self.problem}. {self.remedy}".rstrip()
        return " ".join(text.splitlines())  # one error, one line, whatever a name holds


class SitingError(Exception):
    """Base of every error that `siting` raises on purpose."""

    exit_code = 1


class InputError(SitingError):
    """The planner's input is wrong; carries every fault that was found.

    Parameters
    ----------
    faults : iterable of Fault
        All faults of the input together, never only the first.
    """

    exit_code = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.shown)))

    @property
    def shown(self) -> tuple[Fault, ...]:
        """The faults, those of one kind counted after the first few, and at most a hundred."""
        counted = _counted(self.faults)
        if len(counted) <= MOST_SHOWN + 1:
            return counted
        more = f"{len(self.faults):,} errors in all, the first of which are above"
        return (*counted[:MOST_SHOWN], Fault(counted[0].where, None, "", more, ""))


def _counted(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """The first faults of each kind, then how many more of it there are."""
    kinds = [(f.where, _NUMBERED.sub(r"\1\2", f.key), f.remedy) for f in faults]
    total = Counter(kinds)
    last = {kind: fault.line for kind, fault in zip(kinds, faults, strict=True)}
    met: Counter[tuple[str, str, str]] = Counter()
    shown: list[Fault] = []
    for kind, fault in zip(kinds, faults, strict=True):
        met[kind] += 1
        more = total[kind] - MOST_OF_A_KIND
        if met[kind] <= MOST_OF_A_KIND or more == 1:
            shown.append(fault)
        if met[kind] == MOST_OF_A_KIND and more > 1:
            where, key, remedy = kind
            end = f", the last in line {last[kind]:,}" if last[kind] else ""
            shown.append(Fault(where, None, key, f"{more:,} more errors of this kind{end}", remedy))
    return tuple(shown)


class StudyError(InputError):
    """A study, or an override of one of its keys, has faults."""


class DataError(InputError):
    """A table, a map layer or a weather file has faults."""


class InfeasibleError(SitingError):
    """No placement meets every limit of the study.

    ``needed`` holds what limits need at least that cannot be met whatever others say, by key.
    """

    exit_code = 3

    def __init__(self, message: str, needed: Mapping[str, float] | None = None) -> None:
        self.needed = dict(needed or {})
        super().__init__(message)


class NoAnswerError(SitingError):
    """The solver stopped before it had found any placement.

    ``bound`` is what was proven until then, in the unit of the solver.
    """

    exit_code = 4
    bound = -math.inf


class AuditError(SitingError):
    """The answer differs from its independent re-evaluation."""

    exit_code = 5


def gather(*steps: Callable[[], Any]) -> list[Any]:
    """Results of steps that do not need one another.

    Raises `DataError` with the faults of all steps together, each once.
    """
    results: list[Any] = []
    faults: list[Fault] = []
    for step in steps:
        try:
            results.append(step())
        except InputError as error:
            faults += error.faults
    if faults:
        raise DataError(dict.fromkeys(faults))
    return results
