"""Tasks done here, in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any

from threadpoolctl import threadpool_limits

from siting.errors import Fault, StudyError

__all__ = ["Workers", "single_threaded", "task_runner"]

#: Does some tasks, and gives the result of each as soon as it is there, in any order.
Workers = Callable[[Callable[[Any], Any], Iterable[Any]], Generator[Any]]


def single_threaded[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Hold linear algebra to one thread while a function runs.

    More threads add in another order, so that a placement would depend on how many a process has.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with threadpool_limits(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited


@contextmanager
def task_runner(*, workers: int = 1, scheduler: str | None = None) -> Iterator[Workers]:
    """Runner of tasks: it takes a function of one argument, and the argument of each task.

    Parameters
    ----------
    workers : int, default 1
        Processes of this machine; one stands for this process.
    scheduler : str, optional
        Address of a Dask scheduler, ``tcp://host:port``, whose workers can import siting.

    Raises
    ------
    siting.errors.StudyError
        If no scheduler answers there.
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
    from joblib import Parallel, delayed

    run = Parallel(n_jobs=workers, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    answers = run(delayed(work)(task) for task in tasks)
    try:
        # `yield from` would close them before the warning is ignored.
        for answer in answers:  # noqa: UP028
            yield answer
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that tasks are given up is meant
            answers.close()


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
    futures = [client.submit(work, task, pure=False) for task in tasks]
    try:
        for future in cluster.as_completed(futures):
            yield future.result()
    finally:
        client.cancel(futures)
