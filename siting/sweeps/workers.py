"""Where the cases are solved: here, in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from siting.errors import Fault, StudyError
from siting.sweeps.work import solve_case

__all__ = ["Task", "solve_all"]

#: Index of a case, and its study or its record as plain data.
Task = tuple[int, dict[str, Any]]


def solve_all(
    tasks: Sequence[Task], folder: str, *, workers: int = 1, scheduler: str | None = None
) -> Iterator[Task]:
    """Solve cases, and give the record of each as soon as it is done.

    Parameters
    ----------
    tasks : sequence of (int, mapping)
        Index and resolved study of each case, neighbours next to one another.
    folder : str
        Folder of the tables; empty for the built-in ones.
    workers : int, default 1
        Processes of this machine.
    scheduler : str, optional
        Address of a Dask scheduler, ``tcp://host:port``, whose workers can import siting.

    Raises
    ------
    siting.errors.StudyError
        If no scheduler answers there.
    """
    if scheduler is not None:
        yield from _on_cluster(tasks, folder, scheduler)
    elif workers == 1:
        for task in tasks:
            yield solve_case(task, folder)
    else:
        from joblib import Parallel, delayed

        run = Parallel(n_jobs=workers, return_as="generator_unordered", pre_dispatch="2*n_jobs")
        yield from run(delayed(solve_case)(task, folder) for task in tasks)


def _on_cluster(tasks: Sequence[Task], folder: str, scheduler: str) -> Iterator[Task]:
    try:
        import distributed
    except ImportError:
        problem = "needs the package distributed, which is not installed"
        remedy = "Install it with `pip install 'siting[cluster]'`"
        raise StudyError([Fault("--scheduler", None, "", problem, remedy)]) from None
    cluster: Any = distributed
    try:
        client = cluster.Client(scheduler, timeout=20)
    except (OSError, ValueError, TimeoutError) as error:
        problem = f"no Dask scheduler answers at {scheduler} ({error})"
        raise StudyError([Fault("--scheduler", None, "", problem, "Start one first")]) from None
    with client:
        futures = [client.submit(solve_case, task, folder, pure=False) for task in tasks]
        try:
            for future in cluster.as_completed(futures):
                yield future.result()
        finally:
            client.cancel(futures)
