"""Status of a solve, in words that never overstate it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

__all__ = [
    "OPTIMAL_GAP",
    "PROVEN",
    "RESOLUTION",
    "Status",
    "Tell",
    "is_reached",
    "judge",
    "weakest",
]

#: Told how a call gets on: a sentence (str), a `siting.mip.Progress` of the running solver
#: or a `siting.sweeps.Done` of a sweep; the ``str`` of each is a line to show.
type Tell = Callable[[Any], None]

#: Largest relative gap that is still called optimal. A looser gap that the planner asked for and
#: got is a ``gap_limit``: proven within what was asked, but not optimal.
OPTIMAL_GAP = 1e-3


#: Relative gap below which floating-point solves cannot be told apart.
RESOLUTION = 1e-8


class Status(StrEnum):
    """Status of a solve."""

    OPTIMAL = "optimal"
    GAP_LIMIT = "gap_limit"
    TIME_LIMIT = "time_limit"
    INTERRUPTED = "interrupted"
    INFEASIBLE = "infeasible"


#: Ends that prove what was asked for.
PROVEN = (Status.OPTIMAL, Status.GAP_LIMIT)


def judge(gap: float, asked: float, *, timed_out: bool, interrupted: bool = False) -> Status:
    """Status of an answer from the gap that was proven, not from what a solver says of itself.

    ``OPTIMAL`` where the asked gap was reached and is no larger than ``OPTIMAL_GAP``; otherwise
    ``INTERRUPTED`` where the planner ended the solve, ``TIME_LIMIT`` where the time ended it before
    the asked gap, and ``GAP_LIMIT`` where it ended at a gap, asked for or the least it could prove.
    Gaps are relative. [-]
    """
    if is_reached(gap, asked):
        return Status.OPTIMAL if gap <= OPTIMAL_GAP * (1 + 1e-9) else Status.GAP_LIMIT
    if interrupted:
        return Status.INTERRUPTED
    return Status.TIME_LIMIT if timed_out else Status.GAP_LIMIT


def is_reached(gap: float, asked: float) -> bool:
    """Return whether a proven gap is the asked one, to the resolution of a solver."""
    return gap <= asked + RESOLUTION


def weakest(statuses: Iterable[Status]) -> Status:
    """Status of what hangs on several solves: that of the one that proved least.

    ``OPTIMAL`` where there are none.
    """
    order = list(Status)
    return max(statuses, key=order.index, default=Status.OPTIMAL)
