"""Limits on files that are read, and errors of damaged files and full disks."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from siting.errors import DataError, Fault, SitingError

__all__ = [
    "MOST_LAYER",
    "MOST_TABLE",
    "MOST_WEATHER",
    "check_size",
    "damage_told",
    "full_disk_told",
]

#: Largest files that are read, many times what a planner has; assumed. [bytes]
MOST_TABLE, MOST_LAYER, MOST_WEATHER = 100_000_000, 2_000_000_000, 20_000_000


def check_size(path: Path, most: int, where: str = "") -> None:
    """Refuse what is no regular file, and a file that is larger than any of its kind.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    most : int
        Largest size. [bytes]
    where : str, optional
        What an error names as its place; the name of the file by default.

    Raises
    ------
    siting.errors.DataError
        If it is refused, or not there.
    """
    where = where or path.name
    try:
        regular, size = path.is_file(), path.stat().st_size
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fault = Fault(where, None, "", f"cannot be read: {reason}", "Check the path.")
        raise DataError([fault]) from None
    if not regular:
        raise DataError([Fault(where, None, "", "is not a file", "Give the path of a file.")])
    if size > most:
        problem = f"holds {size:,} bytes"
        raise DataError([Fault(where, None, "", problem, f"At most {most:,} are read.")])


@contextmanager
def damage_told(place: Path, remedy: str) -> Iterator[None]:
    """Turn faults in reading back files that siting wrote into an error of the planner's.

    Parameters
    ----------
    place : pathlib.Path
        The folder or file that is read.
    remedy : str
        How to have it made again.

    Raises
    ------
    siting.errors.DataError
        For whatever the readers of JSON, CSV, Parquet and GeoPackage raise: a file may have been
        edited, cut off or mixed with those of another run.
    """
    try:
        yield
    except SitingError:
        raise  # says itself which file is wrong, and what to do
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        fault = Fault(str(place), None, "", f"cannot be read ({reason})", remedy)
        raise DataError([fault]) from error


#: What a disk, a quota or a limit of the process says when no more can be written.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}


@contextmanager
def full_disk_told(place: Path) -> Iterator[None]:
    """Return what a disk without room makes of writing, as an error of the planner's.

    Parameters
    ----------
    place : pathlib.Path
        What is written.

    Raises
    ------
    siting.errors.DataError
        If a file cannot be written to its end; the writer of map layers says so in its own way.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        is_layer = type(error).__module__.startswith("pyogrio")
        if not (is_layer or getattr(error, "errno", None) in _NO_ROOM):
            raise
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        remedy = "Make room, or name another folder."
        where = str(getattr(error, "filename", None) or place)
        fault = Fault(where, None, "", f"cannot be written: {reason}", remedy)
        raise DataError([fault]) from error
