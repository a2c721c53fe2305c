"""What can go wrong, as one tree.

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
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "AuditError",
    "DataError",
    "Fault",
    "InfeasibleError",
    "InputError",
    "NoAnswerError",
    "SitingError",
    "StudyError",
]


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
        return f"{place}: {key}{self.problem}. {self.remedy}".rstrip()


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
        super().__init__("\n".join(str(fault) for fault in self.faults))


class StudyError(InputError):
    """A study, or an override of one of its keys, has faults."""


class DataError(InputError):
    """A table, a map layer or a weather file has faults."""


class InfeasibleError(SitingError):
    """No placement meets every limit of the study."""

    exit_code = 3


class NoAnswerError(SitingError):
    """The solver stopped before it had found any placement.

    ``bound`` is what was proven until then, in the unit of the solver.
    """

    exit_code = 4
    bound = -math.inf


class AuditError(SitingError):
    """The answer differs from its independent re-evaluation."""

    exit_code = 5
