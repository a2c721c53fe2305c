"""Whole integer programs for any solver that PuLP knows, and the versions that are relied on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pulp
from pulp import LpMinimize, LpProblem, LpSolveStatus, lpSum_vars_coefs

from siting.arrays import FloatArray, IndexArray
from siting.errors import SitingError
from siting.mip.control import Clock, SolverOptions, Target
from siting.mip.runs import NONE, Row, Run, RunStatus

__all__ = ["check_versions", "minimize_with"]


def minimize_with(
    options: SolverOptions,
    stated: Any,
    extra: Sequence[tuple[float, float]],
    counts: IndexArray,
    rows: Sequence[Row],
    cost: FloatArray,
    low: FloatArray,
    high: FloatArray,
    clock: Clock,
    target: Target,
) -> Run:
    """Run an integer program with the solver of the options.

    Parameters
    ----------
    options : SolverOptions
        Name and threads.
    stated : highspy.HighsLp
        Rows and columns of the model.
    extra : sequence of (float, float)
        Columns added later.
    counts : ndarray of int
        Columns of whole numbers.
    rows : sequence of Row
        Rows added later.
    cost, low, high : ndarray, shape (columns,)
        Objective and bounds.
    clock, target
        Time left and gap to prove.
    """
    problem = LpProblem("siting", LpMinimize)
    whole = np.zeros(len(cost), dtype=bool)
    whole[counts] = True
    x = [
        problem.add_variable(
            f"x{j}",
            float(low[j]) if math.isfinite(low[j]) else None,
            float(high[j]) if math.isfinite(high[j]) else None,
            cat="Integer" if whole[j] else "Continuous",
        )
        for j in range(len(cost))
    ]
    for i, row in enumerate([*_stated_rows(stated), *rows]):
        left = lpSum_vars_coefs(
            [(x[int(j)], float(v)) for j, v in zip(row.columns, row.values, strict=True)]
        )
        if row.low == row.high:
            problem.addConstraint(left == row.high, f"r{i}")
            continue
        if math.isfinite(row.high):
            problem.addConstraint(left <= row.high, f"r{i}_high")
        if math.isfinite(row.low):
            problem.addConstraint(left >= row.low, f"r{i}_low")
    used = np.flatnonzero(cost)
    problem.setObjective(lpSum_vars_coefs([(x[int(j)], float(cost[j])) for j in used]))
    solver = pulp.getSolver(
        options.name, msg=False, timeLimit=max(math.ceil(clock.left_s), 1),
        gapRel=target.relative, threads=options.threads,
    )  # fmt: skip
    stats = problem.solve(solver)
    if stats.status == LpSolveStatus.Infeasible:
        return Run.without_point(RunStatus.INFEASIBLE)
    late = stats.status in (LpSolveStatus.TimeLimit, LpSolveStatus.Interrupted)
    if not stats.has_solution:
        if late:
            return Run.without_point(RunStatus.STOPPED)
        raise SitingError(f"{options.name} stopped without a settled status: {stats.status.name}")
    values = np.array([v.varValue or 0.0 for v in x])
    value, bound = float(cost @ values), stats.best_bound
    if bound is None:  # A solver that states its gap but not its bound.
        proven = stats.status == LpSolveStatus.Optimal
        bound = value - target.relative * abs(value) if proven else -math.inf
    status = RunStatus.STOPPED if late else RunStatus.OPTIMAL
    return Run(status, value, float(bound), values, NONE, NONE)


def _stated_rows(stated: Any) -> list[Row]:
    matrix = stated.a_matrix_
    start, index = np.array(matrix.start_), np.array(matrix.index_, dtype=np.intp)
    value, columns = np.array(matrix.value_), np.repeat(np.arange(stated.num_col_), np.diff(start))
    order = np.argsort(index, kind="stable")
    ends = np.searchsorted(index[order], np.arange(stated.num_row_ + 1))
    sides = zip(stated.row_lower_, stated.row_upper_, strict=True)
    return [
        Row(columns[order[i:j]], value[order[i:j]], float(low), float(high))
        for i, j, (low, high) in zip(ends[:-1], ends[1:], sides, strict=True)
    ]


def check_versions() -> None:
    """Refuse packages that solve wrongly or report wrongly.

    PuLP 3 calls a solve that the time limit stopped "Optimal"; HiGHS 1.14 has returned wrong
    optima.

    Raises
    ------
    ImportError
        Naming the package, its version and the remedy.
    """
    pulp, highspy = version("pulp"), version("highspy")
    if not pulp.startswith("4.") or pulp.startswith(("4.0", "4.1.")):
        raise ImportError(
            f"siting needs pulp >=4.2,<5 and found {pulp}: pip install 'pulp>=4.2,<5'"
        )
    if highspy.startswith("1.14."):
        raise ImportError(
            f"siting cannot use highspy {highspy}, which has returned wrong optima: "
            "pip install 'highspy!=1.14.*'"
        )
