"""The least value of a linear program of arrays, without what SciPy checks of each of thousands."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

type Bound = tuple[float | None, float | None]

_HIGHS = highspy.Highs()
_HIGHS.silent()
_HIGHS.setOptionValue("presolve", "off")  # longer than these programs take


def least_value(
    cost: np.ndarray,
    a_ub: np.ndarray,
    b_ub: np.ndarray,
    a_eq: np.ndarray,
    b_eq: np.ndarray,
    bounds: Sequence[Bound],
) -> float:
    """Least cost · x where a_ub x ≤ b_ub, a_eq x = b_eq; infinite where no x meets the rows."""
    lp, rows = highspy.HighsLp(), np.vstack([a_ub, a_eq])
    row, column = np.nonzero(rows)
    lp.num_row_, lp.num_col_ = rows.shape
    lp.col_cost_ = cost
    lp.col_lower_ = np.array([-np.inf if low is None else low for low, _ in bounds])
    lp.col_upper_ = np.array([np.inf if high is None else high for _, high in bounds])
    lp.row_lower_ = np.concatenate([np.full(len(b_ub), -np.inf), b_eq])
    lp.row_upper_ = np.concatenate([b_ub, b_eq])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(row, np.arange(len(rows) + 1))
    lp.a_matrix_.index_, lp.a_matrix_.value_ = column, rows[row, column]
    _HIGHS.passModel(lp)
    _HIGHS.run()
    status = _HIGHS.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return float(np.inf)
    assert status == highspy.HighsModelStatus.kOptimal, status
    return float(_HIGHS.getInfo().objective_function_value)
