"""What a workbench answers: solves, differences, exports, and what is left after a crash."""

from __future__ import annotations

import shlex
import shutil
import socket
import sys
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

import siting
from siting.catalogue import load_catalogue
from siting.cli import app as command_line
from siting.coefficients.inputs import read_study
from siting.mip import Interrupt, Progress
from siting.run import solve_study
from siting.workbench import solver as solver_module
from siting.workbench.answers import ASKED, Answers
from siting.workbench.solver import Solver
from tests.helpers.workbench import HANG_S, Bench


@pytest.fixture(scope="module")
def answered(bench: Bench) -> Bench:
    """Two answers: the study as it is, and with carbon weighed more and a site pinned."""
    assert bench.solve().answer == "0001"
    changes = {"objective__weights__carbon": "5", "limits__open": '["paris"]'}
    assert bench.solve(**changes).answer == "0002"
    return bench


def test_every_answer_is_a_run_folder_that_other_commands_read(answered: Bench) -> None:
    for name in ("0001", "0002"):
        placement = siting.load(answered.answers.path(name))
        assert placement.audit["passed"]
    assert "paris" in placement.sites.index
    assert placement.study.objective.weights.carbon == 5


def test_the_command_line_gives_the_same_placement(
    answered: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    fact, written = answered.answers.facts()[1], []
    place = "siting.run.write_run"
    monkeypatch.setattr(place, lambda *given: written.append(given) or given[1])
    program, *words = shlex.split(fact.command)
    assert program == "siting"
    result = CliRunner().invoke(command_line, words)
    assert result.exit_code == 0, result.output
    ((again, _),) = written
    assert list(again.sites.index) == list(fact.sites)
    assert again.metrics == pytest.approx(fact.metrics, rel=1e-9)


def test_the_exported_study_is_that_of_the_answer(answered: Bench, tmp_path: Path) -> None:
    reply = answered.client.get("/answers/0002/study.yaml")
    assert "attachment" in reply.headers["content-disposition"]
    (tmp_path / "study.yaml").write_bytes(reply.content)
    assert siting.load(tmp_path / "study.yaml") == siting.load(answered.answers.path("0002")).study


def test_two_answers_stand_side_by_side_with_what_differs_and_why(answered: Bench) -> None:
    parts = answered.client.get("/differences?before=0001&after=0002").json()["parts"]
    assert "Answer 0001" in parts["before"]
    assert "Paris" in parts["after"]
    said = parts["differences"]
    for words in ("objective.weights.carbon", "limits.open", "open only afterwards", "Reasons"):
        assert words in said
    one = answered.client.get("/differences?before=&after=0001").json()["parts"]
    assert {side for side, shown in one.items() if shown} == {"after"}
    page = answered.client.get("/compare?before=0001&after=0002")
    assert "0001 against 0002" in page.text
    assert answered.client.get("/compare?before=0001&after=0001").status_code == 422


def test_the_page_of_an_answer_is_made_when_it_is_asked_for(answered: Bench) -> None:
    assert not (answered.answers.path("0001") / "report.html").exists()
    assert "small" in answered.client.get("/answers/0001/report").text
    assert (answered.answers.path("0001") / "report.html").is_file()


def test_the_map_has_the_load_and_the_limits_of_each_site(answered: Bench) -> None:
    drawn = answered.client.get("/differences?before=0001&after=0002").json()["map"]
    paris = drawn["sites"]["paris"]
    assert "limits that bind" in paris["card"]
    assert (paris["open"], "was" in paris) == (1, False)
    opened = {site for site, facts in drawn["sites"].items() if "was" in facts}
    assert opened == set(answered.answers.load("0001").sites.index)
    assert drawn["flows"]["objects"]["flows"]["geometries"]


def test_a_workbench_that_is_started_again_knows_its_answers(answered: Bench) -> None:
    again = Answers(answered.answers.folder, answered.answers.study)
    assert again.facts() == answered.answers.facts()
    # Where only the record of the changes is lost, the study of the run itself gives it again.
    copy = answered.answers.folder.parent / "copy"
    shutil.copytree(answered.answers.folder, copy)
    (copy / "0002" / ASKED).write_text("[")
    (copy / "0001" / "summary.json").write_text("{")
    (fact,) = Answers(copy, answered.answers.study).facts()
    assert fact.command == f"siting solve {copy / '0002' / 'study.yaml'}"


def test_no_answer_is_ever_written_over(answered: Bench) -> None:
    first = (answered.answers.path("0001") / "summary.json").read_bytes()
    other = Answers(answered.answers.folder, answered.answers.study)
    placement = other.load("0001")
    names = [keeper.keep(placement, ()) for keeper in (other, answered.answers, other)]
    assert len({*names, "0001", "0002"}) == 5
    assert (answered.answers.path("0001") / "summary.json").read_bytes() == first


def test_a_study_without_an_answer_says_which_limits_conflict(bench: Bench) -> None:
    job = bench.solve(limits__max_sites="1", limits__open='["lulea"]', limits__carbon_t_co2e="100")
    assert job.state == "infeasible"
    assert "limits.carbon_t_co2e = 100" in job.message


class _Held:
    """A solve that is held between its incumbent and its end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        solve = solver_module.solve_study

        def held(study, *, interrupt, progress, **more):
            progress(Progress("placement", 0.0, 1.0, 0.5, 0.5))
            self.begun.set()
            assert self.go.wait(HANG_S)
            return solve(study, progress=None, interrupt=None, **more)

        monkeypatch.setattr(solver_module, "solve_study", held)


@pytest.mark.parametrize("keep", [False, True])
def test_a_cancelled_solve_leaves_an_answer_only_if_asked_to(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    held = _Held(monkeypatch)
    before = bench.answers.names()
    numbers = [
        bench.client.post("/solve", json={"changes": {}}).json()["job"] for _ in range(2)
    ]  # fmt: skip
    assert held.begun.wait(HANG_S)
    assert (bench.job(numbers[0]).incumbent, bench.job(numbers[0]).gap) == (True, 0.5)
    for number in reversed(numbers):  # the one that waits, then the one that runs
        asked = {"job": number, "keep": keep}
        assert bench.client.post("/end", json=asked).json() == {"ended": True}
    held.go.set()
    states = [bench.ended(number).state for number in numbers]
    assert states == ["done" if keep else "cancelled", "cancelled"]
    assert len(bench.answers.names()) == len(before) + keep
    assert bench.client.post("/end", json={"job": numbers[0]}).json() == {"ended": False}


def test_a_solve_that_is_ended_says_so(bench: Bench) -> None:
    interrupt = Interrupt()
    interrupt.ask()
    study = read_study(bench.answers.study, (), bench.solver.catalogue)
    found = solve_study(study, catalogue=bench.solver.catalogue, interrupt=interrupt)
    assert (found.status, found.gap > study.solver.gap) == ("interrupted", True)


def test_a_fault_of_ours_ends_one_solve_and_not_the_workbench(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(solver_module, "solve_study", broken)
        job = bench.solve()
    assert job.state == "failed"
    assert "RuntimeError" in job.message
    assert "Traceback" in capsys.readouterr().err
    assert bench.solve().state == "done"


def test_what_is_set_from_the_start_holds_for_every_solve(study_file: Path, tmp_path: Path) -> None:
    answers = Answers(tmp_path / "answers", study_file)
    solver = Solver(answers, load_catalogue(), ["limits.max_sites=2"])
    solver.close(HANG_S)
    job = solver.ask({"objective.weights.cost": "2"})
    assert job.overrides == ("limits.max_sites=2", "objective.weights.cost=2")


def test_a_queue_has_an_end(
    study_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver_module, "MOST_WAITING", 2)
    solver = Solver(Answers(tmp_path / "answers", study_file), load_catalogue())
    solver.close(HANG_S)  # nothing is taken from the queue any more
    for _ in range(solver_module.MOST_WAITING):
        solver.ask({})
    with pytest.raises(siting.SitingError, match="are waiting"):
        solver.ask({})


def test_a_port_that_is_taken_and_a_missing_package_are_told(
    study_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(command_line, ["serve", str(study_file), "--port", port])
    assert (result.exception.exit_code, "--port" in str(result.exception)) == (2, True)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = CliRunner().invoke(command_line, ["serve", str(study_file)])
    assert "siting[serve]" in str(result.exception)


def test_an_override_that_a_later_one_replaces_is_said_at_the_start(study_file: Path) -> None:
    twice = ["--set", "limits.max_sites=3", "--set", "limits.max_sites=2"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(
            command_line, ["serve", str(study_file), "--port", port, *twice]
        )
    assert "warning: --set 'limits.max_sites=3' is replaced by" in result.stderr
