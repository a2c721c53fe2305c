"""Reuse between solves: weather, physics, coefficients and models of earlier studies.

Each stage is kept by a hash of the inputs that it reads, so a study that differs from an earlier
one in its weights alone is solved on the program of that one, and one that differs in prices or in
carbon on the same rows with other numbers in the metrics.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache, partial, wraps
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import ThreadpoolController

from siting.catalogue import Catalogue
from siting.catalogue.place_rules import idle_places
from siting.catalogue.power_files import doubtful_steps
from siting.coefficients import Coefficients
from siting.coefficients.assemble import needed_mw
from siting.coefficients.build import Problem, Stages, build_problem, study_files
from siting.coefficients.instance import Instance
from siting.coefficients.structure_build import counted_metrics
from siting.config import Study
from siting.config.study import study_states
from siting.errors import Fault, NoAnswerError, StudyError
from siting.files import TEXTS
from siting.mip import Model, Session, SolverOptions, build_model, is_decomposed, metric_terms
from siting.resolution import coarse_warning, states_of

__all__ = ["Reuse", "Workers", "problem_inputs", "same_rows", "single_threaded", "task_runner"]


#: Runs tasks and yields each result as soon as it is known, in any order. A task of None says that
#: the next one is known once another result was taken.
Workers = Callable[[Callable[[Any], Any], Iterable[Any]], Generator[Any]]

#: Tasks that are handed over before they are needed: for each process, and to a cluster.
QUEUED, QUEUED_ON_CLUSTER = 2, 256
#: Time after which processes without a task end. [s]
IDLE_S = 300

#: Power of a connection over the IT power of a study, from which its unit is in doubt; assumed. [-]
DOUBTFUL = 10.0


def single_threaded[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Hold linear algebra to one thread, and texts of tables to Python, while a function runs.

    More threads add in another order, so that a placement would depend on how many a process has.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        libraries = _linear_algebra(len(sys.modules))
        with libraries.limit(limits=1, user_api="blas"), pd.option_context(*TEXTS):
            return function(*args, **kwargs)

    return limited


@lru_cache(maxsize=1)
def _linear_algebra(_imported: int) -> ThreadpoolController:
    """Libraries of linear algebra of this process, looked for again once more is imported."""
    return ThreadpoolController()


@contextmanager
def task_runner(*, workers: int = 1, scheduler: str | None = None) -> Iterator[Workers]:
    """Runner of tasks: it takes a function of one argument, and the argument of each task.

    Parameters
    ----------
    workers : int, default 1
        Processes of this machine; one stands for this process. It is a `NoAnswerError` that one
        of them is ended from outside.
    scheduler : str, optional
        Address of a Dask scheduler, ``tcp://host:port``, whose workers can import siting; it is a
        `StudyError` that none answers there.
    """
    if scheduler is None:
        yield partial(_here, workers)
        return
    with _client(scheduler) as client:
        yield partial(_on_cluster, client)


def _here(workers: int, work: Callable[[Any], Any], tasks: Iterable[Any]) -> Generator[Any]:
    if workers == 1:
        for task in tasks:
            yield work(task)
        return
    from joblib.externals.loky import get_reusable_executor, wait

    pool = get_reusable_executor(max_workers=workers, timeout=IDLE_S)
    send = partial(pool.submit, _keeping_memory, work)
    running: set[Any] = set()
    try:
        yield from _as_done(send, wait, tasks, running, QUEUED * workers)
    except BrokenExecutor:
        raise NoAnswerError(
            f"one of the {workers} processes was ended from outside, most often for want of "
            "memory; use fewer (--workers), and --resume, which keeps what is solved"
        ) from None
    finally:
        if running:
            pool.shutdown(kill_workers=True)


def _as_done(
    send: Callable[[Any], Any],
    wait: Callable[..., tuple[set[Any], set[Any]]],
    tasks: Iterable[Any],
    running: set[Any],
    most: int,
) -> Generator[Any]:
    """Send tasks, so many at once, and yield each result; those that run are left in a set."""
    ahead, more = iter(tasks), True
    while True:
        while more and len(running) < most:
            task = next(ahead, running)
            more = task is not running
            if task is None or not more:
                break
            running.add(send(task))
        if not running:
            return
        done = next(iter(wait(running, return_when="FIRST_COMPLETED")[0]))
        running.remove(done)
        yield done.result()


def _keeping_memory(work: Callable[[Any], Any], task: Any) -> Any:
    """Do a task where the process keeps what it holds.

    The program of a large study is more than what loky takes for a leak [B], after which it would
    begin a new process, that builds the program again.
    """
    from joblib.externals.loky import process_executor

    process_executor._MAX_MEMORY_LEAK_SIZE = sys.maxsize
    return work(task)


def _client(scheduler: str) -> Any:
    """A client of a scheduler that answers."""
    try:
        import distributed
    except ImportError:
        problem = "needs the package distributed, which is not installed"
        remedy = "Install it with `pip install 'siting[cluster]'`"
        raise StudyError([Fault("--scheduler", None, "", problem, remedy)]) from None
    cluster: Any = distributed
    try:
        return cluster.Client(scheduler, timeout=20)
    except (OSError, ValueError, TimeoutError) as error:
        problem = f"no Dask scheduler answers at {scheduler} ({error})"
        raise StudyError([Fault("--scheduler", None, "", problem, "Start one first")]) from None


def _on_cluster(client: Any, work: Callable[[Any], Any], tasks: Iterable[Any]) -> Generator[Any]:
    import distributed

    cluster: Any = distributed
    send = partial(client.submit, work, pure=False)
    running: set[Any] = set()
    try:
        yield from _as_done(send, cluster.wait, tasks, running, QUEUED_ON_CLUSTER)
    finally:
        client.cancel(list(running))


#: Sections of a study that the numbers of the program do not depend on.
UNREAD_BY_NUMBERS = {"name", "description", "objective", "solver"}
#: Numbers that enter the metrics and no row, where no budget and no dispatch option is on.
ONLY_IN_METRICS = {
    "fuel_carbon_t_per_mwh", "fuel_price_usd_per_mwh", "fixed_carbon_t_per_mw",
    "it_carbon_t_per_mw", "fixed_cost_usd_per_mw", "om_usd_per_mw", "grid_carbon_t_per_mwh",
    "grid_price_usd_per_mwh", "grid_water_l_per_kwh", "grid_withdrawal_l_per_kwh",
    "water_price_usd_per_m3", "electricity_tax_usd_per_mwh", "carbon_price_usd_per_t",
    "scarcity_site", "scarcity_grid",
    "offer_carbon_t_per_mwh", "offer_water_l_per_kwh", "offer_withdrawal_l_per_kwh",
    "offer_price_usd_per_mwh",
}  # fmt: skip


def problem_inputs(study: Study, catalogue: Catalogue) -> list[object]:
    """Everything that the coefficients of the model depend on, as plain values."""
    return [
        catalogue.sha256,
        study_files(study),
        study.model_dump(mode="json", exclude=UNREAD_BY_NUMBERS),
        # Pairs that are nowhere better are left out, which depends on what is counted.
        sorted(counted_metrics(study)),
    ]


def same_rows(one: Instance, other: Instance) -> bool:
    """Return whether two instances give the same rows and columns, so that only metrics differ."""
    weighed = [(i.periods, i.scenarios, i.measure, i.alpha) for i in (one, other)]
    if weighed[0] != weighed[1]:
        return False
    return all(
        _same_state(a.coefficients, b.coefficients)
        and (a.probability, a.share, a.cost_share) == (b.probability, b.share, b.cost_share)
        for a, b in zip(one.states, other.states, strict=True)
    )


def _same_state(a: Coefficients, b: Coefficients) -> bool:
    for c in (a, b):
        limits = c.limits
        if limits.budgets or limits.site_water_m3 or limits.site_withdrawal_m3:
            return False
        if c.structure.caps or c.operation.in_use:
            return False
    names = [f.name for f in fields(a) if f.name not in ONLY_IN_METRICS]
    return all(_equal(getattr(a, name), getattr(b, name)) for name in names)


def _equal(a: Any, b: Any) -> bool:
    """Return whether two values are the same in every part."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    if is_dataclass(a) and type(a) is type(b):
        return all(_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return bool(a == b)


def _with_numbers(model: Model, instance: Instance) -> Model:
    """Model with the same rows and the metrics of another instance."""
    states = tuple(
        replace(
            old, state=new, terms=metric_terms(new.coefficients, old.demand)
        )
        for old, new in zip(model.states, instance.states, strict=True)
    )  # fmt: skip
    return replace(model, instance=instance, states=states)


class Reuse:
    """Stages and programs of earlier studies.

    Parameters
    ----------
    keep : int, default 2
        Results kept of each stage, at least those of the last state: periods share weather and
        physics. 0 keeps no program.
    """

    def __init__(self, keep: int = 2) -> None:
        self.stages = Stages(max(keep, 1))
        self._keep = keep
        self._last: tuple[Instance, SolverOptions, Session] | None = None

    def problem(
        self,
        study: Study,
        catalogue: Catalogue,
        phase: Callable[[str], AbstractContextManager[None]],
    ) -> Problem:
        """Coefficients of a study, with its own objective and name."""
        inputs = problem_inputs(study, catalogue)
        made = self.stages.reuse(
            "coefficients",
            inputs,
            lambda: build_problem(study, catalogue, phase=phase, stages=self.stages),
        )
        if made.study == study:
            return made
        labels = study_states(study)
        states = tuple(
            replace(state, study=label.study)
            for state, label in zip(made.states, labels, strict=False)
        )
        own = states[made.instance.reference].study if states else labels[0].study
        return replace(made, study=own, states=states)

    def warnings(self, study: Study, problem: Problem, catalogue: Catalogue) -> tuple[str, ...]:
        """Places without candidates, doubtful megawatts, and whether slices are too coarse."""
        several = problem.states or (problem,)
        needed = DOUBTFUL * max(needed_mw(state.study) for state in several)
        told = []
        for state in several:
            told += idle_places(state.study, state.catalogue, state.sites)
            if state.study.connections is not None:
                most_mw = state.sites["connection_mw"].clip(lower=needed).to_dict()
                told += doubtful_steps(state.study.connections, most_mw)
        inputs = problem_inputs(study, catalogue)
        states = partial(states_of, study, problem, catalogue)
        coarse = coarse_warning(
            study, problem, lambda: self.stages.reuse("resolution", inputs, states)
        )
        return (*dict.fromkeys(told), *([coarse] if coarse else []))

    def session(self, problem: Problem, options: SolverOptions) -> Session:
        """Model of a problem in the solver, the last one again where its rows are the same."""
        instance, how = problem.instance, replace(options, time_limit_s=0.0)
        if self._last is not None and self._last[1] == how:
            known, session = self._last[0], self._last[2]
            if known is instance:
                return session
            # Cuts speak of the numbers in the metrics too.
            if not session.model.decomposed and same_rows(known, instance):
                session = session.with_model(_with_numbers(session.model, instance))
                self._last = (instance, how, session)
                return session
        model = build_model(instance, decomposed=is_decomposed(instance, options))
        session = Session(model, options)
        if self._keep:
            self._last = (instance, how, session)
        return session
