"""What a sweep changes: keys of a study, their values, and the method that combines them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siting.coefficients.model import METRICS
from siting.config.overrides import parse_override, parse_path
from siting.config.yaml_text import read_text, read_yaml
from siting.errors import Fault, StudyError

__all__ = ["METHODS", "Factor", "Plan", "plan_from_mapping", "plan_from_over", "read_plan"]

#: Methods, and whether each draws from ranges.
METHODS = {
    "grid": False,
    "one_at_a_time": False,
    "latin": True,
    "morris": True,
    "sobol": True,
}
_KEYS = ("method", "over", "samples", "seed", "metrics")
_RANGE = ("low", "high", "whole")
_DEFAULT_METRICS = ("energy_mwh", "carbon_t_co2e", "water_m3", "cost_usd")


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
    metrics: tuple[str, ...] = _DEFAULT_METRICS

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

    Raises
    ------
    siting.errors.StudyError
        With all faults of the file.
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

    Raises
    ------
    siting.errors.StudyError
        With all faults.
    """
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for text in over:
        path, equals, value = text.partition("=")
        try:
            ends = [float(end) for end in value.split("..")]
        except ValueError:
            ends = []
        if len(ends) == 2:
            found[path.strip()] = {"low": ends[0], "high": ends[1]}
            continue
        try:
            found[path.strip()] = parse_override(f"{path}{equals}[{value}]").value
        except StudyError as error:
            faults += [Fault("--over", None, f.key, f.problem, f.remedy) for f in error.faults]
    if faults:
        raise StudyError(faults)
    given = {"method": method, "over": found, "samples": samples, "seed": seed}
    return plan_from_mapping(given, where="--over")


def plan_from_mapping(
    data: Any, *, where: str = "plan", lines: Mapping[str, int] | None = None
) -> Plan:
    """Check a plan that is plain data.

    Parameters
    ----------
    data : mapping
        method, over (key to a list of values, or to low, high and whole), samples, seed, metrics.
    where : str
        What a fault names as its place.
    lines : mapping, optional
        Line of each dotted key.

    Raises
    ------
    siting.errors.StudyError
        With all faults of the plan together.
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
    metrics = data.get("metrics", list(_DEFAULT_METRICS))
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
