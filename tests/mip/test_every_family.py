"""Every constraint family, one after another, against an independent computation.

Random studies of each kind, one of each metric in `make test` and fifty in `make fuzz`, are solved
by the whole program, by the decomposed one and by a second formulation that shares nothing with
`siting.mip`. A family that never binds proves nothing, so the optimum without its rows must be
another one in a good part of the studies.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array

from siting.coefficients import Coefficients
from siting.coefficients.instance import Instance
from siting.errors import InfeasibleError
from siting.mip import Model, Objective, SolverOptions, build_model, optimize
from siting.mip.families import FAMILIES
from tests.helpers.families import COVERED, KINDS, METRICS, Covered
from tests.helpers.joint import least_future
from tests.helpers.seeds import some

EXACT = SolverOptions(gap=1e-7)
ALL = 50
#: At least; more where a family has not yet mattered in its share of them.
STUDIES = len(some(range(ALL), len(METRICS)))
MOST = max(2 * STUDIES, 12)
MOST_SEEDS = 130
#: Studies without an answer of which both programs are asked.
WITHOUT = 5
MEASURES = ("cvar", "worst", "regret")
#: Relative change from which two optima are not the same.
ANOTHER = 1e-6


def test_every_family_is_compared_with_an_independent_computation() -> None:
    names = [family.name for family in FAMILIES]
    assert sorted(COVERED) == sorted([*names, "add_expansion", "add_vintages", *MEASURES])
    assert {family.kind for family in COVERED.values()} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_studies_agree_and_the_families_matter_in_many(kind: str) -> None:
    families = {name: f for name, f in COVERED.items() if f.kind == kind}
    needed = Counter(
        {name: max(1, family.moves * STUDIES // ALL) for name, family in families.items()}
    )
    moves: Counter[str] = Counter()
    answers, without = 0, 0
    for seed in range(MOST_SEEDS):
        study, metric = KINDS[kind].study(seed), METRICS[seed % 4]
        expected = KINDS[kind].second(study, metric)
        programs = [build_model(study)]
        if KINDS[kind].decomposed:
            programs.append(build_model(study, decomposed=True))
        if np.isinf(expected):
            without += 1
            for program in programs if without <= WITHOUT else ():
                with pytest.raises(InfeasibleError):
                    _optimum(program, metric)
            continue
        open_ = [name for name in families if moves[name] < needed[name]]
        rows = Rows(programs[0], metric) if open_ else None
        for name in open_:
            moves[name] += _matters(name, families[name], study, rows, expected)
        found = [_optimum(program, metric) for program in programs]
        near = 1e-4
        if kind == "regret":  # Overstated by up to the gap proven for each scenario alone.
            near += 2 * EXACT.gap * abs(_plainer("expected", study, metric))
        assert found == pytest.approx([expected] * len(found), rel=2e-6, abs=near), seed
        answers += 1
        if answers == MOST or (answers >= STUDIES and moves >= needed):
            break
    assert answers >= STUDIES
    assert moves >= needed


def _optimum(model: Model, metric: str) -> float:
    return optimize(model, Objective("weighted", {metric: 1.0}), EXACT).objective


def _matters(
    name: str, family: Covered, study: Coefficients | Instance, rows: Rows, optimum: float
) -> bool:
    """Whether the optimum is another without a family or a measure."""
    if isinstance(study, Instance) and name != "add_expansion":
        return abs(_plainer(name, study, rows.metric) - optimum) > ANOTHER * abs(optimum)
    if family.relaxed:
        optimum = rows.relaxed
    other = rows.least(without=name, relaxed=family.relaxed)
    return not abs(other - optimum) <= ANOTHER * abs(optimum)


def _plainer(name: str, study: Instance, metric: str) -> float:
    """The optimum on average, that of halls which do not age, or a placement without regret."""
    if name == "add_vintages":
        coefficients = [replace(k.coefficients, vintages=None) for k in study.states]
        return least_future(study.with_coefficients(coefficients), metric)
    return 0.0 if name == "regret" else least_future(replace(study, measure="expected"), metric)


class Rows:
    """A whole program as arrays, of which the rows of a family can be left out."""

    def __init__(self, model: Model, metric: str) -> None:
        self.metric = metric
        variables = model.problem.variables()
        columns = {v.name: j for j, v in enumerate(variables)}
        self.cost = np.zeros(len(columns))
        for variable, factor in model.expression(metric).items():
            self.cost[columns[variable.name]] += factor
        rows = model.problem.constraints()
        self.family = np.array([model.rows.register[row.name].family for row in rows])
        where = [(i, columns[v.name], x) for i, row in enumerate(rows) for v, x in row.items()]
        i, j, values = zip(*where, strict=True)
        self.matrix = csr_array((values, (i, j)), shape=(len(rows), len(columns)))
        right, sense = (np.array([getattr(row, n) for row in rows]) for n in ("constant", "sense"))
        self.low = np.where(sense >= 0, -right, -np.inf)
        self.high = np.where(sense <= 0, -right, np.inf)
        bounds = [(v.lowBound, v.upBound) for v in variables]
        self.bounds = ([-np.inf if low is None else low for low, _ in bounds],
                       [np.inf if high is None else high for _, high in bounds])  # fmt: skip
        self.whole = np.array([v.cat != "Continuous" for v in variables])

    @cached_property
    def relaxed(self) -> float:
        """Least value of the metric where modules need not be whole."""
        return self.least(without="", relaxed=True)

    def least(self, *, without: str, relaxed: bool) -> float:
        """Least value of the metric without the rows of a family; -inf where unbounded."""
        kept, scale = self.family != without, np.abs(self.cost).max()
        found = milp(
            self.cost / scale,
            integrality=self.whole & (not relaxed),
            bounds=self.bounds,
            constraints=LinearConstraint(self.matrix[kept], self.low[kept], self.high[kept]),
            options={"mip_rel_gap": 1e-9},
        )
        return float(found.fun * scale) if found.status == 0 else -np.inf
