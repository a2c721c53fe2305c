"""What a program keeps of a payoff table: its cuts and its end, whatever was solved in between."""

from __future__ import annotations

import numpy as np
import pytest
from instances import random_instance

from siting.mip import Kept, SolverOptions, build_model
from siting.mip.cuts import CutRelaxation
from siting.mip.engine import engine_of
from siting.mip.objectives import _payoff
from siting.mip.solve import Clock

ONE, OTHER = ("cost_usd", "carbon_t_co2e"), ("energy_mwh", "water_m3")


def ended(order: list[tuple[str, ...]]) -> tuple[int, list[object], float, np.ndarray]:
    """Cuts, rows for the integer program, and one solve from there, after some tables."""
    c, options = random_instance(3, sites=6, slices=12, sources=2), SolverOptions()
    model = build_model(c, decomposed=True)
    kept = Kept(lambda: engine_of(model, options))
    for metrics in order:
        _payoff(model, kept.engine, metrics, Clock(60.0), None, kept)
        relaxation = kept._engine.relaxation  # Its property would forget the table again.
        known = relaxation.cut_count
        handed = [(cut.site, cut.coefficients.tolist()) for cut in relaxation.new_cuts()]
        cost = relaxation.costs(model.expression(metrics[0], 1e-6))
        found = relaxation.minimise(cost, Clock(60.0))
    assert isinstance(relaxation, CutRelaxation)
    return known, handed, found.bound, found.values


def test_a_solve_starts_with_the_cuts_of_its_payoff_table() -> None:
    known, handed, _, _ = ended([ONE])
    assert known >= len(handed) > 0


@pytest.mark.parametrize("before", [[ONE], [OTHER], [ONE, OTHER], [OTHER, ONE, OTHER]])
def test_a_table_ends_alike_after_any_others(before: list[tuple[str, ...]]) -> None:
    fresh, after = ended([ONE]), ended([*before, ONE])
    assert after[:3] == fresh[:3]
    assert np.array_equal(after[3], fresh[3])


def test_a_table_that_the_end_of_the_time_cut_short_is_not_kept() -> None:
    model = build_model(random_instance(3, sites=6, slices=12, sources=2), decomposed=True)
    kept = Kept(lambda: engine_of(model, SolverOptions()))
    late = _payoff(model, kept.engine, ONE, Clock(0.0), None, kept)
    now = _payoff(model, kept.engine, ONE, Clock(60.0), None, kept)
    other = Kept(lambda: engine_of(model, SolverOptions()))
    assert now == _payoff(model, other.engine, ONE, Clock(60.0), None, other)
    assert now != late
