"""The examples of docs/sweeps.md and docs/compare.md run as they are written."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    parts = re.split(r"^```", text, flags=re.M)[1::2]
    return [part.partition("\n")[2] for part in parts if part.partition("\n")[0] == language]


def run(command: list[str], cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def place(tmp_path):
    """The studies with fewer designs, candidates and users, so that the test is quick."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    for name in ("arctic", "global"):
        study = tmp_path / "configs" / f"{name}.yaml"
        text = study.read_text(encoding="utf-8")
        text = text.replace("kinds: all ", "kinds: arctic ").replace(": world", ": europe")
        text = text.replace("designs: all", "designs: [air_economizer, air_chiller]")
        study.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", ["sweeps.md", "compare.md"])
def test_python_examples_run(page, place):
    for code in blocks(page, "python"):
        code = code.replace("workers=2", "workers=1")
        (place / "example.py").write_text(code)
        run([sys.executable, "example.py"], place)


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
        run([sys.executable, "-m", "siting.cli", *shlex.split(command)[1:]], place)
        ran += 1
    assert ran == 7
    assert (place / "sweeps" / "tornado" / "tornado.png").is_file()
    assert (place / "sweeps" / "global" / "indices.png").is_file()
    assert (place / "runs" / "compared" / "causes.png").is_file()
