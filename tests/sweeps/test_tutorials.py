"""The examples of docs/sweeps.md and docs/compare.md run as they are written."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from siting.cli import app
from siting.config import load_study

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

ROOT = Path(__file__).parents[2]
#: Fewer designs, candidates and users, so that it is quick; a share of 15 % needs seven sites.
SMALL = [
    "candidates={sites: [lulea, falun, gavle, helsinki, stockholm, oslo, dublin, frankfurt]}",
    "demand.regions=[stockholm, paris, london]",
    "demand.factor=0.1",
    "designs=[air_economizer]",
    "time.slices=12",
]


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    parts = re.split(r"^```", text, flags=re.M)[1::2]
    return [part.partition("\n")[2] for part in parts if part.partition("\n")[0] == language]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the studies made small."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    for name in ("arctic", "global"):
        study = tmp_path / "configs" / f"{name}.yaml"
        study.write_text(load_study(study, SMALL).to_yaml(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(("page", "made"), [("sweeps.md", "result"), ("compare.md", "result")])
def test_python_examples_run(page, made, place):
    for code in blocks(page, "python"):
        kept = {}
        exec(compile(code.replace("workers=2", "workers=1"), page, "exec"), kept)
        assert made in kept


@pytest.mark.slow
def test_commands_of_the_pages_run(place):
    (place / "tornado.yaml").write_text(blocks("sweeps.md", "yaml")[0])
    texts = [*blocks("sweeps.md", ""), *blocks("compare.md", "")]
    joined = "\n".join(texts).replace("\\\n", " ")
    commands = [line for line in joined.splitlines() if line.startswith("siting ")]
    commands.append("siting sweep configs/global.yaml --plan tornado.yaml --set time.slices=12 "
                    "--out sweeps/tornado")  # fmt: skip
    ran = 0
    for command in commands:
        if "--scheduler" in command:
            continue
        command = re.sub(r"--samples \d+", "--samples 2", command).replace("--workers 2", "")
        result = CliRunner().invoke(app, shlex.split(command)[1:])
        assert result.exit_code == 0, f"{command}\n{result.output}"
        ran += 1
    assert ran == 7
    assert (place / "sweeps" / "tornado" / "tornado.png").is_file()
    assert (place / "sweeps" / "arctic" / "indices.png").is_file()
    assert (place / "runs" / "compared" / "causes.png").is_file()
