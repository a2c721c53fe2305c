"""A process for each measurement, so that memory and caches are its own."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

__all__ = ["MeasurementError", "in_fresh_process", "in_limited_process", "peak_memory_mb"]

STATUS = Path("/proc/self/status")
# getrusage counts bytes on macOS and KiB elsewhere.
BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024


def in_fresh_process[**P, R](measure: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function in a new interpreter and wait for its answer."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
        return pool.submit(measure, *args, **kwargs).result()


class MeasurementError(Exception):
    """Error of a measured process that raised or crashed; its message says how."""


def in_limited_process[**P, R](
    measure: Callable[P, R], limit_s: float, *args: P.args, **kwargs: P.kwargs
) -> R | None:
    """Return the same, with a time limit; None where the process was ended at it.

    Raises
    ------
    MeasurementError
        Where ``measure`` raised an error, or the process ended without an answer, as one does
        that takes more memory than there is.
    """
    fresh = multiprocessing.get_context("spawn")
    receive, send = fresh.Pipe(duplex=False)
    process = fresh.Process(target=_answer, args=(send, measure, args, kwargs))
    process.start()
    send.close()
    found: R | None = None
    error = ""
    try:
        if receive.poll(limit_s):  # also where the process has ended
            found, error = receive.recv()
    except EOFError:
        process.join()
        error = f"the process ended without an answer, exit code {process.exitcode}"
    finally:
        process.kill()
        process.join()
    if error:
        raise MeasurementError(error)
    return found


def _answer(send: Connection, measure: Callable[..., object], args: Any, kwargs: Any) -> None:
    try:
        answer = (measure(*args, **kwargs), "")
    except Exception as error:
        traceback.print_exc()
        answer = (None, f"{type(error).__name__}: {error}")
    send.send(answer)


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far. [MB]

    Linux starts ``ru_maxrss`` of a new process at the peak of the one that started it, so there
    the kernel's own record of the process is read instead.
    """
    if STATUS.is_file():
        fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_UNIT / 1e6
