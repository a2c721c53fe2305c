"""The command line: exit codes, streams, refusals, and that all of it is documented."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import typer

from siting import cli
from siting.cli import Kind
from siting.config.candidates import KINDS
from siting.errors import InfeasibleError, NoAnswerError
from siting.files import configs_dir
from siting.files.folders import new_folder
from siting.infeasible import Conflict
from siting.status import Status

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

ROOT = Path(__file__).resolve().parents[2]
ARCTIC = str(configs_dir() / "arctic.yaml")


type Run = Callable[..., Any]


@pytest.fixture
def siting(command: Run) -> Run:
    """The command, in an empty folder."""
    return command


@pytest.fixture
def solver(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands in for the solve, so that the ends of a solve can be had at will."""
    answer = SimpleNamespace(
        status=Status.OPTIMAL,
        gap=0.0005,
        audit={"passed": True, "faults": []},
        asked=None,
        raises=None,
    )
    answer.summary = lambda: {"status": str(answer.status), "gap": answer.gap}

    def solve_study(study: Any, **_: Any) -> Any:
        answer.asked = study
        if answer.raises:
            raise answer.raises
        return answer

    def write_run(placement: Any, out: Path) -> Path:
        with new_folder(out, "solve") as new:
            (new / "summary.json").write_text(json.dumps(placement.summary()))
        return out

    monkeypatch.setattr("siting.run.solve_study", solve_study)
    monkeypatch.setattr("siting.run.write_run", write_run)
    return answer


def commands() -> dict[str, Any]:
    return dict(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]


def test_every_command_and_option_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, command in commands().items():
        assert f"`siting {name}" in page
        assert f"`siting {name}" in readme
        for parameter in command.params:
            for option in (o for o in parameter.opts if o.startswith("--")):
                assert option in sections[name], f"{name} {option}"


def test_every_command_that_takes_a_study_takes_overrides() -> None:
    for command in commands().values():
        names = {parameter.name for parameter in command.params}
        assert "study" not in names or "overrides" in names


def test_the_kinds_to_filter_by_are_those_of_a_study() -> None:
    assert {str(kind) for kind in Kind} == set(KINDS)


def test_help_starts_without_the_heavy_packages() -> None:
    code = (
        "import sys; import siting.cli; "
        "print(*{'pandas', 'geopandas', 'pydantic', 'pulp', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_check_says_what_a_study_resolves_to(siting: Run) -> None:
    ended = siting("check", ARCTIC, "--set", "demand.workloads.inference.it_mw=100", "--json")
    said = json.loads(ended.out)
    assert ended.code == 0
    assert said["valid"]
    assert said["candidates"] > 50
    assert said["it_mw"]["inference"] == 100
    assert said["it_mw"]["in all"] == pytest.approx(
        sum(list(said["it_mw"].values())[:-1]), abs=0.01
    )


def test_numbers_of_doubtful_size_are_warnings_and_change_nothing_else(
    siting: Run, solver: SimpleNamespace
) -> None:
    odd = ("--set", "limits.energy_mwh=500")
    ended = siting("check", ARCTIC, *odd)
    assert ended.code == 0
    assert "no faults" in ended.out
    (warning,) = ended.err.splitlines()
    assert warning.startswith("warning: limits.energy_mwh: is 500, where ")
    assert "Is it in MWh a year" in warning
    said = json.loads(siting("check", ARCTIC, *odd, "--json").out)
    assert said["valid"]
    assert said["warnings"] == [warning.removeprefix("warning: ")]
    plain, doubtful = siting("solve", ARCTIC, "--json"), siting("solve", ARCTIC, *odd, "--json")
    assert (doubtful.code, doubtful.out) == (plain.code, plain.out)
    assert warning in doubtful.err
    assert "warning" not in plain.err


def test_check_shows_all_faults_with_their_lines_and_no_traceback(
    siting: Run, tmp_path: Path
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(Path(ARCTIC).read_text().replace("europe", "erope").replace("96", "97"))
    ended = siting("check", str(path), "--set", "limits.max_site=3")
    assert ended.code == 2
    assert ended.out == ""
    assert len(ended.err.splitlines()) == 4
    assert re.search(r"bad.yaml:\d+: candidates.region: .*Did you mean europe", ended.err)
    assert re.search(r"bad.yaml:\d+: time.slices: is 97", ended.err)
    assert "--set: limits.max_site: " in ended.err
    assert "Traceback" not in ended.err
    faults = json.loads(siting("check", str(path), "--json").out)["faults"]
    assert {fault["key"] for fault in faults} == {
        "candidates.region",
        "demand.regions",
        "time.slices",
    }


def test_a_study_that_selects_nothing_is_a_fault(siting: Run) -> None:
    ended = siting("check", ARCTIC, "--set", "candidates.kinds=edwc")
    assert ended.code == 2
    assert "no site is of these kinds" in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "nowhere.yaml"),
        ("solve", "nowhere.yaml"),
        ("solve",),
        ("solve", ARCTIC, "--gap", "many"),
        ("solve", ARCTIC, "--gap", "7"),
        ("sites", "--near", "north"),
        ("sites", "--near", "91,0"),
        ("sites", "--kind", "swamp"),
        ("profile",),
        ("profile", "--site", "lulea", "--lat", "1", "--lon", "2"),
        ("profile", "--lat", "1"),
        ("new", "a/b"),
        ("new", ""),
        ("nonsense",),
    ],
)
def test_a_mistake_of_the_planner_is_a_message_and_exit_code_2(
    siting: Run, arguments: tuple[str, ...]
) -> None:
    ended = siting(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.strip()
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": Status.OPTIMAL}, 0),
        ({"status": Status.GAP_LIMIT, "gap": 0.001}, 0),
        ({"status": Status.GAP_LIMIT, "gap": 0.0011}, 4),
        ({"status": Status.TIME_LIMIT, "gap": 0.02}, 4),
        ({"audit": {"passed": False, "faults": ["energy_mwh: off by 3 %"]}}, 5),
        ({"raises": InfeasibleError("limits.water_m3 is too low")}, 3),
        ({"raises": NoAnswerError("no placement was found in 1 s")}, 4),
    ],
)
def test_the_end_of_a_solve_is_the_exit_code(
    siting: Run,
    solver: SimpleNamespace,
    change: dict[str, Any],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vars(solver).update(change)
    conflict = Conflict((), (), "limits.water_m3")
    monkeypatch.setattr("siting.infeasible.explain_infeasible", lambda *_, **__: conflict)
    ended = siting("solve", ARCTIC, "--json")
    assert ended.code == code
    if "raises" in change:
        assert str(change["raises"]) in ended.err
        assert ended.out == ""
    else:
        assert json.loads(ended.out)["status"] == solver.status
        assert Path("runs/arctic/summary.json").is_file()


def test_gap_time_limit_and_overrides_reach_the_solver(siting: Run, solver: Any) -> None:
    arguments = ("--gap", "0.02", "--time-limit", "7", "--set", "limits.max_sites=3", "--json")
    assert siting("solve", ARCTIC, *arguments).code == 0
    assert (solver.asked.solver.gap, solver.asked.solver.time_limit_s) == (0.02, 7)
    assert solver.asked.limits.max_sites == 3


def test_only_a_run_folder_is_written_over(siting: Run, solver: Any, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    assert siting("solve", ARCTIC, "--out", str(mine), "--json").code == 0  # empty
    assert siting("solve", ARCTIC, "--out", str(mine), "--json").code == 0  # a run
    (mine / "summary.json").rename(mine / "thesis.tex")
    solver.asked = None
    (mine / "manifest.json").unlink()
    for out, said in ((mine, "no record of `siting solve`"), (mine / "thesis.tex", "not a folder")):
        ended = siting("solve", ARCTIC, "--out", str(out))
        assert ended.code == 2
        assert said in ended.err
    assert solver.asked is None  # refused before the solve
    assert (mine / "thesis.tex").is_file()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_is_a_message(siting: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    ended = siting("new", "north")
    tmp_path.chmod(0o700)
    assert ended.code == 2
    assert "north.yaml" in ended.err


def test_a_file_name_that_the_system_refuses_is_a_message(siting: Run) -> None:
    ended = siting("solve", ARCTIC, "--out", "x" * 300)
    assert ended.code == 2
    assert "Traceback" not in ended.err


def test_a_bug_stays_a_traceback(siting: Run, solver: Any) -> None:
    solver.raises = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        siting("solve", ARCTIC)


def test_new_writes_a_study_that_checks_and_never_overwrites(siting: Run, tmp_path: Path) -> None:
    assert siting("new", "my north").code == 0
    path = tmp_path / "my north.yaml"
    assert siting("check", str(path)).code == 0
    path.write_text("mine")
    ended = siting("new", "my north.yaml")
    assert ended.code == 2
    assert "there already" in ended.err
    assert path.read_text() == "mine"


def test_ctrl_c_while_packages_are_read_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    from siting.__main__ import main

    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "siting.cli", Interrupted("siting.cli"))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sites", "--kind", "zzz"), "'--kind': 'zzz' is not one of 'arctic', 'subsea'"),
        (("report", "run", "--theme", "zzz"), "'--theme': 'zzz' is not one of 'light', 'dark'"),
        (("sweep", ARCTIC, "--over", "time.slices=x"), "is 'x'. Allowed: auto, 12, 24, 36"),
        (("check", ARCTIC, "--set", "time.slices=x"), "is 'x'. Allowed: auto, 12, 24, 36"),
    ],
)
def test_a_value_that_is_not_allowed_is_told_with_those_that_are(
    siting: Run, arguments: tuple[str, ...], said: str
) -> None:
    ended = siting(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert "Value error" not in ended.err


def test_sites_near_a_point_come_nearest_first(siting: Run) -> None:
    rows = json.loads(siting("sites", "--near", "65.58,22.15", "--kind", "arctic", "--json").out)
    distances = [row["distance_km"] for row in rows]
    assert rows[0]["id"] == "lulea"
    assert distances == sorted(distances)
    assert all("arctic" in row["kinds"] for row in rows)


def test_sites_of_a_study_as_csv_are_its_candidates(siting: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(siting("sites", ARCTIC, "--csv").out)))
    counted = json.loads(siting("check", ARCTIC, "--json").out)["candidates"]
    assert len(rows) == counted
    assert {"lulea", "frankfurt"} <= {row["id"] for row in rows}
    assert all(-90 <= float(row["lat"]) <= 90 for row in rows)


def test_tables_fit_into_80_columns(siting: Run) -> None:
    for arguments in (("sites", "--near", "0,0"), ("sites", "--demand"), ("check", ARCTIC)):
        assert max(map(len, siting(*arguments).out.splitlines())) <= 80


def test_an_id_is_on_one_line_to_be_typed_again(siting: Run) -> None:
    lines = siting("sites", "--near", "0,0").out.splitlines()
    ids = {row["id"] for row in json.loads(siting("sites", "--json").out)}
    assert ids <= {line.split(" ")[0] for line in lines}


def test_the_schema_is_one_json_document(siting: Run) -> None:
    assert json.loads(siting("schema").out)["$schema"].endswith("2020-12/schema")


def test_the_page_of_the_study_is_written_from_the_model() -> None:
    from tools.document_study import PAGE, with_tables

    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page) == page, "run: python -m tools.document_study"


def test_the_test_command_of_the_readme_is_the_one_that_ci_runs() -> None:
    ran = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if "make" in line]
    assert ran == ["make test"]
    assert "\nmake test\n" in (ROOT / "README.md").read_text(encoding="utf-8")
