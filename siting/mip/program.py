"""Integer program of a loaded model, by HiGHS or any solver that PuLP knows, and exact dispatch.

The integer program is the relaxation with whole counts and those of the separated rows that matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pulp
from pulp import LpMinimize, LpProblem, LpSolveStatus, LpVariable, lpSum_vars_coefs

from siting.arrays import BoolArray, FloatArray, IndexArray
from siting.errors import InfeasibleError, SitingError
from siting.mip import SILENT, Clock, SolverOptions, Target, Watch
from siting.mip.highs import Highs
from siting.mip.location.flows import MergedFlows
from siting.mip.model.build import Model
from siting.mip.relaxation import Relaxation
from siting.mip.runs import NONE, Outcome, Row, Run, RunStatus, no_placement
from siting.mip.solution import Decisions, read_decisions

__all__ = ["LEAST_TIME_S", "Program", "minimize_with"]

#: Time in which counts that were found are dispatched even after the end. [s]
LEAST_TIME_S = 10.0
#: Column of a decision that no row and no metric reads; to use it is an error.
ABSENT = np.iinfo(np.intp).max


class Program(Relaxation):
    """A model in the solver with whole counts; parameters as for `LoadedModel`."""

    def __init__(self, model: Model, options: SolverOptions) -> None:
        super().__init__(model, options)
        #: Columns of a group of decisions of a state.
        self._groups: dict[tuple[int, str], IndexArray] = {}

    # Objective ------------------------------------------------------------------------------

    def metric_costs(self, metric: str, factor: float = 1.0) -> FloatArray:
        """Coefficients of `Model.expression` on the columns, shape (columns,)."""
        cost = np.zeros(self.size)
        for k, state in enumerate(self.model.states):
            terms = state.row_terms[metric].scaled(state.state.weight(metric) * factor)
            for name, values in terms.groups().items():
                used = np.flatnonzero(values)
                cost[self._columns_of_group(k, name)[used]] += values.ravel()[used]
        return cost

    def _columns_of_group(self, state: int, name: str) -> IndexArray:
        if (state, name) not in self._groups:
            found = self.model.states[state].variables.group(name)
            flat = chain.from_iterable(v if isinstance(v, list) else [v] for v in found)
            columns = [self._column.get(variable.id, ABSENT) for variable in flat]
            self._groups[state, name] = np.array(columns, dtype=np.intp)
        return self._groups[state, name]

    @property
    def cut_count(self) -> int:
        """Benders cuts known so far."""
        return 0

    # Integer program ------------------------------------------------------------------------

    def integer(
        self,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        *,
        start: FloatArray | None = None,
        closed: BoolArray | None = None,
        enough: float = math.inf,
        watch: Watch = SILENT,
        sure: bool | None = None,
        nodes_alone: bool = False,
    ) -> Outcome:
        """Run the integer program, again with the rows that its point breaks after an outage.

        Each run is a relaxation of the problem with all those rows, so that its bound holds.

        Parameters
        ----------
        cost, target, clock, start, enough, watch
            As for `Highs.minimize_integer`.
        closed : ndarray of bool, shape (P,), optional
            Pairs that are closed for this run alone; the bound then counts for the others only.
        sure : bool, optional
            Whether "infeasible" needs a second opinion; by default where no pair is closed.
        nodes_alone : bool, default False
            Whether better points are those of nodes alone, and no heuristics look for others.

        Raises
        ------
        InfeasibleError
            If no placement meets every row.
        NoAnswerError
            If the time ended before one was found; ``bound`` says what was proven.
        """
        while True:
            second = closed is None if sure is None else sure
            run = self._integer_run(
                cost, target, clock, start, closed, enough, watch, second, nodes_alone
            )
            if run.status is RunStatus.INFEASIBLE:
                raise InfeasibleError("no placement meets every limit of the study")
            if not run.has_point:
                raise no_placement(clock, run.bound)
            rows = self.separation.outages(run.values)
            if not rows:
                late = run.status is RunStatus.STOPPED
                return Outcome(run.objective, run.bound, run.values, NONE, NONE, late)
            self._add(rows)
            if clock.late:
                raise no_placement(clock, run.bound)

    def _integer_run(
        self,
        cost: FloatArray,
        target: Target,
        clock: Clock,
        start: FloatArray | None,
        closed: BoolArray | None,
        enough: float,
        watch: Watch,
        sure: bool,
        nodes_alone: bool,
    ) -> Run:
        low, high = self._low.copy(), self._high.copy()
        if closed is not None:
            shut = np.concatenate([self.opened[:, closed].ravel(), self.modules[:, closed].ravel()])
            if (low[shut] > 0).any():
                return Run.without_point(RunStatus.INFEASIBLE)
            high[shut] = 0.0
        rows = [*self._that_matter(), *self._room()]
        if self.options.name != "HiGHS":
            return minimize_with(
                self.options, self._stated, self._extra, self.counts, rows, cost, low, high,
                clock, target,
            )  # fmt: skip
        highs = Highs(threads=self.options.threads, seed=self.options.seed)
        if nodes_alone:
            highs.leave_heuristics()
        left = (high[self.modules] > 0.0).any(axis=0)
        merged = MergedFlows(self.model.states, self.columns, low, high, left)
        lower, upper, entries = self._stated_with(rows)
        highs.load_rows(low, high, lower, upper, merged.rows(entries))
        highs.require_integers(self.counts)
        sites = self._branch_on_sites(highs) if self.opening_counts(cost) else []
        if start is not None:
            sums = [start[opened].sum() for opened in sites]
            start = np.concatenate([merged.merged(start), sums])
        run = highs.minimize_integer(
            np.append(merged.costs(cost), np.zeros(len(sites))), clock, target,
            start=start, enough=enough, watch=watch, sure=sure,
        )  # fmt: skip
        if not run.has_point:
            return run
        return replace(run, values=merged.shared_out(run.values[: self.size]))

    def _room(self) -> list[Row]:
        """Rows of integer programs alone."""
        return []

    def _branch_on_sites(self, highs: Highs) -> list[IndexArray]:
        """Add a whole column for each site, open[s] = Σ_k is_open[s,k], and return its terms.

        Branching then decides on a site before its design.
        """
        if self.model.variables.site_open:
            return []
        pairs_of_site = self.model.coefficients.pairs_of_site
        sites = [v[pairs] for v in self.opened for pairs in pairs_of_site if len(pairs) > 1]
        highs.add_sums(sites)
        return sites

    # Exact operation of counts ----------------------------------------------------------------

    def dispatched(
        self,
        cost: FloatArray,
        built: FloatArray,
        clock: Clock,
        *,
        missed: float | None = None,
        least_s: float = LEAST_TIME_S,
        most: float = math.inf,
    ) -> Outcome:
        """Best point with the counts held, so that no fraction of a hall is left.

        Parameters
        ----------
        cost : ndarray, shape (columns,)
            What to minimize.
        built : ndarray, shape (columns,)
            Values of the columns; what they open and how many modules is held, rounded.
        clock : Clock
            The time left.
        missed : float, optional
            As for `relax`. [-]
        least_s : float, optional
            Time that the step may take even where less is left. [s]
        most : float, optional
            Value above which the counts are not wanted.

        Raises
        ------
        InfeasibleError
            If the counts break a limit, or are not wanted.
        """
        counts, basis = self.counts, self.lp.basis()
        whole = self._whole(built)[counts]
        if (whole < self._low[counts]).any() or (whole > self._high[counts]).any():
            raise InfeasibleError("no placement meets every limit of the study")
        if self._sifting.worthwhile:  # Most flows are closed then: little is left of the program.
            self.lp.begin_anew()
        try:
            with self._operating(built, counts, whole):
                found = self._evaluated(cost, clock.at_least(least_s), missed, most)
        finally:
            self.lp.begin_anew(basis)
        if self.separation.outages(found.values):
            raise InfeasibleError("no placement meets every limit of the study")
        return found

    def _whole(self, built: FloatArray) -> FloatArray:
        """Return columns with rounded counts, and the steps of the price that those end in."""
        whole = built.copy()
        first_of_period = self.model.states[:: len(self.model.instance.scenarios)]
        for i, state in enumerate(first_of_period):
            for columns in (self.opened[i], self.modules[i], self.units[i]):
                whole[columns] = np.round(built[columns])
            whole[self.steps[i]] = state.coefficients.steps_of(whole[self.modules[i]])
            power = state.coefficients.operation.power
            if power is not None:
                whole[self._any[i]] = whole[self.units[i]][power.spared] > 0.5
        return whole

    @contextmanager
    def _operating(
        self, built: FloatArray, counts: IndexArray, whole: FloatArray
    ) -> Iterator[None]:
        """Hold the counts, and send nothing where nothing was built."""
        rounded = built.copy()
        rounded[counts] = whole
        empty = ~(rounded[self.modules] > 0.5).any(axis=0)
        with self.held(counts, whole, whole), self.held(self._loads_of(empty), 0.0, 0.0):
            yield

    def _evaluated(
        self, cost: FloatArray, clock: Clock, missed: float | None, most: float
    ) -> Outcome:
        """Return the optimum with the bounds that hold now, exactly."""
        run = self._run(cost, clock)
        return Outcome(run.objective, -math.inf, run.values, NONE, NONE)

    def decisions(self, outcome: Outcome) -> tuple[Decisions, ...]:
        """Decisions of every state at a point whose counts were held."""
        # A variable that no row and no metric reads has no column; it is zero.
        values, absent = np.append(outcome.values, 0.0), len(outcome.values)

        def read(variables: Sequence[LpVariable]) -> FloatArray:
            columns = [self._column.get(v.id, absent) for v in variables]
            return values[np.array(columns, dtype=np.intp)]

        return tuple(read_decisions(state, read) for state in self.model.states)


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

    ``extra`` and ``rows`` are columns and rows that were added to those that are stated; ``counts``
    are the columns of whole numbers.
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
