"""The cases of a plan, and what the answers say about its keys."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.sweeps.plan import METHODS, Plan

__all__ = ["case_values", "sensitivity", "unit_sample"]

FloatArray = NDArray[np.float64]

#: Levels of a Morris trajectory; the usual choice of Saltelli et al. (2008).
MORRIS_LEVELS = 4


def case_values(plan: Plan) -> list[dict[str, Any]]:
    """What each case sets, in the order of the plan; the base case, which sets nothing, first.

    Returns
    -------
    list of dict
        Key of the study to value. One at a time: only the key that moves. A grid: all keys.
    """
    if plan.method == "grid":
        product = itertools.product(*(factor.levels() for factor in plan.factors))
        return [{}, *(dict(zip(plan.paths, values, strict=True)) for values in product)]
    if plan.method == "one_at_a_time":
        return [{}, *({f.path: value} for f in plan.factors for value in f.levels())]
    return [{}, *({f.path: f.at(x) for f, x in zip(plan.factors, row, strict=True)}
                  for row in unit_sample(plan))]  # fmt: skip


def _problem(plan: Plan) -> dict[str, Any]:
    return {"num_vars": len(plan.factors), "names": plan.paths,
            "bounds": [[0.0, 1.0]] * len(plan.factors)}  # fmt: skip


def unit_sample(plan: Plan) -> FloatArray:
    """Points of a sampled plan in the unit cube, shape (cases, keys).

    Sobol: ``samples`` × (keys + 2) points for first and total indices [1]_; Morris: ``samples``
    × (keys + 1); Latin hypercube: ``samples``.

    References
    ----------
    .. [1] Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output.
       Computer Physics Communications 181, 259-270. :doi:`10.1016/j.cpc.2009.09.018`
    """
    if not METHODS[plan.method]:
        raise ValueError(f"{plan.method} draws no sample")
    from SALib.sample import latin, morris, sobol

    problem = _problem(plan)
    if plan.method == "sobol":
        points = sobol.sample(problem, plan.samples, calc_second_order=False, seed=plan.seed)
    elif plan.method == "morris":
        points = morris.sample(problem, plan.samples, num_levels=MORRIS_LEVELS, seed=plan.seed)
    else:
        points = latin.sample(problem, plan.samples, seed=plan.seed)
    return np.asarray(points, dtype=float)


def sensitivity(plan: Plan, values: Mapping[str, FloatArray]) -> pd.DataFrame:
    """Indices of sensitivity of a Sobol or Morris plan, with their 95 % confidence.

    Parameters
    ----------
    plan : Plan
        The plan.
    values : mapping of str to ndarray, shape (cases,)
        Value of each metric at the points of `unit_sample`, in their order; one with a NaN, from
        a case without an answer, has no indices and is left out.

    Returns
    -------
    DataFrame
        metric, parameter, first, first_conf, total, total_conf. For Sobol shares of the variance
        [-]; for Morris total is the mean absolute elementary effect over the whole range [2]_, in
        the unit of the metric, and first its standard deviation, without confidence.

    References
    ----------
    .. [2] Campolongo, F., Cariboni, J., Saltelli, A. (2007). An effective screening design for
       sensitivity analysis of large models. Environmental Modelling & Software 22, 1509-1518.
       :doi:`10.1016/j.envsoft.2006.10.004`
    """
    names = ["metric", "parameter", "first", "first_conf", "total", "total_conf"]
    if plan.method not in ("sobol", "morris"):
        return pd.DataFrame(columns=names)
    parts = [
        pd.DataFrame({"metric": metric, "parameter": plan.paths, **_indices(plan, y)})
        for metric, y in values.items()
        if np.isfinite(y).all()
    ]
    return pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)


def _indices(plan: Plan, y: FloatArray) -> dict[str, FloatArray]:
    from SALib.analyze import morris, sobol

    none = np.zeros(len(plan.factors))
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        return {"first": none, "first_conf": none, "total": none, "total_conf": none}
    if plan.method == "sobol":
        found = sobol.analyze(_problem(plan), y, calc_second_order=False, seed=plan.seed)
        keys = {"first": "S1", "first_conf": "S1_conf", "total": "ST", "total_conf": "ST_conf"}
        return {name: np.asarray(found[key], dtype=float) for name, key in keys.items()}
    found = morris.analyze(
        _problem(plan), unit_sample(plan), y, num_levels=MORRIS_LEVELS, seed=plan.seed
    )
    return {
        "first": np.asarray(found["sigma"], dtype=float),
        "first_conf": none,
        "total": np.asarray(found["mu_star"], dtype=float),
        "total_conf": np.asarray(found["mu_star_conf"], dtype=float),
    }
