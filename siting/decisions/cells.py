"""Independent solves of one case, in this process or in others.

Each cell starts from a moment of the program that knows what the answers taken before it began
have taught, at the basis of the nearest that was solved, and ends with counts, a bound and an exact
dispatch. Answers are taken in the order of their cells, so that they are the same whoever finds
them and in whatever order.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from siting.arrays import BoolArray, FloatArray
from siting.catalogue import Catalogue, load_catalogue
from siting.coefficients.build import content_hash, study_files
from siting.config import Study, study_from_mapping
from siting.decisions.case import Case, open_case
from siting.errors import InfeasibleError, NoAnswerError
from siting.files.folders import KeyedFiles
from siting.mip import Clock, Target
from siting.mip.objectives import EXACT
from siting.mip.runs import Basis, Outcome, Snapshot
from siting.mip.search import minimize
from siting.run.many import single_threaded, task_runner

__all__ = ["INFEASIBLE", "NO_ANSWER", "Answer", "Cell", "Cells", "Records", "open_cells",
           "study_hash"]  # fmt: skip

#: Ends of a cell.
FOUND, INFEASIBLE, NO_ANSWER = "found", "infeasible", "no_answer"


@dataclass(frozen=True)
class Cell:
    """One solve of a case.

    Parameters
    ----------
    cost : ndarray, shape (columns,)
        What to minimize.
    highs : tuple of float
        Upper side of each row of the planner; those beyond it have none.
    target : Target
        Gap to prove.
    seconds : float
        Time for it. [s]
    start : ndarray, shape (columns,), or None
        A placement that meets every row, to start from.
    lows : mapping of int to float
        Lower side of some rows of the planner.
    shut : ndarray of bool, shape (P,), or None
        Pairs that are not built.
    left_s : float
        Time that the study has left for it, where that may be less. [s]
    """

    cost: FloatArray
    highs: tuple[float, ...]
    target: Target
    seconds: float
    start: FloatArray | None = None
    lows: Mapping[int, float] = field(default_factory=dict)
    shut: BoolArray | None = None
    left_s: float = math.inf

    @property
    def clock(self) -> Clock:
        """The time that it may take."""
        return Clock(min(self.seconds, self.left_s))


@dataclass(frozen=True)
class Answer:
    """Counts that a cell found, or why there are none, and what it learnt.

    Parameters
    ----------
    status : str
        ``FOUND``, or ``INFEASIBLE``, or ``NO_ANSWER`` where the time ended before a placement.
    counts : ndarray
        Values of the columns of whole numbers; size zero without a placement.
    bound : float
        Value that no placement is below.
    row_price : ndarray
        Price of each row of the planner.
    timed_out : bool
        Whether the time ended it before the gap asked for.
    learnt : Snapshot
        Rows that it found.
    """

    status: str
    counts: FloatArray
    bound: float
    row_price: FloatArray
    timed_out: bool
    learnt: Snapshot


@dataclass(frozen=True)
class _Solved:
    """Digest of the cost of a cell, rows of the planner at its placement, and its last basis."""

    cost: bytes
    values: FloatArray
    basis: Basis


#: Number, moment and cell, and its answer where that is known.
_Task = tuple[int, Snapshot, Cell, Answer | None]
#: A function of the case and a task, and a runner of many tasks.
_Work = Callable[[Case, Any], Any]
_Runner = Callable[[_Work, Iterable[Any]], Iterator[Any]]


def study_hash(study: Study, catalogue: Catalogue) -> str:
    """Hash of all that the answers of a study depend on: packages, tables, keys and files."""
    packages = {name: version(name) for name in ("siting", "pulp", "highspy", "numpy")}
    return content_hash(packages, catalogue.sha256, study.to_mapping(), study_files(study))


class Records:
    """Answers by a hash of all that they depend on, one file each.

    Parameters
    ----------
    folder : pathlib.Path
        Made if it is not there.
    case : Case
        The case of the cells.
    """

    def __init__(self, folder: Path, case: Case) -> None:
        self._files = KeyedFiles(folder, ".npz")
        self._stamp = study_hash(case.study, case.catalogue)

    def get(self, moment: Snapshot, cell: Cell) -> Answer | None:
        """The answer of a cell from a moment; None where there is none, or its file is damaged."""
        try:
            content = self._files.read(self._key(moment, cell)) or b""
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                kept = dict(file)
            return Answer(
                str(kept["status"]), kept["counts"], float(kept["bound"]), kept["row_price"],
                bool(kept["timed_out"]), Snapshot.from_arrays(kept),
            )  # fmt: skip
        except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile):
            return None

    def put(self, moment: Snapshot, cell: Cell, answer: Answer) -> None:
        """Keep an answer."""
        facts = {name: np.asarray(x) for name, x in vars(answer).items() if name != "learnt"}
        content = io.BytesIO()
        np.savez_compressed(content, allow_pickle=False, **facts, **answer.learnt.to_arrays())
        self._files.write(self._key(moment, cell), content.getvalue())

    def _key(self, moment: Snapshot, cell: Cell) -> str:
        key = hashlib.sha256(self._stamp.encode("ascii"))
        key.update(cell.cost.tobytes())
        for part in moment.to_arrays().values():  # What was learnt is counted from there.
            key.update(part.tobytes())
        sides = cell.highs, tuple(cell.lows.items())
        key.update(repr((sides, cell.target, cell.seconds)).encode("ascii"))
        key.update(b"" if cell.shut is None else cell.shut.tobytes())
        return key.hexdigest()


@dataclass
class Cells:
    """Cells of a case, each after what was learnt before.

    Parameters
    ----------
    case : Case
        Its program has the rows of the planner, which all cells share, without any limit.
    run : callable
        Does some tasks on the case, here or elsewhere; gives the result of each as soon as it is
        there.
    records : Records, optional
        Answers that outlive the process.
    again : bool
        Whether answers are looked up there.
    at_once : int
        Cells that are solved at the same time.
    """

    case: Case
    run: _Runner
    records: Records | None = None
    again: bool = False
    at_once: int = 1
    moment: Snapshot = field(init=False)
    _solved: list[_Solved] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.moment = self.case.program.snapshot()

    def add_row(self, cost: FloatArray) -> int:
        """Add a row without bounds, which later cells may set."""
        self.case.program.restore(self.moment)
        row = self.case.program.add_row(cost)
        self.moment = self.case.program.snapshot()
        return row

    def solve(self, cells: Sequence[Cell]) -> list[Outcome | str]:
        """Solve cells that begin together: each placement with its bound, or why there is none."""
        at_once = [cells]
        return list(self.follow(lambda: at_once.pop() if at_once else ()))

    def follow(self, begin: Callable[[], Sequence[Cell]]) -> Iterator[Outcome | str]:
        """Solve cells that depend on the answers to earlier ones; their answers, in order.

        Parameters
        ----------
        begin : callable
            The cells that begin now: asked first, and again whenever an answer was taken.
        """
        asked: list[_Task] = []
        waiting: deque[_Task] = deque()
        found: dict[int, tuple[Answer, Outcome | str]] = {}
        taken = 0

        def ask() -> None:
            for cell in begin():
                moment, known = self._near(cell), self.records if self.again else None
                answer = None if known is None else known.get(moment, cell)
                asked.append((len(asked), moment, cell, answer))
                waiting.append(asked[-1])

        def tasks() -> Iterator[_Task | None]:
            while waiting or taken < len(asked):
                yield waiting.popleft() if waiting else None

        ask()
        for i, answer, placed in self.run(_solved, tasks()):
            found[i] = answer, placed
            _, moment, cell, known = asked[i]
            hurried = answer.timed_out and cell.left_s < cell.seconds
            if self.records is not None and known is None and not hurried:
                self.records.put(moment, cell, answer)
            while taken in found:
                answer, placed = found.pop(taken)
                self._learn(asked[taken][2], answer, placed, first=taken == 0)
                taken += 1
                yield placed
                ask()
        self.case.program.restore(self.moment)

    def _learn(self, cell: Cell, answer: Answer, placed: Outcome | str, *, first: bool) -> None:
        """Let later cells start from what an answer has taught; the first one gives the basis."""
        moment, (basis,) = self.moment.joined([answer.learnt])
        begun = self.moment.basis.with_rows(moment.stated + len(moment.rows))
        self.moment = moment if first else replace(moment, basis=begun)
        if isinstance(placed, Outcome) and basis.valid:
            values = self.case.program.planned_values(placed.values)
            self._solved.append(_Solved(_digest(cell.cost), values, basis))

    def _near(self, cell: Cell) -> Snapshot:
        """The moment, with the basis of the nearest cell that was solved at the same cost.

        Its placement is the nearest in the rows of the planner, in ranges of all placements.
        """
        cost = _digest(cell.cost)
        known = [one for one in self._solved if one.cost == cost]
        count = min((len(one.values) for one in known), default=0)
        if count == 0:  # No cell, or rows were added since.
            return self.moment
        values = np.array([one.values[:count] for one in known])
        worst, spread = values.max(axis=0), np.ptp(values, axis=0)
        high = np.array([*cell.highs, *[np.inf] * count][:count])
        low = np.array([cell.lows.get(row, -np.inf) for row in range(count)])
        at = np.maximum(np.minimum(worst, high), low)
        far = np.abs(values - at) @ (1.0 / np.where(spread > 0.0, spread, 1.0))
        size = self.moment.stated + len(self.moment.rows)
        return replace(self.moment, basis=known[int(far.argmin())].basis.with_rows(size))

    def each[T, R](self, work: Callable[[Case, T], R], items: Sequence[T]) -> list[R]:
        """Apply a function to the case and each item, independently, and list the results in order.

        The function is that of a module, and items can be sent to another process.
        """
        done = dict(self.run(_numbered, [(i, work, item) for i, item in enumerate(items)]))
        return [done[i] for i in range(len(items))]


@contextmanager
def open_cells(
    case: Case,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    records: Records | None = None,
    again: bool = False,
) -> Iterator[Cells]:
    """Cells of a case, solved here, in processes of this machine, or on a Dask cluster.

    The case has the rows of the planner in its program. Arguments are those of `siting.sweep` and
    `Cells`.
    """
    here: Callable[[_Work, Any], Any] = partial(_done, case)
    if workers > 1 or scheduler is not None:
        study = json.dumps(case.study.to_mapping())
        here = partial(_done_elsewhere, study, str(case.catalogue.folder))
    with task_runner(workers=workers, scheduler=scheduler) as runner:

        def run(work: _Work, tasks: Iterable[Any]) -> Iterator[Any]:
            with closing(runner(partial(here, work), tasks)) as answers:
                yield from answers  # an interrupt ends the tasks too

        yield Cells(case, run, records, again, workers)


def _done(case: Case, work: _Work, task: Any) -> Any:
    return work(case, task)


@single_threaded
def _done_elsewhere(study: str, folder: str, work: _Work, task: Any) -> Any:
    return work(_opened(study, folder), task)


def _digest(values: FloatArray) -> bytes:
    return hashlib.sha256(values.tobytes()).digest()


def _numbered(case: Case, task: tuple[int, _Work, Any]) -> tuple[int, Any]:
    i, work, item = task
    return i, work(case, item)


@lru_cache(maxsize=1)
@single_threaded
def _opened(study: str, folder: str) -> Case:
    """The case, opened once in a process."""
    return open_case(study_from_mapping(json.loads(study)), load_catalogue(folder))


def _go_to(case: Case, moment: Snapshot, cell: Cell) -> None:
    """Bring the program to a moment, with the limits of a cell."""
    case.program.restore(moment)
    for row in range(case.program.planner_rows):
        high = cell.highs[row] if row < len(cell.highs) else math.inf
        case.program.set_row(row, cell.lows.get(row, -math.inf), high)


@single_threaded
def _solved(case: Case, task: _Task) -> tuple[int, Answer, Outcome | str]:
    """Solve a cell from a snapshot, unless its answer is known, and dispatch its counts exactly."""
    i, moment, cell, answer = task
    answer = answer or _answered(case, moment, cell)
    if answer.status != FOUND:
        return i, answer, answer.status
    program = case.program
    _go_to(case, moment.joined([answer.learnt])[0], cell)
    built = np.zeros(program.size)
    built[program.counts] = answer.counts
    try:
        found = program.dispatched(cell.cost, built, cell.clock, missed=EXACT)
    except NoAnswerError:
        return i, answer, NO_ANSWER
    bound = min(answer.bound, found.objective)
    placed = replace(found, bound=bound, row_price=answer.row_price, timed_out=answer.timed_out)
    return i, answer, placed


def _answered(case: Case, moment: Snapshot, cell: Cell) -> Answer:
    """Solve a cell from a snapshot of the solver."""
    program, none = case.program, np.zeros(0)
    _go_to(case, moment, cell)
    start = None
    if cell.start is not None:
        start = Outcome(float(cell.cost @ cell.start), -np.inf, cell.start, none, none)
    facts: dict[str, Any] = {"counts": none, "bound": -np.inf, "row_price": none}
    closed = nullcontext() if cell.shut is None else program.closing(cell.shut)
    try:
        with closed:
            found = minimize(program, cell.cost, cell.target, cell.clock, start=start)
    except (InfeasibleError, NoAnswerError) as error:
        status = INFEASIBLE if isinstance(error, InfeasibleError) else NO_ANSWER
        facts |= {"status": status, "timed_out": status == NO_ANSWER}
    else:
        facts = {
            "status": FOUND, "counts": found.values[program.counts], "bound": found.bound,
            "row_price": found.row_price, "timed_out": found.timed_out,
        }  # fmt: skip
    return Answer(**facts, learnt=program.snapshot().since(moment))
