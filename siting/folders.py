"""Result folders: written whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from siting.errors import DataError, Fault

__all__ = ["has_summary", "new_folder"]


def has_summary(folder: Path) -> bool:
    """Whether a folder holds results of siting."""
    return (folder / "summary.json").is_file()


@contextmanager
def new_folder(
    folder: Path, *, kind: str = "a result", ours: Callable[[Path], bool] = has_summary
) -> Iterator[Path]:
    """A scratch folder that takes the place of ``folder`` once everything is in it.

    Parameters
    ----------
    folder : pathlib.Path
        New or empty, or earlier results of the same kind, which are replaced.
    kind : str, default "a result"
        What is written, for the message.
    ours : callable, optional
        Whether a folder that exists may be replaced; by default one that has a ``summary.json``.

    Yields
    ------
    pathlib.Path
        Where to write. If the block raises, ``folder`` stays as it was.

    Raises
    ------
    siting.errors.DataError
        If the folder exists and holds anything else.
    """
    if folder.exists() and any(folder.iterdir()) and not ours(folder):
        problem = f"the folder exists and is not {kind} of siting"
        raise DataError([Fault(str(folder), None, "--out", problem, "Give another folder")])
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        new = Path(scratch) / "new"
        new.mkdir()
        yield new
        if folder.exists():
            folder.rename(Path(scratch) / "old")
        shutil.move(new, folder)
