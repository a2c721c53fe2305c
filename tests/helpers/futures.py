"""The optimum over periods and scenarios by enumeration; shares no formula with `siting.mip`.

Every path of module counts that never shrinks is tried. For each of them one linear program holds
the dispatch of all states, with contracts that are the same under every scenario of a period.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import numpy as np
from scipy.linalg import block_diag

from siting.coefficients import Coefficients
from siting.coefficients.instance import Instance
from tests.helpers.brute_force import Dispatch, counts, is_allowed, priced_mw
from tests.helpers.least import least_value


def paths(instance: Instance) -> Iterator[tuple[np.ndarray, ...]]:
    """Module counts of each period, where nothing that stands is taken away."""
    choices = []
    for y in range(len(instance.periods)):
        states = [instance.states[i].coefficients for i in instance.of_period(y)]
        choices.append([n for n in counts(states[0]) if all(is_allowed(c, n) for c in states)])
    for path in itertools.product(*choices):
        grows = all((after >= before).all() for before, after in itertools.pairwise(path))
        if grows and is_available(instance, path):
            yield path


def is_available(instance: Instance, path: tuple[np.ndarray, ...]) -> bool:
    """Whether nothing is added in a period in which it may not be built."""
    vintages = instance.states[-1].coefficients.vintages
    added = np.diff([np.zeros_like(path[0]), *path], axis=0)
    return vintages is None or not (added > 0)[~vintages.available].any()


class Aged(Dispatch):
    """The dispatch of one state, its halls at the factors of the periods they were built in."""

    def __init__(self, c: Coefficients, path: tuple[np.ndarray, ...]) -> None:
        super().__init__(c, path[-1])
        self.path = path

    def _without_carbon_price(self, name: str) -> tuple[np.ndarray, float]:
        row, constant = super()._without_carbon_price(name)
        c, vintages, standing = self.c, self.c.vintages, 0.0 * self.path[0]
        for v, modules in enumerate(self.path if vintages is not None else ()):
            added_mw = (modules - standing) * c.block_mw
            paid = [
                [priced_mw(c, mw) for mw in built * c.block_mw] for built in (standing, modules)
            ]
            standing = modules
            if name == "cost_usd":
                dearer = c.fixed_cost_usd_per_mw * (vintages.cost[v] - 1.0)
                constant += np.diff(paid, axis=0)[0] @ dearer
            if name == "carbon_t_co2e":
                constant += added_mw @ (vintages.embodied_t_per_mw * (vintages.carbon[v] - 1.0))
        return row, float(constant)


class Joint:
    """The program of one path: the decisions of each state in turn, then level and excesses."""

    def __init__(self, instance: Instance, path: tuple[np.ndarray, ...]) -> None:
        self.instance = instance
        self.parts = [Aged(k.coefficients, path[: k.period + 1]) for k in instance.states]
        self.start = np.cumsum([0, *(part.n for part in self.parts)])
        self.cases = len(instance.scenarios)
        self.n = int(self.start[-1]) + 1 + self.cases

    def of_scenario(self, w: int, weights: Mapping[str, float]) -> tuple[np.ndarray, float]:
        """Mean over the years of the objective if scenario w comes."""
        row, constant = np.zeros(self.n), 0.0
        for i, (state, part) in enumerate(zip(self.instance.states, self.parts, strict=True)):
            for name, weight in weights.items() if state.scenario == w else ():
                share = state.cost_share if name == "cost_usd" else state.share
                of_year, fixed = part.metric(name)
                row[self.start[i] : self.start[i + 1]] += weight * share * of_year
                constant += weight * share * fixed
        return row, constant

    def solve(self, weights: Mapping[str, float], best: list[float]) -> float:
        """Least value of the measure; infinite where the demand of a state is not met."""
        rows = [part.rows() for part in self.parts]
        if any((a_eq.sum(axis=1) == 0).any() for _, _, a_eq, _ in rows):
            return np.inf
        extra = ((0, 0), (0, 1 + self.cases))
        upper = np.pad(block_diag(*(r[0] for r in rows)), extra)
        equal = np.pad(block_diag(*(r[2] for r in rows)), extra)
        most, exact = (np.concatenate([r[i] for r in rows]) for i in (1, 3))
        same = self._same_contracts()
        equal, exact = np.vstack([equal, *same]), np.concatenate([exact, np.zeros(len(same))])
        risk, limits, cost, constant = self._measure(weights, best)
        rows = np.vstack([upper, *risk])
        most = np.concatenate([most, limits])
        return constant + least_value(cost, rows, most, equal, exact, self._bounds())

    def _same_contracts(self) -> list[np.ndarray]:
        rows = []
        for i, (state, part) in enumerate(zip(self.instance.states, self.parts, strict=True)):
            first = state.period * self.cases
            for o in range(len(part.offers)) if i != first else ():
                row = np.zeros(self.n)
                row[self.start[i] + part.first_contract + o] = 1.0
                row[self.start[first] + part.first_contract + o] = -1.0
                rows.append(row)
        return rows

    def _bounds(self) -> list[tuple[float | None, float | None]]:
        bounds: list[tuple[float | None, float | None]] = []
        for part in self.parts:
            bounds += [(0, None)] * part.first_contract
            bounds += [(0, float(part.c.offer_limit_mw[o])) for o in part.offers]
        return [*bounds, (None, None), *[(0, None)] * self.cases]

    def _measure(
        self, weights: Mapping[str, float], best: list[float]
    ) -> tuple[list[np.ndarray], list[float], np.ndarray, float]:
        """Rows, their limits, cost and constant of the measure of risk."""
        chance = [k.probability for k in self.instance.states[: self.cases]]
        z = [self.of_scenario(w, weights) for w in range(self.cases)]
        cost, level = np.zeros(self.n), self.n - 1 - self.cases
        if self.instance.measure == "expected":
            mean = sum(p * row for p, (row, _) in zip(chance, z, strict=True))
            return [], [], mean, sum(p * fixed for p, (_, fixed) in zip(chance, z, strict=True))
        rows, limits = [], []
        cost[level] = 1.0
        for w, (row, fixed) in enumerate(z):
            row[level] -= 1.0
            if self.instance.measure == "cvar":
                row[level + 1 + w] = -1.0
                cost[level + 1 + w] = chance[w] / (1.0 - self.instance.alpha)
            rows.append(row)
            limits.append((best[w] if self.instance.measure == "regret" else 0.0) - fixed)
        return rows, limits, cost, 0.0


def best_future(instance: Instance, weights: Mapping[str, float]) -> float:
    """Least measure of Σ weight · metric over every path; infinite where there is none."""
    best: list[float] = []
    if instance.measure == "regret":
        known = (instance.of_scenario(w) for w in range(len(instance.scenarios)))
        best = [best_future(alone, weights) for alone in known]
    values = [Joint(instance, path).solve(weights, best) for path in paths(instance)]
    return min(values, default=np.inf)
