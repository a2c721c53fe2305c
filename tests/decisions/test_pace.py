"""Questions share the time of a study, and what one leaves is there for the next."""

from __future__ import annotations

import pytest

from siting.decisions import case
from siting.decisions.case import Pace


def test_questions_share_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(case.time, "monotonic", lambda: now[0])
    pace = Pace(100.0)
    pace.part(0.5, 5)
    pace.step()
    assert pace.within(300.0) == pytest.approx(10.0)
    assert pace.within(4.0) == pytest.approx(4.0)
    now[0] = 2.0  # answered early: the four that follow share 48 s
    pace.step()
    assert pace.within(300.0) == pytest.approx(12.0)
    now[0] = 99.0
    pace.part(1.0, 1)
    pace.step()
    assert pace.within(300.0) == pytest.approx(1.0)
    now[0] = 200.0
    pace.step()
    assert pace.within(300.0) == 0.0


def test_without_a_limit_only_that_of_a_solve_counts() -> None:
    pace = Pace()
    pace.part(0.1, 1000)
    pace.step()
    assert pace.within(300.0) == 300.0
