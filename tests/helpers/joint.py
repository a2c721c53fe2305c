"""Periods and scenarios written a second time for SciPy: one program over all states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.coefficients.instance import Instance
from tests.helpers.independent import Key, Sum, _add, least
from tests.helpers.limited import Limited

#: What is decided once a period, before the scenario is known.
BUILT = ("open", "site", "halls", "store", "contract", "block", "full", "unit", "there")


class Joint:
    """The rows of every state, with what is built shared by the scenarios of a period."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.low: dict[Key, float] = {}
        self.high: dict[Key, float] = {}
        self.whole: set[Key] = set()
        self.rows: list[tuple[Sum, float, float]] = []
        self.states = [Limited(state.coefficients) for state in instance.states]
        for i, part in enumerate(self.states):
            for key in part.low:
                name = self._name(i, key)
                self.low[name] = max(part.low[key], self.low.get(name, -np.inf))
                self.high[name] = min(part.high[key], self.high.get(name, np.inf))
                if key in part.whole:
                    self.whole.add(name)
            self.rows += [(self._of(i, row), low, high) for row, low, high in part.rows]
        for period, *key in [key for key in self.low if key[1] in ("halls", "store", "unit")]:
            if period > 0:
                may = key[0] != "halls" or self._available(period, key[1])
                self.rows.append((self._added(period, *key), 0.0, np.inf if may else 0.0))

    def _name(self, i: int, key: Key) -> Key:
        state = self.instance.states[i]
        return (state.period, *key) if key[0] in BUILT else (state.period, i, *key)

    def _of(self, i: int, expression: Sum) -> Sum:
        return {self._name(i, key): value for key, value in expression.items()}

    def _added(self, period: int, *key: object) -> Sum:
        """What is built of something in a period."""
        before = {(period - 1, *key): -1.0} if period > 0 else {}
        return {(period, *key): 1.0, **before}

    def _available(self, period: int, p: object) -> bool:
        vintages = self.instance.states[-1].coefficients.vintages
        return vintages is None or bool(vintages.available[period, p])

    def _aging(self, i: int, metric: str) -> Sum:
        """What halls add to a metric by the factor of the period that built them."""
        c, state = self.instance.states[i].coefficients, self.instance.states[i]
        if c.vintages is None or metric not in ("carbon_t_co2e", "cost_usd"):
            return {}
        parts = []
        for v, p in np.ndindex(state.period + 1, len(c.pair_site)):
            usd = c.fixed_cost_usd_per_mw[p] * (c.vintages.cost[v, p] - 1.0)
            t = c.vintages.embodied_t_per_mw[p] * (c.vintages.carbon[v, p] - 1.0)
            each = t if metric == "carbon_t_co2e" else c.carbon_price_usd_per_t * t
            parts.append((c.block_mw[p] * each, self._added(v, "halls", p)))
            for key, factor in self.states[i].priced_mw(int(p)).items():
                paid = factor * usd if metric == "cost_usd" else 0.0
                parts.append((paid, self._added(v, *key)))
        return _add(*parts)

    def of_scenario(self, w: int, metric: str) -> Sum:
        """Mean over the years of a metric if scenario w comes."""
        parts = []
        for i, state in enumerate(self.instance.states):
            share = state.cost_share if metric == "cost_usd" else state.share
            if state.scenario == w:
                parts.append((share, self._of(i, self.states[i].metric(metric))))
                parts.append((share, self._aging(i, metric)))
        return _add(*parts)

    def measure(self, metric: str) -> Sum:
        """The measure of risk of a metric, with its rows."""
        instance = self.instance
        chance = [s.probability for s in instance.states if s.period == 0]
        each = [self.of_scenario(w, metric) for w in range(len(chance))]
        if instance.measure == "expected":
            return _add(*zip(chance, each, strict=True))
        level = self._free(("level",), -np.inf)
        tail: list[tuple[float, Sum]] = [(1.0, level)]
        for w, (value, p) in enumerate(zip(each, chance, strict=True)):
            beaten, above = 0.0, [(1.0, value), (-1.0, level)]
            if instance.measure == "regret":
                beaten = least_future(replace(instance.of_scenario(w), measure="expected"), metric)
            if instance.measure == "cvar":
                excess = self._free(("excess", w), 0.0)
                above.append((-1.0, excess))
                tail.append((p / (1.0 - instance.alpha), excess))
            self.rows.append((_add(*above), -np.inf, beaten))
        return _add(*tail)

    def _free(self, key: Key, low: float) -> Sum:
        self.low[key], self.high[key] = low, np.inf
        return {key: 1.0}


def least_future(instance: Instance, metric: str) -> float:
    """Least measure of a metric over periods and scenarios; infinite where there is none."""
    joint = Joint(instance)
    return least(joint.measure(metric), joint)
