"""An end that the planner asks for: the best answer so far, or a clear word that there is none."""

from __future__ import annotations

import os
import signal

import pytest

from siting.coefficients import Limits
from siting.errors import NoAnswerError
from siting.mip import (
    Interrupt,
    Objective,
    Progress,
    SolverOptions,
    build_model,
    keeping_incumbent,
    optimize,
)
from tests.helpers.instances import random_instance

ENERGY = Objective("weighted", {"energy_mwh": 1.0})


@pytest.mark.parametrize("decomposed", [False, True])
def test_an_end_asked_for_at_once_gives_a_placement_with_a_bound_that_holds(
    decomposed: bool,
) -> None:
    c, interrupt = random_instance(1), Interrupt()
    interrupt.ask()
    model = build_model(c, decomposed=decomposed)
    stopped = optimize(model, ENERGY, SolverOptions(), interrupt=interrupt)
    best = optimize(build_model(c), ENERGY, SolverOptions(gap=1e-6))
    assert stopped.interrupted
    assert not best.interrupted
    assert stopped.bound <= best.objective * (1 + 1e-6)
    assert stopped.objective >= best.bound * (1 - 1e-6)


@pytest.mark.parametrize("decomposed", [False, True])
def test_an_end_asked_for_during_the_search_keeps_what_was_proven(decomposed: bool) -> None:
    c, interrupt, seen = random_instance(2), Interrupt(), []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if progress.phase.startswith("placement"):
            interrupt.ask()

    model = build_model(c, decomposed=decomposed)
    both = Objective("weighted", {"energy_mwh": 1.0, "carbon_t_co2e": 1.0})
    stopped = optimize(model, both, SolverOptions(gap=1e-9), report, interrupt)
    best = optimize(build_model(c), both, SolverOptions(gap=1e-6))
    assert stopped.interrupted
    assert any(progress.phase.startswith("placement") for progress in seen)
    assert stopped.bound <= best.objective * (1 + 1e-6)
    assert stopped.objective >= best.bound * (1 - 1e-6)


def test_an_end_before_any_placement_says_that_nothing_is_written() -> None:
    interrupt = Interrupt()
    interrupt.ask()
    model = build_model(random_instance(1, limits=Limits(budgets=(("energy_mwh", 1.0),))))
    with pytest.raises(NoAnswerError, match=r"interrupted after .* nothing is written"):
        optimize(model, ENERGY, SolverOptions(), interrupt=interrupt)


def test_the_first_signal_asks_for_an_end_and_the_second_one_ends() -> None:
    with keeping_incumbent() as interrupt:
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupt.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
