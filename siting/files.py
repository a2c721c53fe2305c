"""What may be read: a regular file of a size that its kind has."""

from __future__ import annotations

from pathlib import Path

from siting.errors import DataError, Fault

__all__ = ["MOST_LAYER", "MOST_TABLE", "MOST_WEATHER", "check_size"]

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
