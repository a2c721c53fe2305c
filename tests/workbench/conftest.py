"""One workbench of a small study for all tests of a module: its answers, its solver and its app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from siting.catalogue import load_catalogue
from siting.coefficients.inputs import read_study
from siting.workbench import workbench_app
from siting.workbench.answers import Answers
from siting.workbench.page import workbench_page
from siting.workbench.solver import Solver
from tests.helpers.workbench import PORT, SMALL, TOKEN, Bench


@pytest.fixture(scope="module")
def study_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workbench") / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def bench(study_file: Path) -> Iterator[Bench]:
    catalogue = load_catalogue()
    answers = Answers(study_file.parent / "answers", study_file)
    solver = Solver(answers, catalogue)
    page = workbench_page(read_study(study_file, (), catalogue), catalogue, study_file.name)
    app = workbench_app(solver, page, token=TOKEN, port=PORT)
    yield Bench(app, solver, answers)
    solver.close(60.0)
