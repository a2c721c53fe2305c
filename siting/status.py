"""How a solve ended, in words that never overstate it."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["OPTIMAL_GAP", "Status", "judge"]

#: Largest relative gap that is still called optimal. A looser gap that the planner asked for and
#: got is a ``gap_limit``: proven within what was asked, but not optimal.
OPTIMAL_GAP = 1e-3


class Status(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    GAP_LIMIT = "gap_limit"
    TIME_LIMIT = "time_limit"
    INFEASIBLE = "infeasible"


def judge(gap: float, asked: float) -> Status:
    """Status of an answer from the gap that was proven, not from what a solver says of itself.

    Parameters
    ----------
    gap : float
        Proven relative gap. [-]
    asked : float
        Relative gap that the planner asked for. [-]

    Returns
    -------
    Status
        ``TIME_LIMIT`` where the asked gap was not reached, ``OPTIMAL`` where it was and is no
        larger than ``OPTIMAL_GAP``, ``GAP_LIMIT`` otherwise.
    """
    reached = gap <= asked * (1 + 1e-9) + 1e-12
    if gap <= OPTIMAL_GAP * (1 + 1e-9) and reached:
        return Status.OPTIMAL
    return Status.GAP_LIMIT if reached else Status.TIME_LIMIT
