"""Cells of fronts: their records and what they learn, and limits that cannot be met together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting.decisions.case import Case, open_case
from siting.decisions.cells import Cell, Records, open_cells
from siting.decisions.front import find_front
from siting.errors import InfeasibleError
from siting.mip import Clock, SolverOptions, Target, build_model
from siting.mip.benders import BendersProgram
from siting.mip.runs import BASIC, Outcome, Snapshot
from tests.helpers.cases import CONFIGS
from tests.helpers.instances import random_instance

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

FEW = ["time.slices=12", "candidates.sites=[lulea,keflavik,odense,narvik]", "candidates.kinds=[]",
       "demand.regions=[stockholm, paris, london]", "demand.factor=0.2",
       "designs=[air_economizer, adiabatic_liquid]"]  # fmt: skip


def cell_of(case: Case, share: float) -> Cell:
    cost = share * case.costs["energy_mwh"] / 1e5 + (1 - share) * case.costs["water_m3"] / 1e5
    return Cell(cost, (), Target(relative=1e-6), 60.0)


def test_a_record_is_what_was_found_and_of_its_cell_alone(tmp_path: Path) -> None:
    case = open_case(siting.load(CONFIGS / "arctic.yaml", FEW))
    cell, other = cell_of(case, 0.5), cell_of(case, 0.25)
    records = Records(tmp_path, case)
    with open_cells(case, records=records) as cells:
        first = cells.solve([cell])[0]
    case.program.restore()
    with open_cells(case, records=records, again=True) as cells:
        again = cells.solve([cell])[0]
    assert isinstance(first, Outcome)
    assert isinstance(again, Outcome)
    assert again.bound == first.bound
    assert (again.values == first.values).all()
    case.program.restore()
    assert records.get(case.program.snapshot(), other) is None
    assert records.get(case.program.snapshot(), cell) is not None


def test_what_cells_have_learnt_spares_others_their_rows() -> None:
    case = open_case(siting.load(CONFIGS / "arctic.yaml", FEW))
    with open_cells(case) as cells:
        found = cells.solve([cell_of(case, 0.9), cell_of(case, 0.1)])
        learnt = cells.moment
        again = cells.solve([cell_of(case, 0.9), cell_of(case, 0.1)])
    for one, other in zip(found, again, strict=True):
        assert isinstance(one, Outcome)
        assert isinstance(other, Outcome)
        assert one.objective == pytest.approx(other.objective, rel=1e-6)
    read = Snapshot.from_arrays(learnt.to_arrays())
    assert (read.tight, read.seen, read.planned) == (learnt.tight, learnt.seen, learnt.planned)
    assert all(
        (a.columns == b.columns).all() and (a.values == b.values).all() and a.high == b.high
        for a, b in zip(read.rows, learnt.rows, strict=True)
    )
    assert (read.basis.rows == learnt.basis.rows).all()


def backwards(work: Any, tasks: Iterable[Any]) -> Iterator[Any]:
    """Results of some tasks at a time, the last first."""
    ahead, more = iter(tasks), True
    while more:
        begun = list(itertools.islice(itertools.takewhile(lambda task: task is not None, ahead), 3))
        more = bool(begun)
        yield from [work(task) for task in begun][::-1]


def test_points_are_the_same_in_whatever_order_cells_end() -> None:
    study = siting.load(CONFIGS / "arctic.yaml", FEW)
    found = []
    for order in (None, backwards):
        case = open_case(study, objectives=("energy", "water"))
        with open_cells(case) as cells:
            if order is not None:
                cells.run = lambda work, tasks, case=case: backwards(partial(work, case), tasks)
            found.append(find_front(case, ("energy", "water"), 6, cells))
    one, other = found
    assert one.solves == other.solves > 4
    assert (one.values == other.values).all()
    assert [p.gap for p in one.points] == [p.gap for p in other.points]


def test_cells_begin_once_the_answers_they_wait_for_are_taken() -> None:
    case = open_case(siting.load(CONFIGS / "arctic.yaml", FEW))
    begun, taken = [0.9, 0.1], 0
    with open_cells(case) as cells:

        def begin() -> list[Cell]:
            # Two at first, then one for each answer but the last two.
            new = begun if taken == 0 else [0.5] * (taken in (1, 2))
            return [cell_of(case, share) for share in new]

        rows = []
        for answer in cells.follow(begin):
            assert isinstance(answer, Outcome)
            taken += 1
            rows.append(len(cells.moment.rows))
    assert taken == 4
    assert rows == sorted(rows)
    assert rows[-1] == rows[-2]  # The same question again teaches nothing.


def test_what_two_solves_found_is_joined_with_a_basis_of_each() -> None:
    case = open_case(siting.load(CONFIGS / "arctic.yaml", FEW))
    program, start = case.program, case.program.snapshot()
    ends, values = [], []
    for share in (0.9, 0.1):
        program.restore(start)
        values.append(program.relax(cell_of(case, share).cost, Clock(60.0)).bound)
        ends.append(program.snapshot().since(start))
    moment, bases = start.joined(ends)
    one_by_one = start.joined(ends[:1])[0].joined(ends[1:])
    assert one_by_one[0].rows == moment.rows
    assert (one_by_one[1][0].rows == bases[1].rows).all()
    assert len(moment.rows) < len(start.rows) + sum(len(end.rows) for end in ends)
    assert moment.joined([start.since(start)])[0].rows == moment.rows
    for end, basis, share, value in zip(ends, bases, (0.9, 0.1), values, strict=True):
        # Rows of the others are slack, so that the optimum of each is one after no step.
        assert (basis.rows != BASIC).sum() == (end.basis.rows != BASIC).sum()
        program.restore(replace(moment, basis=basis))
        run = program.lp.minimize(cell_of(case, share).cost, Clock(60.0))
        assert run.bound == pytest.approx(value, rel=1e-9)


def test_integer_programs_with_limits_use_no_more_than_loads_can() -> None:
    model = build_model(random_instance(1), decomposed=True)
    program = BendersProgram(model, SolverOptions())
    cost = program.costs(model.expression("carbon_t_co2e"))
    assert program._room() == []  # Nothing is limited.
    row = program.add_row(cost)
    program.set_row(row, high=1e9)
    found = program.integer(cost, Target(relative=1e-6), Clock(60.0))
    rows = program._room()
    assert rows
    for one in rows:
        assert one.values @ found.values[one.columns] <= 1e-6 * (1.0 + np.abs(one.values).max())
    # No dispatch is cut off: that of the counts meets every row too.
    exact = program.dispatched(cost, found.values, Clock(60.0))
    for one in rows:
        assert one.values @ exact.values[one.columns] <= 1e-6 * (1.0 + np.abs(one.values).max())


@pytest.mark.parametrize("seed", range(4))
def test_limits_that_cannot_be_met_together_are_refuted_at_their_prices(seed: int) -> None:
    model = build_model(random_instance(seed), decomposed=True)
    program = BendersProgram(model, SolverOptions())
    costs = [program.costs(model.expression(m)) for m in ("carbon_t_co2e", "water_m3")]
    rows = [program.add_row(cost) for cost in costs]
    ends = [program.relax(cost, Clock(60.0), missed=1e-9) for cost in costs]
    least = np.array([end.bound for end in ends])
    other = np.array([costs[1 - k] @ ends[k].values for k in (0, 1)])[::-1]
    for share, meets in ((1e-3, False), (1.0 + 1e-6, True)):
        high = least + share * (other - least) + 1e-9
        for row, side in zip(rows, high, strict=True):
            program.set_row(row, high=float(side))
        prices = [1.0 / side for side in high]
        if meets or (other <= least * (1 + 1e-3)).any():
            program._refute(prices, Clock(60.0))
        else:
            with pytest.raises(InfeasibleError):
                program._refute(prices, Clock(60.0))
            with pytest.raises(InfeasibleError):
                program.relax(costs[0], Clock(60.0))


@pytest.mark.parametrize("seed", range(4))
def test_a_limit_of_zero_that_is_just_met_is_not_refuted(seed: int) -> None:
    model = build_model(random_instance(seed), decomposed=True)
    program = BendersProgram(model, SolverOptions())
    carbon = program.costs(model.expression("carbon_t_co2e"))
    least = program.relax(carbon, Clock(60.0), missed=1e-9).bound
    served = program.columns(model.variables.serve_mw)
    per_mw = np.zeros(program.size)
    per_mw[served] = least / float(model.reference.demand.mw.sum())
    # All demand is served, so that the least of the row is zero but for rounding.
    program.add_row(carbon - per_mw, high=0.0)
    program._refute([1.0], Clock(60.0))
    program.set_row(0, high=-1e-3 * least)
    with pytest.raises(InfeasibleError):
        program._refute([1.0], Clock(60.0))


def test_later_cells_get_the_first_cuts_that_an_optimum_met() -> None:
    case = open_case(siting.load(CONFIGS / "arctic.yaml", FEW))
    start = case.program.snapshot()
    case.program.relax(cell_of(case, 0.9).cost, Clock(60.0))
    end = case.program.snapshot()
    learnt = end.since(start)
    guessed = [i for i, row in enumerate(end.rows) if row.guessed]
    met = end.tight | set(np.flatnonzero(end.basis.rows[end.stated :] != BASIC).tolist())
    assert 0 < len(met.intersection(guessed)) < len(guessed)
    assert sum(row.guessed for row in learnt.rows) == len(met.intersection(guessed))
    assert sum(not row.guessed for row in learnt.rows) == sum(
        (row.needed or i in met) and not row.guessed for i, row in enumerate(end.rows)
    )
