"""No table that siting writes holds a cell that a spreadsheet would compute."""

from __future__ import annotations

import ast
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting.cli.output import print_csv
from siting.files.spreadsheets import inert, read_csv, write_csv

LIVE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\rx",
    " =1+1",
    "＝1",
    "a;=1",
    "a\n=1",
]
DEAD = ["Luleå", "a=b", "-5", "-1.5e-3", "+3", "SE1-2", "x; y", "", "–", "inf", "'quoted'"]


@pytest.mark.parametrize("text", LIVE)
def test_a_formula_is_led_by_an_apostrophe(text: str) -> None:
    assert inert(text).replace("'", "", 1) == text or "'=" in inert(text)
    assert inert(text) != text


@pytest.mark.parametrize("value", [*DEAD, 5, -5.0, None, True])
def test_numbers_and_other_text_stay_as_they_are(value: object) -> None:
    assert inert(value) is value


@given(st.lists(st.text("=+-@\t;a '1", min_size=1), min_size=1))
def test_a_table_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, cells) -> None:  # type: ignore[no-untyped-def]
    table = pd.DataFrame({"=name": cells, "number": -1.5})
    path = Path(tmp_path_factory.getbasetemp()) / "table.csv"
    write_csv(table, path)
    back = read_csv(path, dtype={"'=name": str}, keep_default_na=False)
    assert back["=name"].tolist() == cells
    assert (back["number"] == -1.5).all()


def test_tables_on_standard_output_are_inert_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_csv([{"id": "a", "name": "=1+1", "mw": -5.0}])
    assert capsys.readouterr().out == "id,name,mw\na,'=1+1,-5.0\n"


def test_no_other_module_writes_a_table_as_csv() -> None:
    folder = Path(siting.__file__).parent
    writers = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"to_csv", "DictWriter", "writer"}
    }
    assert writers == {"files/spreadsheets.py", "cli/output.py"}
