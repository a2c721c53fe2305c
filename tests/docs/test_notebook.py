"""The tutorial notebook runs from its first cell to its last, and shows what it says."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

pytestmark = pytest.mark.usefixtures("numbers_are_kept")

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.ipynb"


def shown(shell: InteractiveShell, source: str) -> set[str]:
    """Kinds in which a notebook gets what a cell shows."""
    done = shell.run_cell(source)
    done.raise_error()
    kinds, _ = shell.display_formatter.format(done.result)
    return set(kinds)


@pytest.mark.slow
def test_the_notebook_runs_and_its_results_show_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shell of a kernel runs the cells here: only messages and sockets are left out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # the shell takes it
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    solved, frame, plot, live, causes, swept, drawn = (
        shown(shell, cell.source) for cell in notebook.cells if cell.cell_type == "code"
    )
    assert "text/html" in solved & frame & live & causes & swept
    assert "image/png" in plot & drawn


def test_the_notebook_is_kept_without_what_it_shows() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
