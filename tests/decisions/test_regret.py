"""Plans of one future lived in another."""

from __future__ import annotations

import numpy as np
import pytest

from siting.catalogue import load_catalogue
from siting.config import load_study
from siting.config.yaml_text import parse_scenarios
from siting.decisions.assumptions import regret_matrix
from siting.decisions.case import with_scenarios
from siting.errors import StudyError
from tests.helpers.cases import CONFIGS

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

SMALL = ("time.slices=12", "candidates.kinds=[arctic]", "demand.regions=europe")


@pytest.mark.slow
def test_a_plan_fits_its_own_future_and_one_for_less_load_does_not_serve_more() -> None:
    study = load_study(CONFIGS / "arctic.yaml", SMALL)
    futures = parse_scenarios(["now:demand.factor=1", "twice:demand.factor=2"])
    found = regret_matrix(with_scenarios(study, futures), load_catalogue())
    assert np.diag(found.regret) == pytest.approx(0.0, abs=study.solver.gap)
    assert np.isinf(found.regret[0, 1])
    assert np.isfinite(found.regret[1, 0])
    assert found.minimax == 1


def test_faults_of_scenarios_are_told_together_and_one_future_is_none() -> None:
    with pytest.raises(StudyError) as caught:
        parse_scenarios(["dry", "a:x=1", "a:x=2"])
    assert len(caught.value.faults) == 2
    with pytest.raises(StudyError, match="no futures"):
        regret_matrix(load_study(CONFIGS / "arctic.yaml"), load_catalogue())


def test_a_change_that_cannot_be_read_is_a_fault_of_its_option() -> None:
    with pytest.raises(StudyError) as caught:
        parse_scenarios(["dry:b", "wet"])
    assert [(f.where, f.problem) for f in caught.value.faults] == [
        ("--scenario", "is 'b'"), ("--scenario", "is 'wet'"),
    ]  # fmt: skip
