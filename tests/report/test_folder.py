"""Pages made again of what a run folder holds, by the command that planners use."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from siting import cli
from siting.decisions.assumptions import CONVENTIONS
from siting.errors import DataError
from siting.files import configs_dir
from siting.files.folders import new_folder
from siting.placement.folder import save_placement
from siting.report.data import key_title
from siting.report.data.answers import answers_of, load_tables
from siting.report.folder import load_answers, report_folder, save_answers, save_comparison
from siting.report.pages.robustness import load_robustness, robustness_page
from tests.helpers.browser import opened
from tests.helpers.fakes import EUROPE, EUROPEAN, NORDIC, fake_placement
from tests.helpers.robustness import fake_robustness


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
    assert written == ["map.pdf", "map.svg", "paper.pdf", "report.html"]
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


def _answers():
    points = {"a": fake_placement(EUROPE, EUROPEAN), "b": fake_placement(NORDIC, EUROPEAN)}
    return answers_of("front", points, ("energy_mwh", "carbon_t_co2e"), "b")


@pytest.mark.parametrize("kind", ["front", "alternatives", "sweep"])
def test_a_folder_of_answers_gets_the_page_of_its_kind(tmp_path, kind):
    answers = _answers()
    answers = replace(answers, table=answers.table.assign(share=[0.5, 1.0]))
    save_answers(answers, tmp_path, kind=kind, parameters=["share"] if kind == "sweep" else [])
    written = {path.name for path in report_folder(tmp_path)}
    assert written == {"report.html", "chosen.png"}
    text = (tmp_path / "report.html").read_text()
    assert ("no other beats" in text) == (kind == "front")
    assert ("Choice of sites by parameter" in text) == (kind == "sweep")


def test_answers_read_back_are_those_that_were_saved(tmp_path):
    answers = _answers()
    save_answers(answers, tmp_path, kind="front")
    again, more = load_answers(tmp_path)
    assert more["kind"] == "front"
    assert again.first == "b"
    assert again.table.to_numpy() == pytest.approx(answers.table.to_numpy(), rel=1e-9)
    assert list(again.sites["site"]) == list(answers.sites["site"])
    assert again.objectives == answers.objectives


def test_a_comparison_finds_its_runs_from_where_it_stands(run, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    save_placement(fake_placement(NORDIC, EUROPEAN, name="north"), other)
    folder = tmp_path / "comparison"
    folder.mkdir()
    save_comparison({"europe": run, "north": other}, folder)
    assert "../run" in (folder / "compare.json").read_text()
    assert {path.name for path in report_folder(folder)} == {"report.html", "maps.png"}
    assert "From europe to north" in (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compare.json", '{"runs": {"a": "gone", "b": "away"}}'),
        ("compare.json", '{"runs": {"a": "gone"}}'),
        ("compare.json", "["),
        ("answers.json", '{"kind": "map"}'),
        ("answers.json", "{}"),
    ],
)
def test_a_damaged_folder_is_a_message_that_names_the_file(
    tmp_path, monkeypatch, capsys, name, text
):
    (tmp_path / name).write_text(text)
    code, said = _siting(monkeypatch, capsys, "report", tmp_path)
    assert code == 2
    assert name in said.err or ("gone" in said.err and "away" in said.err)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [name]


def _front_folder(folder, table="front.csv"):
    """Files as a front is kept: a table, the sites of each point, a summary and the study."""
    answers = _answers()
    key = "point" if table == "front.csv" else "alternative"
    points = answers.table.reset_index(drop=True).rename_axis(key).reset_index()
    points.assign(is_knee=[False, True], sites="lulea", cap_carbon_t_co2e=1.0).to_csv(
        folder / table, index=False
    )
    sites = answers.sites.rename(columns={"site": "id"})
    sites.insert(0, key, sites.pop("answer").map({"a": 0, "b": 1}))
    sites.to_csv(folder / "sites.csv", index=False)
    facts = {"objectives": ["energy_mwh", "carbon_t_co2e"], "knee": 1}
    (folder / "summary.json").write_text(json.dumps(facts))
    (folder / "study.yaml").write_text((configs_dir() / "arctic.yaml").read_text())


def test_the_folder_of_a_front_shows_its_knee_at_first(tmp_path):
    _front_folder(tmp_path)
    answers = load_tables(tmp_path, "front.csv")
    assert answers.first == "1"
    assert set(answers.sites.loc[answers.sites["answer"] == "1", "site"]) == set(NORDIC)
    assert "cap_carbon_t_co2e" not in answers.table
    assert "kiruna" in answers.candidates.index
    assert {path.name for path in report_folder(tmp_path)} == {"report.html", "chosen.png"}
    assert "no other beats" in (tmp_path / "report.html").read_text()


def test_alternatives_are_not_called_a_front(tmp_path):
    _front_folder(tmp_path, "alternatives.csv")
    report_folder(tmp_path)
    text = (tmp_path / "report.html").read_text()
    assert "arctic: alternatives" in text
    assert "no other beats" not in text


def test_the_folder_of_a_robustness_study_says_what_stays_and_where_it_turns(chromium, tmp_path):
    fake_robustness(tmp_path)
    assert {path.name for path in report_folder(tmp_path)} == {"report.html", "chosen.png"}
    with opened(chromium, tmp_path / "report.html") as driven:
        said = driven.page.locator("main").inner_text().replace("\u00a0", " ")
        for words in (
            "Recommended: Luleå 160 MW and Oslo 40 MW.",
            "Nothing else meets the limits without Luleå.",
            "It turns under 1 of 2 other conventions: hydropower without water.",
        ):
            assert words in said
        assert "Chosen under: 50 % of 4 weightings" in driven.hover("map:sites", 1)
        assert driven.ids("map:often") == ["kiruna"]
        cells = driven.page.locator("#table-sites tbody tr").nth(1).inner_text().split("\t")
        assert cells == ["Oslo", "without it", "40", "0.4", "0.612", "50", "found"]
        for key, words in (
            ("conventions", "Hydropower without water\t20\t7.9\tyes\tOslo\tKiruna"),
            ("weights", "25\t–\t61"), ("futures", "dry\t1\t0\t1\t"),
            ("method", "Every question was answered."),
        ):  # fmt: skip
            driven.tab(key)
            assert words in driven.page.locator(f"#{key}").inner_text()


def test_every_convention_has_words_of_its_own_on_the_page(tmp_path):
    asked = [(key, value) for key, values in CONVENTIONS.items() for value in values]
    plain = {"stays": 1.0, "rise": 0.0, "turns": True, "leave": "", "join": ""}
    rows = [{"convention": key, "value": value, **plain} for key, value in asked]
    fake_robustness(tmp_path, conventions=rows)
    sentence = next(words for words in robustness_page(load_robustness(tmp_path)).split("<p")
                    if "It turns under" in words).replace("\u00a0", " ")  # fmt: skip
    assert f"under {len(asked)} of {len(asked)} other conventions" in sentence
    shown = sentence.split("conventions: ")[1].split(".</p>")[0]
    assert all(f"{key_title(key)}:" not in shown for key, _ in asked)
    listed = shown.replace(" and ", ", ").split(", ")
    assert len(set(listed)) == len(asked)


def test_what_a_robustness_study_did_not_find_in_time_is_listed_and_damage_is_named(tmp_path):
    fake_robustness(tmp_path, not_found_in_time=["oslo"], conventions=[])
    report_folder(tmp_path)
    text = (tmp_path / "report.html").read_text()
    assert "Without an answer in time:" in text
    assert "No other convention was asked about." in text
    (tmp_path / "summary.json").write_text("{}")
    with pytest.raises(DataError, match="cannot be read"):
        report_folder(tmp_path)
    (tmp_path / "summary.json").unlink()
    with pytest.raises(DataError, match=r"summary.json is not there"):
        report_folder(tmp_path)


def _answers_folder(folder):
    save_answers(_answers(), folder, kind="alternatives")


@pytest.mark.parametrize(
    ("command", "write", "names"),
    [
        ("alternatives", _answers_folder, ["answers.json"]),
        ("pareto", _front_folder, ["front.csv", "sites.csv", "summary.json", "study.yaml"]),
        ("robustness", fake_robustness, ["robustness.csv", "summary.json", "study.yaml"]),
    ],
)
def test_what_a_page_is_made_of_is_refused_where_it_was_edited(tmp_path, command, write, names):
    with new_folder(tmp_path / "out", command) as fresh:
        write(fresh)
        (fresh / "aside.csv").write_text("1\n")
    (tmp_path / "out/aside.csv").write_text("2\n")
    report_folder(tmp_path / "out")
    for name in names:
        with (tmp_path / "out" / name).open("ab") as file:
            file.write(b" ")
    with pytest.raises(DataError) as error:
        report_folder(tmp_path / "out")
    assert [fault.where for fault in error.value.faults] == [
        str(tmp_path / "out" / name) for name in sorted(names)
    ]
    assert {fault.problem for fault in error.value.faults} == {
        "is no longer what siting wrote there"
    }


def test_all_missing_files_of_a_front_are_named_together(tmp_path):
    _front_folder(tmp_path)
    for name in ("sites.csv", "study.yaml"):
        (tmp_path / name).unlink()
    with pytest.raises(DataError) as error:
        report_folder(tmp_path)
    assert "sites.csv is not there" in str(error.value)
    assert "study.yaml is not there" in str(error.value)
