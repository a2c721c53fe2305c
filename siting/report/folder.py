"""Pictures and pages of a folder that another command wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from siting.errors import DataError, Fault
from siting.files.folders import new_folder, settle, written_by
from siting.placement import load_placement
from siting.report.answers_files import (
    ANSWERS,
    COMPARISON,
    answers_text_page,
    load_answers,
    load_comparison,
)
from siting.report.data.answers import Answers, selection_shares
from siting.report.data.solution_folders import TABLES, load_tables
from siting.report.data.wording import clean
from siting.report.maps.multiples import frequency_map, multiples_map
from siting.report.maps.static import placement_map
from siting.report.pages.comparison import compare_page
from siting.report.pages.front import front_page
from siting.report.pages.placement import PAGE, report_page

__all__ = ["report_folder"]

type Maker = Callable[[Path, Path, Sequence[str], bool], None]


def report_folder(
    folder: Path, *, formats: Sequence[str] = ("png",), dark: bool = False
) -> list[Path]:
    """Write the page of a folder, and its picture in each format.

    Parameters
    ----------
    folder : pathlib.Path
        A folder that `siting` wrote; what it holds decides which page it gets.
    formats : sequence of str
        png, svg or pdf.
    dark : bool, default False
        Light on dark pictures. The page follows the setting of its reader.

    Returns
    -------
    list of pathlib.Path
        Files that were written, all or none.

    Raises
    ------
    siting.errors.DataError
        If the folder is not one of siting's, a file of it cannot be read, or an earlier page or
        picture there was changed since it was written.
    """
    settle(folder)
    make = _maker(folder)
    with new_folder(folder, written_by(folder) or "report", keep=True) as new:
        make(folder, new, formats, dark)
        names = sorted(path.name for path in new.iterdir())
    return [folder / name for name in names]


def _maker(folder: Path) -> Maker:
    for name, maker in _MAKERS.items():
        if (folder / name).is_file():
            return maker
    known = ", ".join(_MAKERS)
    problem = f"none of {known} is there" if folder.is_dir() else "is not a folder"
    remedy = "Give a folder that siting has written"
    raise DataError([Fault(str(folder), None, "", problem, remedy)])


def _placement(folder: Path, out: Path, formats: Sequence[str], dark: bool) -> None:
    placement = load_placement(folder)
    (out / PAGE).write_text(report_page(placement), encoding="utf-8")
    for kind in formats:
        placement_map(placement, path=out / f"map.{kind}", dark=dark)


def _comparison(folder: Path, out: Path, formats: Sequence[str], dark: bool) -> None:
    placements = load_comparison(folder)
    (out / PAGE).write_text(compare_page(placements), encoding="utf-8")
    title = " against ".join(clean(name) for name in placements)
    for kind in formats:
        multiples_map(placements, path=out / f"maps.{kind}", title=title, dark=dark)


def _answers(folder: Path, out: Path, formats: Sequence[str], dark: bool) -> None:
    answers, _ = load_answers(folder)
    (out / PAGE).write_text(answers_text_page(folder), encoding="utf-8")
    _chosen(answers, out, formats, dark)


def _tables(name: str) -> Maker:
    """Maker for the folder of a front or of alternatives."""

    def make(folder: Path, out: Path, formats: Sequence[str], dark: bool) -> None:
        answers = load_tables(folder, name)
        page = front_page(answers, is_front=TABLES[name] == "front")
        (out / PAGE).write_text(page, encoding="utf-8")
        _chosen(answers, out, formats, dark)

    return make


def _chosen(answers: Answers, out: Path, formats: Sequence[str], dark: bool) -> None:
    shares = selection_shares(answers)
    title = f"{clean(answers.title)}, how often each site is chosen"
    for kind in formats:
        frequency_map(shares, path=out / f"chosen.{kind}", title=title, dark=dark)


#: The file by which each kind of folder is known, and what makes its page.
_MAKERS: Mapping[str, Maker] = {
    "placement.csv": _placement,
    COMPARISON: _comparison,
    ANSWERS: _answers,
    **{name: _tables(name) for name in TABLES},
}
