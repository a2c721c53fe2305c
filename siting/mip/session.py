"""A model with its program in the solver, for one solve or many of the same rows.

Each solve starts from the model alone. The placement then depends on the model and the objective,
whatever was solved before: in any order, in any process, after any interruption. Payoff tables are
kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from siting.arrays import FloatArray
from siting.errors import InfeasibleError, NoAnswerError
from siting.mip import Clock, SolverOptions, Target, Watch
from siting.mip.benders import BendersProgram, is_decomposable
from siting.mip.model.build import Model, build_model
from siting.mip.model.metrics import typical
from siting.mip.program import Program
from siting.mip.runs import Outcome, no_placement
from siting.mip.solution import Closing, Payoff

__all__ = ["TIE_BREAK", "Session", "close_smallest", "open_program"]


#: Time below which no further site is tried. [s]
LEAST_TIME_S = 0.5


def close_smallest(
    program: Program,
    cost: FloatArray,
    outcome: Outcome,
    metrics: Mapping[str, FloatArray],
    count: int,
    clock: Clock,
) -> tuple[Closing, ...]:
    """Close the smallest sites of a placement, one at a time.

    The other sites that are open may add halls; no further site opens. What is found is a placement
    of its own, so that closing costs at most so much: a new site might do better.

    Parameters
    ----------
    program : Program
        Where the placement was found.
    cost : ndarray, shape (columns,)
        The objective.
    outcome : Outcome
        The placement, its counts dispatched.
    metrics : mapping of str to ndarray, shape (columns,)
        Coefficients of each metric.
    count : int
        How many sites to try.
    clock : Clock
        The time left for all of them; sites for which it does not suffice are left out.

    Returns
    -------
    tuple of Closing
        The smallest first.
    """
    c = program.model.coefficients
    built_mw = outcome.values[program.modules[-1]] * c.block_mw
    of_site = np.bincount(c.pair_site, built_mw, len(c.sites))
    opened = np.flatnonzero(of_site > 0)
    smallest = opened[np.argsort(of_site[opened], kind="stable")][:count]
    shut = (outcome.values[program.opened] < 0.5).all(axis=0)
    found = []
    for i, s in enumerate(smallest):
        own = clock.share(1.0 / (len(smallest) - i))
        if own.left_s < LEAST_TIME_S:
            break
        try:
            target = Target(relative=program.options.gap)
            built = program.integer(cost, target, own, closed=shut | (c.pair_site == s))
            without = program.dispatched(cost, built.values, own)
        except InfeasibleError:
            found.append(Closing(c.sites[s], None, {}))
            continue
        except NoAnswerError:
            continue
        change = without.values - outcome.values
        more = (without.objective - outcome.objective) / max(abs(outcome.objective), 1e-12)
        found.append(Closing(c.sites[s], more, {m: float(a @ change) for m, a in metrics.items()}))
    return tuple(found)


Costs = Mapping[str, FloatArray]
Sums = list[tuple[dict[str, float], float]]

#: Metrics that the credit of heat that is sold lowers, where it counts.
CREDITED = ("carbon_t_co2e", "carbon_operational_t_co2e")
#: Share of the other metrics in a single-metric optimum, so that ties do not spoil the nadir.
TIE_BREAK = 1e-4
#: Part of the time of a payoff table that its first metrics may take, however few they are. [-]
FIRST_PART = 0.4
#: Part of a payoff table after which it is not left before the end of its time. [-]
MOST_DONE = 0.5
#: Share of a bound that its sum may be off by rounding. [-]
ROUNDING = 1e-7


def open_program(model: Model, options: SolverOptions, *, starts: bool = True) -> Program:
    """Hand a model to the solver, decomposed or whole.

    Parameters
    ----------
    model : Model
        The built model.
    options : SolverOptions
        Solver, gap, seed and threads.
    starts : bool, default True
        Whether a decomposed model gets first cuts of its site programs.
    """
    if model.decomposed:
        return BendersProgram(model, options, starts=starts)
    return Program(model, options)


class Session:
    """A model, its program, and the payoff tables computed so far.

    Parameters
    ----------
    model : Model
        The built model. It must not change afterwards.
    options : SolverOptions
        Solver, gap, seed and threads.
    """

    def __init__(self, model: Model, options: SolverOptions) -> None:
        self.model, self.options = model, options
        self._program: Program | None = None
        self._scaling: Program | None = None
        self._tables: dict[tuple[tuple[str, bytes], ...], dict[str, Payoff]] = {}
        #: Weighted sums of metrics, and values that no placement is below: of the last table, and
        #: of each.
        self._proven: Sums = []
        self._sums: dict[tuple[tuple[str, bytes], ...], Sums] = {}

    @property
    def program(self) -> Program:
        """The program, as if it had solved nothing yet."""
        program = self._opened
        program.restore()
        return program

    @property
    def _opened(self) -> Program:
        """The program, whatever it has solved."""
        if self._program is None:
            self._program = open_program(self.model, self.options)
        return self._program

    def costs(self, metrics: tuple[str, ...]) -> dict[str, FloatArray]:
        """Coefficients of metrics on the columns of the program, as expected annual means."""
        program = self._opened
        return {m: program.metric_costs(m) for m in metrics}

    def typical(self, metric: str) -> float:
        """Magnitude of a metric, which scales a solve to one."""
        return typical(self.model.coefficients, self.model.terms[metric])

    def with_model(self, model: Model) -> Session:
        """Return a session of a model with the same rows and other numbers in its metrics."""
        made = Session(model, self.options)
        made._program = self._program
        if made._program is not None:
            made._program.model = model
        return made

    def payoff(self, metrics: tuple[str, ...], clock: Clock, watch: Watch) -> dict[str, Payoff]:
        """Best and nadir of each metric over the single-metric optima of the relaxation.

        The table only sets scales, so that neither whole modules nor limits on the number of sites
        nor outages are asked for; best values are bounds that no placement can beat. It is that of
        the decomposed model wherever there is one, so that the scales are the same however the
        study is solved.

        Where the time ends before it is complete, typical values take its place.
        """
        program = self._scaling_program()
        costs = {m: program.metric_costs(m) for m in metrics}
        key = tuple((name, cost.tobytes()) for name, cost in costs.items())
        if key in self._tables:
            self._proven = self._sums[key]
        else:
            self._proven = self._sums[key] = []
            program.restore()
            unit = {m: self.typical(m) for m in metrics}
            try:
                self._tables[key] = _payoff_table(program, costs, unit, clock, watch, self._proven)
            except NoAnswerError:
                return {m: Payoff(0.0, unit[m], typical=True) for m in metrics}
        return dict(self._tables[key])

    def floor(self, factors: Mapping[str, float]) -> float:
        """Value of Σ factor · metric that no placement is below, from the last payoff table.

        For weighted sums i of metrics that are nowhere below b[i] it is the optimum of

            max Σ_i a[i] · b[i]   with   Σ_i a[i] · weight[i,m] ≤ factor[m],   a ≥ 0        ∀ m

        since no metric is negative; `least` where one may be, or without a table.

        Parameters
        ----------
        factors : mapping of str to float
            Factor of each metric.
        """
        weighted = [metric for weights, _ in self._proven for metric in weights]
        metrics = tuple(dict.fromkeys([*factors, *weighted]))
        if not self._proven or any(self._lowest(metric) < 0.0 for metric in metrics):
            return self.least(factors)
        proven = np.array([b for _, b in self._proven])
        weights = np.array([[w.get(m, 0.0) for m in metrics] for w, _ in self._proven])
        most = np.array([factors.get(m, 0.0) for m in metrics])
        # Over their largest entry: solvers take small ones for zero.
        share = np.divide(weights, most, out=np.where(weights > 0.0, np.inf, 0.0), where=most > 0.0)
        largest = share.max(axis=1)
        used = np.isfinite(largest) & (largest > 0.0) & (proven > 0.0)
        if not used.any():
            return 0.0
        share, worth = share[used] / largest[used, None], proven[used] / largest[used]
        from scipy.optimize import linprog  # few solves need it, and it takes long to read

        found = linprog(-worth, share.T, np.ones(len(most)))
        if found.x is None:
            return 0.0
        taken = np.maximum(found.x, 0.0)
        taken /= max(1.0, float((taken @ share).max()))
        return float(worth @ taken) * (1.0 - ROUNDING)

    def least(self, factors: Mapping[str, float]) -> float:
        """Value of Σ factor · metric that no placement is below: what heat that is sold brings in.

        Without it no metric is negative.
        """
        return sum(factor * self._lowest(metric) for metric, factor in factors.items())

    def _lowest(self, metric: str) -> float:
        """Value that a metric is never below: all that a place can take of heat, and its credit."""
        found = 0.0
        for state in self.model.states:
            c = state.coefficients
            heat = c.operation.heat
            if heat is None:
                continue
            carbon = heat.credit_t_per_mwh if heat.credit_counts else 0.0
            cost = heat.price_usd_per_mwh + c.carbon_price_usd_per_t * carbon
            income = {"cost_usd": cost} | dict.fromkeys(CREDITED, carbon)
            sold_mwh = float((heat.demand_mw @ c.hours).sum())
            found -= state.state.weight(metric) * income.get(metric, 0.0) * sold_mwh
        return found

    def _scaling_program(self) -> Program:
        """Return the program that payoff tables are computed with, decomposed where it can be."""
        if self.model.decomposed or not is_decomposable(self.model.instance):
            return self._opened
        if self._scaling is None:
            model = build_model(self.model.instance, decomposed=True)
            self._scaling = open_program(model, self.options)
        return self._scaling


def _ends_late(clock: Clock, done: float) -> bool:
    """Return whether work of which a share is done ends after the time, at the pace until now.

    Metrics differ in what they take: once most are done, the others are not worth leaving.
    """
    late = clock.spent_s > max(done, FIRST_PART) * (clock.spent_s + clock.left_s)
    return late and done <= MOST_DONE


def _payoff_table(
    program: Program,
    costs: Costs,
    unit: Mapping[str, float],
    clock: Clock,
    watch: Watch,
    proven: Sums,
) -> dict[str, Payoff]:
    metrics = tuple(costs)
    rows: list[dict[str, float]] = []
    for metric in metrics:
        watch.named(f"best {metric}").say(math.inf, 0.0, clock)
        weight = {m: (1.0 if m == metric else TIE_BREAK) / unit[m] for m in metrics}
        cost = np.sum([weight[m] * costs[m] for m in metrics], axis=0)
        # The basis and cuts of another metric's optimum are a worse start than none.
        program.restore()
        # Each metric counts its typical value: one whose optimum is near zero needs no more digits.
        with program.uncounted(), program.of_size(1.0):
            found = program.relax(cost, clock, missed=TIE_BREAK**2, rounds=0)
        proven.append((weight, found.bound))
        if clock.late:  # Its point may be no optimum yet.
            raise no_placement(clock, found.bound)
        if _ends_late(clock, len(proven) / len(metrics)):
            raise no_placement(clock, found.bound)
        rows.append({m: float(costs[m] @ found.values) for m in metrics})
    return {m: Payoff(min(r[m] for r in rows), max(r[m] for r in rows)) for m in metrics}
