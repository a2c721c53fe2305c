"""Pictures and pages of a folder that another command wrote."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from siting.errors import DataError, Fault
from siting.placement import load_placement
from siting.report.map import placement_map
from siting.report.page import PAGE, report_page

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
        If the folder is not one of siting's, or a file of it cannot be read.
    """
    make = _maker(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".report-") as scratch:
        make(folder, Path(scratch), formats, dark)
        made = sorted(Path(scratch).iterdir())
        for path in made:
            os.replace(path, folder / path.name)
    return [folder / path.name for path in made]


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


#: The file by which each kind of folder is known, and what makes its page.
_MAKERS: Mapping[str, Maker] = {"placement.csv": _placement}
