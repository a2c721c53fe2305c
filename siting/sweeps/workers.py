"""Where the cases are solved: here, in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from siting.errors import Fault, StudyError
from siting.sweeps.work import solve_cases

__all__ = ["solve_all"]

Chunk = list[tuple[int, dict[str, Any]]]


def solve_all(
    chunks: Sequence[Chunk], folder: str, *, workers: int = 1, scheduler: str | None = None
) -> Iterator[Chunk]:
    """Solve chunks of cases, and give the records of each as soon as it is done.

    Parameters
    ----------
    chunks : sequence of list of (int, mapping)
        Index and resolved study of each case; those of a chunk are solved in one process.
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
        yield from _on_cluster(chunks, folder, scheduler)
    elif workers == 1:
        for chunk in chunks:
            yield solve_cases(chunk, folder)
    else:
        from joblib import Parallel, delayed

        run = Parallel(n_jobs=workers, return_as="generator_unordered", pre_dispatch="2*n_jobs")
        yield from run(delayed(solve_cases)(chunk, folder) for chunk in chunks)


def _on_cluster(chunks: Sequence[Chunk], folder: str, scheduler: str) -> Iterator[Chunk]:
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
        futures = [client.submit(solve_cases, chunk, folder, pure=False) for chunk in chunks]
        try:
            for future in cluster.as_completed(futures):
                yield future.result()
        finally:
            client.cancel(futures)
