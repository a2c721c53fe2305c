"""What one solve leaves for the next never changes an answer."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

import siting
from siting.coefficients.build import Stages, build_problem, study_files
from siting.errors import DataError
from siting.mip import SolverOptions
from siting.run import solve_study
from siting.run.many import (
    ONLY_IN_METRICS,
    Reuse,
    _keeping_memory,
    same_rows,
    single_threaded,
)

STUDY = {
    "name": "small",
    "candidates": {"sites": ["lulea", "dublin", "frankfurt"]},
    "designs": ["air_economizer", "adiabatic_liquid", "tower_liquid"],
    "demand": {
        "regions": ["stockholm", "london", "frankfurt"],
        "workloads": [{"name": "a", "it_mw": 20, "max_rtt_ms": None}],
    },
    "time": {"slices": 12},
}
CHANGES = [
    "objective.weights.carbon=3",
    "economics.carbon_price_usd_per_t=90",
    "limits.max_sites=1",
    "climate.warming_k=2",
    "demand.workloads.a.it_mw=25",
    "supply.hydro_water=zero",
    "solver.seed=5",
]


def test_answers_are_the_same_after_any_other_study(catalogue):
    shop = Reuse()
    for change in [CHANGES[0], *CHANGES]:
        study = siting.load(STUDY, [change])
        warm = solve_study(study, catalogue=catalogue, reuse=shop)
        cold = solve_study(study, catalogue=catalogue)
        assert warm.study == study
        assert (warm.objective, warm.metrics) == (cold.objective, cold.metrics), change
        assert warm.sites.equals(cold.sites), change
        assert warm.other_conventions == cold.other_conventions, change


def test_linear_algebra_has_one_thread_within_a_solve_and_its_own_number_after():
    def threads():
        pools = ThreadpoolController().select(user_api="blas").info()
        return [pool["num_threads"] for pool in pools]

    with threadpool_limits(limits=2, user_api="blas"):
        assert set(single_threaded(threads)()) == {1}
        assert set(threads()) == {2}


STORED = {"storage": [{"name": "battery", "max_mw": 5, "duration_h": 4}]}


@pytest.mark.parametrize("more", [{}, STORED], ids=["closed form", "programs of sites"])
def test_a_decomposed_answer_is_the_same_after_any_other_weights(catalogue, more):
    shop = Reuse()
    data = {**STUDY, **more, "time": {"slices": 48}, "solver": {"method": "decomposed"}}
    for carbon in (1, 3, 0.2, 3):
        study = siting.load(data, [f"objective.weights.carbon={carbon}"])
        warm = solve_study(study, catalogue=catalogue, reuse=shop)
        cold = solve_study(study, catalogue=catalogue)
        assert (warm.objective, warm.bound) == (cold.objective, cold.bound), carbon
        assert warm.metrics == cold.metrics, carbon
        assert warm.sites.equals(cold.sites), carbon
        assert warm.screened == cold.screened, carbon


def test_weights_alone_build_no_decomposed_program_and_other_numbers_do(catalogue):
    shop, method = Reuse(), SolverOptions(method="decomposed")

    def built(*changes):
        study = siting.load(STUDY, changes)
        return shop.session(build_problem(study, catalogue, stages=shop.stages), method)

    problem = build_problem(siting.load(STUDY), catalogue)
    first = shop.session(problem, method)
    assert shop.session(problem, method) is first
    assert built("economics.carbon_price_usd_per_t=90").model is not first.model
    assert Reuse(keep=0).session(problem, method) is not first


def test_weights_alone_build_nothing_and_prices_no_rows(catalogue):
    shop = Reuse()

    def built(*changes):
        study = siting.load(STUDY, changes)
        problem = build_problem(study, catalogue, stages=shop.stages)
        return shop.session(problem, SolverOptions()).model

    first = built()
    assert built("economics.carbon_price_usd_per_t=90").problem is first.problem
    assert built("limits.max_sites=1").problem is not first.problem
    assert shop.stages.counts["weather"] == {"made": 1, "reused": 2}
    assert shop.stages.counts["physics"] == {"made": 1, "reused": 2}


CAP = "caps=[{{metric: carbon_t_co2e, at_most: {most}, country: [{country}]}}]"


def test_numbers_of_limits_read_no_table_again_and_their_names_do(catalogue):
    stages = Stages()

    def built(*changes):
        return build_problem(siting.load(STUDY, changes), catalogue, stages=stages)

    built("limits.max_sites=2")
    assert built("limits.max_sites=1").coefficients.limits.max_sites == 1
    built(CAP.format(most=1e6, country="SWE"))
    (cap,) = built(CAP.format(most=1e5, country="SWE")).coefficients.structure.caps
    assert cap.at_most == 1e5
    assert stages.counts["inputs"] == stages.counts["supply"] == {"made": 2, "reused": 2}
    for wrong in ("limits.open=[stockholm]", CAP.format(most=1e5, country="XXX")):
        with pytest.raises(DataError):
            built(wrong)


def test_any_number_that_is_not_only_in_the_metrics_needs_other_rows(catalogue):
    problem = build_problem(siting.load(STUDY), catalogue)
    instance, c = problem.instance, problem.coefficients
    for name in ("pue", "connection_mw", "capacity_factor", "demand_mw", "open_cost_usd",
                 "grid_carbon_t_per_mwh", "offer_price_usd_per_mwh"):  # fmt: skip
        changed = replace(c, **{name: np.asarray(getattr(c, name)) * 1.0 + 0.01})
        other = instance.with_coefficients([changed])
        assert same_rows(instance, other) is (name in ONLY_IN_METRICS), name


def test_a_budget_makes_every_number_of_its_metric_one_of_the_rows(catalogue):
    study = siting.load(STUDY, ["limits.carbon_t_co2e=1e9"])
    problem = build_problem(study, catalogue)
    instance, c = problem.instance, problem.coefficients
    changed = replace(c, grid_carbon_t_per_mwh=c.grid_carbon_t_per_mwh * 2.0)
    assert not same_rows(instance, instance.with_coefficients([changed]))


def test_a_stage_is_made_again_only_for_other_inputs_and_the_oldest_is_forgotten():
    stages, made = Stages(keep=2), []

    def value(x):
        return stages.reuse("s", [x], lambda: made.append(x) or x)

    assert [value(x) for x in (1, 2, 1, 3, 2)] == [1, 2, 1, 3, 2]
    assert made == [1, 2, 3, 2]


def test_the_content_of_a_file_that_a_study_names_is_part_of_its_hash(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("id,country,lat,lon\nmine,SWE,65.0,22.0\n")
    study = siting.load({**STUDY, "candidates": {"file": str(file)}})
    before = study_files(study)
    file.write_text("id,country,lat,lon\nmine,SWE,66.0,22.0\n")
    assert list(before) == [str(file)]
    assert study_files(study) != before


def test_processes_keep_the_program_that_they_built(monkeypatch):
    """The name under which loky keeps what it takes for a leak is there, and set by each task."""
    from joblib.externals.loky import process_executor

    monkeypatch.setattr(process_executor, "_MAX_MEMORY_LEAK_SIZE", 1)
    assert _keeping_memory(abs, -2) == 2
    assert sys.maxsize == process_executor._MAX_MEMORY_LEAK_SIZE
