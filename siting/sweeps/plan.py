"""The plan of a sweep: keys of a study, their values, and the cases that combine them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.arrays import FloatArray
from siting.config.yaml_text import parse_override, parse_path, read_text, read_yaml
from siting.errors import Fault, StudyError
from siting.nomenclature import HEADLINES, METRICS

__all__ = [
    "METHODS",
    "Factor",
    "Plan",
    "case_values",
    "plan_from_mapping",
    "plan_from_over",
    "read_plan",
    "sensitivity",
    "unit_sample",
]

#: Methods, and whether each draws from ranges.
METHODS = {"grid": False, "one_at_a_time": False, "latin": True, "morris": True, "sobol": True}
_KEYS = ("method", "over", "samples", "seed", "metrics")
_RANGE = ("low", "high", "whole")


@dataclass(frozen=True)
class Factor:
    """One key of a study and what it is set to.

    Parameters
    ----------
    path : str
        The key, as for ``--set``.
    values : tuple
        Values one by one; empty for a range.
    low, high : float
        Ends of a range, in the unit of the key.
    whole : bool, default False
        Round what is drawn from the range to whole numbers.
    """

    path: str
    values: tuple[Any, ...] = ()
    low: float = math.nan
    high: float = math.nan
    whole: bool = False

    def at(self, share: float) -> Any:
        """Value at a share of the way from the first or lowest to the last or highest."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        value = self.low + share * (self.high - self.low)
        if not self.whole:
            return float(value)
        span = round(self.high) - round(self.low) + 1
        return round(self.low) + min(int(share * span), span - 1)

    def levels(self) -> tuple[Any, ...]:
        """Values one by one; of a range its two ends."""
        return self.values or (self.at(0.0), self.at(1.0))


@dataclass(frozen=True)
class Plan:
    """A sweep, before it is applied to a study.

    Parameters
    ----------
    factors : tuple of Factor
        Keys that change, in the order of the columns.
    method : str
        A key of `METHODS`.
    samples : int
        Latin hypercube: cases; Morris: trajectories; Sobol: points, a power of two.
    seed : int
        Of the samples and of the bootstrap of the confidence.
    metrics : tuple of str
        Metrics whose sensitivity is computed.
    """

    factors: tuple[Factor, ...]
    method: str = "grid"
    samples: int = 16
    seed: int = 0
    metrics: tuple[str, ...] = HEADLINES

    @property
    def paths(self) -> list[str]:
        """Keys that change."""
        return [factor.path for factor in self.factors]

    def to_mapping(self) -> dict[str, Any]:
        """The plan as plain data, which `plan_from_mapping` reads back."""
        over: dict[str, Any] = {
            f.path: list(f.values) if f.values else {"low": f.low, "high": f.high, "whole": f.whole}
            for f in self.factors
        }
        return {"method": self.method, "over": over, "samples": self.samples, "seed": self.seed,
                "metrics": list(self.metrics)}  # fmt: skip


def read_plan(path: Path) -> Plan:
    """Read a plan from a YAML file.

    Raises `StudyError` with all faults of the file.
    """
    document = read_yaml(read_text(path), str(path))
    if document.faults:
        raise StudyError(document.faults)
    lines = {".".join(map(str, key)): line for key, line in document.lines.items()}
    return plan_from_mapping(document.data, where=str(path), lines=lines)


def plan_from_over(
    over: Iterable[str], *, method: str = "grid", samples: int = 16, seed: int = 0
) -> Plan:
    """A plan from ``path=v1,v2,...`` or, for a range, ``path=low..high``.

    Raises `StudyError` with all faults.
    """
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for text in over:
        path, equals, value = text.partition("=")
        path = path.strip()
        if path in found:
            faults.append(Fault("--over", None, path, "is given twice", "Give all values at once."))
        try:
            ends = [float(end) for end in value.split("..")]
        except ValueError:
            ends = []
        if len(ends) == 2:
            found[path] = {"low": ends[0], "high": ends[1]}
            continue
        try:
            given = f"{path}{equals}[{value}]" if equals else text
            found[path] = parse_override(given).value
        except StudyError as error:
            faults += [Fault("--over", None, f.key, f.problem, f.remedy) for f in error.faults]
    if faults:
        raise StudyError(faults)
    plan = {"method": method, "over": found, "samples": samples, "seed": seed}
    return plan_from_mapping(plan, where="--over")


def plan_from_mapping(
    data: Any, *, where: str = "plan", lines: Mapping[str, int] | None = None
) -> Plan:
    """Check a plan that is plain data; all its faults together are a `StudyError`.

    Parameters
    ----------
    data : mapping
        method, over (key to a list of values, or to low, high and whole), samples, seed, metrics.
    where : str
        What a fault names as its place.
    lines : mapping, optional
        Line of each dotted key.
    """
    faults: list[Fault] = []

    def fault(key: str, problem: str, remedy: str) -> None:
        faults.append(Fault(where, (lines or {}).get(key), key, problem, remedy))

    if not isinstance(data, Mapping):
        raise StudyError([Fault(where, None, "", "is not a mapping", f"Give {', '.join(_KEYS)}.")])
    for key in data:
        if key not in _KEYS:
            fault(str(key), "is not a key of a plan", f"Give some of {', '.join(_KEYS)}.")
    method = data.get("method", "grid")
    if method not in METHODS:
        fault("method", f"is {method!r}", f"Give one of {', '.join(METHODS)}.")
    samples, seed = data.get("samples", 16), data.get("seed", 0)
    for key, value, least in (("samples", samples, 1), ("seed", seed, 0)):
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            fault(key, f"is {value!r}", f"Give a whole number from {least}.")
    if method == "sobol" and isinstance(samples, int) and samples & (samples - 1):
        fault("samples", f"is {samples}", "Sobol points need a power of two, such as 16.")
    metrics = data.get("metrics", list(HEADLINES))
    bad = [m for m in metrics if m not in METRICS] if isinstance(metrics, list) else [metrics]
    if bad or not metrics:
        fault("metrics", f"names {bad!r}", f"Give some of {', '.join(METRICS)}.")
    over = data.get("over")
    factors: list[Factor] = []
    if not isinstance(over, Mapping) or not over:
        fault("over", "names no key", "Give keys of the study and their values.")
    else:
        for path, given in over.items():
            factor = _factor(str(path), given, str(method), fault)
            factors += [factor] if factor else []
    if faults:
        raise StudyError(faults)
    return Plan(tuple(factors), method, samples, seed, tuple(metrics))


def _factor(path: str, given: Any, method: str, fault: Any) -> Factor | None:
    key = f"over.{path}"
    try:
        parse_path(path)
    except StudyError as error:
        fault(key, error.faults[0].problem, error.faults[0].remedy)
        return None
    if isinstance(given, list) and given:
        if any(value in given[:at] for at, value in enumerate(given)):
            fault(key, f"is {given!r}, with a value that is there twice", "Name each value once.")
        return Factor(path, values=tuple(given))
    if not isinstance(given, Mapping) or not {"low", "high"} <= set(given) <= set(_RANGE):
        fault(key, f"is {given!r}", "Give a list of values, or low and high (and whole: true).")
        return None
    ends = [given["low"], given["high"]]
    plain = all(isinstance(e, int | float) and not isinstance(e, bool) and math.isfinite(e)
                for e in ends)  # fmt: skip
    whole = given.get("whole", False)
    if not plain or ends[0] >= ends[1] or not isinstance(whole, bool):
        fault(key, f"is {dict(given)!r}", "Give low below high, both numbers.")
        return None
    if method == "grid":
        fault(key, "is a range, of which a grid has no values", "List the values of a grid.")
        return None
    return Factor(path, low=float(ends[0]), high=float(ends[1]), whole=whole)


#: Levels of a Morris trajectory; the usual choice of Saltelli et al. (2008).
MORRIS_LEVELS = 4


def case_values(plan: Plan) -> list[dict[str, Any]]:
    """Keys that each case sets, in the order of the plan; the base case, with none, first.

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
