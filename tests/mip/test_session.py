"""A session: each solve depends on the model and the objective alone; payoff tables are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.errors import NoAnswerError
from siting.mip import SILENT, Clock, Objective, Session, SolverOptions, build_model, optimize
from siting.mip.program import Program
from siting.nomenclature import METRICS
from tests.helpers.families import operated
from tests.helpers.instances import random_instance
from tests.helpers.seeds import seeds

ONE, OTHER = ("cost_usd", "carbon_t_co2e"), ("energy_mwh", "water_m3")
OPTIONS = SolverOptions()


def session(*, decomposed: bool) -> Session:
    c = random_instance(3, sites=6, slices=12, sources=2)
    return Session(build_model(c, decomposed=decomposed), OPTIONS)


def weighted(metrics: tuple[str, ...], factor: float = 1.0) -> Objective:
    return Objective("weighted", {m: factor * (i + 1) for i, m in enumerate(metrics)})


@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("before", [[ONE], [OTHER], [ONE, OTHER], [OTHER, ONE, OTHER]])
def test_a_solve_is_the_same_after_any_others(
    before: list[tuple[str, ...]], decomposed: bool
) -> None:
    fresh = optimize(session(decomposed=decomposed), weighted(ONE), OPTIONS)
    used = session(decomposed=decomposed)
    for metrics in before:
        optimize(used, weighted(metrics), OPTIONS)
    after = optimize(used, weighted(ONE), OPTIONS)
    assert (after.objective, after.bound) == (fresh.objective, fresh.bound)
    assert np.array_equal(after.decisions.modules, fresh.decisions.modules)


def test_a_table_that_the_end_of_the_time_cut_short_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = session(decomposed=True)

    def late_relax(*args: object, **options: object) -> None:
        raise NoAnswerError("the time ended")

    with monkeypatch.context() as patch:
        patch.setattr(Program, "relax", late_relax)
        late = one.payoff(ONE, Clock(0.0), SILENT)
    now = one.payoff(ONE, Clock(60.0), SILENT)
    assert now == session(decomposed=True).payoff(ONE, Clock(60.0), SILENT)
    assert now != late
    assert all(row.typical for row in late.values())
    assert not any(row.typical for row in now.values())


@pytest.mark.parametrize(
    ("after_s", "solved"),
    [
        ((20.0, 40.0, 60.0, 80.0), 4),
        ((24.0, 48.0, 72.0, 96.0), 4),
        ((26.0, 52.0), 2),
        ((45.0,), 1),
        ((10.0, 20.0, 85.0, 95.0), 4),  # One takes most of the time: then the last is worth it.
        ((30.0, 40.0, 50.0, 60.0), 4),
    ],
)
def test_a_payoff_table_that_will_not_end_in_time_is_left(
    after_s: tuple[float, ...], solved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time goes to the placement then."""
    metrics, relax, asked = (*ONE, *OTHER), Program.relax, []

    def counted(*given: object, **more: object) -> object:
        asked.append(given)
        return relax(*given, **more)  # type: ignore[arg-type]

    class Paced(Clock):
        spent_s = property(lambda self: (0.0, *after_s)[len(asked)])  # type: ignore[assignment]
        left_s = property(lambda self: 100.0 - self.spent_s)  # type: ignore[assignment]

    monkeypatch.setattr(Program, "relax", counted)
    found = session(decomposed=True).payoff(metrics, Paced(100.0), SILENT)
    assert len(asked) == solved
    assert all(row.typical == (solved < 4) for row in found.values())


@pytest.mark.parametrize("seed", seeds(12))
def test_scales_are_the_same_however_the_study_is_solved(seed: int) -> None:
    c = random_instance(seed, sites=4, slices=6, sources=1 + seed % 3)
    tables = [
        Session(build_model(c, decomposed=how), OPTIONS).payoff(OTHER, Clock(60.0), SILENT)
        for how in (False, True)
    ]
    assert tables[0] == tables[1]


@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("factor", [1e-9, 1e-5, 1e-4, 1e4, 1e9])
def test_a_common_factor_of_the_weights_changes_only_the_unit(
    factor: float, decomposed: bool
) -> None:
    plain = optimize(session(decomposed=decomposed), weighted(ONE), OPTIONS)
    scaled = optimize(session(decomposed=decomposed), weighted(ONE, factor), OPTIONS)
    assert scaled.objective == pytest.approx(factor * plain.objective, rel=1e-9)
    assert scaled.bound == pytest.approx(factor * plain.bound, rel=1e-9)
    assert scaled.gap == pytest.approx(plain.gap, rel=1e-6, abs=1e-9)
    assert np.array_equal(scaled.decisions.modules, plain.decisions.modules)


@pytest.mark.parametrize("decomposed", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_a_payoff_table_proves_a_floor_of_every_weighted_sum(seed: int, decomposed: bool) -> None:
    """Above what the best values add up to, since ties are broken by the others."""
    c, metrics = random_instance(seed, sites=4, slices=4, sources=2), (*ONE, *OTHER)
    opened = Session(build_model(c, decomposed=decomposed), OPTIONS)
    found = optimize(opened, weighted(metrics), OPTIONS)
    total = sum(range(1, 5))
    factors = {m: (i + 1) / total / found.payoff[m].range for i, m in enumerate(metrics)}
    least = sum(f * found.payoff[m].best for m, f in factors.items())
    floor = opened.floor(factors)
    assert least * (1 - 1e-6) <= floor <= found.objective / total * (1 + 1e-9)


def test_a_floor_counts_the_weights_that_break_ties_however_small() -> None:
    """Weights of 10⁻¹⁰ bind here; solvers take coefficients below 10⁻⁹ for zero."""
    opened = Session(build_model(random_instance(0)), SolverOptions())
    opened._proven = [
        ({"energy_mwh": 1.956365247552642e-06, "water_m3": 8.1111e-11}, 0.7908950897987781),
        ({"energy_mwh": 1.956365247552642e-10, "water_m3": 8.1111e-07}, 7.90895089798778e-05),
    ]
    factors = {"energy_mwh": 0.8245363482407365, "water_m3": 0.20539429952413601}
    # All of the energy at the first, or what the second takes of it: both are worth the same.
    assert opened.floor(factors) == pytest.approx(333333.3, rel=1e-6)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seed", range(3))
def test_only_heat_that_is_sold_makes_a_metric_negative(seed: int, metric: str) -> None:
    for families in ((), ("heat",), ("storage", "heat")):
        c = operated(seed, *families)
        if families:  # Income beyond all that the place costs.
            priced = {"price_usd_per_mwh": 1e4, "credit_t_per_mwh": 50.0}
            heat = replace(c.operation.heat, credit_counts=True, min_share=0.0, **priced)
            c = replace(c, operation=replace(c.operation, heat=heat))
        opened = Session(build_model(c), OPTIONS)
        best = optimize(opened, weighted((metric,)), OPTIONS).objective
        least = opened.least({metric: 1.0})
        assert least <= best + 1e-9 * abs(best)
        assert (least < 0.0) == (bool(families) and metric in ("cost_usd", "carbon_t_co2e"))
