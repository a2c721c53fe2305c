"""Solves behind a page: one after the other in a thread, with progress, and an end when asked.

The solver runs outside of Python's lock, so that the page is answered meanwhile. What one solve
leaves (weather, physics, coefficients, the program with its scales) is there for the next, and the
placement is the same as that of the command line.
"""

from __future__ import annotations

import math
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from siting.catalogue import Catalogue
from siting.coefficients.inputs import read_study
from siting.config import Study
from siting.errors import InfeasibleError, InputError, NoAnswerError
from siting.infeasible import explain_infeasible
from siting.mip import Interrupt, Progress
from siting.run import solve_study
from siting.run.many import Reuse
from siting.workbench.answers import Answers

__all__ = ["Job", "Solver", "overrides_of"]

#: Jobs that are shown after their end, and those that may wait.
MOST_ENDED, MOST_WAITING = 20, 20


def overrides_of(changes: Mapping[str, str]) -> list[str]:
    """Changes of a page as overrides ``path=value``; an emptied field is null."""
    return [f"{path}={value.strip() or 'null'}" for path, value in changes.items()]


@dataclass(frozen=True)
class Job:
    """One question to the solver.

    Parameters
    ----------
    number : int
        Counted from 1 since the workbench was started.
    overrides : tuple of str
        What is changed in the study.
    state : str
        waiting, running, done, infeasible, no_answer, cancelled, bad_input or failed.
    phase : str
        What is being done, in words.
    seconds : float
        Since it was begun. [s]
    incumbent : bool
        Whether a placement is known.
    gap : float or None
        Proven so far; None where nothing is. [-]
    answer : str
        Name of the run folder, once it is done.
    message : str
        Why there is no answer.
    notes : tuple of str
        What the solve had to say.
    """

    number: int
    overrides: tuple[str, ...]
    state: str = "waiting"
    phase: str = ""
    seconds: float = 0.0
    incumbent: bool = False
    gap: float | None = None
    answer: str = ""
    message: str = ""
    notes: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Return whether nothing more will happen to it."""
        return self.state not in ("waiting", "running")


@dataclass
class _Request:
    """Job as the thread needs it: the study, and how it is ended."""

    study: Study
    interrupt: Interrupt = field(default_factory=Interrupt)
    dropped: bool = False


class Solver:
    """A queue of solves of one study.

    Parameters
    ----------
    answers : Answers
        Where answers are kept, and the study.
    catalogue : Catalogue
        The built-in tables.
    overrides : sequence of str, optional
        What every solve changes in the study, as ``--set`` takes it.
    """

    def __init__(
        self, answers: Answers, catalogue: Catalogue, overrides: Sequence[str] = ()
    ) -> None:
        self.answers, self.catalogue, self._always = answers, catalogue, tuple(overrides)
        #: Grows with every change, so that a page knows whether there is anything new.
        self.version = 0
        self._reuse = Reuse()
        self._jobs: dict[int, Job] = {}
        self._requests: dict[int, _Request] = {}
        self._waiting: deque[int] = deque()
        self._news = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="solver", daemon=True)
        self._thread.start()

    def jobs(self) -> list[Job]:
        """All jobs that are shown, the oldest first."""
        with self._news:
            return list(self._jobs.values())

    def ask(self, changes: Mapping[str, str]) -> Job:
        """Have the study solved with some keys changed.

        Parameters
        ----------
        changes : mapping of str to str
            Value of each key, as YAML on one line; empty for null.

        Raises
        ------
        siting.errors.InputError
            With every error, as `siting check` tells it.
        """
        overrides = (*self._always, *overrides_of(changes))
        study = read_study(self.answers.study, overrides, self.catalogue)
        with self._news:
            if len(self._waiting) >= MOST_WAITING:
                raise NoAnswerError(f"{MOST_WAITING} solves are waiting; cancel some first")
            job = Job(max(self._jobs, default=0) + 1, overrides)
            self._jobs[job.number] = job
            self._requests[job.number] = _Request(study)
            self._waiting.append(job.number)
            self._forget()
            self._tell()
        return job

    def end(self, number: int, *, keep: bool) -> bool:
        """End a job: with the best placement so far, or without any; False if it has ended."""
        with self._news:
            job = self._jobs.get(number)
            if job is None or job.ended:
                return False
            if number in self._waiting:
                self._waiting.remove(number)
                self._set(number, state="cancelled")
                return True
            request = self._requests[number]
            request.dropped = request.dropped or not keep
            request.interrupt.ask()
            self._set(number, phase="ending")
            return True

    def close(self, seconds: float) -> None:
        """End what runs, and wait for it for a while. [s]."""
        with self._news:
            self._stopped = True
            for request in self._requests.values():
                request.dropped = True
                request.interrupt.ask()
            self._news.notify_all()
        self._thread.join(seconds)

    # The thread -----------------------------------------------------------------------------

    def _work(self) -> None:
        while (number := self._next()) is not None:
            request, start = self._requests[number], time.monotonic()
            try:
                self._solve(number, request, start)
            except InfeasibleError as error:
                self._explain(number, request, error)
            except NoAnswerError as error:
                state = "cancelled" if request.interrupt.asked else "no_answer"
                self._set(number, state=state, message=str(error))
            except InputError as error:
                self._set(number, state="bad_input", message=str(error))
            except Exception as error:  # a fault of ours must not end the workbench
                traceback.print_exc(file=sys.stderr)
                words = f"a fault of siting ({type(error).__name__}): the terminal has more"
                self._set(number, state="failed", message=words)
            finally:
                self._set(number, seconds=time.monotonic() - start, phase="")

    def _next(self) -> int | None:
        with self._news:
            while not self._waiting and not self._stopped:
                self._news.wait()
            if self._stopped:
                return None
            number = self._waiting.popleft()
            self._set(number, state="running", phase="reading")
            return number

    def _solve(self, number: int, request: _Request, start: float) -> None:
        def progress(now: Progress | str) -> None:
            if isinstance(now, str):
                self._note(number, now)
                return
            gap = now.gap if math.isfinite(now.gap) else None
            self._set(
                number, phase="ending" if request.interrupt.asked else now.phase, gap=gap,
                incumbent=math.isfinite(now.incumbent), seconds=time.monotonic() - start,
            )  # fmt: skip

        placement = solve_study(
            request.study, catalogue=self.catalogue, progress=progress, reuse=self._reuse,
            interrupt=request.interrupt,
        )  # fmt: skip
        if request.dropped:
            self._set(number, state="cancelled", gap=None)
            return
        overrides = self._jobs[number].overrides
        name = self.answers.keep(placement, overrides)
        self._set(number, state="done", answer=name, gap=placement.gap)

    def _explain(self, number: int, request: _Request, error: InfeasibleError) -> None:
        """Say that there is no answer, and then which limits are in conflict."""
        self._set(number, phase="looking for the limits in conflict", message=str(error))
        words = str(error)
        if not request.interrupt.asked:
            try:
                conflict = explain_infeasible(
                    request.study, catalogue=self.catalogue, needed=error.needed
                )
                words = f"{error}\n{conflict}"
            except (NoAnswerError, InputError, InfeasibleError):
                pass
        self._set(number, state="infeasible", message=words)

    # News -----------------------------------------------------------------------------------

    def _note(self, number: int, words: str) -> None:
        with self._news:
            self._set(number, notes=(*self._jobs[number].notes, words))

    def _set(self, number: int, **changes: Any) -> None:
        with self._news:
            if number in self._jobs:
                self._jobs[number] = replace(self._jobs[number], **changes)
                self._tell()

    def _tell(self) -> None:
        self.version += 1
        self._news.notify_all()

    def _forget(self) -> None:
        """Let go of the oldest jobs that have ended."""
        ended = [n for n, job in self._jobs.items() if job.ended]
        for number in ended[:-MOST_ENDED]:
            del self._jobs[number], self._requests[number]
