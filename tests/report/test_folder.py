"""Pages made again of what a run folder holds, by the command that planners use."""

from __future__ import annotations

import json
import sys

import pytest
from fakes import EUROPE, EUROPEAN, fake_placement

from siting import cli
from siting.errors import DataError
from siting.placement import save_placement
from siting.report.folder import report_folder

pytestmark = pytest.mark.usefixtures("simple_outlines")


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    save_placement(fake_placement(EUROPE, EUROPEAN, name="europe"), folder)
    return folder


def _siting(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["siting", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code, capsys.readouterr()


def test_a_run_gets_its_page_and_a_map_in_each_format(run, monkeypatch, capsys):
    code, said = _siting(monkeypatch, capsys, "report", run, "--format", "svg", "--format", "pdf",
                         "--theme", "dark", "--json")  # fmt: skip
    assert code in (0, None)
    written = [path.rsplit("/", 1)[1] for path in json.loads(said.out)["written"]]
    assert written == ["map.pdf", "map.svg", "report.html"]
    assert "#10171d" in (run / "map.svg").read_text()
    assert (run / "map.pdf").read_bytes().startswith(b"%PDF")
    assert not list(run.glob(".report-*"))


def test_what_is_not_a_run_is_named_and_nothing_is_written(tmp_path, monkeypatch, capsys):
    for folder in (tmp_path, tmp_path / "absent"):
        code, said = _siting(monkeypatch, capsys, "report", folder)
        assert code == 2
        assert str(folder) in said.err
        assert "Give a folder that siting has written" in said.err
    assert not list(tmp_path.glob("*.html"))


def test_a_damaged_run_keeps_its_old_page(run):
    (run / "report.html").write_text("old")
    (run / "summary.json").write_text("{}")
    with pytest.raises(DataError):
        report_folder(run)
    assert (run / "report.html").read_text() == "old"


def test_a_page_made_again_is_that_of_the_solve(run):
    report_folder(run)
    text = (run / "report.html").read_text()
    assert "europe" in text
    assert "max_rtt_ms: 60" in text
    assert "A survey" in text
